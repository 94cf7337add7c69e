//! An account is deleted: what is gone, what is kept, and what the others still see.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;
use tsunagu_domain::{connection::Role, notification::ConnectionNotice};
use tsunagu_operator::{OperatorError, delete_account};
use tsunagu_store::{
    deletion::{DeletionError, TRAIL_KEPT},
    federation::WorkspaceParty,
    items::{AccountWorkspaceItem, CustomerItem, DomainItem, WorkspaceItem},
    keys,
};
use tsunagu_tests::{Engine, both_engines, stage::pair};

use crate::scene::{NAME, SEALED, Scene};

/// What may name an account that is deleted, by kind and the partition in which it stands.
const KEPT: [(&str, &str); 8] = [
    ("audit", "AUDIT#"),
    ("customer-episode", "A#"),
    ("notification", "A#"),
    ("partner-episode", "A#"),
    ("past-customer", "A#"),
    ("past-partner", "A#"),
    ("feed-step", "STEP#"),
    // Its hosts, for 30 days.
    ("workspace", "HOST#"),
];

/// That nothing is left of it but what is said to be kept.
pub(crate) fn check_left(scene: &Scene, left: &BTreeMap<String, Value>) {
    let mine = scene.mine.id;
    for (key, item) in left {
        let entity = item["entity"]["S"].as_str().expect("a kind");
        let known = KEPT.iter().any(|(kind, pk)| *kind == entity && key.starts_with(pk));
        assert!(known, "{key}: {item}");
        assert!(!key.contains(&keys::account_partition(mine)), "{key}");
        if key.starts_with(&format!("AUDIT#{mine}")) || entity == "workspace" {
            assert!(item.get("ttl").is_some(), "{key} goes by itself");
        }
        // No person of it anywhere but in its own trail.
        let text = item.to_string();
        let own = key.starts_with(&format!("AUDIT#{mine}"));
        let address = mine.to_string().to_ascii_lowercase();
        assert!(own || !text.contains(&address), "{key}: {text}");
        assert!(!text.contains("担当は花子さん"), "{key}: {text}");
    }
}

#[apply(both_engines)]
async fn given_an_account_when_deleted_then_nothing_of_it_is_left_but_what_is_said_to_be_kept(
    engine: Engine,
) {
    let Some(mut scene) = Scene::open(engine).await else { return };
    let (stage, mine) = (&scene.stage, scene.mine.id);
    let now = stage.now();
    let deleted = stage.store.delete_account(mine, true, now).await.expect("is deleted");
    assert_eq!(deleted.gone["account"], 1);
    assert_eq!(deleted.gone["connections"], 2);
    assert_eq!(deleted.kept["hosts"], 2);
    check_left(&scene, &scene.naming_mine().await);
    let text = format!("{:?}", scene.stage.stored.json().await);
    let gone = scene.secrets.iter().filter(|secret| *secret != SEALED).map(String::as_str);
    let of_provider = scene.secrets[0].as_str();
    for gone in gone.filter(|secret| *secret != of_provider).chain(["SO-own", "comment of own"]) {
        assert!(!text.contains(gone), "{gone}");
    }
    for entry in scene.stage.stored.json().await {
        if entry.0.starts_with(&format!("AUDIT#{mine}")) {
            let until = (now + TRAIL_KEPT).timestamp().to_string();
            assert_eq!(entry.1["ttl"]["N"], until.as_str(), "{}", entry.0);
        }
    }
    // What the stream and the run still do brings nothing back, and fails at nothing.
    scene.settle().await;
    scene.stage.wait(TimeDelta::hours(1));
    scene.settle().await;
    check_left(&scene, &scene.naming_mine().await);
    // Done again there is nothing to do, whatever name is said.
    let (store, now) = (&scene.stage.store, scene.stage.now());
    let again = delete_account(store, mine, "", false, now).await.expect("does no harm");
    assert!(again.is_nothing(), "{again:?}");
}

#[apply(both_engines)]
async fn given_a_deleted_account_then_the_others_see_that_it_was_there_and_go_on(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (stage, mine) = (&scene.stage, &scene.mine);
    let untouched = stage.stored.json().await;
    stage.store.delete_account(mine.id, true, stage.now()).await.expect("is deleted");
    // Each was told once, and has the history of it.
    let count = async |of, notice| stage.stored.count_notices(of, notice).await;
    assert_eq!(count(scene.customer.id, ConnectionNotice::ConnectionEndedByPartner).await, 1);
    assert_eq!(count(scene.provider.id, ConnectionNotice::ConnectionEndedByCustomer).await, 1);
    let customer = stage.acting(&scene.customer).await;
    let past = stage.store.past_partners(&customer, None, 50).await.expect("answers");
    assert_eq!(past.items.len(), 1);
    assert_eq!(past.items[0].ended().ended_by, Role::Partner);
    let wanted = past.items.iter().map(|item| (item.partner, item.partner_org));
    let on_record = stage.store.partners_on_record(wanted, stage.now()).await.expect("answers");
    assert_eq!(on_record[&mine.id].names.display_name.to_string(), NAME);
    let with = pair(mine, &scene.customer);
    let episodes = stage.store.episodes_with_partner(&customer, mine.id, None, 50).await;
    assert!(episodes.expect("answers").items[0].ended_at.is_some());
    assert!(stage.stored.connection(with).await.is_none());
    let provider = stage.acting(&scene.provider).await;
    let past = stage.store.past_customers(&provider, None, 50).await.expect("answers");
    assert_eq!(past.items[0].kept.names.display_name.to_string(), NAME);
    // The provider goes on with its other customer, and its domain counts this one no more.
    let left = stage.store.customers(&provider, None, None).await.expect("answers").items;
    let left: Vec<_> = left.iter().map(|item: &CustomerItem| item.customer).collect();
    assert_eq!(left, [scene.stranger.id]);
    let domains = stage.stored.of_kind::<DomainItem>(&format!("A#{}", scene.provider.id)).await;
    assert_eq!(domains[0].customers, 0);
    // The customer keeps its workspace, without what was the provider's.
    let key = keys::workspace(&"aozora-desk".parse().expect("a host"));
    let kept: WorkspaceItem = stage.stored.get(key).await.expect("is there");
    assert!(kept.workspace.domains.is_empty() && kept.workspace.set_up_by.is_none());
    assert!(kept.deleted_at.is_none());
    let partition = keys::account_partition(scene.customer.id);
    let mirrors = stage.stored.of_kind::<AccountWorkspaceItem>(&partition).await;
    assert_eq!(mirrors[0].workspace, kept.workspace);
    let own = customer.own();
    let party = WorkspaceParty::new(&customer, &own);
    assert_eq!(stage.store.workspaces(&party, None, 50).await.expect("answers").items.len(), 1);
    // Nothing of the stranger changed.
    let now = stage.stored.json().await;
    let stranger = keys::account_partition(scene.stranger.id);
    for (key, item) in untouched.iter().filter(|(key, _)| key.starts_with(&stranger)) {
        assert_eq!(now.get(key), Some(item), "{key}");
    }
}

#[apply(both_engines)]
async fn given_customers_that_depend_on_it_then_an_account_is_deleted_by_force_alone(
    engine: Engine,
) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (stage, mine) = (&scene.stage, scene.mine.id);
    let before = stage.stored.json().await;
    let refused = stage.store.delete_account(mine, false, stage.now()).await;
    assert!(matches!(refused, Err(DeletionError::Depended { customers: 1 })), "{refused:?}");
    let refused = delete_account(&stage.store, mine, NAME, false, stage.now()).await;
    assert!(matches!(refused, Err(OperatorError::Depended(_))), "{refused:?}");
    let refused = delete_account(&stage.store, mine, "みなと", true, stage.now()).await;
    assert!(matches!(refused, Err(OperatorError::NotConfirmed(_))), "{refused:?}");
    assert_eq!(stage.stored.json().await, before);
    stage.end(&scene.mine, pair(&scene.mine, &scene.customer)).await.expect("ends");
    delete_account(&stage.store, mine, NAME, false, stage.now()).await.expect("is deleted");
}
