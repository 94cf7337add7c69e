//! A deletion that stops at any of its calls, and is done again.

use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::notification::ConnectionNotice;
use tsunagu_tests::{Engine, both_engines};

use crate::{deleted::check_left, scene::Scene};

#[apply(both_engines)]
async fn given_a_deletion_that_stopped_anywhere_when_repeated_then_it_is_completed(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (stage, mine) = (&scene.stage, scene.mine.id);
    let (before, faults) = (stage.stored.contents().await, &stage.database.faults);
    let step = if engine == Engine::Embedded { 1 } else { 17 };
    let mut stops = 0;
    for calls in (0..).step_by(step) {
        stage.stored.turn_back(&before).await;
        faults.stop_after(calls);
        let stopped = stage.store.delete_account(mine, true, stage.now()).await;
        faults.heal();
        if stopped.is_ok() {
            break;
        }
        stops += 1;
        let again = stage.store.delete_account(mine, true, stage.now()).await;
        assert!(again.is_ok(), "after {calls} calls: {again:?}");
        check_left(&scene, &scene.naming_mine().await);
        let told = stage.stored.contents().await;
        for (of, notice) in [
            (scene.customer.id, ConnectionNotice::ConnectionEndedByPartner),
            (scene.provider.id, ConnectionNotice::ConnectionEndedByCustomer),
        ] {
            assert_eq!(told.count_notices(of, notice), 1, "after {calls} calls");
        }
    }
    assert!(stops * step > 50, "there was something to stop: {stops}");
}
