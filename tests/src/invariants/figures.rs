//! Figures of usage: a recount of the holders of licences, by the same oracle that the tests of the
//! fold have. That holders are what was used, only somebody knows who has used something.

use std::collections::BTreeMap;

use serde::Deserialize;
use tsunagu_domain::{
    calendar::Month, ids::AccountId, licenses::usage::Segment, time::Instant, vendor::ServiceCode,
};
use tsunagu_store::{
    items::{
        AccountItem, CurrentFiguresItem, DirtyItem, HolderItem, PendingReleaseItem, RunItem,
        UsageFactItem,
    },
    keys,
};

use super::{Findings, book::Book};
use crate::usage::{Kind, Oracle};

pub(super) fn check(book: &Book<'_>, found: &mut Findings) {
    pending(book, found);
    let run: Option<RunItem> = book.get(&keys::last_run());
    let Some(as_of) = run.map(|run| run.as_of) else { return };
    let mut services = BTreeMap::<(AccountId, ServiceCode), Oracle>::new();
    for item in book.all::<CurrentFiguresItem>() {
        found.hold("figures", item.rebuilding.is_none(), || {
            format!("{} of {} is being rebuilt", item.service, item.account_id)
        });
        services.entry((item.account_id, item.service)).or_default();
    }
    for item in book.all::<HolderItem>() {
        let oracle = services.entry((item.account_id, item.service.clone())).or_default();
        tell(oracle.kind(item.kind), &item);
    }
    for ((account, service), oracle) in services {
        compare(book, &oracle, account, &service, as_of, found);
    }
}

fn pending(book: &Book<'_>, found: &mut Findings) {
    let facts = book.all::<UsageFactItem>().into_iter();
    let facts =
        facts.map(|it| format!("usage of {} by {} on {}", it.service, it.account_id, it.day));
    let releases = book.all::<PendingReleaseItem>().into_iter();
    let releases = releases.map(|it| format!("a release of {} by {}", it.service, it.account_id));
    let dirty = book.all::<DirtyItem>().into_iter();
    let dirty = dirty.map(|it| format!("{:?} of {} is to be counted", it.service, it.account_id));
    let left: Vec<_> = facts.chain(releases).chain(dirty).collect();
    found.same("usage-pending", "what is to be counted", &left, &Vec::new());
}

/// Tells the oracle what a holder's record says.
fn tell(kind: &mut Kind, item: &HolderItem) {
    let written = serde_json::to_value(&item.activity).expect("an activity is plain");
    let known: Known = serde_json::from_value(written).expect("it has days and segments");
    for (month, bits) in known.days {
        for number in (1..=31).filter(|number| bits & (1 << (number - 1)) != 0) {
            let day = month.day(number).expect("a day of the month");
            kind.active(item.holder_id.clone(), day);
        }
    }
    for day in known.segments.into_iter().filter_map(|segment| segment.released) {
        kind.release(item.holder_id.clone(), day);
    }
}

/// What a holder's record has, as it is written: a bit for each active day of a month, and segments.
#[derive(Deserialize)]
struct Known {
    days: BTreeMap<Month, u32>,
    segments: Vec<Segment>,
}

fn compare(
    book: &Book<'_>,
    oracle: &Oracle,
    account: AccountId,
    service: &ServiceCode,
    as_of: Instant,
    found: &mut Findings,
) {
    let Some(AccountItem { account: it, .. }) = book.get(&keys::account(account)) else { return };
    let as_of = it.time_zone.day_of(as_of);
    let differences = oracle.differences(book.contents, account, service, as_of);
    found.hold("figures", differences.is_empty(), || {
        format!("{service} of {account}: {}", differences.join("; "))
    });
}
