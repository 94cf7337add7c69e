//! The partner ends a connection.

use axum::extract::State;
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{
    App,
    etag::IfMatch,
    input::{InputErrors, Parsed},
    path::PathId,
    permit::{Permitted, permission::ConnectionsManage},
    problem::Problem,
    query::Query,
    scope::Reader,
};
use tsunagu_domain::ids::AccountId;
use tsunagu_store::{LinkAfterwards, items::AsOf};
use utoipa::IntoParams;

use crate::customer_body::CustomerBody;

/// How the partner ends it.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EndQuery {
    /// Whether the invite link shall no longer work for this customer.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    block: Option<Parsed<bool>>,
}

/// End a connection as its partner
///
/// With or without badge. The customer gets a notification; the partner sees nothing of it from the
/// next request on.
#[utoipa::path(
    delete,
    path = "/v1/accounts/{partner}/customers/{customer}",
    tag = "connections",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
        EndQuery,
    ),
    responses(
        (status = 204, description = "Ended"),
        Permitted<ConnectionsManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn end_as_partner(
    State(app): State<App>,
    partner: Permitted<ConnectionsManage>,
    Reader(language): Reader,
    PathId(customer): PathId<AccountId>,
    if_match: IfMatch,
    Query(query): Query<EndQuery>,
) -> Result<StatusCode, Problem> {
    let acting = &partner.acting;
    let mut seen = None;
    if if_match.is_given() {
        let marked = app.store.customer_to_end(acting, customer).await?;
        let marked = marked.ok_or_else(Problem::not_found)?;
        let shown = CustomerBody::new(&marked, acting, None, &AsOf::default(), language);
        seen = if_match.seen(&app, &shown, marked.item.version()).await?;
    }
    let link = match query.block {
        Some(Parsed(true)) => LinkAfterwards::Blocked,
        _ => LinkAfterwards::Works,
    };
    let ended = app.store.end_as_partner(acting, customer, link, seen, app.now()).await?;
    ended.then_some(StatusCode::NO_CONTENT).ok_or_else(Problem::not_found)
}
