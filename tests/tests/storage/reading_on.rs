//! Reads that one request may not make without end.

use chrono::{Days, NaiveDate};
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    licenses::{
        entitlement::{Entitlement, EntitlementFilter, EntitlementKind, Stage as Asked, Terms},
        holder::{HolderKind, Source},
    },
    locale::TimeZone,
    service::LicenseModel,
};
use tsunagu_store::{
    WriteError,
    items::EntitlementItem,
    licenses::{ReleaseError, Usage},
};
use tsunagu_tests::{
    Engine, Party, Stage, both_engines,
    usage::{device_holder, usage},
};

const ZONE: &str = "Asia/Tokyo";

fn today(stage: &Stage) -> NaiveDate {
    ZONE.parse::<TimeZone>().expect("a time zone").day_of(stage.now())
}

fn entitlement(
    party: &Party,
    number: usize,
    kind: EntitlementKind,
    day: NaiveDate,
) -> EntitlementItem {
    EntitlementItem {
        account: party.id,
        entitlement: Entitlement {
            entitlement_id: format!("ent-{number:04}").parse().expect("a number"),
            service: "daas".parse().expect("a code"),
            kind,
            stage: Asked::Stated,
            terms: vec![Terms { from: day, quantity: Some(1), starts_on: day, ends_on: None }],
            auto_renew: false,
            order_id: None,
        },
        told: day,
        due: None,
        rev: 1,
    }
}

#[apply(both_engines)]
async fn given_a_filter_that_leaves_most_out_when_read_on_then_pages_are_short_and_lose_nothing(
    engine: Engine,
) {
    use EntitlementKind::{Granted, Trial};
    let Some(stage) = Stage::open(engine).await else { return };
    let party = stage.customer_in("青空商事", ZONE).await;
    let day = today(&stage);
    // Given a trial among the first, and the others behind more than one request reads.
    let many = 1_300;
    let trials = [7, 1_250, 1_299];
    for number in 0..many {
        let kind = if trials.contains(&number) { Trial } else { Granted };
        stage.stored.put(&entitlement(&party, number, kind, day)).await;
    }
    let account = stage.acting(&party).await.own();
    let filter = EntitlementFilter { kind: Some(Trial), ..EntitlementFilter::default() };
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = stage.store.entitlements(&account, &filter, after, 2, day).await.expect("reads");
        pages.push(page.items.iter().map(|one| one.entitlement_id.to_string()).collect::<Vec<_>>());
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, [vec!["ent-0007"], vec!["ent-1250", "ent-1299"]]);
}

/// Given more usage that waits than a request may look through, when a device is released, then it may be
/// in use; one that is its user's own is looked for under him alone.
#[apply(both_engines)]
async fn given_more_that_waits_than_is_read_when_a_device_is_released_then_it_counts_as_in_use(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let party = stage.customer_in("青空商事", ZONE).await;
    let service = stage.service("daas", LicenseModel::UserDevice).await;
    let today = today(&stage);
    let long_ago = today.checked_sub_days(Days::new(40)).expect("a day");
    let used = |user, device| usage(party.id, &service.code, user, device, long_ago);
    stage.store.take_usage([used(1, Some(1)), used(2, None)]).await.expect("takes");
    assert!(stage.aggregate().await.expect("runs").complete);
    // Given 5 MB and more of others' usage, each with the longest of ids.
    let other = |number: u32| Usage {
        account_id: party.id,
        service: service.code.clone(),
        user_id: format!("{number:06}{}", "𩸽".repeat(250)).parse().expect("an id"),
        source: Source::Reported,
        device_id: None,
        day: today,
    };
    stage.store.take_usage((0..5_000).map(other)).await.expect("takes");
    let acting = stage.acting(&party).await;
    let release = async |holder| {
        let now = stage.now();
        stage.store.release(&acting, &service, HolderKind::Device, &holder, now).await
    };
    let refused = release(device_holder(1, Some(1))).await;
    assert!(matches!(refused, Err(WriteError::Refused(ReleaseError::StillActive))), "{refused:?}");
    release(device_holder(2, None)).await.expect("nobody else can have used it");
}
