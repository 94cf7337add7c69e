//! Every kind of bind, on every kind of connection.

use rstest_reuse::apply;
use tsunagu_domain::federation::{directory::Bind, members::Members};
use workspaces::directory::DirectoryError::{Refused, Unavailable};

use crate::{
    Kind, Running, both_directories,
    people::{HANAKOS_ID, JIROS_ID, MINATO, SAKURA, dn, everybody, password},
    realms::{Domain, binds, by_anybodys_search, by_search, by_template},
};

/// The same directory without TLS, with it, and with it later.
fn connections(running: &Running, bind: &Bind) -> [Domain; 3] {
    [
        Domain::of(running, bind.clone()),
        Domain::with_tls(running, bind.clone()),
        Domain::with_start_tls(running, bind.clone()),
    ]
}

#[apply(both_directories)]
async fn given_the_right_password_when_signing_in_then_the_directory_says_who_it_is(
    #[case] kind: Kind,
) {
    let Some(running) = kind.open(everybody()).await else { return };
    for bind in binds() {
        for domain in connections(&running, &bind) {
            let who = domain.id_of("hanako", &password("hanako")).await;
            assert_eq!(who.as_deref(), Ok(HANAKOS_ID), "{bind:?}");
        }
    }
}

#[apply(both_directories)]
async fn given_anything_else_when_signing_in_then_it_is_refused_alike(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    for bind in binds() {
        let domain = Domain::of(&running, bind.clone());
        for (user, typed) in [
            ("hanako", password("taro")),
            ("hanako", password("hanako").to_uppercase()),
            ("hanako", format!("{} ", password("hanako"))),
            ("hanako", String::new()),
            ("hanako", "\0".to_owned()),
            ("hanako", format!("{}\0", password("hanako"))),
            ("nobody", password("hanako")),
            ("nobody", String::new()),
        ] {
            assert_eq!(domain.id_of(user, &typed).await, Err(Refused), "{user} {bind:?}");
        }
    }
}

#[apply(both_directories)]
async fn given_a_name_of_two_when_searching_then_it_is_nobodys(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    for bind in [by_search(), by_anybodys_search()] {
        let domain = Domain::of(&running, bind);
        assert_eq!(domain.id_of("same", &password("same")).await, Err(Refused));
    }
    let mut domain = Domain::of(&running, by_search());
    domain.directory.base_dn = dn(SAKURA);
    assert_eq!(domain.id_of("same", &password("same")).await, Ok(crate::people::id(203)));
}

#[apply(both_directories)]
async fn given_a_template_beside_the_base_when_signing_in_then_it_is_refused(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    let template = format!("uid={{username}},{SAKURA}");
    let mut domain = Domain::of(&running, by_template(&template));
    assert_eq!(domain.id_of("jiro", &password("jiro")).await.as_deref(), Ok(JIROS_ID));
    domain.directory.base_dn = dn(MINATO);
    assert_eq!(domain.id_of("jiro", &password("jiro")).await, Err(Refused));
}

#[apply(both_directories)]
async fn given_a_service_that_is_not_let_in_when_signing_in_then_no_user_is_to_blame(
    #[case] kind: Kind,
) {
    let Some(running) = kind.open(everybody()).await else { return };
    let mut domain = Domain::of(&running, by_search());
    for (secret, reason) in [
        (Some("another secret"), "service-bind-refused"),
        (Some(""), "service-secret-missing"),
        (None, "service-secret-missing"),
    ] {
        domain.secret = secret.map(Into::into);
        let who = domain.id_of("hanako", &password("hanako")).await;
        assert_eq!(who, Err(Unavailable(reason)));
    }
}

#[apply(both_directories)]
async fn given_no_rules_when_signing_in_then_nobody_is_a_member(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    for bind in binds() {
        let domain = Domain::of(&running, bind);
        let signed_in = domain.sign_in("hanako", &password("hanako"), &[]).await;
        assert_eq!(signed_in, Err(Refused));
    }
}

/// OpenLDAP takes distinguished names alone for binds: this kind is Active Directory's.
#[tokio::test]
async fn given_a_principal_name_when_signing_in_then_the_directory_says_who_it_is() {
    let Some(running) = Kind::BuiltIn.open(everybody()).await else { return };
    for domain in connections(&running, &Bind::Upn) {
        let who = domain.id_of("hanako", &password("hanako")).await;
        assert_eq!(who.as_deref(), Ok(HANAKOS_ID));
        assert_eq!(domain.id_of("hanako", &password("taro")).await, Err(Refused));
        assert_eq!(domain.id_of("nobody", &password("hanako")).await, Err(Refused));
        assert_eq!(domain.id_of("hanako", "").await, Err(Refused));
        let members = [Members::Branch(dn(SAKURA)), Members::Branch(dn(MINATO))];
        let signed_in = domain.sign_in("hanako", &password("hanako"), &members).await;
        assert_eq!(signed_in.map(|signed_in| signed_in.matched), Ok(vec![1]));
    }
}

#[tokio::test]
async fn given_a_directory_of_principal_names_alone_when_it_takes_none_then_it_is_refused() {
    let Some(running) = Kind::OpenLdap.open(everybody()).await else { return };
    let domain = Domain::of(&running, Bind::Upn);
    assert_eq!(domain.id_of("hanako", &password("hanako")).await, Err(Refused));
}
