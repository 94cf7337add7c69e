//! One partner of a customer.

use std::iter;

use axum::extract::State;
use serde::Serialize;
use tsunagu_api::{
    App,
    bodies::{ConnectionBody, Stage},
    etag::{Shown, Tagged},
    path::PathId,
    permit::Member,
    problem::Problem,
    scope::Reader,
};
use tsunagu_domain::{ids::AccountId, locale::Language};
use tsunagu_store::{Acting, items::PartnerItem};
use utoipa::ToSchema;

use crate::list_connections::with_partners;

/// A connection as its customer sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConnectedPartner)]
pub(crate) struct ConnectedPartnerBody {
    /// The connection.
    #[serde(flatten)]
    pub(crate) connection: ConnectionBody,
    /// What ending or narrowing it would stop; `null` until federation tells.
    pub(crate) impact: Option<Impact>,
}

/// What ending or narrowing a connection would stop.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Impact {
    /// Workspaces that would no longer let anybody in.
    workspaces: u32,
    /// Federated domains that the account would leave.
    federated_domains: u32,
    /// Sessions that would end.
    open_sessions: u32,
}

impl Shown for ConnectedPartnerBody {
    const DERIVED: &'static [&'static str] = &["/impact", "/partner/badges"];
}

/// What the acting customer is shown of one of its partners.
pub(crate) async fn shown(
    app: &App,
    customer: &Acting,
    item: &PartnerItem,
    language: Language,
) -> Result<ConnectedPartnerBody, Problem> {
    let rows = iter::once((item.partner, item.partner_org, Stage::from(&item.connection())));
    let connection = with_partners(app, customer, rows, language).await?.pop();
    let connection = connection.ok_or_else(|| Problem::internal("one row gave no connection"))?;
    Ok(ConnectedPartnerBody { connection, impact: None })
}

/// One partner connection
#[utoipa::path(
    get,
    path = "/v1/accounts/{customer}/partners/{partner}",
    tag = "connections",
    params(
        ("customer" = AccountId, Path, description = "The acting customer"),
        ("partner" = AccountId, Path, description = "A connected partner"),
    ),
    responses((status = 200, body = ConnectedPartnerBody)),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_partner(
    State(app): State<App>,
    customer: Member,
    Reader(language): Reader,
    PathId(partner): PathId<AccountId>,
) -> Result<Tagged<ConnectedPartnerBody>, Problem> {
    let item = app.store.partner(&customer.acting, partner).await?;
    let item = item.ok_or_else(Problem::not_found)?;
    app.tagged(shown(&app, &customer.acting, &item, language).await?).await
}
