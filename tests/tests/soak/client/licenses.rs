//! What is bought, tried and used.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::{Value, json};
use tsunagu_domain::licenses::holder::HolderKind;
use tsunagu_tests::{
    laptop::{in_days, now},
    usage::{device_holder, user_holder},
};

use super::Client;
use crate::{ledger::Trial, stage::SERVICES};

impl Client {
    /// An order, an entitlement, or several entitlements at once.
    pub(super) async fn buy(&mut self) {
        let customer = self.any();
        match self.asker.dice.number(0..10) {
            0..3 => self.order(customer).await,
            3..7 => self.entitle(customer).await,
            _ => self.entitle_often(customer).await,
        }
    }

    async fn order(&mut self, customer: usize) {
        let (from, to) = (in_days(-60), in_days(300));
        let id = format!("SO-{}", self.asker.dice.number(0..6));
        let (quantity, purchase) = (self.asker.dice.number(1..60), self.next());
        let line = json!({
            "service": "daas", "quantity": quantity, "unit": "user", "startsOn": from, "endsOn": to,
        });
        let body = json!({"orderedOn": from, "purchaseOrder": purchase, "lines": [line]});
        let path = format!("{}/orders/{id}", self.tenant(customer).platform_path());
        let platform = self.stage.platform.clone();
        let told = self.asker.put("order", &platform, &path, &body).await;
        if told.expect(&[200, 201]).is_some() {
            self.customers[customer].orders.insert(id, (purchase, quantity));
        }
    }

    /// The number of an entitlement, how many licences it has, and what is said of it.
    fn statement(&self) -> (String, u64, Value) {
        let dice = &self.asker.dice;
        let (number, quantity) = (dice.number(0..6), dice.number(1..60));
        let body = json!({
            "service": SERVICES[(number % 2) as usize].0, "kind": "purchased",
            "quantity": quantity, "startsOn": in_days(-60), "autoRenew": false,
            "endsOn": in_days(i64::from(dice.number(20..300))),
        });
        (format!("EN-{number}"), u64::from(quantity), body)
    }

    async fn entitle(&mut self, customer: usize) {
        let (id, quantity, body) = self.statement();
        let path = format!("{}/entitlements/{id}", self.tenant(customer).platform_path());
        let platform = self.stage.platform.clone();
        let told = self.asker.put("entitle", &platform, &path, &body).await;
        if told.expect(&[200, 201]).is_some() {
            self.customers[customer].entitlements.insert(id, quantity);
        }
    }

    /// Each item has a result of its own; those of which nobody knows are said again.
    async fn entitle_often(&mut self, customer: usize) {
        let account = self.tenant(customer).id;
        let (platform, path) = (self.stage.platform.clone(), "/v1/platform/entitlements");
        let several = (0..4).map(|_| self.statement());
        let mut left: BTreeMap<_, _> = several.map(|(id, much, body)| (id, (much, body))).collect();
        while !left.is_empty() {
            let items = left.iter().map(|(id, (_, body))| {
                let mut item = body.clone();
                (item["accountId"], item["entitlementId"]) = (json!(account), json!(id));
                item
            });
            let body = json!({"items": items.collect::<Vec<_>>()});
            let told = self.asker.post("entitle", &platform, path, &body).await;
            let Some(answer) = told.expect(&[200]) else { return };
            for result in answer["results"].as_array().into_iter().flatten() {
                let status = result["status"].as_u64().unwrap_or_default();
                if status == 500 {
                    self.asker.tally.wrong(format!("a function fails by itself: {result}"));
                }
                if status >= 500 {
                    continue;
                }
                let id = result["entitlementId"].as_str().unwrap_or_default();
                let Some((quantity, _)) = left.remove(id).filter(|_| status < 300) else {
                    self.asker.tally.wrong(format!("{id} was not taken: {result}"));
                    return;
                };
                self.customers[customer].entitlements.insert(id.to_owned(), quantity);
            }
        }
    }

    /// A trial is asked for, and decided.
    pub(super) async fn try_out(&mut self) {
        let customer = self.any();
        let (tenant, platform) = (self.tenant(customer), self.stage.platform.clone());
        let mut trials = self.customers[customer].trials.iter();
        let pending = trials.find(|(_, trial)| **trial == Trial::Pending);
        let Some(id) = pending.map(|(id, _)| id.clone()) else {
            let (path, body) = (tenant.at("/trials"), json!({"service": "mail"}));
            let told = self.asker.post("ask for a trial", &tenant.admin, &path, &body).await;
            let Some(trial) = told.expect(&[201]) else { return };
            let id = trial["entitlementId"].as_str().unwrap_or_default().to_owned();
            if self.customers[customer].trials.insert(id.clone(), Trial::Pending).is_some() {
                self.asker.tally.wrong(format!("{id} was asked for twice"));
            }
            return;
        };
        let path = format!("{}/trials/{id}", tenant.platform_path());
        let (decision, path, body) = if self.asker.dice.chance(500) {
            let much = self.asker.dice.number(1..20);
            let body = json!({"quantity": much, "startsOn": in_days(-1), "endsOn": in_days(29)});
            (Trial::Approved(much), format!("{path}/approve"), body)
        } else {
            (Trial::Declined, format!("{path}/decline"), json!({}))
        };
        let told = self.asker.post("decide on a trial", &platform, &path, &body).await;
        if told.expect_or(&[200], &[409]).is_some() {
            self.customers[customer].trials.insert(id, decision);
        }
    }

    /// Many events at once, some of them told before.
    pub(super) async fn use_something(&mut self) {
        let (customer, dice) = (self.any(), self.asker.dice.clone());
        let account = self.customers[customer].tenant.id.clone();
        let (service, model) = SERVICES[dice.number(0..2) as usize];
        let counts_devices = model == "user-device";
        let (mut events, mut facts) = (Vec::new(), Vec::new());
        for number in 0..dice.number(1..70) {
            let user = dice.number(0..40);
            let device = (counts_devices && dice.chance(800)).then(|| dice.number(0..15));
            let (day, at) = some_day(dice.number(0..75));
            let mut event = json!({
                "id": format!("e-{number}"), "accountId": account, "service": service,
                "userId": format!("user-{user}"), "occurredAt": at,
            });
            if let Some(device) = device {
                event["deviceId"] = json!(format!("device-{device}"));
            }
            events.push(event);
            facts.push((user, device, day));
        }
        let (body, platform) = (json!({"events": events}), self.stage.platform.clone());
        let path = "/v1/platform/usage-events";
        let told = self.asker.post("use", &platform, path, &body).await;
        let Some(answer) = told.expect(&[200]) else { return };
        if answer["accepted"] != json!(facts.len()) {
            self.asker.tally.wrong(format!("{} events were sent: {answer}", facts.len()));
        }
        let used = self.customers[customer].used.entry(service).or_default();
        for (user, device, day) in facts {
            used.kind(HolderKind::User).active(user_holder(user), day);
            if counts_devices {
                used.kind(HolderKind::Device).active(device_holder(user, device), day);
            }
        }
    }
}

/// Noon in Tokyo so many days ago, and not later than now.
fn some_day(days_ago: u32) -> (NaiveDate, String) {
    let tokyo = (now() + TimeDelta::hours(9)).date_naive();
    let day = tokyo - Days::new(u64::from(days_ago) + 1);
    (day, format!("{day}T03:00:00Z"))
}
