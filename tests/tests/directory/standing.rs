//! What changes in a directory counts from the next attempt on.

use rstest_reuse::apply;
use tsunagu_domain::federation::members::Members;
use workspaces::directory::DirectoryError::{Refused, Unavailable};

use crate::{
    Kind, Running, both_directories,
    people::{HANAKO, HANAKOS_ID, MINATO, SAKURA, dn, everybody, password, user},
    realms::{Domain, binds, by_search},
};

#[apply(both_directories)]
async fn given_a_user_who_was_removed_when_signing_in_then_it_is_refused(#[case] kind: Kind) {
    for bind in binds() {
        let Some(running) = kind.open(everybody()).await else { return };
        let domain = Domain::of(&running, bind);
        assert!(domain.id_of("hanako", &password("hanako")).await.is_ok());
        running.remove(HANAKO).await;
        assert_eq!(domain.id_of("hanako", &password("hanako")).await, Err(Refused));
    }
}

#[apply(both_directories)]
async fn given_a_password_that_was_changed_when_signing_in_then_only_the_new_one_counts(
    #[case] kind: Kind,
) {
    for bind in binds() {
        let Some(running) = kind.open(everybody()).await else { return };
        let domain = Domain::of(&running, bind);
        running.set_password(HANAKO, "the new one").await;
        assert_eq!(domain.id_of("hanako", &password("hanako")).await, Err(Refused));
        assert_eq!(domain.id_of("hanako", "the new one").await.as_deref(), Ok(HANAKOS_ID));
    }
}

/// A name that is given to somebody else is somebody else (T23).
#[apply(both_directories)]
async fn t23_given_a_name_that_another_got_when_signing_in_then_it_is_another_id(
    #[case] kind: Kind,
) {
    let Some(running) = kind.open(everybody()).await else { return };
    running.remove(HANAKO).await;
    running.put(user("hanako", SAKURA, 401)).await;
    let domain = Domain::of(&running, by_search());
    let who = domain.id_of("hanako", &password("hanako")).await.expect("she is a user");
    assert_ne!(who, HANAKOS_ID);
    let rules = [Members::Branch(dn(MINATO))];
    assert_eq!(domain.sign_in("hanako", &password("hanako"), &rules).await, Err(Refused));
}

#[tokio::test]
async fn given_a_user_who_was_renamed_when_signing_in_then_it_is_the_same_id() {
    let Some(Running::OpenLdap(slapd)) = Kind::OpenLdap.open(everybody()).await else { return };
    slapd.rename(HANAKO, "uid=sakurako").await;
    let running = Running::OpenLdap(slapd);
    for bind in binds() {
        let domain = Domain::of(&running, bind);
        let who = domain.id_of("sakurako", &password("hanako")).await;
        assert_eq!(who.as_deref(), Ok(HANAKOS_ID));
        assert_eq!(domain.id_of("hanako", &password("hanako")).await, Err(Refused));
    }
}

#[apply(both_directories)]
async fn given_a_directory_that_is_gone_when_signing_in_then_it_is_unavailable(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    let domain = Domain::of(&running, by_search());
    drop(running);
    let gone = tokio::time::sleep(std::time::Duration::from_millis(50));
    gone.await;
    let who = domain.id_of("hanako", &password("hanako")).await;
    assert_eq!(who, Err(Unavailable("not-reached")));
}
