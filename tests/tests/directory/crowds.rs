//! A directory of many.

use futures::{StreamExt, stream};
use rstest_reuse::apply;
use tsunagu_domain::federation::members::Members;
use workspaces::directory::DirectoryError::Refused;

use crate::{
    Kind, both_directories,
    people::{MINATO, SAKURA, dn, everybody, id, password, user},
    realms::{Domain, binds, by_search},
};

const MANY: u32 = 10_000;

#[apply(both_directories)]
async fn given_ten_thousand_users_when_signing_in_then_each_is_found_in_time(#[case] kind: Kind) {
    let mut entries = everybody();
    entries.extend((0..MANY).map(|number| {
        user(
            &format!("user{number:05}"),
            if number % 2 == 0 { MINATO } else { SAKURA },
            10_000 + number,
        )
    }));
    let Some(running) = kind.open(entries).await else { return };
    let rules = [Members::Branch(dn(MINATO)), Members::Branch(dn(SAKURA)), Members::Everyone];
    let domain = Domain::of(&running, by_search());
    for number in [0, 1, 4_999, MANY - 1] {
        let name = format!("user{number:05}");
        let signed_in = domain.sign_in(&name, &password(&name), &rules).await;
        let signed_in = signed_in.expect("the user is found");
        assert_eq!(signed_in.user_id.as_str(), id(10_000 + number));
        assert_eq!(signed_in.matched, [usize::from(!number.is_multiple_of(2)), 2]);
    }
    for bind in binds() {
        let domain = Domain::of(&running, bind);
        let who = domain.id_of("user00002", &password("user00003")).await;
        assert_eq!(who, Err(Refused));
    }
}

#[apply(both_directories)]
async fn given_many_at_once_when_signing_in_then_nobody_is_another(#[case] kind: Kind) {
    let mut entries = everybody();
    entries.extend((0..50).map(|number| user(&format!("user{number}"), MINATO, 700 + number)));
    let Some(running) = kind.open(entries).await else { return };
    let domain = Domain::with_start_tls(&running, by_search());
    let attempts = (0..50).map(async |number: u32| {
        let name = format!("user{number}");
        let of = if number.is_multiple_of(5) { "hanako" } else { name.as_str() };
        (number, domain.id_of(&name, &password(of)).await)
    });
    let answers: Vec<_> = stream::iter(attempts).buffer_unordered(10).collect().await;
    for (number, who) in answers {
        let expected = if number.is_multiple_of(5) { Err(Refused) } else { Ok(id(700 + number)) };
        assert_eq!(who, expected);
    }
}
