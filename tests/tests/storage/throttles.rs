//! How often somebody may try (T28).

use std::net::IpAddr;

use chrono::TimeDelta;
use futures::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    federation::{
        host::WorkspaceHost, login::UserName, throttle::SignInLimits, workspace::DomainOf,
    },
    ids::{AccountId, DomainId},
    time::Instant,
};
use tsunagu_store::workspaces::{Attempt, TooManyAttempts};
use tsunagu_tests::{Engine, Stage, both_engines};

/// What attempts are made of.
struct Attacker {
    stage: Stage,
    host: WorkspaceHost,
    domain: DomainOf,
    limits: SignInLimits,
}

impl Attacker {
    async fn open(engine: Engine) -> Option<Self> {
        let stage = Stage::open(engine).await?;
        let now = Instant::default();
        let domain = DomainOf { provider: AccountId::mint(now), domain_id: DomainId::mint(now) };
        let host = "aozora-desktops".parse().expect("a host");
        let limits = SignInLimits {
            address_failures: 35,
            workspace_failures: 40,
            ..SignInLimits::default()
        };
        Some(Self { stage, host, domain, limits })
    }

    async fn tries_as(&self, name: Option<&str>, address: &str) -> Result<(), TooManyAttempts> {
        let name: Option<UserName> = name.map(|name| name.parse().expect("a name"));
        let address: IpAddr = address.parse().expect("an address");
        let attempt = Attempt {
            host: Some(&self.host),
            address: Some(address),
            name: name.as_ref().map(|name| (self.domain, name)),
        };
        let counted = self.stage.store.count_attempt(&attempt, &self.limits, self.stage.now());
        counted.await.expect("answers")
    }

    async fn tries(&self, name: &str, address: &str) -> Result<(), TooManyAttempts> {
        self.tries_as(Some(name), address).await
    }

    async fn succeeds(&self, name: &str, address: &str) {
        self.tries(name, address).await.expect("below the limits");
        let name: UserName = name.parse().expect("a name");
        let attempt = Attempt {
            host: Some(&self.host),
            address: address.parse().ok(),
            name: Some((self.domain, &name)),
        };
        let now = self.stage.now();
        let told = self.stage.store.give_attempt_back(&attempt, &self.limits, now).await;
        told.expect("answers");
    }
}

#[apply(both_engines)]
async fn given_one_name_and_address_when_tried_by_many_at_once_then_ten_are_let_through(
    engine: Engine,
) {
    let Some(attacker) = Attacker::open(engine).await else { return };
    let all = join_all((0..16).map(|_| attacker.tries("hanako", "192.0.2.1"))).await;
    assert_eq!(all.iter().filter(|tried| tried.is_ok()).count(), 10);
    // Whatever the case and the width: it is one name; another one is not stopped.
    assert!(attacker.tries("ＨＡＮＡＫＯ", "192.0.2.1").await.is_err());
    assert!(attacker.tries("taro", "192.0.2.1").await.is_ok());
    // Nor is the same name from elsewhere, until there are 30 in all.
    for address in ["192.0.2.2", "2001:db8::1"] {
        for _ in 0..10 {
            assert!(attacker.tries("hanako", address).await.is_ok());
        }
    }
    assert!(attacker.tries("hanako", "192.0.2.3").await.is_err());
}

#[apply(both_engines)]
async fn given_a_window_when_it_is_over_then_attempts_count_anew_and_it_is_told_when(
    engine: Engine,
) {
    let Some(attacker) = Attacker::open(engine).await else { return };
    for _ in 0..10 {
        attacker.tries("hanako", "192.0.2.1").await.expect("below the limit");
    }
    let refused = attacker.tries("hanako", "192.0.2.1").await.expect_err("too many");
    assert!((1..=300).contains(&refused.retry_after));
    let seconds = i64::try_from(refused.retry_after).expect("small");
    attacker.stage.wait(TimeDelta::seconds(seconds));
    assert!(attacker.tries("hanako", "192.0.2.1").await.is_ok());
}

#[apply(both_engines)]
async fn given_successes_when_counted_then_they_are_no_failures(engine: Engine) {
    let Some(attacker) = Attacker::open(engine).await else { return };
    for number in 0..100 {
        attacker.succeeds(&format!("user{number}"), "192.0.2.1").await;
    }
    // Given 40 failures of many names from many addresses.
    for number in 0..40 {
        let (name, address) = (format!("user{number}"), format!("198.51.100.{number}"));
        attacker.tries(&name, &address).await.expect("below the limit");
    }
    assert!(attacker.tries("user99", "203.0.113.1").await.is_err(), "the workspace is guarded");
}

#[apply(both_engines)]
async fn given_one_subscriber_when_it_changes_addresses_then_it_is_one(engine: Engine) {
    let Some(attacker) = Attacker::open(engine).await else { return };
    for number in 0..10 {
        let address = format!("2001:db8:1:2::{number:x}");
        attacker.tries("hanako", &address).await.expect("below the limit");
    }
    assert!(attacker.tries("hanako", "2001:db8:1:2:ffff::1").await.is_err());
    assert!(attacker.tries("hanako", "2001:db8:1:3::1").await.is_ok());
}

#[apply(both_engines)]
async fn given_a_lower_limit_of_addresses_then_one_address_cannot_close_a_workspace(
    engine: Engine,
) {
    let Some(attacker) = Attacker::open(engine).await else { return };
    for number in 0..100 {
        let _ = attacker.tries(&format!("ghost{number}"), "192.0.2.1").await;
    }
    assert!(attacker.tries("ghost100", "192.0.2.1").await.is_err(), "it is stopped itself");
    assert!(attacker.tries("hanako", "192.0.2.2").await.is_ok(), "nobody else is");
}

#[apply(both_engines)]
async fn given_who_is_stopped_when_trying_on_then_nobody_else_pays_for_it(engine: Engine) {
    let Some(attacker) = Attacker::open(engine).await else { return };
    for _ in 0..100 {
        let _ = attacker.tries("hanako", "192.0.2.1").await;
    }
    // Then neither the name nor the workspace is nearer to its limit than by those that counted.
    for address in ["192.0.2.2", "192.0.2.3"] {
        for _ in 0..10 {
            attacker.tries("hanako", address).await.expect("20 are left");
        }
    }
    for number in 0..10 {
        let address = format!("198.51.100.{number}");
        attacker.tries_as(None, &address).await.expect("10 failures are left");
    }
    assert!(attacker.tries_as(None, "203.0.113.1").await.is_err());
}
