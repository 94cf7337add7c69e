//! How refusals of what only this function does are answered.

use tsunagu_api::{Code, Flaw, InputErrors, Problem, Text};
use tsunagu_domain::account::{MAX_REGISTERED_BY_ONE_PERSON, ProvisionRefusal};
use tsunagu_store::{AdministratorRefusal, ProvisionError, ServiceRefusal, TooManyAccounts};

const _: () = assert!(MAX_REGISTERED_BY_ONE_PERSON == 20, "the text below names the number");

pub(crate) fn of_registration(_: TooManyAccounts) -> Problem {
    let why = Text::new(
        "一人が登録できるアカウントは 20 件までです。この上限は時間が経っても解除されません。",
        "One person may register 20 accounts. Waiting does not lift this limit.",
    );
    Problem::rate_limited(why, None)
}

pub(crate) fn of_administrators(refusal: AdministratorRefusal) -> Problem {
    match refusal {
        AdministratorRefusal::Unknown => Problem::not_found(),
        AdministratorRefusal::Present => Problem::conflict(Text::new(
            "このメールアドレスは既に招待されているか、管理者です。",
            "This address is invited already, or an administrator's.",
        )),
        AdministratorRefusal::LastFullAdministrator => Problem::new(Code::LastAdministrator),
        AdministratorRefusal::FullAccessHasAll => Problem::invalid("/permissions", FULL_HAS_ALL),
        AdministratorRefusal::Changed => Problem::new(Code::PreconditionFailed),
        AdministratorRefusal::Denied(refusal) => refusal.into(),
    }
}

/// Permissions beside full access, which has all of them.
pub(crate) const FULL_HAS_ALL: Flaw = Flaw::Rule {
    code: "full-access-has-all",
    text: Text::new(
        "フルアクセスはすべての権限を含むため、権限を指定できません。",
        "Full access includes every permission: none can be named.",
    ),
};

pub(crate) fn of_provisioning(error: ProvisionError) -> Problem {
    match error {
        ProvisionError::Changed => Problem::new(Code::PreconditionFailed),
        ProvisionError::Rules(ProvisionRefusal::OtherOrganization) => Problem::conflict(Text::new(
            "既存のアカウントの組織ID(ORGID)は変更できません。",
            "The ORGID of an existing account never changes.",
        )),
        ProvisionError::Rules(ProvisionRefusal::OtherTimeZone) => Problem::conflict(Text::new(
            "既存のアカウントのタイムゾーンは変更できません。",
            "The time zone of an existing account never changes.",
        )),
        ProvisionError::Rules(ProvisionRefusal::Incomplete(missing)) => {
            let errors = missing
                .into_iter()
                .map(|field| InputErrors::one(&format!("/{field}"), Flaw::Required));
            InputErrors::all(errors)
                .map_or_else(|| Problem::internal("nothing missing"), Problem::from)
        }
    }
}

pub(crate) fn of_service(refusal: ServiceRefusal) -> Problem {
    match refusal {
        ServiceRefusal::Changed => Problem::new(Code::PreconditionFailed),
        ServiceRefusal::OtherModel => Problem::conflict(Text::new(
            "既存のサービスのライセンスの数え方は変更できません。",
            "What the licences of an existing service count never changes.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn given_a_new_account_without_its_needed_fields_then_each_is_pointed_at() {
        let missing = ProvisionRefusal::Incomplete(vec!["orgId", "country"]);
        let problem = of_provisioning(ProvisionError::Rules(missing));
        let pointers: Vec<_> =
            problem.errors().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/orgId", "/country"]);
        assert_eq!(problem.code(), Code::ValidationFailed);
    }

    #[test]
    fn given_the_last_administrator_then_the_code_says_so() {
        let problem = of_administrators(AdministratorRefusal::LastFullAdministrator);
        assert_eq!(problem.code().as_str(), "last-administrator");
        assert_eq!(problem.code().status(), StatusCode::CONFLICT);
    }
}
