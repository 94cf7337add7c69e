//! An account back in the table: after its deletion, after an accident, and where it does not fit any more.

use std::{collections::BTreeMap, fs, path::Path};

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;
use tsunagu_domain::{share::Shares, vendor::ExternalId};
use tsunagu_operator::{OperatorError, import_account};
use tsunagu_store::{
    items::{AccountItem, CustomerItem, DomainItem, FeedNotificationItem, WorkspaceItem},
    keys::{self, Key},
    transfer::{RawItem, RestoreError, Restored},
};
use tsunagu_tests::{Engine, both_engines, stage::pair};

use crate::scene::Scene;

/// What goes with a connection, and does not come back where the other side has ended it.
const OF_CONNECTIONS: [&str; 8] = [
    "customer",
    "partner",
    "customer-episode",
    "partner-episode",
    "federated-customer",
    "federated-domain",
    "resource-customer",
    "domain",
];

async fn import(scene: &Scene, from: &Path) -> Result<Restored, OperatorError> {
    import_account(&scene.stage.store, from, scene.stage.now()).await
}

/// Items but for those of some kinds, by their keys.
fn without(items: &[RawItem], kinds: &[&str]) -> BTreeMap<Key, Value> {
    let kept = items.iter().filter(|item| !kinds.contains(&item.entity()));
    kept.map(|item| (item.key().clone(), item.to_json())).collect()
}

#[apply(both_engines)]
async fn given_a_deleted_account_when_imported_then_what_was_exported_is_there_again(
    engine: Engine,
) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (path, exported) = scene.export("before.jsonl").await;
    let (stage, mine) = (&scene.stage, scene.mine.id);
    stage.store.delete_account(mine, true, stage.now()).await.expect("is deleted");
    let restored = import(&scene, &path).await.expect("is put back");
    assert_eq!(restored.account, mine);
    let (_, again) = scene.export("after.jsonl").await;
    let (before, mut after) =
        (without(&exported.items, &OF_CONNECTIONS), without(&again.items, &OF_CONNECTIONS));
    // What was told of its end stands in its trail, and that its connections have ended in its history.
    let since = ["audit", "past-customer", "past-partner"];
    let is_since = |item: &Value| since.iter().any(|kind| item["entity"]["S"] == *kind);
    after.retain(|key, item| before.contains_key(key) || !is_since(item));
    assert_eq!(after, before);
    assert!(again.items.iter().all(|item| item.entity() != "audit" || item.ttl().is_none()));
    // Connections had ended: each is told, and their history is there.
    let others: Vec<_> = restored
        .left_out
        .iter()
        .filter(|one| ["customer", "partner"].contains(&&*one.kind))
        .collect();
    assert_eq!(others.len(), 2, "{:?}", restored.left_out);
    for (partner, customer) in [(&scene.provider, &scene.mine), (&scene.mine, &scene.customer)] {
        let episodes = stage.stored.episodes(pair(partner, customer)).await;
        assert_eq!((episodes.len(), episodes[0].ended_at.is_some()), (1, true));
    }
    let domains = stage.stored.of_kind::<DomainItem>(&format!("A#{mine}")).await;
    assert_eq!((domains.len(), domains[0].customers, domains[0].has_secret), (1, 0, false));
    // Its administrator is let in, its workspaces are there, and it can connect anew.
    stage.acting(&scene.mine).await;
    let hosts = stage.stored.of_kind::<WorkspaceItem>("HOST#").await;
    let hosts = hosts.iter().filter(|host| host.workspace.account_id == mine);
    assert!(hosts.map(|host| host.deleted_at).all(|deleted| deleted.is_none()));
    stage.connect(&scene.customer, &scene.mine).await;
    stage.connect(&scene.mine, &scene.provider).await;
    for (partner, customer) in [(&scene.provider, &scene.mine), (&scene.mine, &scene.customer)] {
        assert_eq!(stage.stored.episodes(pair(partner, customer)).await.len(), 2);
    }
}

#[apply(both_engines)]
async fn given_an_account_that_is_there_then_nothing_is_imported(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (path, _) = scene.export("account.jsonl").await;
    let before = scene.stage.stored.json().await;
    let refused = import(&scene, &path).await;
    let there = matches!(refused, Err(OperatorError::Restore(RestoreError::AlreadyThere(_))));
    assert!(there, "{refused:?}");
    assert_eq!(scene.stage.stored.json().await, before);
}

/// Loses the account's own partition and no other: what no function ever does.
async fn lose(scene: &Scene) {
    let partition = keys::account_partition(scene.mine.id);
    for key in scene.stage.stored.contents().await.items.into_keys() {
        if key.pk == partition {
            scene.stage.stored.remove(key).await;
        }
    }
}

#[apply(both_engines)]
async fn given_an_accident_when_imported_then_connections_that_stand_on_the_other_side_are_back(
    engine: Engine,
) {
    let Some(mut scene) = Scene::open(engine).await else { return };
    let (path, _) = scene.export("account.jsonl").await;
    let (own, theirs) = (pair(&scene.mine, &scene.customer), pair(&scene.provider, &scene.mine));
    let before = scene.stage.stored.contents().await;
    lose(&scene).await;
    let restored = import(&scene, &path).await.expect("is put back");
    assert!(restored.left_out.is_empty(), "{:?}", restored.left_out);
    scene.settle().await;
    let after = scene.stage.stored.contents().await;
    for pair in [own, theirs] {
        let (was, is) = (before.connection(pair), after.connection(pair));
        let (was, is) = (was.expect("connected").0, is.expect("connected again").0);
        assert_eq!(
            (is.connection_id, is.shares, is.names),
            (was.connection_id, was.shares, was.names)
        );
        assert_eq!((is.reference, is.figures), (was.reference, was.figures));
        assert_eq!(before.episodes(pair).len(), after.episodes(pair).len());
    }
    // Who had signed in by the account's own directory does so anew.
    let key = keys::customer(scene.mine.id, scene.customer.id);
    let item: CustomerItem = after.get(&key).expect("connected");
    assert_eq!(item.federation_withdrawn, 1);
    let feed = format!("FEED#{}#", scene.mine.id);
    let entries = |contents: &tsunagu_tests::stored::Contents| {
        contents.of_kind::<FeedNotificationItem>(&feed).len()
    };
    assert!(entries(&after) > 0 && entries(&after) == entries(&before));
    scene.stage.connected(&scene.mine, &scene.customer).await.expect("is seen again");
}

#[apply(both_engines)]
async fn given_a_connection_that_the_other_side_has_otherwise_then_the_other_side_is_believed(
    engine: Engine,
) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (path, _) = scene.export("account.jsonl").await;
    let stage = &scene.stage;
    // Given that the customer shares less since, and that the provider has it no more.
    let narrowed = pair(&scene.mine, &scene.customer);
    let none = Shares::empty();
    stage.share(&scene.customer, narrowed, none).await.expect("narrows");
    stage.end(&scene.provider, pair(&scene.provider, &scene.mine)).await.expect("ends");
    lose(&scene).await;
    let restored = import(&scene, &path).await.expect("is put back");
    let (one, _) = stage.stored.connection(narrowed).await.expect("connected");
    assert_eq!(one.shares, none);
    assert!(stage.stored.connection(pair(&scene.provider, &scene.mine)).await.is_none());
    let mut kinds: Vec<_> = restored.left_out.iter().map(|left| left.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["federated-domain", "partner"]);
    assert!(restored.left_out.iter().all(|left| left.other == scene.provider.id));
}

#[apply(both_engines)]
async fn given_a_connection_that_began_anew_meanwhile_then_it_is_that_one_that_is_back(
    engine: Engine,
) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (path, _) = scene.export("account.jsonl").await;
    let stage = &scene.stage;
    let own = pair(&scene.mine, &scene.customer);
    let theirs = pair(&scene.provider, &scene.mine);
    for (by, pair) in [(&scene.customer, own), (&scene.mine, theirs)] {
        stage.end(by, pair).await.expect("ends");
    }
    stage.connect(&scene.customer, &scene.mine).await;
    stage.connect(&scene.mine, &scene.provider).await;
    lose(&scene).await;
    let restored = import(&scene, &path).await.expect("is put back");
    for pair in [own, theirs] {
        let (one, _) = stage.stored.connection(pair).await.expect("connected");
        assert_eq!((one.episode, stage.stored.episodes(pair).await.len()), (2, 2));
    }
    // What was allowed in the episode before is not allowed in this one.
    let kinds: std::collections::BTreeSet<_> =
        restored.left_out.iter().map(|left| left.kind.as_str()).collect();
    assert_eq!(kinds, ["federated-customer", "federated-domain", "resource-customer"].into());
    stage.end(&scene.mine, own).await.expect("ends");
    stage.end(&scene.mine, theirs).await.expect("ends");
}

#[apply(both_engines)]
async fn given_what_is_unique_and_another_accounts_by_now_then_nothing_is_imported(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (stage, mine) = (&scene.stage, scene.mine.id);
    let external: ExternalId = "ERP-7".parse().expect("a number");
    let given = Some(external.clone());
    stage.change_account(&scene.mine, |item| item.account.external_id = given).await;
    let (path, _) = scene.export("account.jsonl").await;
    stage.store.delete_account(mine, true, stage.now()).await.expect("is deleted");
    stage.change_account(&scene.stranger, |item| item.account.external_id = Some(external)).await;
    let host = keys::workspace(&"minato-desktops".parse().expect("a host"));
    let mut taken: WorkspaceItem = stage.stored.get(host).await.expect("kept for it");
    (taken.workspace.account_id, taken.deleted_at) = (scene.stranger.id, None);
    stage.stored.put(&taken).await;
    let before = stage.stored.json().await;
    let refused = import(&scene, &path).await;
    let Err(OperatorError::Restore(RestoreError::Taken(what))) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(what, ["the host minato-desktops", "the external id ERP-7"]);
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_a_file_that_holds_another_accounts_items_then_nothing_is_imported(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (_, mut export) = scene.export("account.jsonl").await;
    let stage = &scene.stage;
    stage.store.delete_account(scene.mine.id, true, stage.now()).await.expect("is deleted");
    let item: AccountItem =
        stage.stored.get(keys::account(scene.stranger.id)).await.expect("there");
    let text = serde_json::json!({
        "PK": {"S": format!("A#{}", item.account.account_id)}, "SK": {"S": "ADMINS"},
        "entity": {"S": "full-administrators"}, "v": {"N": "1"}, "full": {"N": "7"},
    });
    export.items.push(RawItem::from_json(text).expect("an item"));
    let before = stage.stored.json().await;
    let refused = stage.store.restore_account(export.items, stage.now()).await;
    assert!(matches!(refused, Err(RestoreError::Foreign(_))), "{refused:?}");
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_an_import_that_stopped_anywhere_when_repeated_then_it_is_completed(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (path, exported) = scene.export("account.jsonl").await;
    lose(&scene).await;
    let (lost, faults) = (scene.stage.stored.contents().await, &scene.stage.database.faults);
    let step = if engine == Engine::Embedded { 5 } else { 31 };
    for calls in (0..).step_by(step) {
        scene.stage.stored.turn_back(&lost).await;
        faults.stop_after(calls);
        let stopped = import(&scene, &path).await;
        faults.heal();
        if stopped.is_ok() {
            assert!(calls > 50, "there was something to stop");
            break;
        }
        let again = import(&scene, &path).await;
        assert!(again.is_ok(), "after {calls} calls: {again:?}");
        let now = scene.stage.stored.json().await;
        for item in &exported.items {
            let key = format!("{} {}", item.key().pk, item.key().sk);
            assert!(now.contains_key(&key), "after {calls} calls: {key}");
        }
    }
    let altered = fs::read_to_string(&path).expect("is read").replacen("SO-own", "SO-owm", 1);
    fs::write(&path, altered).expect("is written");
    let refused = import(&scene, &path).await;
    assert!(matches!(refused, Err(OperatorError::File(_))), "{refused:?}");
}
