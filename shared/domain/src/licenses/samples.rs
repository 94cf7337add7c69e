//! Entitlements to hold the rules against.

use chrono::{Days, NaiveDate};
use proptest::{collection::btree_map, prelude::*, sample::select};
use strum::VariantArray;

use super::{
    Quantity,
    entitlement::{Entitlement, EntitlementKind, Stage, Terms},
};

/// The days of samples lie within 500 days from here on.
pub(super) const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2025, 6, 1).expect("a day");
const SPAN: u64 = 500;

/// A day on which something of a sample may turn, or may not yet or no longer.
pub(super) fn days() -> impl Strategy<Value = NaiveDate> {
    (0..SPAN).prop_map(|days| FIRST + Days::new(days))
}

pub(super) fn kinds() -> impl Strategy<Value = EntitlementKind> {
    select(EntitlementKind::VARIANTS)
}

pub(super) fn quantities() -> impl Strategy<Value = Quantity> {
    prop_oneof![1 => Just(None), 4 => (0_u32..20).prop_map(Some)]
}

/// The first and the last day: weeks or months apart, or without an end.
pub(super) fn spans() -> impl Strategy<Value = (NaiveDate, Option<NaiveDate>)> {
    let lengths = prop_oneof![1 => Just(None), 4 => (0_u64..200).prop_map(Some)];
    (days(), lengths)
        .prop_map(|(start, length)| (start, length.map(|days| start + Days::new(days))))
}

pub(super) fn terms() -> impl Strategy<Value = Terms> {
    (days(), quantities(), spans()).prop_map(|(from, quantity, (starts_on, ends_on))| Terms {
        from,
        quantity,
        starts_on,
        ends_on,
    })
}

/// What is stated, with up to four terms.
pub(super) fn stated() -> impl Strategy<Value = Entitlement> {
    let histories = btree_map(days(), terms(), 1..=4);
    (kinds(), histories, any::<bool>()).prop_map(|(kind, history, auto_renew)| {
        let terms = history.into_iter().map(|(from, terms)| Terms { from, ..terms });
        Entitlement { auto_renew, ..entitlement(kind, terms) }
    })
}

/// What is stated, most of the time, or asked for, or declined.
pub(super) fn entitlements() -> impl Strategy<Value = Entitlement> {
    let requested = || {
        let requested = Stage::Requested;
        Entitlement { stage: requested, ..entitlement(EntitlementKind::Trial, []) }
    };
    prop_oneof![
        8 => stated(),
        1 => Just(requested()),
        1 => Just(requested().declined()),
    ]
}

/// A stated entitlement to `daas` without an order that does not renew by itself.
pub(super) fn entitlement(
    kind: EntitlementKind,
    terms: impl IntoIterator<Item = Terms>,
) -> Entitlement {
    Entitlement {
        entitlement_id: "ent-1".parse().expect("a number"),
        service: "daas".parse().expect("a code"),
        kind,
        stage: Stage::Stated,
        terms: terms.into_iter().collect(),
        auto_renew: false,
        order_id: None,
    }
}

/// Terms that count from their first day on.
pub(super) fn lasting(
    quantity: Quantity,
    starts_on: NaiveDate,
    ends_on: impl Into<Option<NaiveDate>>,
) -> Terms {
    Terms { from: starts_on, quantity, starts_on, ends_on: ends_on.into() }
}
