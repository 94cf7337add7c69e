//! An account asks for a trial.

use axum::{extract::State, response::Response};
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{
    App, Begun, InputErrors, Once, Permitted, Problem, permit::permission::LicensesManage,
};
use tsunagu_domain::{
    access::Refusal, ids::AccountId, program::Badges, service::Service, vendor::ServiceCode,
};
use tsunagu_store::licenses::PendingTrial;
use utoipa::ToSchema;

use crate::{catalogue::Catalogue, entitlement::EntitlementBody, refusal};

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
    let catalogue = Catalogue::demand(&app, &wanted).await?;
    let service = catalogue.service(&asked.service)?;
    check_program(service, acting.badges())?;
    let now = app.now();
    let trial = PendingTrial::new(service, now);
    let today = acting.account().time_zone.day_of(now);
    let body = EntitlementBody::new(trial.entitlement(), today);
    let answer = pending.answer(&app, StatusCode::CREATED, &body)?;
    let written = app.store.request_trial(acting, &trial, answer.record()).await;
    let written = written.map_err(|error| error.map_refusal(refusal::of_trial));
    answer.finish(&app, written).await
}

/// What an account may not have, it may not try either (P2).
fn check_program(service: &Service, badges: &Badges) -> Result<(), Refusal> {
    match service.required_program {
        Some(program) if !badges.has(program) => Err(Refusal::ProgramRequired(program)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use tsunagu_domain::{locale::LocalizedText, program::Program, service::LicenseModel};

    use super::*;

    #[test]
    fn given_a_service_of_a_program_then_only_its_badge_opens_it() {
        let name = LocalizedText { ja: "名".to_owned(), en: "name".to_owned() };
        let code = "daas".parse().expect("a code");
        let open = Service { code, name, model: LicenseModel::User, required_program: None };
        let closed = Service { required_program: Some(Program::Csp), ..open.clone() };
        let none = Badges::default();
        assert_eq!(check_program(&open, &none), Ok(()));
        let refusal = check_program(&closed, &none).expect_err("no badge");
        assert_eq!(refusal, Refusal::ProgramRequired(Program::Csp));
        let problem = Problem::from(refusal);
        assert_eq!(
            (problem.code().as_str(), problem.code().status()),
            ("program-required", StatusCode::FORBIDDEN)
        );
    }
}
