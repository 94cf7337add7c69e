//! Tests of a directory by whoever sets it up.

use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::federation::{
    address::AddressPolicy,
    members::Members::{Branch, Everyone},
};
use workspaces::directory::{Check, Probe};

use crate::{
    Kind, both_directories,
    certificates::Certificates,
    peers::{Peer, Reply},
    people::{MINATO, SAKURA, dn, everybody, password},
    realms::{Domain, by_search, by_template},
};

const OK: Check = Check { ok: true, code: "ok" };
const NOT_ASKED: Check = Check { ok: true, code: "not-asked" };
const NOT_TRIED: Check = Check { ok: false, code: "not-tried" };

const fn not(code: &'static str) -> Check {
    Check { ok: false, code }
}

fn probe(checks: [Check; 4], matched: &[usize]) -> Probe {
    let [reachable, tls, service_bind, user_bind] = checks;
    Probe { reachable, tls, service_bind, user_bind, matched: matched.to_vec() }
}

#[apply(both_directories)]
async fn given_a_directory_when_tested_then_it_tells_how_far_one_gets(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    let typed = password("hanako");
    let rules = [Branch(dn(SAKURA)), Branch(dn(MINATO)), Everyone];
    let hanako = Some(("hanako", typed.as_str()));
    let domain = Domain::with_tls(&running, by_search());
    assert_eq!(domain.probe(hanako, &rules).await, probe([OK, OK, OK, OK], &[1, 2]));
    assert_eq!(domain.probe(None, &rules).await, probe([OK, OK, OK, NOT_ASKED], &[]));
    // Who is nobody's member is let in by the directory all the same.
    assert_eq!(domain.probe(hanako, &rules[..1]).await, probe([OK, OK, OK, OK], &[]));
    for wrong in [("hanako", "wrong"), ("nobody", "wrong"), ("hanako", "")] {
        let expected = probe([OK, OK, OK, not("refused")], &[]);
        assert_eq!(domain.probe(Some(wrong), &rules).await, expected);
    }
    let domain = Domain::of(&running, by_template(&format!("uid={{username}},{MINATO}")));
    let expected = probe([OK, NOT_ASKED, NOT_ASKED, OK], &[1, 2]);
    assert_eq!(domain.probe(hanako, &rules).await, expected);
}

/// A provider tests with its own user before any customer is in the domain.
#[apply(both_directories)]
async fn given_a_domain_without_customers_when_tested_with_a_user_then_that_one_is_bound(
    #[case] kind: Kind,
) {
    let Some(running) = kind.open(everybody()).await else { return };
    let typed = password("hanako");
    let template = by_template(&format!("uid={{username}},{MINATO}"));
    for (bind, service) in [(by_search(), OK), (template, NOT_ASKED)] {
        let domain = Domain::of(&running, bind);
        let tested = domain.probe(Some(("hanako", &typed)), &[]).await;
        assert_eq!(tested, probe([OK, NOT_ASKED, service, OK], &[]));
        let refused = domain.probe(Some(("hanako", "wrong")), &[]).await;
        assert_eq!(refused.user_bind, not("refused"));
    }
}

/// A test passes by a bind, and fails by what is the directory's affair.
#[rstest]
#[case::service([OK, OK, OK, NOT_ASKED], Some(true))]
#[case::user([OK, OK, NOT_ASKED, OK], Some(true))]
#[case::nobody([OK, OK, NOT_ASKED, NOT_ASKED], None)]
#[case::mistyped([OK, OK, OK, not("refused")], None)]
#[case::mistyped_alone([OK, OK, NOT_ASKED, not("refused")], None)]
#[case::unavailable([OK, OK, OK, not("timeout")], Some(false))]
#[case::service_refused([OK, OK, not("service-bind-refused"), NOT_TRIED], Some(false))]
#[case::without_tls([OK, not("certificate-untrusted"), NOT_TRIED, NOT_TRIED], Some(false))]
#[case::not_reached([not("not-reached"), NOT_TRIED, NOT_TRIED, NOT_TRIED], Some(false))]
fn given_what_was_found_when_judged_then_only_a_bind_passes(
    #[case] checks: [Check; 4],
    #[case] expected: Option<bool>,
) {
    assert_eq!(probe(checks, &[]).passed(), expected);
}

#[apply(both_directories)]
async fn given_a_service_that_is_not_let_in_or_finds_nothing_when_tested_then_it_tells(
    #[case] kind: Kind,
) {
    let Some(running) = kind.open(everybody()).await else { return };
    let mut domain = Domain::of(&running, by_search());
    domain.directory.base_dn = dn("ou=nowhere,dc=example,dc=com");
    let expected = probe([OK, NOT_ASKED, not("base-not-found"), NOT_TRIED], &[]);
    assert_eq!(domain.probe(None, &[]).await, expected);
    for (secret, code) in
        [(Some("wrong"), "service-bind-refused"), (None, "service-secret-missing")]
    {
        domain.secret = secret.map(Into::into);
        let expected = probe([OK, NOT_ASKED, not(code), NOT_TRIED], &[]);
        assert_eq!(domain.probe(None, &[]).await, expected);
    }
}

#[apply(both_directories)]
async fn given_a_certificate_that_is_not_trusted_when_tested_then_it_tells(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    let foreign = Certificates::new().authority;
    for domain in
        [Domain::with_tls(&running, by_search()), Domain::with_start_tls(&running, by_search())]
    {
        let expected = probe([OK, not("certificate-untrusted"), NOT_TRIED, NOT_TRIED], &[]);
        assert_eq!(domain.trusting(&foreign).probe(None, &[]).await, expected);
    }
}

#[tokio::test]
async fn given_a_directory_that_is_not_reached_when_tested_then_it_tells() {
    let mut domain = Domain::at(9, by_search());
    let expected = |code| probe([not(code), NOT_TRIED, NOT_TRIED, NOT_TRIED], &[]);
    assert_eq!(domain.probe(None, &[]).await, expected("not-reached"));
    domain.policy = AddressPolicy::default();
    assert_eq!(domain.probe(None, &[]).await, expected("address-refused"));
}

#[tokio::test]
async fn given_a_directory_that_stops_answering_when_tested_then_it_tells_where() {
    let silent = Peer::silent().await;
    let mut domain = Domain::at(silent.port(), by_search());
    domain.limits.time = std::time::Duration::from_millis(200);
    let expected = probe([OK, NOT_ASKED, not("timeout"), NOT_TRIED], &[]);
    assert_eq!(domain.probe(None, &[]).await, expected);
    let dying = Peer::start(|_| Reply::Close).await;
    let domain = Domain::at(dying.port(), by_search());
    let expected = probe([OK, NOT_ASKED, not("connection-lost"), NOT_TRIED], &[]);
    assert_eq!(domain.probe(None, &[]).await, expected);
}
