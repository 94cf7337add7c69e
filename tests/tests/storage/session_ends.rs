//! Many domains of one customer, all of whose sessions end at once.

use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{audit::Action, federation::members::Members, ids::DomainId};
use tsunagu_store::{items::FederatedCustomerItem, keys};
use tsunagu_tests::{Engine, both_engines};

use crate::sessions::Scene;

/// More than one transaction takes.
const DOMAINS: usize = 95;

#[apply(both_engines)]
async fn given_more_domains_than_one_transaction_takes_when_ended_then_all_are(engine: Engine) {
    let Some(mut scene) = Scene::open(engine).await else { return };
    let now = scene.stage.now();
    let (provider, customer) = (scene.provider.id, scene.customer.id);
    // Given a customer of many domains
    let mut before: Vec<FederatedCustomerItem> = Vec::new();
    for _ in 0..DOMAINS {
        let domain_id = DomainId::mint(now);
        scene.realm.domain.domain_id = domain_id;
        scene.realm.add(customer, 1, Members::Everyone).await;
        let key = keys::federated_customer(provider, domain_id, customer);
        before.push(scene.stage.stored.get(key).await.expect("added"));
    }
    let stored = &scene.stage.stored;
    // When all sessions of its members are ended
    let acting = scene.stage.acting(&scene.customer).await;
    scene.stage.store.end_member_sessions(&acting, now).await.expect("ended");
    // Then each entry is another one, and the trail says so with each part
    for item in before {
        let key = keys::federated_customer(provider, item.domain_id, customer);
        let after: FederatedCustomerItem = stored.get(key).await.expect("it stays");
        assert_ne!(after.federation_id, item.federation_id);
    }
    let trail = stored.audit(customer).await;
    let told = trail.iter().filter(|entry| entry.action == Action::SessionsEnded).count();
    assert_eq!(told, 2);
}
