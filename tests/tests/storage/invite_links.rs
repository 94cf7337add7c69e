//! One invite link a partner, the same for ever (P14).

use std::collections::HashSet;

use chrono::TimeDelta;
use futures::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{account::AccountStatus, audit::Action, invitation::InviteToken};
use tsunagu_store::keys;
use tsunagu_tests::{Engine, Stage, both_engines};

#[apply(both_engines)]
async fn given_no_link_when_16_ask_at_once_then_all_get_the_one_link(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let acting = stage.acting(&partner).await;
    // Each asks in an environment of its own.
    let stores: Vec<_> = (0..16).map(|_| stage.database.store()).collect();
    let asked = stores.iter().map(|store| store.invite_link(&acting, stage.now()));
    let links: Vec<_> =
        join_all(asked).await.into_iter().map(|link| link.expect("a link")).collect();
    let tokens: HashSet<_> = links.iter().map(|link| link.token.expose().to_owned()).collect();
    assert_eq!(tokens.len(), 1);
    // Then the table holds one link, one way to it, and one entry in the trail.
    let kinds = stage.stored.json().await;
    let count = |begin: &str| kinds.keys().filter(|key| key.starts_with(begin)).count();
    assert_eq!(count("INVITE#"), 1);
    let audit = stage.stored.audit(partner.id).await;
    let created = audit.iter().filter(|entry| entry.action == Action::InviteLinkCreated);
    assert_eq!(created.count(), 1);
}

#[apply(both_engines)]
async fn given_a_link_when_asked_years_later_then_it_is_the_same(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let acting = stage.acting(&partner).await;
    let first = stage.store.invite_link(&acting, stage.now()).await.expect("a link");
    stage.wait(TimeDelta::days(3 * 365));
    let again = stage.store.invite_link(&acting, stage.now()).await.expect("a link");
    assert_eq!(again, first);
    let found = stage.store.invitation(&again.token, stage.now()).await.expect("answers");
    assert_eq!(found.expect("leads to the partner").partner_id(), partner.id);
}

#[apply(both_engines)]
async fn given_a_link_when_stored_then_its_secret_is_in_no_key(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let acting = stage.acting(&partner).await;
    let link = stage.store.invite_link(&acting, stage.now()).await.expect("a link");
    let items = stage.stored.json().await;
    let secret = link.token.expose();
    assert!(items.keys().all(|key| !key.contains(secret)));
    let holders: Vec<_> =
        items.iter().filter(|(_, item)| item.to_string().contains(secret)).collect();
    let own = keys::invite_link(partner.id);
    assert_eq!(holders.len(), 1, "only the partner's own item tells it: {holders:?}");
    assert_eq!(*holders[0].0, format!("{} {}", own.pk, own.sk));
}

#[apply(both_engines)]
async fn given_a_secret_of_nobody_when_opened_then_it_leads_nowhere(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let found = stage.store.invitation(&InviteToken::random(), stage.now()).await;
    assert!(found.expect("answers").is_none());
}

#[apply(both_engines)]
async fn given_a_link_when_the_partner_changes_then_the_link_shows_it_at_once(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    let before = stage.invitation(&partner).await;
    assert!(before.is_available());
    // When it renames itself.
    let rename = "Vendor Support".parse().expect("a name");
    stage.change_account(&partner, |item| item.account.display_name = rename).await;
    let renamed = stage.invitation(&partner).await;
    assert_eq!(renamed.shown.display_name.as_str(), "Vendor Support");
    assert_ne!(renamed.shown.version(), before.shown.version());
    // When it is suspended.
    stage.set_status(&partner, AccountStatus::Suspended).await;
    assert!(!stage.invitation(&partner).await.is_available());
}
