//! What the demo customers bought and how they used it, told by the requests of those who tell it: the
//! vendor's back office, the customers' administrators, and the scheduled run.

use chrono::{NaiveDate, TimeDelta};
use http::StatusCode;
use serde_json::{Value, json};
use tsunagu_domain::time::Instant;

use super::{
    DemoError, Known, Seeding, all_done,
    bought::{self, LEAVERS_GO},
    data::CUSTOMERS,
    done,
};

/// How many orders or entitlements one request puts.
const BULK: usize = 100;
/// How many usage events one request takes.
const EVENTS: usize = 1_000;
/// For how long somebody has been idle who may be released.
const IDLE_DAYS: i64 = 30;

impl Seeding<'_> {
    /// What was bought, and thirteen months of its use, counted by the same run as ever. Some weeks
    /// ago customers released whoever had left them.
    pub(super) async fn license(&self, now: Instant) -> Result<(), DemoError> {
        let then = now - TimeDelta::days(LEAVERS_GO);
        self.gateway.clock().set(then);
        self.use_licenses(bought::usage(now, LEAVERS_GO..i64::MAX).collect()).await?;
        self.count_usage(then).await?;
        for (customer, service) in bought::services() {
            self.release_leavers(customer, service, then.date_naive()).await?;
        }
        self.gateway.clock().set(now);
        self.state_what_was_bought(now).await?;
        for customer in 0..CUSTOMERS.len() {
            self.wish(customer).await?;
        }
        self.use_licenses(bought::usage(now, 0..LEAVERS_GO).collect()).await?;
        self.count_usage(now).await
    }

    async fn state_what_was_bought(&self, now: Instant) -> Result<(), DemoError> {
        for (what, items) in
            [("orders", bought::orders(now)), ("entitlements", bought::entitlements(now))]
        {
            for some in items.chunks(BULK) {
                let items: Vec<_> = some.iter().map(|(who, item)| self.of(*who, item)).collect();
                let path = format!("/v1/platform/{what}");
                let answer = self.platform.post(&path, &json!({ "items": items })).await;
                all_done(what, &done(what, &answer)?)?;
            }
        }
        Ok(())
    }

    async fn use_licenses(&self, events: Vec<(usize, Value)>) -> Result<(), DemoError> {
        for some in events.chunks(EVENTS) {
            let events: Vec<_> = some.iter().map(|(who, event)| self.of(*who, event)).collect();
            let body = json!({ "events": events });
            let answer = self.platform.post("/v1/platform/usage-events", &body).await;
            let taken = done("usage", &answer)?;
            if taken["rejected"].as_array().is_some_and(|rejected| !rejected.is_empty()) {
                return Err(DemoError::Partly { what: "usage", body: taken.to_string() });
            }
        }
        Ok(())
    }

    async fn count_usage(&self, up_to: Instant) -> Result<(), DemoError> {
        let event = json!({ "scheduledTime": up_to });
        match self.gateway.invoke("usage-aggregation", event).await {
            Some(Ok(_)) => Ok(()),
            other => Err(DemoError::Partly { what: "the run", body: format!("{other:?}") }),
        }
    }

    /// The same of a customer's account.
    pub(super) fn of(&self, customer: usize, item: &Value) -> Value {
        let mut item = item.clone();
        item["accountId"] = json!(self.known(&CUSTOMERS[customer]).account);
        item
    }

    /// A customer asks for a trial, unless it did so in a seeding that was cut off.
    async fn wish(&self, customer: usize) -> Result<(), DemoError> {
        let Some(service) = bought::wish(customer) else { return Ok(()) };
        let known = self.known(&CUSTOMERS[customer]);
        let path = format!("/v1/accounts/{}/trials", known.account);
        let answer = known.administrator.post(&path, &json!({ "service": service })).await;
        if answer.status == StatusCode::CONFLICT {
            return Ok(());
        }
        done("a trial", &answer).map(|_| ())
    }

    /// A customer releases the licences of those who have been idle for long.
    async fn release_leavers(
        &self,
        customer: usize,
        service: &str,
        today: NaiveDate,
    ) -> Result<(), DemoError> {
        let Known { account, administrator, .. } = self.known(&CUSTOMERS[customer]);
        let users = format!("/v1/accounts/{account}/licenses/{service}/users");
        let answer = administrator.get(&format!("{users}?limit=100")).await;
        // Not every administrator has signed in.
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(());
        }
        let holders = done("holders", &answer)?;
        for holder in holders["items"].as_array().into_iter().flatten() {
            let last: Option<NaiveDate> =
                holder["lastActiveOn"].as_str().and_then(|day| day.parse().ok());
            if last.is_some_and(|last| (today - last).num_days() > IDLE_DAYS) {
                let id = holder["holderId"].as_str().unwrap_or_default();
                let path = format!("{users}/{id}/release");
                done("a release", &administrator.post(&path, &json!({})).await)?;
            }
        }
        Ok(())
    }
}
