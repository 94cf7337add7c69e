//! How refusals of what only this function does are answered.

use tsunagu_api::{Code, Flaw, InputErrors, Problem, Text};
use tsunagu_domain::{
    Invalid,
    federation::{
        draft::{DraftField, DraftFlaw},
        workspace::Workspace,
    },
};
use tsunagu_store::federation::FederationRefusal;

const NEEDLESS: Flaw = Flaw::Rule {
    code: "not-applicable",
    text: Text::new(
        "ほかの項目の値と組み合わせて指定できません。",
        "Says nothing beside the other fields.",
    ),
};

const DEDICATED_ONLY: Flaw = Flaw::Rule {
    code: "dedicated-only",
    text: Text::new(
        "顧客のために用意できるのは専用ワークスペースだけです。",
        "What is set up for a customer is a dedicated workspace.",
    ),
};

const SAME_NAME: Flaw = Flaw::Rule {
    code: "same-name",
    text: Text::new(
        "このワークスペースには同じ名前のドメインが既にあります。",
        "The workspace has another domain of this name.",
    ),
};

pub(crate) const SCHEME: Flaw = Flaw::Rule {
    code: "scheme-not-allowed",
    text: Text::new(
        "https の URL にしてください。ほかのスキームは運用者が許可します。",
        "Must be an https address; the operator allows other schemes.",
    ),
};

pub(crate) fn of(refusal: FederationRefusal) -> Problem {
    match refusal {
        FederationRefusal::Unknown => Problem::not_found(),
        FederationRefusal::Changed => Problem::new(Code::PreconditionFailed),
        FederationRefusal::NotAdmitted(refusal) => refusal.into(),
        FederationRefusal::UnknownLocation => {
            Problem::invalid("/resourceLocationId", Invalid::UnknownValue)
        }
        FederationRefusal::InUse => Problem::conflict(Text::new(
            "使用中のため削除できません。",
            "It is in use and cannot be deleted.",
        )),
        FederationRefusal::NameTaken => Problem::conflict(Text::new(
            "同じ名前のドメインが既にあります。",
            "There is a domain of this name already.",
        )),
        FederationRefusal::Directory(flaws) => of_directory(&flaws),
        FederationRefusal::MembersOverlap => Problem::new(Code::MembersOverlap),
        FederationRefusal::TooManyCustomers => Problem::conflict(Text::new(
            "一つのドメインに追加できる顧客は 80 社までです。",
            "A domain takes at most 80 customers.",
        )),
        FederationRefusal::HostTaken => Problem::new(Code::HostTaken),
        FederationRefusal::WorkspaceLimit => Problem::new(Code::WorkspaceLimit),
        FederationRefusal::OtherKind => Problem::conflict(Text::new(
            "ワークスペースの種類は変更できません。",
            "The kind of a workspace never changes.",
        )),
        FederationRefusal::NotDedicated => Problem::invalid("/kind", DEDICATED_ONLY),
        FederationRefusal::NotSetUp => Problem::conflict(Text::new(
            "名前と有効・無効を変更できるのは、このワークスペースを用意した側だけです。",
            "Its name, and whether it is enabled, are changed by who set the workspace up.",
        )),
        FederationRefusal::SameName(places) => at_each("/domains", &places, SAME_NAME),
        FederationRefusal::UnknownDomains(places) => unknown("/domains", &places),
        FederationRefusal::TooManyDomains => {
            Problem::invalid("/domains", Invalid::TooMany { max: Workspace::MAX_DOMAINS })
        }
        FederationRefusal::UnknownResources(places) => unknown("/resourceIds", &places),
    }
}

/// Elements of a list that are nothing of the caller's: foreign ones are unknown ones (T14).
fn unknown(list: &str, places: &[usize]) -> Problem {
    at_each(list, places, Invalid::UnknownValue)
}

fn at_each(list: &str, places: &[usize], flaw: impl Into<Flaw> + Copy) -> Problem {
    let flaw = |place: &usize| InputErrors::one(&format!("{list}/{place}"), flaw);
    Problem::new(Code::ValidationFailed).at_values(places.iter().map(flaw))
}

/// What does not fit together is told first; where a directory may not be, when all else is well.
pub(crate) fn of_directory(flaws: &[DraftFlaw]) -> Problem {
    let misfits = flaws.iter().filter_map(|flaw| match flaw {
        DraftFlaw::Needed(field) => Some(InputErrors::one(pointer(*field), Flaw::Required)),
        DraftFlaw::Needless(field) => Some(InputErrors::one(pointer(*field), NEEDLESS)),
        DraftFlaw::Insecure | DraftFlaw::AddressRefused => None,
    });
    if let Some(errors) = InputErrors::all(misfits) {
        return errors.into();
    }
    let at_url = InputErrors::one("/directory/url", Invalid::UnknownValue);
    if flaws.contains(&DraftFlaw::AddressRefused) {
        Problem::new(Code::DirectoryAddressRefused).at_values([at_url])
    } else {
        Problem::new(Code::DirectoryInsecure).at_values([at_url])
    }
}

const fn pointer(field: DraftField) -> &'static str {
    match field {
        DraftField::DnTemplate => "/directory/dnTemplate",
        DraftField::UserAttribute => "/directory/userAttribute",
        DraftField::BindDn => "/directory/bindDn",
        DraftField::BindPassword => "/directory/bindPassword",
        DraftField::StartTls => "/directory/startTls",
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tsunagu_domain::{access::Refusal, share::Share};

    use super::*;

    #[rstest]
    #[case(FederationRefusal::Unknown, "not-found", 404)]
    #[case(FederationRefusal::Changed, "precondition-failed", 412)]
    #[case(FederationRefusal::NotAdmitted(Refusal::NotConnected), "not-found", 404)]
    #[case(Refusal::NotShared(Share::Federation).into(), "not-shared", 403)]
    #[case(FederationRefusal::UnknownLocation, "validation-failed", 422)]
    #[case(FederationRefusal::InUse, "conflict", 409)]
    #[case(FederationRefusal::NameTaken, "conflict", 409)]
    #[case(FederationRefusal::MembersOverlap, "members-overlap", 409)]
    #[case(FederationRefusal::HostTaken, "host-taken", 409)]
    #[case(FederationRefusal::NotSetUp, "conflict", 409)]
    #[case(FederationRefusal::SameName(vec![1]), "validation-failed", 422)]
    #[case(FederationRefusal::WorkspaceLimit, "workspace-limit", 409)]
    fn given_a_refusal_then_code_and_status_are_the_contracts(
        #[case] refusal: FederationRefusal,
        #[case] code: &str,
        #[case] status: u16,
    ) {
        let problem = of(refusal);
        assert_eq!((problem.code().as_str(), problem.code().status().as_u16()), (code, status));
    }

    #[test]
    fn given_what_does_not_fit_then_all_of_it_is_told_before_where_a_directory_is() {
        let all = [
            DraftFlaw::Needed(DraftField::DnTemplate),
            DraftFlaw::Needless(DraftField::BindDn),
            DraftFlaw::Insecure,
        ];
        let problem = of_directory(&all);
        let pointers: Vec<_> = problem.errors().iter().map(|one| one.pointer.as_str()).collect();
        assert_eq!(pointers, ["/directory/dnTemplate", "/directory/bindDn"]);
        assert_eq!(of_directory(&[DraftFlaw::Insecure]).code(), Code::DirectoryInsecure);
        let refused = of_directory(&[DraftFlaw::Insecure, DraftFlaw::AddressRefused]);
        assert_eq!(refused.code(), Code::DirectoryAddressRefused);
    }
}
