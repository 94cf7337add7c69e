//! Which users of a domain are a customer's.

use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{Flaw, Given, InputErrors, Problem, Text};
use tsunagu_domain::federation::{dn::Dn, members::Members};
use utoipa::ToSchema;

/// Users by group or by branch: one of the two.
#[derive(Clone, Debug, PartialEq, Eq, Deserr, Serialize, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[serde(rename_all = "camelCase")]
#[schema(as = Members, rename_all = "camelCase")]
pub(crate) struct MembersBody {
    /// Those whom the directory calls members of this group.
    #[deserr(default, from(Given<Dn>) = given)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    group_dn: Option<Dn>,
    /// Those at this place of the directory or below it.
    #[deserr(default, from(Given<Dn>) = given)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    base_dn: Option<Dn>,
}

/// One of the two is left out; `null` would look like everyone.
fn given(dn: Given<Dn>) -> Option<Dn> {
    dn.0
}

const ONE: Flaw = Flaw::Rule {
    code: "one-of",
    text: Text::new(
        "groupDn と baseDn のどちらか一方を指定してください。",
        "Give either groupDn or baseDn.",
    ),
};

/// Everyone of the domain where it is `null`.
pub(crate) fn members(body: Option<MembersBody>) -> Result<Members, Problem> {
    let Some(MembersBody { group_dn, base_dn }) = body else { return Ok(Members::Everyone) };
    match (group_dn, base_dn) {
        (Some(group), None) => Ok(Members::Group(group)),
        (None, Some(base)) => Ok(Members::Branch(base)),
        _ => Err(Problem::invalid("/members", ONE)),
    }
}

/// `null` where it is everyone of the domain.
pub(crate) fn shown(members: Members) -> Option<MembersBody> {
    match members {
        Members::Everyone => None,
        Members::Group(dn) => Some(MembersBody { group_dn: Some(dn), base_dn: None }),
        Members::Branch(dn) => Some(MembersBody { group_dn: None, base_dn: Some(dn) }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn given_members_then_they_are_everyone_or_by_one_rule() {
        let dn: Option<Dn> = "ou=a,dc=example,dc=com".parse().ok();
        for (group_dn, base_dn) in [(dn.clone(), None), (None, dn.clone())] {
            let body = Some(MembersBody { group_dn, base_dn });
            assert_eq!(shown(members(body.clone()).expect("one rule")), body);
        }
        assert_eq!(shown(members(None).expect("everyone")), None);
        for (group_dn, base_dn) in [(dn.clone(), dn), (None, None)] {
            let refused = members(Some(MembersBody { group_dn, base_dn })).expect_err("not one");
            assert_eq!(refused.errors()[0].pointer, "/members");
        }
    }

    #[test]
    fn given_null_beside_a_rule_then_it_is_refused() {
        let body = |body| deserr::deserialize::<MembersBody, _, InputErrors>(body);
        let dn = "ou=a,dc=example,dc=com";
        assert_eq!(body(json!({"baseDn": dn})).map(|body| body.group_dn), Ok(None));
        assert!(body(json!({"baseDn": dn, "groupDn": null})).is_err());
        assert!(body(json!({"groupDn": dn, "baseDn": null})).is_err());
    }
}
