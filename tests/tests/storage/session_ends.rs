//! Many domains of one customer, all of whose sessions end at once.

use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    audit::Action,
    federation::members::Members,
    ids::{DomainId, FederationId},
};
use tsunagu_store::{
    items::{FederatedCustomerItem, FederatedDomainItem},
    keys,
};
use tsunagu_tests::{Engine, both_engines};

use crate::sessions::Scene;

/// More than one transaction takes.
const DOMAINS: usize = 95;

#[apply(both_engines)]
async fn given_more_domains_than_one_transaction_takes_when_ended_then_all_are(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (stored, now) = (&scene.stage.stored, scene.stage.now());
    let (provider, customer) = (scene.provider.id, scene.customer.id);
    // Given a customer of many domains
    let mut before = Vec::new();
    for _ in 0..DOMAINS {
        let (domain_id, federation_id) = (DomainId::mint(now), FederationId::mint(now));
        let name = "corp.example".parse().expect("a name");
        let members = Members::Everyone;
        let (episode, added_at) = (1, now);
        let mirror =
            FederatedDomainItem { customer, provider, domain_id, name, episode, added_at };
        stored.put(&mirror).await;
        let item = FederatedCustomerItem {
            provider,
            domain_id,
            customer,
            federation_id,
            episode,
            members,
            added_at,
        };
        stored.put(&item).await;
        before.push(item);
    }
    // When all sessions of its members are ended
    let acting = scene.stage.acting(&scene.customer).await;
    scene.stage.store.end_member_sessions(&acting, now).await.expect("ended");
    // Then each entry is another one, and the trail says it once
    for item in before {
        let key = keys::federated_customer(provider, item.domain_id, customer);
        let after: FederatedCustomerItem = stored.get(key).await.expect("it stays");
        assert_ne!(after.federation_id, item.federation_id);
    }
    let trail = stored.audit(customer).await;
    let told = trail.iter().filter(|entry| entry.action == Action::SessionsEnded).count();
    assert_eq!(told, 1);
}
