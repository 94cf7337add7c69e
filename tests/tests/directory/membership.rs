//! Whose member somebody is, as the directory says.

use rstest_reuse::apply;
use tsunagu_domain::federation::members::Members::{self, Branch, Everyone, Group};
use workspaces::directory::DirectoryError::Refused;

use crate::{
    Kind, both_directories,
    people::{BASE, GROUPS, MINATO, PEOPLE, SAKURA, dn, everybody, password, user},
    realms::{Domain, binds, by_search, by_template},
};

fn group(name: &str) -> Members {
    Group(dn(&format!("cn={name},{GROUPS}")))
}

fn rules() -> [Members; 8] {
    [
        Everyone,
        group("minato"),
        group("sakura"),
        group("posix"),
        group("unknown"),
        Branch(dn(MINATO)),
        Branch(dn(SAKURA)),
        // Other spellings of places.
        Branch(dn("OU=People, DC=Example,DC=Com")),
    ]
}

#[apply(both_directories)]
async fn given_groups_and_branches_when_signing_in_then_the_directory_says_which(
    #[case] kind: Kind,
) {
    let Some(running) = kind.open(everybody()).await else { return };
    for bind in binds() {
        let domain = Domain::of(&running, bind.clone());
        for (user, expected) in [("hanako", vec![0, 1, 5, 7]), ("taro", vec![0, 1, 3, 5, 7])] {
            let signed_in = domain.sign_in(user, &password(user), &rules()).await;
            assert_eq!(signed_in.map(|s| s.matched), Ok(expected), "{user} {bind:?}");
        }
    }
    let domain = Domain::of(&running, by_search());
    let signed_in = domain.sign_in("jiro", &password("jiro"), &rules()).await;
    assert_eq!(signed_in.map(|s| s.matched), Ok(vec![0, 2, 6, 7]));
}

#[apply(both_directories)]
async fn given_a_member_of_nothing_when_signing_in_then_it_is_refused(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    let rules = [group("sakura"), group("unknown"), Branch(dn(SAKURA)), Branch(dn(GROUPS))];
    for bind in binds() {
        let domain = Domain::of(&running, bind);
        let signed_in = domain.sign_in("hanako", &password("hanako"), &rules).await;
        assert_eq!(signed_in, Err(Refused));
    }
}

/// `memberUid` names a user without a place: where two have the name, it would make one a member who
/// is none.
#[apply(both_directories)]
async fn t23_given_one_user_id_in_two_branches_then_a_posix_group_counts_for_neither(
    #[case] kind: Kind,
) {
    let Some(running) = kind.open(everybody()).await else { return };
    for branch in [MINATO, SAKURA] {
        let template = format!("uid={{username}},{branch}");
        let domain = Domain::of(&running, by_template(&template));
        let signed_in = domain.sign_in("same", &password("same"), &[group("posix")]).await;
        assert_eq!(signed_in, Err(Refused), "{branch}");
    }
}

/// A user with the name of another branch's cannot make it unique by being the only one in view.
#[apply(both_directories)]
async fn t23_given_a_user_id_that_is_given_again_then_a_posix_group_stops_counting(
    #[case] kind: Kind,
) {
    let Some(running) = kind.open(everybody()).await else { return };
    let domain = Domain::of(&running, by_template(&format!("uid={{username}},{MINATO}")));
    let signed_in = async || domain.sign_in("taro", &password("taro"), &[group("posix")]).await;
    assert!(signed_in().await.is_ok());
    running.put(user("taro", SAKURA, 204)).await;
    assert_eq!(signed_in().await, Err(Refused));
}

#[apply(both_directories)]
async fn given_the_base_or_what_is_above_when_it_is_the_branch_then_all_below_are_members(
    #[case] kind: Kind,
) {
    let Some(running) = kind.open(everybody()).await else { return };
    let domain = Domain::of(&running, by_search());
    let rules = [Branch(dn(BASE)), Branch(dn(PEOPLE))];
    let signed_in = domain.sign_in("outsider", &password("outsider"), &rules).await;
    assert_eq!(signed_in.map(|s| s.matched), Ok(vec![0]));
}

/// A place whose text merely ends as another's, or holds its signs escaped, is another place.
#[apply(both_directories)]
async fn t23_given_text_tricks_in_names_of_places_then_they_are_other_places(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    let domain = Domain::of(&running, by_search());
    for place in [
        r"uid=hanako\,ou=minato,ou=people,dc=example,dc=com",
        r"ou=minato\,ou=people,dc=example,dc=com",
        "ou=inato,ou=people,dc=example,dc=com",
        "cn=hanako,ou=minato,ou=people,dc=example,dc=com",
        "ou=minato+uid=hanako,ou=people,dc=example,dc=com",
    ] {
        let rules = [Branch(dn(place)), Group(dn(place))];
        let signed_in = domain.sign_in("hanako", &password("hanako"), &rules).await;
        assert_eq!(signed_in, Err(Refused), "{place}");
    }
}

#[apply(both_directories)]
async fn given_more_rules_than_are_asked_at_once_then_all_are_answered_in_order(
    #[case] kind: Kind,
) {
    let Some(running) = kind.open(everybody()).await else { return };
    let rules: Vec<_> =
        (0..200).map(|number| group(if number % 50 == 7 { "minato" } else { "sakura" })).collect();
    let domain = Domain::of(&running, by_search());
    let signed_in = domain.sign_in("hanako", &password("hanako"), &rules).await;
    assert_eq!(signed_in.map(|s| s.matched), Ok(vec![7, 57, 107, 157]));
}
