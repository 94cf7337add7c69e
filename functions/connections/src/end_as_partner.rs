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
use tsunagu_domain::{connection::Pair, ids::AccountId};
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
    responses((status = 204, description = "Ended")),
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
    let pair = Pair::new(acting.account_id(), customer).map_err(|_| Problem::not_found())?;
    let mut seen = None;
    if if_match.is_given() {
        let marked = app.store.customer_to_end(acting, customer).await?;
        let marked = marked.ok_or_else(Problem::not_found)?;
        if_match.check(&app, &CustomerBody::new(&marked, acting, None, language)).await?;
        seen = Some(marked.item.rev);
    }
    let block = query.block.is_some_and(|block| block.0);
    let still = |item: &tsunagu_store::items::CustomerItem| seen.is_none_or(|rev| item.rev == rev);
    let done = app.store.end_connection(acting, pair, block, app.now(), still).await?;
    done.then_some(StatusCode::NO_CONTENT).ok_or_else(Problem::not_found)
}
