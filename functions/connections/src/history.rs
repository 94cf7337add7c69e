//! The episodes of a connection, after its end too.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::{
    App,
    json::Json,
    page::{Page, PageBody, PageParams},
    path::PathId,
    permit::{BadgedPartner, Member, permission::CustomerDashboardView},
    problem::Problem,
};
use tsunagu_domain::{
    connection::Role,
    ids::{AccountId, ConnectionId, OrgId},
    locale::CountryCode,
    program::Program,
    share::Share,
    text::DisplayName,
};
use tsunagu_store::items::Episode;
use utoipa::ToSchema;

/// One episode of a connection.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Episode)]
pub(crate) struct EpisodeBody {
    /// The connection, the same over all episodes.
    connection_id: ConnectionId,
    /// Counts from 1.
    episode: u32,
    /// When it began.
    connected_at: DateTime<Utc>,
    /// When it ended; `null` while it stands.
    ended_at: Option<DateTime<Utc>>,
    /// Who ended it; `null` while it stands.
    ended_by: Option<Role>,
    /// What was shared at acceptance.
    shares: Vec<Share>,
    /// What the invite link showed of the partner at acceptance, whatever it calls itself today.
    shown: ShownPartnerBody,
}

/// The partner as its invite link showed it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ShownPartner)]
pub(crate) struct ShownPartnerBody {
    /// The name that it gave itself.
    display_name: DisplayName,
    /// Its organization's verified name.
    organization_name: Option<DisplayName>,
    /// Its ORGID.
    org_id: OrgId,
    /// Where it was.
    country: CountryCode,
    /// The programs whose badges it had.
    programs: Vec<Program>,
}

impl From<Episode> for EpisodeBody {
    fn from(episode: Episode) -> Self {
        let shown = episode.shown;
        Self {
            connection_id: episode.connection_id,
            episode: episode.episode,
            connected_at: episode.connected_at,
            ended_at: episode.ended_at,
            ended_by: episode.ended_by,
            shares: episode.shares.iter().collect(),
            shown: ShownPartnerBody {
                display_name: shown.display_name,
                organization_name: shown.organization_name,
                org_id: shown.org_id,
                country: shown.country,
                programs: shown.programs,
            },
        }
    }
}

/// The history with a customer
///
/// Newest first; after the end too.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/customers/{customer}/history",
    tag = "connections",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A customer that is or was connected"),
        PageParams,
    ),
    responses(
        (status = 200, body = PageBody<EpisodeBody>),
        BadgedPartner<CustomerDashboardView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn customer_history(
    State(app): State<App>,
    partner: BadgedPartner<CustomerDashboardView>,
    PathId(customer): PathId<AccountId>,
    page: Page,
) -> Result<Json<PageBody<EpisodeBody>>, Problem> {
    let after = page.position(&app).await?;
    let partner = &partner.acting;
    let found = app.store.episodes_with_customer(partner, customer, after, page.limit).await?;
    answer(&app, &page, found).await
}

/// The history with a partner
///
/// Newest first; after the end too.
#[utoipa::path(
    get,
    path = "/v1/accounts/{customer}/partners/{partner}/history",
    tag = "connections",
    params(
        ("customer" = AccountId, Path, description = "The acting customer"),
        ("partner" = AccountId, Path, description = "A partner that is or was connected"),
        PageParams,
    ),
    responses((status = 200, body = PageBody<EpisodeBody>)),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn partner_history(
    State(app): State<App>,
    customer: Member,
    PathId(partner): PathId<AccountId>,
    page: Page,
) -> Result<Json<PageBody<EpisodeBody>>, Problem> {
    let after = page.position(&app).await?;
    let customer = &customer.acting;
    let found = app.store.episodes_with_partner(customer, partner, after, page.limit).await?;
    answer(&app, &page, found).await
}

async fn answer(
    app: &App,
    page: &Page,
    found: tsunagu_store::Page<Episode>,
) -> Result<Json<PageBody<EpisodeBody>>, Problem> {
    // Accounts that never were connected have no history: as if the other did not exist.
    if page.is_first() && found.items.is_empty() {
        return Err(Problem::not_found());
    }
    let items = found.items.into_iter().map(EpisodeBody::from).collect();
    Ok(Json(page.answer(app, items, found.next).await?))
}
