//! All connections of an account: both roles, ended ones too, badge or not.

use axum::extract::State;
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use tsunagu_api::{
    App,
    bodies::{ConnectionBody, PartnerBody, PartyBody, Stage},
    input::InputErrors,
    json::Json,
    page::{Page, PageBody, PageParams},
    permit::Member,
    problem::Problem,
    scope::Reader,
};
use tsunagu_domain::{
    connection::{ConnectionState, Role},
    ids::{AccountId, OrgId},
    locale::Language,
};
use tsunagu_store::{Acting, Place};
use utoipa::IntoParams;

/// Which connections.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConnectionsQuery {
    /// The account's role in them; both if left out.
    #[deserr(default)]
    role: Option<Role>,
    /// Whether they stand; both if left out.
    #[deserr(default)]
    state: Option<ConnectionState>,
}

/// The parts of the list, one after another; each is one range of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Part {
    Customers,
    PastCustomers,
    Partners,
    PastPartners,
}

impl Part {
    const ALL: [Self; 4] =
        [Self::Customers, Self::PastCustomers, Self::Partners, Self::PastPartners];

    fn of(self) -> (Role, ConnectionState) {
        match self {
            Self::Customers => (Role::Partner, ConnectionState::Active),
            Self::PastCustomers => (Role::Partner, ConnectionState::Ended),
            Self::Partners => (Role::Customer, ConnectionState::Active),
            Self::PastPartners => (Role::Customer, ConnectionState::Ended),
        }
    }
}

/// A place in the list: in a part, behind an item or at its beginning.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Spot {
    part: Part,
    after: Option<Place>,
}

/// All connections of an account
///
/// Both roles and both states. An ended connection shows the customer's names as they were when it
/// ended; a suspended customer is left out of its partner's active ones.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/connections",
    tag = "connections",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        ConnectionsQuery,
        PageParams,
    ),
    responses((status = 200, body = PageBody<ConnectionBody>)),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_connections(
    State(app): State<App>,
    account: Member,
    Reader(language): Reader,
    page: Page<ConnectionsQuery>,
) -> Result<Json<PageBody<ConnectionBody>>, Problem> {
    let ConnectionsQuery { role, state } = page.filter;
    let parts: Vec<Part> = Part::ALL
        .into_iter()
        .filter(|part| role.is_none_or(|role| part.of().0 == role))
        .filter(|part| state.is_none_or(|state| part.of().1 == state))
        .collect();
    let first = parts.first().map(|part| Spot { part: *part, after: None });
    let mut spot = page.position::<Spot>(&app).await?.or(first);
    let mut items = Vec::new();
    while let Some(Spot { part, after }) = spot.take() {
        let wanted = page.limit - items.len();
        let (found, next) = read(&app, &account.acting, part, after, wanted, language).await?;
        items.extend(found);
        spot = match next {
            Some(place) => Some(Spot { part, after: Some(place) }),
            None => parts.iter().find(|p| **p > part).map(|p| Spot { part: *p, after: None }),
        };
        if items.len() >= page.limit {
            break;
        }
    }
    Ok(Json(page.answer(&app, items, spot).await?))
}

/// Reads a page of one part.
async fn read(
    app: &App,
    acting: &Acting,
    part: Part,
    after: Option<Place>,
    limit: usize,
    language: Language,
) -> Result<(Vec<ConnectionBody>, Option<Place>), Problem> {
    let own = || PartnerBody::of(acting, language);
    match part {
        Part::Customers => {
            let page = app.store.active_customers(acting, after, limit).await?;
            let shown = page.items.iter().filter(|item| !item.suspended).map(|item| {
                ConnectionBody::new(item, own(), PartyBody::new(item.customer, &item.names))
            });
            Ok((shown.collect(), page.next))
        }
        Part::PastCustomers => {
            let page = app.store.past_customers(acting, after, limit).await?;
            let shown = page.items.iter().map(|item| {
                ConnectionBody::new(
                    &item.ended(),
                    own(),
                    PartyBody::new(item.customer, &item.kept.names),
                )
            });
            Ok((shown.collect(), page.next))
        }
        Part::Partners => {
            let page = app.store.partners(acting, after, limit).await?;
            let rows = page
                .items
                .iter()
                .map(|item| (item.partner, item.partner_org, Stage::from(&item.connection())));
            Ok((with_partners(app, acting, rows, language).await?, page.next))
        }
        Part::PastPartners => {
            let page = app.store.past_partners(acting, after, limit).await?;
            let rows = page
                .items
                .iter()
                .map(|item| (item.partner, item.partner_org, Stage::from(&item.ended())));
            Ok((with_partners(app, acting, rows, language).await?, page.next))
        }
    }
}

/// The acting customer's connections, with their partners by what their accounts say now.
pub(crate) async fn with_partners(
    app: &App,
    customer: &Acting,
    rows: impl Iterator<Item = (AccountId, OrgId, Stage)> + Clone,
    language: Language,
) -> Result<Vec<ConnectionBody>, Problem> {
    let wanted = rows.clone().map(|(partner, org, _)| (partner, org));
    let partners = app.store.partners_on_record(wanted, app.now()).await?;
    let shown = rows.map(|(id, _, stage)| {
        let missing = || Problem::internal("a partner that was asked for is missing");
        let partner = partners.get(&id).ok_or_else(missing)?;
        let partner = PartnerBody::on_record(id, partner, language);
        Ok(ConnectionBody::new(stage, partner, PartyBody::of(customer)))
    });
    shown.collect()
}
