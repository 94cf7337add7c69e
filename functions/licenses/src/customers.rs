//! What a partner sees of the licences of all its customers: decided anew whenever it is read (T9).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use tsunagu_api::{
    App, Problem, Text,
    bodies::PartyBody,
    csv::cell,
    page::{Asked, Gathered, Read, Rows, at_once},
    permit::{
        Admitted, All, AnyBadge,
        permission::{CustomerDashboardView, LicensesView},
    },
};
use tsunagu_domain::ids::AccountId;
use tsunagu_store::{Acting, items::CustomerLicensesItem};

/// A partner who may look at the licences of all its customers.
pub(crate) type Overseer = Admitted<All<(CustomerDashboardView, LicensesView)>, AnyBadge>;

/// A place in a list that has rows for each customer: behind a customer, and of what follows behind a
/// row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Behind<K> {
    customer: Option<AccountId>,
    row: Option<(AccountId, K)>,
}

/// A row of a customer.
#[derive(Clone, Debug)]
pub(crate) struct Row<T> {
    /// The customer.
    pub(crate) customer: PartyBody,
    /// Today, for the customer.
    pub(crate) today: NaiveDate,
    /// What the row is about.
    pub(crate) about: T,
}

/// Reads the rows that are asked for: of each customer those that `rows_of` gives, in the order of
/// their keys. `is_filtered` says whether that leaves many out.
pub(crate) async fn read<K, T>(
    app: &App,
    partner: &Acting,
    asked: Asked<Behind<K>>,
    is_filtered: bool,
    rows_of: impl Fn(&CustomerLicensesItem, NaiveDate) -> Vec<(K, T)>,
) -> Result<Rows<Row<T>, Behind<K>>, Problem>
where
    K: Clone + Ord,
{
    let now = app.now();
    let mut at_once = at_once(asked.limit, is_filtered);
    let mut gathered = Gathered::begin(asked.limit, asked.behind);
    while let Some(Read(behind)) = gathered.wanted() {
        let (customer, row) = behind.map_or((None, None), |place| (place.customer, place.row));
        let page = app.store.customers_licenses(partner, customer, at_once).await?;
        let last = page.items.last().map(|item| item.customer);
        let rows = rows(&page.items, customer, row.as_ref(), |item| {
            let today = item.today(now);
            (today, rows_of(item, today))
        });
        let next = page.next.and(last).map(|last| Behind { customer: Some(last), row: None });
        gathered.add(rows, next);
        // Where that did not fill the page, there is little to see: as much as a query gives.
        at_once = None;
    }
    Ok(gathered.rows())
}

/// The rows of customers that were read behind a customer, as far as they are behind a row.
fn rows<K, T>(
    items: &[CustomerLicensesItem],
    mut behind: Option<AccountId>,
    row: Option<&(AccountId, K)>,
    rows_of: impl Fn(&CustomerLicensesItem) -> (NaiveDate, Vec<(K, T)>),
) -> Vec<(Behind<K>, Row<T>)>
where
    K: Clone + Ord,
{
    let mut found = Vec::new();
    for item in items {
        let (today, rows) = rows_of(item);
        for (key, about) in rows {
            let place = (item.customer, key);
            if row.is_none_or(|row| *row < place) {
                let customer = PartyBody::new(item.customer, &item.names);
                let place = Behind { customer: behind, row: Some(place) };
                found.push((place, Row { customer, today, about }));
            }
        }
        behind = Some(item.customer);
    }
    found
}

/// The headings of a customer in a spreadsheet.
pub(crate) const PARTY_HEADINGS: [Text; 4] = [
    Text::new("アカウントID", "Account ID"),
    Text::new("表示名", "Display name"),
    Text::new("組織名", "Organization"),
    Text::new("組織ID", "ORGID"),
];

/// A customer's cells under [`PARTY_HEADINGS`].
pub(crate) fn party_cells(party: &PartyBody) -> [String; PARTY_HEADINGS.len()] {
    [
        party.account_id.to_string(),
        party.display_name.to_string(),
        cell(party.organization_name.as_ref()),
        party.org_id.to_string(),
    ]
}

#[cfg(test)]
pub(crate) mod tests {
    use tsunagu_domain::{
        licenses::{
            dashboard::Holdings,
            entitlement::{Entitlement, EntitlementKind, Stage, Terms},
        },
        share::Shares,
    };
    use tsunagu_store::items::{CustomerItem, Names};

    use super::*;

    pub(crate) fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    /// Entitlements, each to 10 licences from 2026 on, and assigned licences.
    pub(crate) fn holdings(
        entitlements: &[(&str, EntitlementKind, Option<&str>)],
        assigned: &[(&str, u64)],
    ) -> Holdings {
        let starts_on = day("2026-01-01");
        let entitlements = entitlements.iter().enumerate().map(|(number, (service, kind, end))| {
            let ends_on = end.map(day);
            Entitlement {
                entitlement_id: format!("ent-{number}").parse().expect("a number"),
                service: service.parse().expect("a code"),
                kind: *kind,
                stage: Stage::Stated,
                terms: vec![Terms { from: starts_on, quantity: Some(10), starts_on, ends_on }],
                auto_renew: false,
                order_id: None,
            }
        });
        let assigned =
            assigned.iter().map(|(code, number)| (code.parse().expect("a code"), *number));
        Holdings { entitlements: entitlements.collect(), assigned: assigned.collect() }
    }

    /// The customer of a letter.
    pub(crate) fn customer(
        letter: char,
        shares: Shares,
        holdings: Holdings,
    ) -> CustomerLicensesItem {
        let names = Names {
            display_name: format!("Customer {letter}").parse().expect("a name"),
            organization_name: None,
            org_id: "org_01JD3Z8Q4V9X7M2N5P6R8S0T1W".parse().expect("an id"),
        };
        let connection = CustomerItem {
            partner: "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1Z".parse().expect("an id"),
            customer: format!("acc_01JD3Z8Q4V9X7M2N5P6R8S0T1{letter}").parse().expect("an id"),
            connection_id: "con_01JD3Z8Q4V9X7M2N5P6R8S0T1Y".parse().expect("an id"),
            episode: 1,
            shares,
            connected_at: "2026-01-01T00:00:00Z".parse().expect("an instant"),
            names,
            suspended: false,
            copied_rev: 1,
            reference: None,
            tags: Vec::new(),
            figures: None,
            figures_written: 0,
            dismissed_up_to: None,
            federation_withdrawn: 0,
            rev: 1,
        };
        let zone = "Asia/Tokyo".parse().expect("a zone");
        CustomerLicensesItem::new(&connection, zone, holdings)
    }

    /// The same, of which the account is suspended.
    pub(crate) fn suspended(mut item: CustomerLicensesItem) -> CustomerLicensesItem {
        item.suspended = true;
        item
    }

    /// Customer `A` has three rows, `B` none, `C` two.
    fn items() -> Vec<(CustomerLicensesItem, Vec<u32>)> {
        let item = |letter| customer(letter, Shares::empty(), Holdings::default());
        vec![(item('A'), vec![1, 2, 3]), (item('B'), vec![]), (item('C'), vec![1, 2])]
    }

    /// One page after another, reading `at_once` customers at a time.
    fn pages(limit: usize, at_once: usize) -> Vec<Vec<String>> {
        let all = items();
        let mut pages = Vec::new();
        let mut behind: Option<Behind<u32>> = None;
        loop {
            let mut gathered = Gathered::begin(limit, behind);
            while let Some(Read(behind)) = gathered.wanted() {
                let (customer, row) = behind.map_or((None, None), |it| (it.customer, it.row));
                let later = all.iter().filter(|(item, _)| Some(item.customer) > customer);
                let read: Vec<_> = later.clone().take(at_once).cloned().collect();
                let items: Vec<_> = read.iter().map(|(item, _)| item.clone()).collect();
                let next = (later.count() > at_once).then(|| items.last().expect("read").customer);
                let found = rows(&items, customer, row.as_ref(), |item| {
                    let of = read.iter().find(|(known, _)| known.customer == item.customer);
                    let keys = of.map(|(_, keys)| keys.clone()).unwrap_or_default();
                    (day("2026-03-01"), keys.into_iter().map(|key| (key, key)).collect())
                });
                gathered.add(found, next.map(|it| Behind { customer: Some(it), row: None }));
            }
            let (rows, next) = gathered.rows();
            let told = |row: &Row<u32>| format!("{} {}", row.customer.display_name, row.about);
            pages.push(rows.iter().map(told).collect());
            behind = next;
            if behind.is_none() {
                return pages;
            }
        }
    }

    #[test]
    fn given_any_page_and_read_then_each_row_stands_on_exactly_one_page_in_order() {
        let expected =
            ["Customer A 1", "Customer A 2", "Customer A 3", "Customer C 1", "Customer C 2"];
        for limit in 1..7 {
            for at_once in 1..5 {
                let pages = pages(limit, at_once);
                let short = pages.iter().rev().skip(1).find(|page| page.len() != limit);
                assert_eq!(short, None, "limit {limit}, {at_once} at once");
                assert_eq!(pages.concat(), expected, "limit {limit}, {at_once} at once");
            }
        }
    }
}
