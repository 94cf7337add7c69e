//! TLS: nothing is said where it is not as it is to be.

use rstest::rstest;
use rstest_reuse::apply;
use workspaces::directory::DirectoryError::Unavailable;

use crate::{
    Kind, Running, both_directories,
    built_in::BuiltIn,
    certificates::{Certificates, HOST},
    peers::{Peer, Reply},
    people::{HANAKOS_ID, everybody, password},
    realms::{Domain, Names, by_search, by_template},
};

/// The same directory with TLS from the first byte and later.
fn secured(running: &Running) -> [Domain; 2] {
    [Domain::with_tls(running, by_search()), Domain::with_start_tls(running, by_search())]
}

#[apply(both_directories)]
async fn given_a_hosts_name_when_it_is_the_certificates_then_it_is_believed(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    for (domain, scheme) in secured(&running).into_iter().zip(["ldaps", "ldap"]) {
        let domain = domain.host(scheme, HOST).named(Names::of(HOST, &[&["127.0.0.1"]]));
        let who = domain.id_of("hanako", &password("hanako")).await;
        assert_eq!(who.as_deref(), Ok(HANAKOS_ID));
    }
}

#[apply(both_directories)]
async fn t26_given_another_hosts_certificate_then_nothing_is_said(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    let other = "ldap.example.org";
    for (domain, scheme) in secured(&running).into_iter().zip(["ldaps", "ldap"]) {
        let domain = domain.host(scheme, other).named(Names::of(other, &[&["127.0.0.1"]]));
        let who = domain.id_of("hanako", &password("hanako")).await;
        assert_eq!(who, Err(Unavailable("certificate-host")));
    }
}

#[apply(both_directories)]
async fn t26_given_a_foreign_authority_or_the_systems_then_nothing_is_said(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    for domain in secured(&running) {
        let foreign = domain.clone().trusting(&Certificates::new().authority);
        let mut systems = domain;
        systems.directory.ca_certificate = None;
        for domain in [foreign, systems] {
            let who = domain.id_of("hanako", &password("hanako")).await;
            assert_eq!(who, Err(Unavailable("certificate-untrusted")));
        }
    }
}

#[tokio::test]
async fn given_a_certificate_that_is_over_then_nothing_is_said() {
    let running = Running::BuiltIn(BuiltIn::with(everybody(), Certificates::expired()).await);
    for domain in secured(&running) {
        let who = domain.id_of("hanako", &password("hanako")).await;
        assert_eq!(who, Err(Unavailable("certificate-expired")));
    }
}

/// Who listens in between takes StartTLS out, or says that there is none: no password follows.
#[rstest]
#[case::refused(Reply::Code(ldap3_proto::LdapResultCode::ProtocolError), "start-tls-refused")]
#[case::unavailable(Reply::Code(ldap3_proto::LdapResultCode::Unavailable), "start-tls-refused")]
#[case::gone(Reply::Close, "connection-lost")]
#[case::other_protocol(Reply::Bytes(b"220 hello\r\n".to_vec()), "answer-malformed")]
#[case::agreed_and_no_tls(Reply::Code(ldap3_proto::LdapResultCode::Success), "tls-failed")]
#[tokio::test]
async fn t26_given_start_tls_that_is_stripped_then_there_is_no_falling_back(
    #[case] reply: Reply,
    #[case] reason: &'static str,
) {
    let peer = Peer::start(move |_| reply.clone()).await;
    let mut domain = Domain::at(peer.port(), by_template("uid={username},dc=example,dc=com"))
        .trusting(&Certificates::new().authority);
    domain.directory.start_tls = true;
    domain.limits.time = std::time::Duration::from_millis(500);
    let who = domain.id_of("hanako", &password("hanako")).await;
    assert_eq!(who, Err(Unavailable(reason)));
    assert!(!peer.heard("hanako"), "neither a name nor a password is said without TLS");
}

/// What is said before TLS is not taken for said with it.
#[tokio::test]
async fn t26_given_answers_that_were_put_behind_that_to_start_tls_then_they_are_no_answers() {
    let success = |tag: u8, id: u8| vec![0x30, 12, 2, 1, id, tag, 7, 10, 1, 0, 4, 0, 4, 0];
    let injected = [success(0x78, 1), success(0x61, 2), success(0x61, 1)].concat();
    let peer = Peer::start(move |_| Reply::Bytes(injected.clone())).await;
    let mut domain = Domain::at(peer.port(), by_template("uid={username},dc=example,dc=com"))
        .trusting(&Certificates::new().authority);
    domain.directory.start_tls = true;
    let who = domain.id_of("hanako", &password("hanako")).await;
    assert_eq!(who, Err(Unavailable("tls-failed")));
    assert!(!peer.heard("hanako"));
}
