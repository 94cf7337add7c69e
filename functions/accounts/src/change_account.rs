//! An account's administrators change its details.

use axum::extract::State;
use deserr::{DeserializeError, Deserr, ErrorKind, ValuePointerRef, take_cf_content};
use tsunagu_api::{
    App, Flaw, Given, IfMatch, InputErrors, Json, Patch, Problem, Reader, Tagged, Text,
    permit::{Permitted, permission::AccountManage},
};
use tsunagu_domain::{
    account::{Account, Details},
    ids::AccountId,
    locale::CountryCode,
    text::{Address, Contact, DisplayName},
};
use utoipa::ToSchema;

use crate::account::AccountBody;

/// What is to be different; what is left out stays as it is.
#[derive(Clone, Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields = unknown)]
#[schema(rename_all = "camelCase")]
pub(crate) struct ChangeAccount {
    /// The name that it gives itself.
    #[deserr(default)]
    #[schema(value_type = DisplayName, required = false)]
    display_name: Given<DisplayName>,
    /// Where it is.
    #[deserr(default)]
    #[schema(value_type = CountryCode, required = false)]
    country: Given<CountryCode>,
    /// Its postal address; `null` removes it.
    #[deserr(default)]
    #[schema(value_type = Option<Address>)]
    address: Patch<Address>,
    /// How to reach it, shown to connected partners; `null` removes it.
    #[deserr(default)]
    #[schema(value_type = Option<Contact>)]
    contact: Patch<Contact>,
}

impl ChangeAccount {
    fn apply(&self, details: &mut Details) {
        let Self { display_name, country, address, contact } = self.clone();
        if let Some(display_name) = display_name.0 {
            details.display_name = display_name;
        }
        details.country = country.0.unwrap_or(details.country);
        details.address = address.or(details.address.take());
        details.contact = contact.or(details.contact.take());
    }
}

/// Fields of an account that are shown and not changed here.
const READ_ONLY: [&str; 8] = [
    "accountId",
    "orgId",
    "organizationName",
    "timeZone",
    "badges",
    "status",
    "externalId",
    "createdAt",
];

/// Tells a field that nobody changes from one that does not exist.
fn unknown(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> InputErrors {
    if READ_ONLY.contains(&key) {
        let text = Text::new("この項目は変更できません。", "This cannot be changed.");
        return InputErrors::one(&format!("/{key}"), Flaw::Rule { code: "read-only", text });
    }
    let error: ErrorKind<'_, serde_json::Value> = ErrorKind::UnknownKey { key, accepted };
    take_cf_content(InputErrors::error(None, error, location))
}

/// Change the account details
///
/// `orgId` and `timeZone` never change. Connected partners see new names with the next request.
#[utoipa::path(
    patch,
    path = "/v1/accounts/{accountId}",
    tag = "accounts",
    params(("accountId" = AccountId, Path, description = "The acting account")),
    request_body = ChangeAccount,
    responses(
        (status = 200, body = AccountBody),
        Permitted<AccountManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn change_account(
    State(app): State<App>,
    member: Permitted<AccountManage>,
    Reader(language): Reader,
    if_match: IfMatch,
    Json(change): Json<ChangeAccount>,
) -> Result<Tagged<AccountBody>, Problem> {
    let acting = &member.acting;
    let present = AccountBody::of(acting, language);
    let seen = if_match.seen(&app, &present, acting.account()).await?;
    let still = |account: &Account| seen.is_none_or(|seen| account == seen);
    let apply = |details: &mut Details| change.apply(details);
    let changed = app.store.change_account(acting, app.now(), still, apply).await?;
    app.tagged(AccountBody::on_record(&changed, language)).await
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tsunagu_api::FieldError;

    use super::*;

    fn parse(body: Value) -> Result<ChangeAccount, Problem> {
        deserr::deserialize::<ChangeAccount, _, InputErrors>(body).map_err(Problem::from)
    }

    fn details() -> Details {
        Details {
            display_name: "Minato".parse().expect("a name"),
            country: "JP".parse().expect("a country"),
            address: "Tokyo".parse().ok(),
            contact: "IT desk".parse().ok(),
        }
    }

    #[test]
    fn given_some_fields_when_applied_then_the_others_stay() {
        let change = parse(json!({"displayName": "みなと", "contact": null})).expect("valid");
        let mut changed = details();
        change.apply(&mut changed);
        let display_name = "みなと".parse().expect("a name");
        assert_eq!(changed, Details { display_name, contact: None, ..details() });
    }

    #[test]
    fn given_read_only_unknown_and_null_fields_then_each_is_told_for_what_it_is() {
        let problem = parse(json!({"orgId": "x", "timeZone": "UTC", "a/b": 1, "country": null}))
            .expect_err("four mistakes");
        let mut told: Vec<_> = problem.errors().iter().map(code).collect();
        told.sort_unstable();
        let expected = [
            ("/a~1b", "unknown-field"),
            ("/country", "wrong-type"),
            ("/orgId", "read-only"),
            ("/timeZone", "read-only"),
        ];
        assert_eq!(told, expected);
    }

    fn code(error: &FieldError) -> (&str, &'static str) {
        (&error.pointer, error.flaw.code())
    }
}
