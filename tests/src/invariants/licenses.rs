//! What is bought, and what partners keep of it.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
};

use chrono::NaiveDate;
use tsunagu_domain::{
    dashboard::Summary,
    ids::AccountId,
    licenses::{
        entitlement::{Entitlement, Stage},
        tally::Tally,
    },
    share::Shares,
    time::Instant,
    vendor::ServiceCode,
};
use tsunagu_store::{
    items::{
        AccountItem, CurrentFiguresItem, CustomerItem, CustomerLicensesItem, EntitlementItem,
        RunItem, ServiceItem, TrialRequestItem,
    },
    keys,
};

use super::{Findings, book::Book, bought};

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    trials(book, found);
    let run: Option<RunItem> = book.get(&keys::last_run());
    let Some(as_of) = run.map(|run| run.as_of) else { return };
    let entitlements = book.by_account(|item: &EntitlementItem| item.account);
    for customer in book.customers().values() {
        let of = customer.customer;
        let Some(today) = today(book, of, as_of) else { continue };
        let bought = entitlements.get(&of).into_iter().flatten();
        let bought: Vec<_> = bought.map(|item| item.entitlement.clone()).collect();
        kept(book, customer, &bought, today, found);
    }
}

fn today(book: &Book<'_>, account: AccountId, as_of: Instant) -> Option<NaiveDate> {
    let item: AccountItem = book.get(&keys::account(account))?;
    Some(item.account.time_zone.day_of(as_of))
}

/// A request is pending exactly as long as its entitlement is asked for.
fn trials(book: &Book<'_>, found: &mut Findings) {
    let requests = book.all::<TrialRequestItem>();
    let requests =
        requests.iter().map(|it| (it.account_id, it.service.clone(), it.entitlement_id.clone()));
    let asked = book.all::<EntitlementItem>().into_iter();
    let asked = asked.filter(|it| it.entitlement.stage == Stage::Requested);
    let asked = asked.map(|it| (it.account, it.entitlement.service, it.entitlement.entitlement_id));
    found.same_all("trial-request", requests, asked);
}

fn assigned(book: &Book<'_>, account: AccountId) -> BTreeMap<ServiceCode, u64> {
    let current = book.all::<CurrentFiguresItem>().into_iter();
    let current = current.filter(|item| item.account_id == account);
    let assigned = current.filter_map(|item| {
        let known: ServiceItem = book.get(&keys::service(&item.service))?;
        let count = bought::assigned(&item.current, known.service.model);
        Some((item.service, count))
    });
    assigned.filter(|(_, count)| *count > 0).collect()
}

fn kept(
    book: &Book<'_>,
    customer: &CustomerItem,
    bought: &[Entitlement],
    today: NaiveDate,
    found: &mut Findings,
) {
    let ends = (customer.partner, customer.customer);
    let assigned = assigned(book, customer.customer);
    // What follows the stream is counted on its own.
    let counted = customer.figures.clone().unwrap_or_default();
    let expected = Summary {
        open_tickets: counted.open_tickets,
        active_notifications: counted.active_notifications,
        ..bought::summary(bought, &assigned, today)
    };
    found.same("summary", format_args!("{ends:?}"), &counted, &expected);
    let kept = bought::kept(bought, today);
    let item: Option<CustomerLicensesItem> = book.get(&keys::customer_licenses(ends.0, ends.1));
    let Some(mut item) = item else {
        let has_nothing = kept.is_empty() && assigned.is_empty();
        found.hold("held", has_nothing, || {
            format!("{ends:?} keep nothing of {kept:?}, {assigned:?}")
        });
        return;
    };
    // Whatever is shared of it.
    (item.shares, item.suspended) = (Shares::all(), false);
    let held = (item.entitlements().to_vec(), tallied(item.licenses(today)));
    let tallies = bought::tallies(bought, &assigned, today);
    let expected = (kept, tallied(tallies.iter().collect()));
    found.same("held", format_args!("{ends:?}"), &held, &expected);
}

fn tallied<T: Borrow<Tally>>(tallies: BTreeMap<&ServiceCode, T>) -> BTreeSet<String> {
    tallies.into_iter().map(|(service, tally)| format!("{service} {:?}", tally.borrow())).collect()
}
