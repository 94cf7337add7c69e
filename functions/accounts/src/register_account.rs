//! A person registers an account (P15).

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use deserr::Deserr;
use http::{StatusCode, header};
use tsunagu_api::{
    App, Begun, Given, InputErrors, Once, Problem, Reader, SignedIn, idempotency::REPLAYED,
};
use tsunagu_domain::{
    locale::{CountryCode, TimeZone},
    program::Badges,
    text::DisplayName,
};
use tsunagu_store::{NewAccount, Registration};
use utoipa::ToSchema;

use crate::{account::AccountBody, refusal};

/// A new account.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct RegisterAccount {
    /// The name that it gives itself.
    display_name: DisplayName,
    /// Where it is.
    country: CountryCode,
    /// Decides what a day and a month are for it, for ever; the operator's default if left out.
    #[deserr(default)]
    #[schema(value_type = TimeZone, required = false)]
    time_zone: Given<TimeZone>,
}

/// Register an account
///
/// A new ORGID is minted with it, and the caller becomes its administrator with full access. One
/// person may register 20 accounts. No mail is sent.
#[utoipa::path(
    post,
    path = "/v1/accounts",
    tag = "accounts",
    request_body = RegisterAccount,
    responses(
        (
        status = 201,
        body = AccountBody,
        description = "Registered",
        headers(("ETag" = String, description = "For `If-Match`"))
    ),
        (status = 429, description = "`rate-limited`: 20 accounts, for ever"),
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn register_account(
    State(app): State<App>,
    person: SignedIn,
    Reader(language): Reader,
    once: Once<RegisterAccount>,
) -> Result<Response, Problem> {
    let (asked, pending) = match once.begin(&app, &person).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(asked, pending) => (asked, pending),
    };
    let RegisterAccount { display_name, country, time_zone } = asked;
    let time_zone = time_zone.0.unwrap_or(app.settings.default_time_zone);
    let wanted = NewAccount { display_name, country, time_zone };
    let new = Registration::new(&person.caller, wanted, app.now());
    let body = AccountBody::new(new.account(), new.organization(), &Badges::default(), language);
    let answer = pending.answer(&app, StatusCode::CREATED, &body)?;
    let written = app.store.register(&new, answer.record()).await;
    let written = written.map_err(|error| error.map_refusal(refusal::of_registration));
    let answered = answer.finish(&app, written).await?;
    with_tag(&app, answered, body).await
}

/// The answer with the account's tag, unless it tells of the account that another request with the
/// same key registered.
async fn with_tag(
    app: &App,
    mut answered: Response,
    body: AccountBody,
) -> Result<Response, Problem> {
    if answered.headers().contains_key(REPLAYED) {
        return Ok(answered);
    }
    let mut tagged = app.tagged(body).await?.into_response();
    if let Some(tag) = tagged.headers_mut().remove(header::ETAG) {
        answered.headers_mut().insert(header::ETAG, tag);
    }
    Ok(answered)
}
