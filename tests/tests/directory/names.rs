//! Names that would be something else (T23, T26).

use rstest_reuse::apply;
use tsunagu_domain::federation::login::UserName;
use tsunagu_local::directory::Entry;
use workspaces::directory::DirectoryError::Refused;

use crate::{
    Kind, both_directories,
    people::{MINATO, PEOPLE, dn, everybody, id, password, user},
    realms::{Domain, binds, by_search, by_template},
};

#[test]
fn t26_given_signs_of_filters_and_names_then_they_are_no_names_of_users() {
    for text in [
        "*",
        "h*",
        "hanako)(uid=*",
        "*)(objectClass=*",
        r"\2a",
        "hanako\0",
        "a,ou=minato",
        "+",
        "=",
    ] {
        assert!(text.parse::<UserName>().is_err(), "{text}");
    }
}

/// What is a name and has a meaning in filters or names of entries stays a name.
#[apply(both_directories)]
async fn t26_given_signs_that_mean_something_when_signing_in_then_they_mean_themselves(
    #[case] kind: Kind,
) {
    let mut entries = everybody();
    let odd =
        ["(hanako)", "#hanako", "ha nako", "hanako's", "-hanako", "花子", "hanako)", "{username}"];
    for (number, name) in (501..).zip(odd) {
        let place = format!("uid={},{MINATO}", name.replace('#', "\\23"));
        let entry = Entry::new(dn(&place), &id(number))
            .with("objectClass", "account")
            .with("objectClass", "extensibleObject")
            .with("uid", name)
            .with_password(&password(name));
        entries.push(entry);
    }
    let Some(running) = kind.open(entries).await else { return };
    for bind in binds() {
        let domain = Domain::of(&running, bind.clone());
        for (number, name) in (501..).zip(odd) {
            assert_eq!(
                domain.id_of(name, &password(name)).await,
                Ok(id(number)),
                "{name} {bind:?}"
            );
            assert_eq!(domain.id_of(name, &password("hanako")).await, Err(Refused), "{name}");
        }
        for name in ["(taro)", "#taro", "ta ro", "taro)", "taro(", "(uid", "&", "!"] {
            assert_eq!(domain.id_of(name, &password("taro")).await, Err(Refused), "{name}");
        }
    }
}

/// Directories see fewer differences than we do: what they take for the same name is not ours.
#[apply(both_directories)]
async fn t23_given_a_name_that_a_directory_takes_for_another_then_it_is_refused(
    #[case] kind: Kind,
) {
    let Some(running) = kind.open(everybody()).await else { return };
    for bind in binds() {
        let domain = Domain::of(&running, bind.clone());
        for name in ["hanako\u{fe00}", "hana\u{34f}ko", "hanakó", "ha  nako"] {
            let who = domain.id_of(name, &password("hanako")).await;
            assert_eq!(who, Err(Refused), "{name:?} {bind:?}");
        }
    }
}

#[apply(both_directories)]
async fn given_another_case_or_width_when_signing_in_then_it_is_the_same_user(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    for bind in binds() {
        let domain = Domain::of(&running, bind);
        for name in ["HANAKO", "ｈａｎａｋｏ", " hanako "] {
            let who = domain.id_of(name, &password("hanako")).await;
            assert_eq!(who.as_deref(), Ok(crate::people::HANAKOS_ID));
        }
    }
}

/// A second value of the attribute is a name of the same user, by whatever name he is counted.
#[apply(both_directories)]
async fn t23_given_two_names_of_one_user_when_signing_in_then_it_is_one_id(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    let domain = Domain::of(&running, by_search());
    let who = domain.id_of("h.minato", &password("hanako")).await;
    assert_eq!(who.as_deref(), Ok(crate::people::HANAKOS_ID));
    let domain = Domain::of(&running, by_template(&format!("uid={{username}},{MINATO}")));
    assert_eq!(domain.id_of("h.minato", &password("hanako")).await, Err(Refused));
}

#[apply(both_directories)]
async fn t23_given_an_alias_when_signing_in_then_it_leads_nowhere(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    for bind in binds() {
        let domain = Domain::of(&running, bind);
        for typed in [password("hanako"), password("alias")] {
            assert_eq!(domain.id_of("alias", &typed).await, Err(Refused));
        }
    }
}

#[apply(both_directories)]
async fn t26_given_a_referral_when_signing_in_then_it_is_not_followed(#[case] kind: Kind) {
    let Some(running) = kind.open(everybody()).await else { return };
    let elsewhere = format!("ou=elsewhere,{PEOPLE}");
    let domain = Domain::of(&running, by_template(&format!("uid={{username}},{elsewhere}")));
    assert_eq!(domain.id_of("hanako", &password("hanako")).await, Err(Refused));
    let mut domain = Domain::of(&running, by_search());
    domain.directory.base_dn = dn(&elsewhere);
    assert_eq!(domain.id_of("hanako", &password("hanako")).await, Err(Refused));
    let rules = [tsunagu_domain::federation::members::Members::Branch(dn(&elsewhere))];
    let domain = Domain::of(&running, by_search());
    assert_eq!(domain.sign_in("hanako", &password("hanako"), &rules).await, Err(Refused));
}

/// What Active Directory calls an id is taken where there is no other.
#[tokio::test]
async fn given_an_object_guid_alone_when_signing_in_then_it_is_the_id() {
    let mut entries = everybody();
    let guid: Vec<u8> = (0..16).map(|byte| byte * 16).collect();
    entries.push(user("guid", MINATO, 601).with("objectGUID", guid));
    let hidden = "access to attrs=entryUUID by * none";
    let Some(slapd) = crate::slapd::Slapd::with_access(&entries, hidden).await else { return };
    let running = crate::Running::OpenLdap(slapd);
    let members = [tsunagu_domain::federation::members::Members::Branch(dn(MINATO))];
    for bind in binds() {
        let domain = Domain::of(&running, bind);
        let signed_in = domain.sign_in("guid", &password("guid"), &members).await;
        let signed_in = signed_in.expect("it is found by its bytes");
        assert_eq!(signed_in.user_id.as_str(), "30201000-5040-7060-8090-a0b0c0d0e0f0");
        // Who has neither is nobody.
        assert_eq!(domain.id_of("hanako", &password("hanako")).await, Err(Refused));
    }
}
