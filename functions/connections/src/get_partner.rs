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
    /// What ending it, or no longer sharing `federation`, would stop.
    pub(crate) impact: Impact,
}

/// What ending or narrowing a connection would stop.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Impact {
    /// Workspaces of the account that would no longer let anybody in.
    workspaces: usize,
    /// Domains of the partner that the account would leave.
    federated_domains: usize,
    /// Sessions of the account's members that would end; where there are more than 5,000, about so many.
    open_sessions: u32,
}

impl Shown for ConnectedPartnerBody {
    const DERIVED: &'static [&'static str] = &["/impact", "/partner/badges"];
}

/// The connection as the acting customer sees it, for comparing versions: without its impact, which is no
/// part of them, and takes as long as there are sessions.
pub(crate) async fn compared(
    app: &App,
    customer: &Acting,
    item: &PartnerItem,
    language: Language,
) -> Result<ConnectedPartnerBody, Problem> {
    let rows = iter::once((item.partner, item.partner_org, Stage::from(&item.connection())));
    let connection = with_partners(app, customer, rows, language).await?.pop();
    let connection = connection.ok_or_else(|| Problem::internal("one row gave no connection"))?;
    Ok(ConnectedPartnerBody { connection, impact: Impact::default() })
}

/// What the acting customer is shown of one of its partners.
pub(crate) async fn shown(
    app: &App,
    customer: &Acting,
    item: &PartnerItem,
    language: Language,
) -> Result<ConnectedPartnerBody, Problem> {
    let impact = impact(app, customer, item.partner).await?;
    Ok(ConnectedPartnerBody { impact, ..compared(app, customer, item, language).await? })
}

async fn impact(app: &App, customer: &Acting, partner: AccountId) -> Result<Impact, Problem> {
    let impact = app.store.impact(customer, partner).await?;
    // Without a domain nobody has signed in by one.
    let open_sessions = if impact.federated_domains == 0 {
        0
    } else {
        app.store.count_member_sessions_with(customer, partner, app.now()).await?
    };
    let tsunagu_store::federation::Impact { workspaces, federated_domains } = impact;
    Ok(Impact { workspaces, federated_domains, open_sessions })
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
