//! Where a directory may be (T29).

use std::{sync::atomic::Ordering, time::Duration};

use rstest::rstest;
use tsunagu_domain::federation::address::AddressPolicy;
use workspaces::directory::DirectoryError::{AddressRefused, Unavailable};

use crate::{
    Kind,
    certificates::HOST,
    peers::Peer,
    people::{HANAKOS_ID, everybody, password},
    realms::{Domain, Names, by_search},
};

/// A directory that would answer, for whoever gets as far as it.
async fn reachable() -> (crate::Running, Domain, Peer) {
    let running = Kind::BuiltIn.open(everybody()).await.expect("it is built in");
    let peer = Peer::listening_to(running.plain()).await;
    let domain = Domain::at(peer.port(), by_search());
    (running, domain, peer)
}

#[tokio::test]
async fn t29_given_this_machine_when_the_policy_does_not_say_so_then_nothing_is_sent() {
    let (_running, mut domain, peer) = reachable().await;
    domain.policy = AddressPolicy::default();
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", HOST] {
        let names = Names::of(HOST, &[&["127.0.0.1"]]);
        let domain = domain.clone().named(names).host("ldap", host);
        let who = domain.id_of("hanako", &password("hanako")).await;
        assert_eq!(who, Err(AddressRefused), "{host}");
    }
    assert!(!peer.heard_anything());
}

/// A network that is allowed is asked with TLS alone. Nobody is there: what is tried is not reached.
#[tokio::test]
async fn t29_given_a_network_that_is_allowed_then_it_is_asked_with_tls_alone() {
    let mut domain = Domain::at(636, by_search());
    domain.policy = "203.0.113.0/24".parse().expect("a network");
    domain.limits.time = Duration::from_millis(200);
    let plain = domain.clone().host("ldap", "203.0.113.1");
    assert_eq!(plain.id_of("hanako", &password("hanako")).await, Err(AddressRefused));
    let secured = domain.host("ldaps", "203.0.113.1");
    let who = secured.id_of("hanako", &password("hanako")).await;
    assert!(matches!(who, Err(Unavailable(_))), "{who:?}");
}

/// This machine is none of the networks that are allowed, not even with TLS.
#[tokio::test]
async fn t29_given_all_networks_allowed_then_this_machine_is_not_one() {
    let running = Kind::BuiltIn.open(everybody()).await.expect("it is built in");
    for networks in ["127.0.0.0/8", "0.0.0.0/0,::/0"] {
        let policy: AddressPolicy = networks.parse().expect("networks");
        for mut domain in
            [Domain::of(&running, by_search()), Domain::with_tls(&running, by_search())]
        {
            domain.policy = policy.clone();
            let who = domain.id_of("hanako", &password("hanako")).await;
            assert_eq!(who, Err(AddressRefused), "{networks}");
        }
    }
}

/// A name is looked up once, and what was judged is what is connected to.
#[tokio::test]
async fn t29_given_a_name_that_is_rebound_then_the_address_that_was_judged_is_reached() {
    let (_running, domain, peer) = reachable().await;
    let names = Names::of(HOST, &[&["127.0.0.1"], &["10.0.0.1"], &["169.254.169.254"]]);
    let domain = domain.named(names.clone()).host("ldap", HOST);
    let who = domain.id_of("hanako", &password("hanako")).await;
    assert_eq!(who.as_deref(), Ok(HANAKOS_ID));
    assert_eq!(names.asked.load(Ordering::Relaxed), 1, "one sign-in, one answer");
    assert!(peer.heard_anything());
    // The next time it is another, and it is judged anew.
    let who = domain.id_of("hanako", &password("hanako")).await;
    assert_eq!(who, Err(AddressRefused));
}

/// One bad address among good ones is a bad name.
#[rstest]
#[case(&["127.0.0.1", "10.0.0.1"])]
#[case(&["10.0.0.1", "127.0.0.1"])]
#[case(&["127.0.0.1", "169.254.169.254"])]
#[case(&["127.0.0.1", "::ffff:169.254.169.254"])]
#[case(&["64:ff9b::a9fe:a9fe"])]
#[case(&["fd00:ec2::254"])]
#[case(&["0.0.0.0"])]
#[tokio::test]
async fn t29_given_a_name_with_an_address_that_is_none_for_a_directory_then_nothing_is_sent(
    #[case] addresses: &[&str],
) {
    let (_running, domain, peer) = reachable().await;
    let domain = domain.named(Names::of(HOST, &[addresses])).host("ldap", HOST);
    let who = domain.id_of("hanako", &password("hanako")).await;
    assert_eq!(who, Err(AddressRefused));
    assert!(!peer.heard_anything());
}

#[tokio::test]
async fn given_a_name_with_a_dead_address_first_then_the_next_one_is_tried() {
    let (_running, domain, _peer) = reachable().await;
    let domain = domain.named(Names::of(HOST, &[&["::1", "127.0.0.1"]])).host("ldap", HOST);
    let who = domain.id_of("hanako", &password("hanako")).await;
    assert_eq!(who.as_deref(), Ok(HANAKOS_ID));
}

#[rstest]
#[case::unknown(Names::of("ldap.example.org", &[]))]
#[case::without_addresses(Names::of(HOST, &[&[]]))]
#[tokio::test]
async fn given_a_name_that_leads_nowhere_then_the_directory_is_unavailable(
    #[case] names: std::sync::Arc<Names>,
) {
    let domain = Domain::at(389, by_search()).named(names).host("ldap", HOST);
    let who = domain.id_of("hanako", &password("hanako")).await;
    assert_eq!(who, Err(Unavailable("name-unknown")));
}

/// Ports of others are not knocked at.
#[tokio::test]
async fn t29_given_a_port_of_something_else_then_nothing_is_sent() {
    for port in [22, 80, 443, 3306, 9001] {
        let mut domain = Domain::at(port, by_search());
        domain.policy = AddressPolicy::default();
        let domain = domain.named(Names::of(HOST, &[&["93.184.216.34"]])).host("ldaps", HOST);
        let who = domain.id_of("hanako", &password("hanako")).await;
        assert_eq!(who, Err(AddressRefused), "{port}");
    }
}

/// Nobody is asked about what is no password, and nobody's password is sent who is no member.
#[tokio::test]
async fn t21_t26_given_an_attempt_that_cannot_succeed_then_the_password_stays_here() {
    let (_running, domain, peer) = reachable().await;
    for typed in ["", "\0", "secret\0"] {
        assert!(domain.id_of("hanako", typed).await.is_err());
    }
    assert!(!peer.heard_anything());
    let rules = [tsunagu_domain::federation::members::Members::Branch(crate::people::dn(
        crate::people::SAKURA,
    ))];
    assert!(domain.sign_in("hanako", &password("hanako"), &rules).await.is_err());
    assert!(domain.id_of("nobody", &password("hanako")).await.is_err());
    assert!(peer.heard("hanako") && !peer.heard(&password("hanako")));
}
