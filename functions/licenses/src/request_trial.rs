//! An account asks for a trial.

use axum::{extract::State, response::Response};
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{
    App, Begun, InputErrors, Once, Permitted, Problem, permit::permission::LicensesManage,
};
use tsunagu_domain::{access::Refusal, ids::AccountId, vendor::ServiceCode};
use tsunagu_store::licenses::PendingTrial;
use utoipa::ToSchema;

use crate::{catalogue, entitlement::EntitlementBody, refusal};

/// What to try.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
pub(crate) struct RequestTrial {
    /// The service.
    service: ServiceCode,
}

/// Ask for a trial
///
/// It is pending until the vendor approves or declines it; there is one pending request for each
/// service.
#[utoipa::path(
    post,
    path = "/v1/accounts/{account}/trials",
    tag = "licenses",
    params(("account" = AccountId, Path, description = "The acting account")),
    request_body = RequestTrial,
    responses(
        (status = 201, body = EntitlementBody, description = "Asked for"),
        (
            status = 403,
            description = "`permission-missing` (it takes `licenses.manage`), `program-required` (the \
                           service needs the badge of a program)"
        ),
        (status = 409, description = "`conflict`: asked for already"),
        (status = 422, description = "`unknown-service`"),
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn request_trial(
    State(app): State<App>,
    account: Permitted<LicensesManage>,
    once: Once<RequestTrial>,
) -> Result<Response, Problem> {
    let (asked, pending) = match once.begin(&app, &account).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(asked, pending) => (asked, pending),
    };
    let acting = &account.acting;
    let wanted = [("/service".to_owned(), &asked.service)];
    let catalogue = catalogue::demand(&app, &wanted).await?;
    let service = catalogue.on_record(&asked.service)?;
    // What an account may not have, it may not try either (P2).
    if let Some(program) = service.missing_program(acting.badges()) {
        return Err(Refusal::ProgramRequired(program).into());
    }
    let now = app.now();
    let trial = PendingTrial::new(service, now);
    let today = acting.account().time_zone.day_of(now);
    let body = EntitlementBody::new(trial.entitlement(), today);
    let answer = pending.answer(&app, StatusCode::CREATED, &body)?;
    let written = app.store.request_trial(acting, &trial, answer.record()).await;
    let written = written.map_err(|error| error.map_refusal(refusal::of_trial));
    answer.finish(&app, written).await
}
