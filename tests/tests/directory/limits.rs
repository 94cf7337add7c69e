//! Directories that are slow, die, or say too much (T26).

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use ldap3_proto::{LdapResultCode, proto::LdapOp};
use rstest::rstest;
use workspaces::directory::{
    DirectoryError::{self, Refused, Unavailable},
    Limits,
};

use crate::{
    peers::{Peer, Reply, entry, result},
    people::password,
    realms::{Domain, by_anybodys_search, by_template},
};

const TEMPLATE: &str = "uid={username},dc=example,dc=com";

async fn sign_in(domain: &Domain) -> Result<String, DirectoryError> {
    domain.id_of("hanako", &password("hanako")).await
}

#[test]
fn given_no_other_limits_then_they_are_those_that_are_promised() {
    let Limits { time, answer } = Limits::default();
    assert_eq!((time, answer), (Duration::from_secs(5), 65_536));
}

/// One limit for all of it: not one for each step.
#[tokio::test]
async fn t26_given_a_slow_directory_then_the_time_in_all_is_bounded() {
    let peer = Peer::start(|_| Reply::After(Duration::from_millis(200))).await;
    let mut domain = Domain::at(peer.port(), by_template(TEMPLATE));
    domain.limits.time = Duration::from_millis(500);
    let before = Instant::now();
    // Bound after 200 ms, and nobody found after 400 ms: refused in time.
    assert_eq!(sign_in(&domain).await, Err(Refused));
    domain.limits.time = Duration::from_millis(300);
    assert_eq!(sign_in(&domain).await, Err(Unavailable("timeout")));
    assert!(before.elapsed() < Duration::from_secs(3));
}

#[rstest]
#[case::plain("ldap", false)]
#[case::tls("ldaps", false)]
#[case::start_tls("ldap", true)]
#[tokio::test]
async fn t26_given_a_silent_directory_then_nobody_waits_longer(
    #[case] scheme: &str,
    #[case] start_tls: bool,
) {
    let peer = Peer::silent().await;
    let mut domain = Domain::at(peer.port(), by_template(TEMPLATE)).host(scheme, "127.0.0.1");
    domain.directory.start_tls = start_tls;
    domain.limits.time = Duration::from_millis(200);
    let before = Instant::now();
    assert_eq!(sign_in(&domain).await, Err(Unavailable("timeout")));
    assert!(before.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn t26_given_a_directory_that_dies_in_the_middle_of_a_bind_then_it_is_unavailable() {
    let peer = Peer::start(|_| Reply::Close).await;
    let domain = Domain::at(peer.port(), by_template(TEMPLATE));
    assert_eq!(sign_in(&domain).await, Err(Unavailable("connection-lost")));
    assert!(peer.heard(&password("hanako")), "it died at the bind");
}

#[tokio::test]
async fn t26_given_a_directory_that_dies_after_the_bind_then_it_is_unavailable() {
    let peer = Peer::start(|op| match op {
        LdapOp::BindRequest(_) => Reply::Code(LdapResultCode::Success),
        _ => Reply::Close,
    });
    let domain = Domain::at(peer.await.port(), by_template(TEMPLATE));
    assert!(matches!(sign_in(&domain).await, Err(Unavailable(_))));
}

#[tokio::test]
async fn t26_given_an_endless_answer_then_it_is_not_heard_to_its_end() {
    let peer = Peer::start(|op| match op {
        LdapOp::BindRequest(_) => Reply::Code(LdapResultCode::Success),
        _ => Reply::Entries,
    })
    .await;
    for bind in [by_template(TEMPLATE), by_anybodys_search()] {
        let domain = Domain::at(peer.port(), bind);
        let before = Instant::now();
        assert_eq!(sign_in(&domain).await, Err(Unavailable("answer-too-large")));
        assert!(before.elapsed() < Duration::from_secs(4), "the size stops it, not the time");
    }
}

/// A length that is only claimed, an endless element, what is no LDAP, and nesting without end.
#[rstest]
#[case::claimed(vec![0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x02, 0x01, 0x01], "answer-too-large")]
#[case::web(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), "answer-malformed")]
#[case::nothing_in_it(vec![0x30, 0x00], "answer-malformed")]
#[case::farewell(
    [&[0x30, 36, 2, 1, 0, 0x78, 31, 10, 1, 52, 4, 0, 4, 0, 0x8a, 22][..], b"1.3.6.1.4.1.1466.20036"].concat(),
    "connection-lost"
)]
#[case::nested(nested(10_000), "answer-malformed")]
#[tokio::test]
async fn t26_given_what_is_no_answer_then_it_harms_nobody(
    #[case] bytes: Vec<u8>,
    #[case] reason: &'static str,
) {
    let peer = Peer::start(move |_| Reply::Bytes(bytes.clone())).await;
    let domain = Domain::at(peer.port(), by_template(TEMPLATE));
    assert_eq!(sign_in(&domain).await, Err(Unavailable(reason)));
}

/// Sequences in sequences: the LDAP library would follow them down until its stack ends.
fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(Vec::new(), |inner, _| {
        let length = u32::try_from(inner.len()).expect("it is small").to_be_bytes();
        [&[0x30, 0x84][..], &length, &inner].concat()
    })
}

/// An answer of another kind than the question: the LDAP library panics at it.
#[tokio::test]
async fn t26_given_an_answer_to_another_question_then_it_harms_nobody() {
    let peer = Peer::start(|_| Reply::Answers(vec![entry()])).await;
    let domain = Domain::at(peer.port(), by_template(TEMPLATE));
    assert!(matches!(sign_in(&domain).await, Err(Unavailable(_))));
    let peer = Peer::start(|op| match op {
        LdapOp::SearchRequest(_) => {
            let bind = LdapOp::BindRequest(ldap3_proto::proto::LdapBindRequest {
                version: 3,
                dn: String::new(),
                cred: ldap3_proto::proto::LdapBindCred::Unsupported,
            });
            Reply::Answers(vec![result(&bind, LdapResultCode::Success)])
        }
        _ => Reply::Code(LdapResultCode::Success),
    });
    let domain = Domain::at(peer.await.port(), by_anybodys_search());
    assert!(matches!(sign_in(&domain).await, Err(Unavailable(_))));
}

/// A directory that is out of order is nobody's wrong password.
#[rstest]
#[case(LdapResultCode::Busy, Unavailable("bind-failed"))]
#[case(LdapResultCode::Unavailable, Unavailable("bind-failed"))]
#[case(LdapResultCode::Other, Unavailable("bind-failed"))]
#[case(LdapResultCode::ConfidentialityRequired, Unavailable("tls-required"))]
#[case(LdapResultCode::InvalidCredentials, Refused)]
#[case(LdapResultCode::NoSuchObject, Refused)]
#[case(LdapResultCode::Referral, Refused)]
#[case(LdapResultCode::UnwillingToPerform, Refused)]
#[tokio::test]
async fn given_a_result_of_a_bind_then_it_tells_of_the_user_or_of_the_directory(
    #[case] code: LdapResultCode,
    #[case] expected: DirectoryError,
) {
    let peer = Peer::start(move |_| Reply::Code(code.clone())).await;
    let domain = Domain::at(peer.port(), by_template(TEMPLATE));
    assert_eq!(sign_in(&domain).await, Err(expected));
}

/// What one connection did to us is over with it.
#[tokio::test]
async fn given_many_attempts_at_a_dying_directory_then_none_leaves_anything_behind() {
    let asked = AtomicUsize::new(0);
    let peer = Peer::start(move |_| {
        asked.fetch_add(1, Ordering::Relaxed);
        Reply::Close
    })
    .await;
    let domain = Domain::at(peer.port(), by_template(TEMPLATE));
    let before = descriptors();
    for _attempt in 0..20 {
        assert!(sign_in(&domain).await.is_err());
    }
    assert!(descriptors() < before + 20, "sockets are closed");
}

/// How many files and sockets this process has open; on Linux.
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}
