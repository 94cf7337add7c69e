//! What becomes of users who are signed in when what let them in changes: everything by its route, with
//! a directory that answers (T25).

use futures::future::{join, join_all};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;
use tsunagu_tests::{
    Engine, both_engines,
    desk::{Desk, DEDICATED, ticket},
    federated::directory,
    office::Office,
};

const OUT: Option<&str> = Some("unauthenticated");

/// Removed: refused from the very next request, also after it was added again.
#[apply(both_engines)]
async fn given_a_session_when_its_customer_is_removed_then_it_never_comes_back(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    let hanako = office.session().await;
    let launched = office.launch(&hanako, "k").await.expect(201);
    assert_eq!(office.refusal(&hanako).await, None);
    office.remove().await;
    assert_eq!(office.refusal(&hanako).await.as_deref(), OUT);
    assert_eq!(office.sign_in().await.code(), Some("sign-in-failed"));
    assert_eq!(office.redeem(&ticket(&launched)).await.code(), Some("not-found"));
    office.add(&office.domain).await;
    assert_eq!(office.refusal(&hanako).await.as_deref(), OUT, "it is not the same");
    assert_eq!(office.redeem(&ticket(&launched)).await.code(), Some("not-found"));
    assert_eq!(office.refusal(&office.session().await).await, None);
}

/// A session that is granted while its customer is removed is refused when it is used.
#[apply(both_engines)]
async fn given_sign_ins_when_their_customer_is_removed_at_once_then_none_is_let_in(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    let before = office.session().await;
    for _ in 0..3 {
        let sign_ins = join_all((0..6).map(|_| office.sign_in()));
        let (answers, ()) = join(sign_ins, office.remove()).await;
        for answer in answers {
            match answer.status.as_u16() {
                200 => {
                    let user = office.bearer(&answer.json);
                    assert_eq!(office.refusal(&user).await.as_deref(), OUT);
                }
                _ => assert_eq!(answer.code(), Some("sign-in-failed")),
            }
        }
        assert_eq!(office.refusal(&before).await.as_deref(), OUT);
        office.add(&office.domain).await;
    }
    assert_eq!(office.refusal(&office.session().await).await, None);
}

/// What a workspace's users lose does not come back to their sessions.
#[apply(both_engines)]
async fn given_a_session_when_its_workspace_is_narrowed_and_widened_then_it_is_over(
    engine: Engine,
) {
    let Some(office) = Office::open(engine).await else { return };
    let second = office.make_domain("annex.example").await;
    office.add(&second).await;
    let both = [&office.domain, &second];
    // Given what takes nothing away: the session goes on.
    let hanako = office.session().await;
    office.put_workspace(&both, true).await;
    assert_eq!(office.refusal(&hanako).await, None);
    // When it is disabled and enabled, or the domain goes and comes
    for narrowed in [(&both[..], false), (&both[1..], true)] {
        let hanako = office.session().await;
        office.put_workspace(narrowed.0, narrowed.1).await;
        assert_eq!(office.refusal(&hanako).await.as_deref(), OUT);
        office.put_workspace(&both, true).await;
        // Then the session is over, and another one begins
        assert_eq!(office.refusal(&hanako).await.as_deref(), OUT);
        assert_eq!(office.refusal(&office.session().await).await, None);
    }
}

/// Who signed in by a directory that was left is signed in no more.
#[apply(both_engines)]
async fn given_a_session_when_its_directory_is_another_one_then_it_is_over(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    let hanako = office.session().await;
    let path = office.corp.provider.at(&format!("/domains/{}", office.domain));
    for url in ["ldap://127.0.0.1:1".to_owned(), office.directory()] {
        let change = json!({"directory": {"url": url}});
        office.admin().patch(&path, &change).await.expect(200);
        assert_eq!(office.refusal(&hanako).await.as_deref(), OUT);
    }
    assert_eq!(office.refusal(&office.session().await).await, None);
}

/// A redeemed launch is opened no second time by asking for its answer again (T30).
#[apply(both_engines)]
async fn given_a_redeemed_launch_when_asked_for_again_then_it_is_gone(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    let hanako = office.session().await;
    let launched = office.launch(&hanako, "k").await.expect(201);
    office.redeem(&ticket(&launched)).await.expect(200);
    let again = office.launch(&hanako, "k").await;
    assert_eq!((again.status.as_u16(), again.code()), (404, Some("not-found")));
    let another = office.launch(&hanako, "l").await.expect(201);
    assert_ne!(another["launchId"], launched["launchId"]);
}

/// An app that was taken away and given back is not what a ticket of before opens.
#[apply(both_engines)]
async fn given_a_ticket_when_its_app_is_taken_and_given_back_then_it_opens_nothing(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    let hanako = office.session().await;
    let launched = office.launch(&hanako, "k").await.expect(201);
    office.corp.product.tick();
    assert_eq!(office.admin().delete(&office.allowed()).await.status.as_u16(), 204);
    assert_eq!(office.redeem(&ticket(&launched)).await.code(), Some("not-found"));
    office.allow().await;
    assert_eq!(office.redeem(&ticket(&launched)).await.code(), Some("not-found"));
    let again = office.launch(&hanako, "k").await;
    assert_eq!(again.code(), Some("not-found"), "the launch is over");
    let another = office.launch(&hanako, "l").await.expect(201);
    office.redeem(&ticket(&another)).await.expect(200);
}

/// A provider ends a user's sessions by any name that the user could type, and by no other.
#[apply(both_engines)]
async fn given_a_user_when_its_sessions_are_ended_by_name_then_those_alone_are(engine: Engine) {
    let Some(office) = Office::open(engine).await else { return };
    let path = office.corp.provider.at(&format!("/domains/{}/sessions/end", office.domain));
    let end = async |name: &str| office.admin().post(&path, &json!({"username": name})).await;
    for name in ["hanako", "HANAKO@desk.example", "DESK\\hanako"] {
        let hanako = office.session().await;
        assert_eq!(end("jiro").await.status.as_u16(), 204);
        assert_eq!(office.refusal(&hanako).await, None);
        assert_eq!(end(name).await.status.as_u16(), 204, "{name}");
        assert_eq!(office.refusal(&hanako).await.as_deref(), OUT, "{name}");
    }
    for name in ["hanako@other.example", "OTHER\\hanako", "hanako@", ""] {
        let refused = end(name).await.expect(422);
        assert_eq!(refused["errors"][0]["pointer"], "/username", "{name}");
    }
}

/// A directory that is away judged nobody: its users are not locked out when it is back.
#[apply(both_engines)]
async fn given_a_directory_that_was_away_when_it_is_back_then_its_users_sign_in(engine: Engine) {
    let Some(mut desk) = Desk::open(engine).await else { return };
    let there = desk.realm.domain.directory.clone();
    desk.realm.domain.directory = directory(1);
    desk.product.world.stored.put(&desk.realm.domain).await;
    for _ in 0..12 {
        let away = desk.sign_in(DEDICATED, "hanako").await;
        assert_eq!((away.status.as_u16(), away.code()), (503, Some("directory-unavailable")));
    }
    desk.realm.domain.directory = there;
    desk.product.world.stored.put(&desk.realm.domain).await;
    desk.sign_in(DEDICATED, "hanako").await.expect(200);
}
