//! An account's trail over many months: pages against a model.

use chrono::{DateTime, Days, TimeDelta, Utc};
use proptest::{
    prelude::*,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    audit::{Action, Actor, ActorFilter, ActorKind, AuditEntry, Target},
    ids::{AccountId, AuditId},
};
use tsunagu_store::{Acting, AuditFilter, AuditRange, items::AuditItem};
use tsunagu_tests::{Engine, Stage, both_engines};

/// An entry of `kind`, so many hours before the end.
fn entry(of: AccountId, end: DateTime<Utc>, hours: i64, by_system: bool) -> AuditEntry {
    let at = end - TimeDelta::hours(hours);
    AuditEntry {
        audit_id: AuditId::mint(at),
        account_id: of,
        at,
        action: if by_system { Action::CustomerRead } else { Action::AccountChanged },
        actor: if by_system { Actor::System } else { Actor::Platform },
        target: Target { kind: "account".to_owned(), id: of.to_string() },
        changes: std::collections::BTreeMap::new(),
    }
}

/// Everything, page by page.
async fn all(
    stage: &Stage,
    acting: &Acting,
    range: AuditRange,
    filter: &AuditFilter,
    limit: usize,
) -> Vec<AuditId> {
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = stage.store.audit_trail(acting, range, filter, before, limit).await;
        let (entries, next) = page.expect("the table answers");
        assert!(entries.len() <= limit);
        seen.extend(entries.into_iter().map(|entry| entry.audit_id));
        assert!(next.is_none() || next != before, "it goes on");
        before = next;
        if before.is_none() {
            return seen;
        }
    }
}

/// Given entries strewn over three years, with months of which there is nothing and others full of
/// what a filter leaves out, when they are paged, then each is seen once, newest first.
#[apply(both_engines)]
async fn given_any_entries_then_pages_of_any_size_are_those_of_a_model(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let end = "2026-03-01T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant");
    let mut runner = TestRunner::deterministic();
    let strategy = (
        proptest::collection::vec((0_i64..26_000, any::<bool>()), 0..40),
        1_usize..7,
        0_u64..1_100,
        0_u64..400,
    );
    for _ in 0..12 {
        let customer = stage.customer("Sakura").await;
        let acting = stage.acting(&customer).await;
        let tree = strategy.new_tree(&mut runner);
        let (strewn, limit, long, back) = tree.expect("a value").current();
        let mut entries: Vec<_> = strewn
            .into_iter()
            .map(|(hours, by_system)| entry(customer.id, end, hours, by_system))
            .collect();
        for entry in &entries {
            stage.stored.put(&AuditItem { entry: entry.clone(), reads: None }).await;
        }
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.audit_id));
        let until = end - Days::new(back) + TimeDelta::milliseconds(1);
        let range = AuditRange { from: until - Days::new(long), until };
        for actor in [None, Some(ActorFilter::Kind(ActorKind::System))] {
            let filter = AuditFilter { actor, action: None };
            let expected = entries.iter().filter(|entry| {
                (range.from..range.until).contains(&entry.at)
                    && (actor.is_none() || entry.actor == Actor::System)
            });
            let expected: Vec<_> = expected.map(|entry| entry.audit_id).collect();
            assert_eq!(all(&stage, &acting, range, &filter, limit).await, expected);
        }
    }
}

/// Given years without any entry, when a page is read, then one call reads a bounded number of months.
#[apply(both_engines)]
async fn given_empty_years_then_one_call_is_bounded_and_the_list_still_ends(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let customer = stage.customer("Sakura").await;
    let acting = stage.acting(&customer).await;
    let end = "2026-03-01T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant");
    let old = entry(customer.id, end, 24 * 365 * 4, false);
    stage.stored.put(&AuditItem { entry: old.clone(), reads: None }).await;
    let range = AuditRange { from: end - Days::new(365 * 5), until: end };
    stage.database.record.clear();
    let filter = AuditFilter::default();
    let page = stage.store.audit_trail(&acting, range, &filter, None, 50).await.expect("answers");
    assert!(page.0.is_empty() && page.1.is_some(), "short, and not the last");
    assert_eq!(stage.database.record.calls().len(), 14);
    assert_eq!(all(&stage, &acting, range, &filter, 50).await, [old.audit_id]);
}
