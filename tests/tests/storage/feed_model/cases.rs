//! Stories that chance tells too seldom, against the same model.

use proptest::{
    prelude::any,
    sample::Index,
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{notification::Severity, ticket::Status, visibility::Visibility};
use tsunagu_tests::{Engine, both_engines};

use super::{
    follow,
    steps::{Step, Write},
};

/// The place of the only one that there is.
fn only() -> Index {
    let tree = any::<Index>().new_tree(&mut TestRunner::deterministic());
    tree.expect("any index").current()
}

fn publish() -> Step {
    Step::Publish(0, Visibility::Shared, Severity::Warning)
}

/// The copy of a ticket that was over lies there until the end is brought: no reader sees it through
/// the new connection.
#[apply(both_engines)]
async fn given_a_ticket_that_was_over_when_connected_anew_then_its_old_copy_is_never_shown(
    engine: Engine,
) {
    let steps = vec![
        Step::Connect(0, 0),
        Step::Open(0, Visibility::Shared),
        Step::Write(only(), Write::Move(Status::Closed)),
        Step::Drain,
        Step::End(0, 0),
        Step::Connect(0, 0),
        Step::DeliverLast(1),
        Step::Drain,
    ];
    follow(engine, steps).await;
}

/// What was dismissed with everything before it and was never copied until then is brought by the
/// new connection as dismissed: no entry, only the mark, tells that it was.
#[apply(both_engines)]
async fn given_one_that_was_dismissed_uncopied_when_connected_anew_then_it_stays_dismissed(
    engine: Engine,
) {
    for dismiss in [Step::DismissAllOf(0, only()), Step::DismissAll(0, only())] {
        let steps = vec![
            Step::Connect(0, 0),
            Step::Drain,
            publish(),
            publish(),
            Step::DeliverLast(1),
            dismiss,
            Step::End(0, 0),
            Step::Connect(0, 0),
            // The fill comes first, then all the rest.
            Step::DeliverLast(1),
            Step::Drain,
        ];
        follow(engine, steps).await;
    }
}
