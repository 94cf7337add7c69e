//! What an account has bought, against what it uses (P11).

use axum::{extract::State, response::Response};
use tsunagu_api::{
    App, Format, Permitted, Problem, Query, Reader, SharingView,
    page::Unfiltered,
    permit::{permission::LicensesView, sharing},
};
use tsunagu_domain::{ids::AccountId, locale::Language, share::part};
use tsunagu_store::Readable;

use crate::license::{LicensesBody, services};

/// The account's licences
///
/// Every service that may be used, has licences assigned or was used in the last 30 days. What is
/// purchased is so now; what is used is so as of `asOf`.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/licenses",
    tag = "licenses",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ("format" = Option<String>, Query, description = "`json` or `csv`, instead of `Accept`"),
    ),
    responses(
        (status = 200, content(
            (LicensesBody = "application/json"),
            (String = "text/csv"),
        )),
        Permitted<LicensesView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn show_licenses(
    State(app): State<App>,
    account: Permitted<LicensesView>,
    Reader(language): Reader,
    format: Format,
    _: Query<Unfiltered>,
) -> Result<Response, Problem> {
    answer(&app, &account.acting.own(), format, language).await
}

/// A customer's licences
///
/// Figures only, never a user. Days and months are those of the customer's time zone.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customers/{customer}/licenses",
    tag = "licenses",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        ("format" = Option<String>, Query, description = "`json` or `csv`, instead of `Accept`"),
    ),
    responses(
        (status = 200, content(
            (LicensesBody = "application/json"),
            (String = "text/csv"),
        )),
        SharingView<LicensesView, sharing::Licenses>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn show_licenses_of_customer(
    State(app): State<App>,
    view: SharingView<LicensesView, sharing::Licenses>,
    Reader(language): Reader,
    format: Format,
    _: Query<Unfiltered>,
) -> Result<Response, Problem> {
    answer(&app, &view.readable()?, format, language).await
}

async fn answer(
    app: &App,
    account: &Readable<part::Licenses>,
    format: Format,
    language: Language,
) -> Result<Response, Problem> {
    let store = &app.store;
    // On the heap: together they are more than a stack should carry through every layer.
    let licenses = Box::pin(store.licenses(account));
    let (days, licenses) = futures::try_join!(store.days(account, app.now()), licenses)?;
    let catalogue = store.services_of(services(&licenses)).await?;
    let body = LicensesBody::new(&licenses, &days, &catalogue, language)?;
    Ok(format.respond(&body, |body| body.file(language)))
}
