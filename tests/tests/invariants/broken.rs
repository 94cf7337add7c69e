//! The world, right and broken.

use std::collections::BTreeSet;

use rstest::rstest;
use tsunagu_tests::{Engine, invariants};

use crate::{breakages, scene};

#[rstest]
#[case::embedded(Engine::Embedded)]
#[case::dynamodb_local(Engine::DynamoDbLocal)]
#[tokio::test(start_paused = true)]
async fn given_a_world_made_by_requests_when_all_is_run_then_every_rule_is_looked_at_and_holds(
    #[case] engine: Engine,
) {
    let Some(contents) = scene::world(engine).await else { return };
    let found = invariants::check(&contents);
    assert!(found.violations.is_empty(), "{:#?}", found.violations);
    for (rule, _) in invariants::RULES {
        assert!(found.checked.contains_key(rule), "{rule}: {:?}", found.checked);
    }
}

#[tokio::test(start_paused = true)]
async fn given_a_right_world_when_broken_in_one_way_then_exactly_that_is_found() {
    let right = scene::world(Engine::Embedded).await.expect("this engine is always there");
    let (mut broken, mut wrong) = (BTreeSet::new(), Vec::new());
    for breakage in breakages::all() {
        let mut world = right.clone();
        (breakage.how)(&mut world);
        let found = invariants::check(&world).violations;
        let rules: BTreeSet<_> = found.iter().map(|violation| violation.rule).collect();
        let expected: BTreeSet<_> = breakage.breaks.iter().copied().collect();
        if rules != expected {
            wrong.push(format!("{}: {found:#?} and not {expected:?}", breakage.what));
        }
        broken.extend(rules);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let rules: BTreeSet<_> = invariants::RULES.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(broken, rules, "each rule was broken");
}
