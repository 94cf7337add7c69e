//! Reading the dashboard: in the order of the table where it can, over all customers where it must.

use deserr::Deserr;
use serde::{Deserialize, Serialize};
use tsunagu_api::{
    App,
    input::{InputErrors, Parsed},
    page::{self, Gathered, Read, Rows},
    problem::Problem,
};
use tsunagu_domain::{
    dashboard::{self, Filter, Position, Row, Sort},
    ids::AccountId,
    text::{DisplayName, Reference, Tag, fold},
};
use tsunagu_store::{
    Acting,
    items::{AsOf, CustomerItem},
};
use utoipa::IntoParams;

/// How a partner searches, filters and sorts its dashboard.
#[derive(Clone, Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct DashboardQuery {
    /// Text that the customer's name, organization name, ORGID or the partner's reference contains;
    /// width, case and kana make no difference.
    #[deserr(default)]
    #[param(value_type = Option<String>, min_length = 1, max_length = 100)]
    search: Option<DisplayName>,
    /// One of the partner's tags.
    #[deserr(default)]
    #[param(value_type = Option<String>)]
    tag: Option<Tag>,
    /// `name`, `connectedAt`, `nextExpiry`, `utilization` or `openTickets`; `-` before it for
    /// descending. By customer id if left out, the one order that costs one page.
    #[deserr(default)]
    #[param(value_type = Option<String>, example = "-connectedAt")]
    sort: Option<Sort>,
    /// Something ends within so many days from today (of the partner's time zone).
    #[deserr(default)]
    #[param(value_type = Option<u64>, maximum = 4_294_967_295_u64)]
    expiring_within_days: Option<Parsed<u32>>,
    /// A service is used to at least this fraction.
    #[deserr(default)]
    #[param(value_type = Option<f64>)]
    min_utilization: Option<Parsed<f64>>,
    /// Whether more is assigned than bought.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    has_overage: Option<Parsed<bool>>,
    /// Whether there are open tickets.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    has_open_tickets: Option<Parsed<bool>>,
    /// Whether there are trials running or asked for.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    has_trials: Option<Parsed<bool>>,
}

impl DashboardQuery {
    fn filter(&self, app: &App, partner: &Acting) -> Filter {
        let today = partner.account().time_zone.day_of(app.now());
        Filter {
            search: self.search.as_ref().map(|text| fold(text.as_str())),
            tag: self.tag.as_ref().map(|tag| fold(tag.as_str())),
            expires_by: self.expiring_within_days.map(|days| dashboard::expires_by(today, days.0)),
            min_utilization: self.min_utilization.map(|fraction| fraction.0),
            has_overage: self.has_overage.map(|wanted| wanted.0),
            has_open_tickets: self.has_open_tickets.map(|wanted| wanted.0),
            has_trials: self.has_trials.map(|wanted| wanted.0),
        }
    }
}

/// Where a page of the dashboard begins; kept in cursors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Behind {
    /// Behind a customer, in the order of ids.
    Customer(AccountId),
    /// Behind a position in a sorted dashboard.
    Position(Position),
}

/// Reads up to `limit` customers that match.
pub(crate) async fn read(
    app: &App,
    partner: &Acting,
    query: &DashboardQuery,
    behind: Option<Behind>,
    limit: usize,
) -> Result<Rows<CustomerItem, Behind>, Problem> {
    let filter = query.filter(app, partner);
    match query.sort {
        None => by_id(app, partner, &filter, behind, limit).await,
        Some(sort) => sorted(app, partner, &filter, sort, behind, limit).await,
    }
}

/// In the order of ids, a page costs what a page holds; with a filter, what must be read to fill it.
async fn by_id(
    app: &App,
    partner: &Acting,
    filter: &Filter,
    behind: Option<Behind>,
    limit: usize,
) -> Result<Rows<CustomerItem, Behind>, Problem> {
    let after = match behind {
        Some(Behind::Customer(customer)) => Some(customer),
        _ => None,
    };
    let is_filtered = *filter != Filter::default();
    let mut at_once = page::at_once(limit, is_filtered);
    let mut gathered = Gathered::begin(limit, after);
    while let Some(Read(after)) = gathered.wanted() {
        let found = app.store.customers(partner, after, at_once).await?;
        // The place behind a page always stands, even where nothing of it matched.
        let next = found.next.and(found.items.last().map(|item| item.customer));
        let matching = found.items.into_iter().filter(|item| matches(filter, item));
        gathered.add(matching.map(|item| (item.customer, item)), next);
        // Where one step did not fill the page, matches are rare: as much as a query gives.
        at_once = at_once.filter(|_| !is_filtered);
    }
    let (found, next) = gathered.rows();
    Ok((found, next.map(Behind::Customer)))
}

/// Sorted, every page reads all customers: the table has one order.
async fn sorted(
    app: &App,
    partner: &Acting,
    filter: &Filter,
    sort: Sort,
    behind: Option<Behind>,
    limit: usize,
) -> Result<Rows<CustomerItem, Behind>, Problem> {
    let all = by_id(app, partner, &filter.clone(), None, usize::MAX).await?.0;
    let mut placed: Vec<(Position, CustomerItem)> = all
        .into_iter()
        .map(|item| (position(sort, &item), item))
        .filter(|(place, _)| match &behind {
            Some(Behind::Position(last)) => sort.compare(place, last).is_gt(),
            _ => true,
        })
        .collect();
    placed.sort_by(|(a, _), (b, _)| sort.compare(a, b));
    let more = placed.len() > limit;
    placed.truncate(limit);
    let next = placed.last().filter(|_| more).map(|(place, _)| Behind::Position(place.clone()));
    Ok((placed.into_iter().map(|(_, item)| item).collect(), next))
}

fn matches(filter: &Filter, item: &CustomerItem) -> bool {
    !item.suspended && with_row(item, |row| filter.matches(row))
}

fn position(sort: Sort, item: &CustomerItem) -> Position {
    with_row(item, |row| sort.position(row))
}

fn with_row<T>(item: &CustomerItem, look: impl FnOnce(&Row<'_>) -> T) -> T {
    // When figures were counted is nothing to search, filter or sort by.
    let summary = item.summary(&AsOf::default());
    let org_id = item.names.org_id.to_string();
    look(&Row {
        customer: item.customer,
        display_name: item.names.display_name.as_str(),
        organization_name: item.names.organization_name.as_ref().map(DisplayName::as_str),
        org_id: &org_id,
        reference: item.reference.as_ref().map(Reference::as_str),
        tags: item.tags.iter().map(Tag::as_str).collect(),
        connected_at: item.connected_at,
        summary: &summary,
    })
}
