//! Directories that take a name for another's (T23): they say so when they are asked who that is.

use ldap3_proto::{
    LdapPartialAttribute, LdapResultCode, LdapSearchResultEntry,
    proto::{LdapExtendedResponse, LdapOp},
};
use rstest::rstest;
use tsunagu_domain::federation::directory::Bind;
use workspaces::directory::DirectoryError::{self, Refused};

use crate::{
    peers::{Peer, Reply, result},
    people::{id, password},
    realms::{Domain, by_anybodys_search, by_template},
};

const TEMPLATE: &str = "uid={username},dc=example,dc=com";

async fn sign_in(domain: &Domain) -> Result<String, DirectoryError> {
    domain.id_of("hanako", &password("hanako")).await
}

/// A directory that lets everybody in, finds this entry everywhere but at Taro's, and says this of who
/// was bound; nothing, where it does not know the question.
async fn directory(entry: LdapOp, who: Option<&'static str>) -> Peer {
    Peer::start(move |op| match op {
        LdapOp::SearchRequest(request) if request.base.contains("taro") => {
            Reply::Code(LdapResultCode::NoSuchObject)
        }
        LdapOp::SearchRequest(_) => {
            Reply::Answers(vec![entry.clone(), result(op, LdapResultCode::Success)])
        }
        LdapOp::ExtendedRequest(_) => match who {
            Some(who) => Reply::Answers(vec![called(op, who)]),
            None => Reply::Code(LdapResultCode::ProtocolError),
        },
        _ => Reply::Code(LdapResultCode::Success),
    })
    .await
}

fn entry(attributes: &[(&str, &str)]) -> LdapOp {
    let own = [("uid", "hanako"), ("entryUUID", &*id(1))];
    let attributes = own.iter().chain(attributes).map(|(name, value)| LdapPartialAttribute {
        atype: (*name).to_owned(),
        vals: vec![value.as_bytes().to_vec()],
    });
    LdapOp::SearchResultEntry(LdapSearchResultEntry {
        dn: "uid=hanako,dc=example,dc=com".to_owned(),
        attributes: attributes.collect(),
    })
}

fn called(asked: &LdapOp, who: &str) -> LdapOp {
    match result(asked, LdapResultCode::Success) {
        LdapOp::ExtendedResponse(answer) => LdapOp::ExtendedResponse(LdapExtendedResponse {
            value: Some(who.as_bytes().to_vec()),
            ..answer
        }),
        other => other,
    }
}

/// By a place or a search: nobody is what RFC 4513 calls a success of a bind without a password.
#[rstest]
#[case::same(Some("dn:uid=hanako,dc=example,dc=com"), true)]
#[case::not_told(None, true)]
#[case::another(Some("dn:uid=taro,dc=example,dc=com"), false)]
#[case::nobody(Some(""), false)]
#[case::another_of_active_directory(Some("u:CORP\\taro"), false)]
#[case::nameless(Some("u:"), false)]
#[case::placeless(Some("dn:"), false)]
#[case::of_no_form(Some("CORP\\taro"), false)]
#[case::of_no_form_and_the_same(Some("uid=hanako,dc=example,dc=com"), false)]
#[tokio::test]
async fn t23_given_a_bind_by_place_when_another_is_bound_then_it_is_refused(
    #[case] who: Option<&'static str>,
    #[case] expected: bool,
) {
    let peer = directory(entry(&[]), who).await;
    for bind in [by_template(TEMPLATE), by_anybodys_search()] {
        let signed_in = sign_in(&Domain::at(peer.port(), bind)).await;
        assert_eq!(signed_in, if expected { Ok(id(1)) } else { Err(Refused) });
    }
}

const PRINCIPAL: (&str, &str) = ("userPrincipalName", "Hanako@corp.example.com");
const ACCOUNT: (&str, &str) = ("sAMAccountName", "HANAKO");
const WHO: (&str, &str) = ("msDS-PrincipalName", "CORP\\hanako");
const OTHERS: (&str, &str) = ("msDS-PrincipalName", "OTHER\\hanako");

/// Active Directory knows `user@domain` by two attributes, and short names twice in a forest.
#[rstest]
#[case::says_so_itself(&[ACCOUNT, WHO], Some("u:CORP\\hanako"), true)]
#[case::other_domain(&[ACCOUNT, OTHERS], Some("u:CORP\\hanako"), false)]
#[case::other_domain_of_that_name(&[PRINCIPAL, ACCOUNT, OTHERS], Some("u:CORP\\hanako"), false)]
#[case::by_both_names(&[PRINCIPAL, ACCOUNT], Some("u:CORP\\hanako"), true)]
#[case::by_the_short_name_alone(&[ACCOUNT], Some("u:CORP\\hanako"), false)]
#[case::by_the_long_name_alone(&[PRINCIPAL], Some("u:CORP\\hanako"), false)]
#[case::not_told(&[PRINCIPAL], None, true)]
#[case::not_told_and_by_the_short_name(&[ACCOUNT], None, false)]
#[case::by_no_name(&[WHO], Some("u:CORP\\hanako"), false)]
#[case::by_place(&[PRINCIPAL], Some("dn:uid=hanako,dc=example,dc=com"), true)]
#[case::of_no_form(&[PRINCIPAL, ACCOUNT, WHO], Some("CORP\\hanako"), false)]
#[case::by_anothers_place(&[PRINCIPAL], Some("dn:uid=taro,dc=example,dc=com"), false)]
#[tokio::test]
async fn t23_given_a_bind_by_principal_name_when_another_is_bound_then_it_is_refused(
    #[case] attributes: &[(&str, &str)],
    #[case] who: Option<&'static str>,
    #[case] expected: bool,
) {
    let peer = directory(entry(attributes), who).await;
    let signed_in = sign_in(&Domain::at(peer.port(), Bind::Upn)).await;
    assert_eq!(signed_in, if expected { Ok(id(1)) } else { Err(Refused) });
}
