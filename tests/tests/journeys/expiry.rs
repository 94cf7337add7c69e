//! What turns by itself: states at the very instant, and one notice of each end (P16).

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_domain::time::Instant;
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant},
    vendor::{bought_until, item, tried_until},
};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// Noon of a day in Tokyo.
fn noon(day: NaiveDate) -> Instant {
    day.and_hms_opt(3, 0, 0).expect("a time").and_utc()
}

/// What has been told so far: on which day, of which entitlement, what.
#[derive(Default)]
struct Told(BTreeMap<String, (NaiveDate, String, String)>);

impl Told {
    /// The run of a day, and what it tells.
    async fn run(&mut self, product: &Product, account: &Tenant, day: NaiveDate) {
        product.world.clock.set(noon(day));
        product.aggregate().await;
        let path = account.at("/notifications?limit=100");
        let list = account.admin.get(&path).await.expect(200);
        for notice in list["items"].as_array().expect("notices") {
            let text = |pointer: &str| {
                notice
                    .pointer(pointer)
                    .and_then(Value::as_str)
                    .expect("the contract has it")
                    .to_owned()
            };
            let what = format!("{}: {}", text("/code"), text("/message"));
            let told = (day, text("/related/id"), what);
            self.0.entry(text("/notificationId")).or_insert(told);
        }
    }

    /// What was told of an entitlement, by day.
    fn of(&self, id: &str) -> Vec<(String, String)> {
        let mut told: Vec<_> = self.0.values().filter(|(_, of, _)| of == id).collect();
        told.sort();
        told.iter().map(|(day, _, what)| (day.to_string(), what.clone())).collect()
    }
}

/// That one is told of its end.
fn expiring(on: &str, what: &str, end: &str) -> (String, String) {
    let what = format!("entitlement-expiring: The {what} Service daas (5 licences) ends on {end}.");
    (on.to_owned(), what)
}

/// Day by day over the end of five entitlements: one notice each time, and none too many.
#[apply(both_engines)]
async fn given_a_run_each_day_then_each_end_is_told_once_at_each_threshold(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    product.offer("daas", "user").await;
    let account = product.register("taro@sakura.example", "さくら商事").await;
    let end = "2026-07-15";
    let mut renewing = bought_until("daas", 5, end);
    renewing["autoRenew"] = json!(true);
    let mut forever = bought_until("daas", 5, end);
    forever["endsOn"] = Value::Null;
    for (id, said) in [
        ("EN-BOUGHT", bought_until("daas", 5, end)),
        ("EN-RENEWING", renewing),
        ("EN-FOREVER", forever),
        ("EN-RENEWED", bought_until("daas", 5, end)),
        ("EN-TRIAL", tried_until("daas", 5, end)),
    ] {
        product.entitle(&account, id, &said).await;
    }
    let mut told = Told::default();
    let turns =
        ["2026-04-16", "2026-05-16", "2026-06-15", "2026-07-08", "2026-07-14", "2026-08-15"];
    let turns = turns.map(day);
    let last = day("2026-09-30");
    // Where nothing can happen, only each tenth day has a run.
    let near = |day: NaiveDate| {
        turns.iter().any(|turn| (day - *turn).abs() <= TimeDelta::days(2))
            || day.signed_duration_since(turns[0]).num_days() % 10 == 0
    };
    for today in
        day("2026-03-03").iter_days().take_while(|day| *day <= last).filter(|day| near(*day))
    {
        if today == day("2026-06-14") {
            let renewed = bought_until("daas", 5, "2027-07-15");
            product.entitle(&account, "EN-RENEWED", &renewed).await;
        }
        told.run(&product, &account, today).await;
        told.run(&product, &account, today).await;
    }

    // 90, 60, 30, 7 days and one day before.
    let told_on = ["2026-04-16", "2026-05-16", "2026-06-15", "2026-07-08", "2026-07-14"];
    let mut all = told_on.map(|on| expiring(on, "entitlement to", end)).to_vec();
    let mut trial = told_on.map(|on| expiring(on, "trial of", end)).to_vec();
    let until_30 = all[..2].to_vec();
    let over = format!("trial-expired: The trial of Service daas (5 licences) ended on {end}.");
    trial.push(("2026-07-16".to_owned(), over));
    let over = format!(
        "entitlement-ended: The entitlement to Service daas (5 licences) ended on {end}, and its \
         grace period is over."
    );
    all.push(("2026-08-15".to_owned(), over));
    assert_eq!(told.of("EN-BOUGHT"), all);
    assert_eq!(told.of("EN-TRIAL"), trial);
    assert_eq!(told.of("EN-RENEWED"), until_30, "none after the renewal");
    assert_eq!(told.of("EN-FOREVER"), []);
    let renewing = told.of("EN-RENEWING");
    let announced = renewing.iter().filter(|(_, what)| what.starts_with("entitlement-expiring"));
    assert_eq!(announced.count(), 0, "{renewing:?}");
}

/// A run that comes late tells once, and not again.
#[apply(both_engines)]
async fn given_a_late_run_then_the_last_of_what_turned_is_told_once_in_both_languages(
    engine: Engine,
) {
    let Some(product) = Product::open(engine).await else { return };
    product.offer("daas", "user").await;
    let account = product.register("taro@sakura.example", "さくら商事").await;
    product.entitle(&account, "EN-1", &bought_until("daas", 5, "2026-06-30")).await;
    let mut told = Told::default();
    let mut expected = Vec::new();
    let end = "2026-06-30";
    for (run, tells) in [
        ("2026-03-31", false),
        // The 90th day was the 1st of April.
        ("2026-04-10", true),
        ("2026-04-11", false),
        // The 60th, the 30th and the 7th are all past.
        ("2026-06-25", true),
        ("2026-06-28", false),
    ] {
        told.run(&product, &account, day(run)).await;
        told.run(&product, &account, day(run)).await;
        expected.extend(tells.then(|| expiring(run, "entitlement to", end)));
        assert_eq!(told.of("EN-1"), expected, "{run}");
    }
    let list = account.admin.reading("ja").get(&account.at("/notifications")).await.expect(200);
    let newest = &list["items"][0];
    assert_eq!(newest["title"], "使用権の有効期限が近づいています");
    assert_eq!(
        newest["message"],
        "サービス daas の使用権（5 ライセンス）は 2026-06-30 に終了します。"
    );
    assert_eq!(newest["visibility"], "shared");
    // From in use to over, in one late run.
    told.run(&product, &account, day("2026-09-01")).await;
    let of_end = told.of("EN-1").split_off(expected.len());
    assert_eq!(of_end.len(), 1, "{of_end:?}");
    assert!(of_end[0].1.starts_with("entitlement-ended"), "{of_end:?}");
}

/// States turn at midnight of the account's zone, not a millisecond earlier: for its partner too.
#[apply(both_engines)]
async fn given_a_time_zone_then_states_turn_at_its_midnight(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    product.offer("daas", "user").await;
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let states = |from, to, trial_to| ([from, to], [from, trial_to]);
    let mut turns = Vec::new();
    for (zone, starts_on, ends_on, instants) in [
        (
            "Pacific/Pago_Pago",
            "2026-03-10",
            "2026-03-20",
            ["2026-03-10T11:00:00Z", "2026-03-21T11:00:00Z", "2026-04-20T11:00:00Z"],
        ),
        (
            "Pacific/Kiritimati",
            "2026-03-10",
            "2026-03-20",
            ["2026-03-09T10:00:00Z", "2026-03-20T10:00:00Z", "2026-04-19T10:00:00Z"],
        ),
        // The day on which clocks go forward has 23 hours.
        (
            "America/New_York",
            "2026-03-08",
            "2026-03-08",
            ["2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "2026-04-08T04:00:00Z"],
        ),
        // The day on which they go back has 25.
        (
            "America/New_York",
            "2026-11-01",
            "2026-11-01",
            ["2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "2026-12-02T05:00:00Z"],
        ),
    ] {
        let email = format!("a{}@zone.example", turns.len());
        let account = product.register_in(&email, zone, zone).await;
        product.connect(&account, &partner).await;
        for (id, said) in
            [("EN-1", bought_until("daas", 5, ends_on)), ("EN-2", tried_until("daas", 5, ends_on))]
        {
            let mut said = said;
            said["startsOn"] = json!(starts_on);
            product.entitle(&account, id, &said).await;
        }
        let states = [
            states("upcoming", "active", "active"),
            states("active", "grace", "expired"),
            (["grace", "expired"], ["expired", "expired"]),
        ];
        for (instant, states) in instants.into_iter().zip(states) {
            let at: Instant = instant.parse().expect("an instant");
            turns.push((at, account.clone(), states));
        }
    }
    turns.sort_by_key(|(at, ..)| *at);
    for (at, account, (bought, trial)) in turns {
        for (instant, place) in [(at - TimeDelta::milliseconds(1), 0), (at, 1)] {
            product.world.clock.set(instant);
            for (who, base) in [(&account, account.at("")), (&partner, partner.customer(&account))]
            {
                let list = who.admin.get(&format!("{base}/entitlements")).await.expect(200);
                let state = |id: &str| item(&list, "entitlementId", id)["state"].clone();
                let expected = (json!(bought[place]), json!(trial[place]));
                assert_eq!((state("EN-1"), state("EN-2")), expected, "{instant}");
                let query = format!("{base}/entitlements?state={}", bought[place]);
                let list = who.admin.get(&query).await.expect(200);
                assert_ne!(item(&list, "entitlementId", "EN-1"), Value::Null, "{query} {instant}");
            }
        }
    }
}

/// A notice comes with the first run of its day in the account's zone, and of no other.
#[apply(both_engines)]
async fn given_a_time_zone_then_notices_come_with_the_first_run_of_its_day(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    product.offer("daas", "user").await;
    let mut accounts = Vec::new();
    for (zone, midnight) in [
        ("Pacific/Kiritimati", "2026-03-30T10:00:00Z"),
        ("America/New_York", "2026-03-31T04:00:00Z"),
        ("Pacific/Pago_Pago", "2026-03-31T11:00:00Z"),
    ] {
        let email = format!("a{}@zone.example", accounts.len());
        let account = product.register_in(&email, zone, zone).await;
        let end = day("2026-03-31") + Days::new(30);
        product.entitle(&account, "EN-1", &bought_until("daas", 5, &end.to_string())).await;
        let midnight: Instant = midnight.parse().expect("an instant");
        accounts.push((account, midnight));
    }
    product.aggregate().await;
    for (account, midnight) in accounts {
        for (at, expected) in [(midnight - TimeDelta::milliseconds(1), 0), (midnight, 1)] {
            product.world.clock.set(at);
            product.aggregate().await;
            let path = account.at("/notifications?code=entitlement-expiring");
            let list = account.admin.get(&path).await.expect(200);
            let messages = list["items"].as_array().expect("notices");
            let made_now = |notice: &&Value| {
                let made = notice["createdAt"].as_str().expect("the contract has it");
                made.parse::<Instant>().expect("an instant") == at
            };
            let now: Vec<_> = messages.iter().filter(made_now).collect();
            assert_eq!(now.len(), expected, "{at}: {messages:?}");
        }
    }
}
