//! Customers for which the partner's link no longer works.

use axum::extract::State;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::Serialize;
use tsunagu_api::{
    App,
    bodies::PartyBody,
    json::Json,
    page::{Page, PageBody, PageParams},
    path::PathId,
    permit::{Permitted, permission::ConnectionsManage},
    problem::Problem,
};
use tsunagu_domain::ids::AccountId;
use utoipa::ToSchema;

/// A customer for which the partner's link no longer works.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BlockedCustomer)]
pub(crate) struct BlockedCustomerBody {
    /// The customer, by its names when it was blocked.
    customer: PartyBody,
    /// Since when.
    blocked_at: DateTime<Utc>,
}

/// The partner's blocked customers
///
/// With or without badge.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/blocked-customers",
    tag = "connections",
    params(("partner" = AccountId, Path, description = "The acting partner"), PageParams),
    responses(
        (status = 200, body = PageBody<BlockedCustomerBody>),
        Permitted<ConnectionsManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_blocked_customers(
    State(app): State<App>,
    partner: Permitted<ConnectionsManage>,
    page: Page,
) -> Result<Json<PageBody<BlockedCustomerBody>>, Problem> {
    let after = page.position(&app).await?;
    let found = app.store.blocked_customers(&partner.acting, after, page.limit).await?;
    let items = found.items.iter().map(|item| BlockedCustomerBody {
        customer: PartyBody::new(item.customer, &item.names),
        blocked_at: item.blocked_at,
    });
    Ok(Json(page.answer(&app, items.collect(), found.next).await?))
}

/// Let the link work for a customer again
///
/// With or without badge.
#[utoipa::path(
    delete,
    path = "/v1/accounts/{partner}/blocked-customers/{customer}",
    tag = "connections",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A blocked customer"),
    ),
    responses(
        (status = 204, description = "No longer blocked"),
        Permitted<ConnectionsManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn unblock_customer(
    State(app): State<App>,
    partner: Permitted<ConnectionsManage>,
    PathId(customer): PathId<AccountId>,
) -> Result<StatusCode, Problem> {
    let done = app.store.unblock(&partner.acting, customer, app.now()).await?;
    done.then_some(StatusCode::NO_CONTENT).ok_or_else(Problem::not_found)
}
