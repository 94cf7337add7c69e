//! Launches: counted once, opened once (T25, T30, T31, T32).

use chrono::TimeDelta;
use futures::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    federation::secrets::{LaunchTicket, LocationKey, SessionToken},
    ids::{LaunchId, ResourceId},
    licenses::holder::Source,
};
use tsunagu_store::{
    items::UsageFactItem,
    workspaces::{LaunchableResource, Launched, NewLaunch, NotLaunchable, OpenSession, Redeemed},
};
use tsunagu_tests::{
    Engine, both_engines, faults::Fault, federated::group, record::Operation, seed,
};

use crate::sessions::Scene;

/// A signed-in user with an app to open.
struct Opening {
    scene: Scene,
    token: SessionToken,
    app: ResourceId,
}

impl Opening {
    async fn open(engine: Engine) -> Option<Self> {
        let scene = Box::pin(Scene::open(engine)).await?;
        let app = scene.realm.app("台帳", "daas", &[(scene.customer.id, 1)]).await;
        let token = scene.sign_in().await;
        Some(Self { scene, token, app })
    }

    async fn session(&self) -> OpenSession {
        self.scene.session(&self.token).await.expect("it stands")
    }

    async fn launchable(&self) -> Result<LaunchableResource, NotLaunchable> {
        let session = self.session().await;
        let found = self.scene.stage.store.launchable_resource(&session, self.app, None).await;
        found.expect("answers")
    }

    async fn launch(&self) -> Launched {
        let resource = self.launchable().await.expect("it is allowed");
        let now = self.scene.stage.now();
        let new = NewLaunch { launch_id: LaunchId::mint(now), resource };
        let session = self.session().await;
        self.scene.stage.store.launch(&session, &new, None, now).await.expect("launches")
    }

    async fn again(&self, launched: &Launched) -> Launched {
        let (session, now) = (self.session().await, self.scene.stage.now());
        let resource = self.launchable().await.expect("it is allowed");
        let store = &self.scene.stage.store;
        let again = store.launch_again(&session, launched.launch_id, &resource, now).await;
        again.expect("launches again")
    }

    async fn redeem_with(&self, key: &LocationKey, ticket: &LaunchTicket) -> Option<Redeemed> {
        let (store, now) = (&self.scene.stage.store, self.scene.stage.now());
        let location = store.location_of_key(&key.digest(), now).await.expect("answers")?;
        let redeemed = store.redeem(location, ticket, self.scene.terms.grace, now).await;
        redeemed.expect("answers")
    }

    async fn redeem(&self, ticket: &LaunchTicket) -> Option<Redeemed> {
        self.redeem_with(&self.scene.realm.key, ticket).await
    }

    async fn facts(&self) -> Vec<UsageFactItem> {
        self.scene.stage.stored.of_kind("PEND#").await
    }
}

#[apply(both_engines)]
async fn given_a_launch_when_redeemed_then_the_machine_knows_who_comes_and_the_use_is_counted(
    engine: Engine,
) {
    let Some(opening) = Opening::open(engine).await else { return };
    let launched = opening.launch().await;
    let redeemed = opening.redeem(&launched.ticket).await.expect("the first time");
    assert_eq!(redeemed.launch_id, launched.launch_id);
    assert_eq!(redeemed.resource_id, opening.app);
    assert_eq!(redeemed.customer, opening.scene.customer.id);
    assert_eq!((redeemed.user.as_str(), redeemed.domain_name.as_str()), ("hanako", "corp.example"));
    assert!(opening.redeem(&launched.ticket).await.is_none(), "the second time");
    // Then the user is counted by the directory's id, as the directory's.
    let facts = opening.facts().await;
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0].account_id, opening.scene.customer.id);
    assert_eq!(facts[0].source, Source::Federation);
    assert_eq!(facts[0].user_id.as_str(), "6f2a1c00-0000-4000-8000-0000000000ab");
}

#[apply(both_engines)]
async fn given_sixteen_machines_when_they_redeem_at_once_then_one_does(engine: Engine) {
    let Some(opening) = Opening::open(engine).await else { return };
    for _ in 0..3 {
        let launched = opening.launch().await;
        let all = join_all((0..16).map(|_| opening.redeem(&launched.ticket))).await;
        assert_eq!(all.iter().flatten().count(), 1);
    }
}

#[apply(both_engines)]
async fn given_a_ticket_when_late_or_anothers_or_guessed_then_it_opens_nothing(engine: Engine) {
    let Some(opening) = Opening::open(engine).await else { return };
    let launched = opening.launch().await;
    let other = opening.scene.realm.other_location().await;
    assert!(opening.redeem_with(&other, &launched.ticket).await.is_none(), "another location's");
    assert!(opening.redeem_with(&LocationKey::random(), &launched.ticket).await.is_none());
    assert!(opening.redeem(&LaunchTicket::random()).await.is_none());
    opening.scene.stage.wait(TimeDelta::seconds(60));
    assert!(opening.redeem(&launched.ticket).await.is_none(), "late");
    let launched = opening.launch().await;
    opening.scene.stage.wait(TimeDelta::seconds(60) - TimeDelta::milliseconds(1));
    assert!(opening.redeem(&launched.ticket).await.is_some(), "just in time");
}

#[apply(both_engines)]
async fn given_a_rotated_key_when_its_overlap_is_over_then_it_opens_nothing(engine: Engine) {
    let Some(opening) = Opening::open(engine).await else { return };
    let (old, now) = (LocationKey::random(), opening.scene.stage.now());
    opening.scene.realm.put_key(&old, Some(now + TimeDelta::seconds(30))).await;
    let launched = opening.launch().await;
    opening.scene.stage.wait(TimeDelta::seconds(30));
    assert!(opening.redeem_with(&old, &launched.ticket).await.is_none());
    assert!(opening.redeem(&launched.ticket).await.is_some());
}

#[apply(both_engines)]
async fn given_a_ticket_when_its_session_or_its_app_is_gone_then_it_opens_nothing(engine: Engine) {
    for step in 0..5 {
        let Some(opening) = Opening::open(engine).await else { return };
        let launched = opening.launch().await;
        let Scene { stage, realm, customer, provider, .. } = &opening.scene;
        match step {
            0 => stage.store.sign_out(&opening.session().await).await.expect("signs out"),
            1 => realm.remove(customer.id).await,
            2 => {
                let key = tsunagu_store::keys::resource(provider.id, opening.app);
                stage.stored.remove(key).await;
            }
            3 => {
                let key = tsunagu_store::keys::resource_customer;
                stage.stored.remove(key(provider.id, customer.id, opening.app)).await;
            }
            _ => {
                realm.remove(customer.id).await;
                realm.add(customer.id, 1, group("everyone")).await;
            }
        }
        assert!(opening.redeem(&launched.ticket).await.is_none(), "step {step}");
    }
}

#[apply(both_engines)]
async fn given_a_launch_when_its_answer_is_asked_for_again_then_it_has_another_ticket_and_counts_once(
    engine: Engine,
) {
    let Some(opening) = Opening::open(engine).await else { return };
    let first = opening.launch().await;
    // Given that the customer's next day has begun since.
    opening.scene.stage.wait(TimeDelta::minutes(25));
    opening.session().await;
    opening.scene.stage.wait(TimeDelta::minutes(25));
    let second = opening.again(&first).await;
    assert_eq!(second.launch_id, first.launch_id);
    assert!(opening.redeem(&first.ticket).await.is_none(), "void");
    let third = opening.again(&first).await;
    assert!(opening.redeem(&second.ticket).await.is_none(), "void");
    assert!(opening.redeem(&third.ticket).await.is_some());
    assert_eq!(opening.facts().await.len(), 1);
}

#[apply(both_engines)]
async fn given_usage_that_could_not_be_taken_when_asked_again_then_it_is_on_the_first_day(
    engine: Engine,
) {
    let Some(opening) = Opening::open(engine).await else { return };
    let resource = opening.launchable().await.expect("it is allowed");
    let (store, now) = (&opening.scene.stage.store, opening.scene.stage.now());
    let session = opening.session().await;
    let new = NewLaunch { launch_id: LaunchId::mint(now), resource };
    let faults = &opening.scene.stage.database.faults;
    faults.always(&[Operation::BatchWriteItem], Fault::Throttled);
    store.launch(&session, &new, None, now).await.expect_err("the usage is not durable");
    assert_eq!(opening.facts().await.len(), 0);
    faults.heal();
    for _ in 0..60 {
        opening.scene.stage.wait(TimeDelta::minutes(11));
        opening.session().await;
    }
    let later = opening.scene.stage.now();
    store.launch_again(&session, new.launch_id, &new.resource, later).await.expect("launches");
    let zone: tsunagu_domain::locale::TimeZone = "Asia/Tokyo".parse().expect("a zone");
    let days: Vec<_> = opening.facts().await.iter().map(|fact| fact.day).collect();
    assert_eq!(days, [zone.day_of(now)]);
}

#[apply(both_engines)]
async fn given_anothers_launch_when_its_answer_is_asked_for_then_there_is_none(engine: Engine) {
    let Some(opening) = Opening::open(engine).await else { return };
    let launched = opening.launch().await;
    let other = opening.scene.sign_in().await;
    let session = opening.scene.session(&other).await.expect("it stands");
    let (store, now) = (&opening.scene.stage.store, opening.scene.stage.now());
    let resource = opening.launchable().await.expect("it is allowed");
    let again = store.launch_again(&session, launched.launch_id, &resource, now).await;
    assert!(again.is_err());
    assert!(opening.redeem(&launched.ticket).await.is_some(), "the first ticket is not void");
}

#[apply(both_engines)]
async fn given_apps_of_others_when_looked_for_then_there_are_none(engine: Engine) {
    let Some(opening) = Opening::open(engine).await else { return };
    let Scene { stage, realm, customer, .. } = &opening.scene;
    // Given an app of another provider of the same customer, and one of another customer (T24).
    let second = stage.partner("第二クラウド").await;
    stage.connect(customer, &second).await;
    let now = stage.now();
    let foreign = tsunagu_tests::federated::Federated::set_up(
        &stage.stored,
        second.id,
        "second.example",
        389,
        now,
    );
    let foreign = foreign.await.app("よその台帳", "daas", &[(customer.id, 1)]).await;
    let neighbour = seed::account("隣", tsunagu_domain::ids::OrgId::mint(now), now);
    let neighbour = neighbour.account.account_id;
    let theirs = realm.app("隣の台帳", "daas", &[(neighbour, 1)]).await;
    // Given one that was allowed in an episode that is over.
    let former = realm.app("昔の台帳", "daas", &[(customer.id, 0)]).await;
    let session = opening.session().await;
    let seen = stage.store.session_resources(&session).await.expect("answers");
    let seen: Vec<_> = seen.iter().map(|one| one.resource.resource_id).collect();
    assert_eq!(seen, [opening.app]);
    for app in [foreign, theirs, former] {
        for named in [None, Some(customer.id), Some(neighbour)] {
            let found = stage.store.launchable_resource(&session, app, named).await;
            let refused = found.expect("answers").expect_err("it is not for them");
            assert_eq!(refused, NotLaunchable::Unknown);
        }
    }
}
