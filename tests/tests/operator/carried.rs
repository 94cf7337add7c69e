//! What an account's file holds, and what it never holds.

use std::{collections::BTreeSet, fs};

use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::ids::AccountId;
use tsunagu_operator::{OperatorError, Target, export_account};
use tsunagu_tests::{Engine, both_engines};

use crate::scene::{NAME, Scene};

#[apply(both_engines)]
async fn given_an_account_then_its_file_holds_everything_of_its_own(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (path, export) = scene.export("account.jsonl").await;
    let text = fs::read_to_string(&path).expect("is read");
    for own in
        [NAME, "SO-own", "comment of own", "担当は花子さん", "invited@example.com", "umi.example"]
    {
        assert!(text.contains(own), "{own}");
    }
    let kinds: BTreeSet<_> = export.items.iter().map(|item| item.entity().to_owned()).collect();
    let wanted = [
        "account",
        "account-workspace",
        "administrator",
        "audit",
        "blocked-customer",
        "comment",
        "current-figures",
        "customer",
        "customer-episode",
        "day-figures",
        "dismissed-up-to",
        "domain",
        "domain-name",
        "federated-customer",
        "federated-domain",
        "full-administrators",
        "holder",
        "invitation",
        "invite-link",
        "month-figures",
        "note",
        "notification",
        "order",
        "organization",
        "partner",
        "partner-episode",
        "past-customer",
        "resource",
        "resource-customer",
        "resource-location",
        "ticket",
        "ticket-place",
        "workspace-count",
    ];
    assert_eq!(kinds, wanted.map(str::to_owned).into());
    let left_out: Vec<_> = export.left_out.keys().map(String::as_str).collect();
    assert_eq!(left_out, ["customer-licenses", "directory-secret", "launch"]);
}

#[apply(both_engines)]
async fn given_an_account_then_its_file_holds_nothing_of_others(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (path, _) = scene.export("account.jsonl").await;
    let text = fs::read_to_string(&path).expect("is read");
    // Nothing at all of whom it has nothing to do with.
    let stranger = scene.stranger.id.to_string();
    for foreign in [stranger.as_str(), "夕凪工業", "strange"] {
        assert!(!text.contains(foreign), "{foreign}");
    }
    // Nobody's persons, and nothing that its customer has.
    for foreign in [&scene.provider, &scene.customer, &scene.former, &scene.stranger] {
        let address = foreign.id.to_string().to_ascii_lowercase();
        assert!(!text.contains(&address), "an address of {foreign:?}");
        assert!(!text.contains(foreign.caller.subject.as_str()), "a subject of {foreign:?}");
    }
    for foreign in ["SO-theirs", "comment of theirs", "theirs", "hanako"] {
        assert!(!text.contains(foreign), "{foreign}");
    }
    // Of a connection: with whom it is, and the account's own marks; nothing that is copied.
    let connection = format!("CUST#{}", scene.customer.id);
    let line = text.lines().find(|line| line.contains(&connection)).expect("the connection");
    assert!(!line.contains("\"sm\"") && !line.contains("\"cr\"") && line.contains("C-0042"));
}

#[apply(both_engines)]
async fn t17_given_an_account_then_its_file_holds_nothing_that_opens_anything(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (path, _) = scene.export("account.jsonl").await;
    let text = fs::read_to_string(&path).expect("is read");
    let table = scene.stage.stored.json().await;
    for secret in &scene.secrets {
        let is_there = table
            .iter()
            .any(|(key, item)| key.contains(secret) || item.to_string().contains(secret));
        assert!(is_there, "{secret} is in the table");
        assert!(!text.contains(secret), "{secret}");
    }
    for kind in ["session", "throttle", "answer", "location-key", "edge-secret", "launch-ticket"] {
        assert!(!text.contains(&format!("\"entity\":{{\"S\":\"{kind}\"}}")), "{kind}");
    }
}

#[apply(both_engines)]
async fn given_no_account_then_there_is_no_file(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (nobody, now) = (AccountId::mint(scene.stage.now()), scene.stage.now());
    let path = scene.path("nobody.jsonl");
    let to = Target::File(path.clone());
    let refused = export_account(&scene.stage.store, nobody, &to, now).await;
    assert!(matches!(refused, Err(OperatorError::NoAccount(id)) if id == nobody));
    assert!(!path.exists());
}
