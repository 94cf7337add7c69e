//! A customer of one partner, connected through the product, with what it bought and what it uses:
//! for capacity and the benchmark.

use chrono::{Days, NaiveDate, SecondsFormat, TimeDelta};
use serde_json::{Value, json};
use tsunagu_domain::{
    ids::AccountId,
    service::LicenseModel,
    time::{Clock, Instant},
    vendor::ServiceCode,
};
use tsunagu_local::client::{Answer, Caller};
use tsunagu_store::{Store, Table, licenses::Usage};

use crate::{background::exchange, measured::Measured, round::SCHEDULED};

/// A customer and its partner, to whom it shows everything.
pub struct Licensed<'p> {
    /// The customer.
    pub customer: AccountId,
    product: &'p Measured,
    partner: String,
    customer_admin: Caller,
    partner_admin: Caller,
    vendor: Caller,
}

impl<'p> Licensed<'p> {
    /// A partner and a customer of these addresses, connected; the run has brought the partner what
    /// there is.
    pub async fn connect(product: &'p Measured, name: &str) -> Self {
        let person = async |role: &str| {
            let address = format!("{role}-{name}@example.com");
            Caller::person(&product.gateway, &address).await.expect("a person signs in")
        };
        let (customer_admin, partner_admin) = (person("customer").await, person("partner").await);
        let vendor = Caller::platform(&product.gateway).expect("a machine signs in");
        let partner = register(&partner_admin, "みなと情報サービス").await;
        let customer = register(&customer_admin, "鈴木商事株式会社").await;
        let org = partner["orgId"].as_str().expect("a text");
        let program = format!("/v1/platform/organizations/{org}/programs/CSP");
        done(&vendor.put(&program, &json!({"status": "active"})).await);
        let text = |account: &Value| account["accountId"].as_str().expect("a text").to_owned();
        let (partner, customer) = (text(&partner), text(&customer));
        let link = partner_admin.get(&format!("/v1/accounts/{partner}/invite-link")).await;
        let token = done(&link)["token"].as_str().expect("a text").to_owned();
        let shown = done(&customer_admin.get(&format!("/v1/invitations/{token}")).await);
        let body = json!({"accountId": customer, "version": shown["version"]});
        done(&customer_admin.post(&format!("/v1/invitations/{token}/accept"), &body).await);
        let customer = customer.parse().expect("an id");
        let it = Self { customer, product, partner, customer_admin, partner_admin, vendor };
        it.run().await;
        it
    }

    /// A service of the catalogue.
    pub async fn service(&self, code: &str, model: LicenseModel) -> ServiceCode {
        let body = json!({"name": {"ja": code, "en": code}, "model": model});
        done(&self.vendor.put(&format!("/v1/platform/services/{code}"), &body).await);
        code.parse().expect("a code")
    }

    /// So many entitlements of a service, with an order each. Their quantities have changed once.
    pub async fn buy(&self, service: &ServiceCode, count: usize) {
        for quantity in [100, 120] {
            let entitlement = |number: usize| {
                json!({
                    "accountId": self.customer, "entitlementId": format!("EN-2026-{service:.4}-{number:05}"),
                    "service": service, "kind": "purchased", "quantity": quantity,
                    "startsOn": self.days_ago(180), "endsOn": self.in_days(185),
                    "autoRenew": false, "orderId": format!("SO-{number:05}"),
                })
            };
            let items: Vec<_> = (0..count).map(entitlement).collect();
            let body = json!({ "items": items });
            let answer = done(&self.vendor.post("/v1/platform/entitlements", &body).await);
            let results = answer["results"].as_array().expect("a list");
            let is_done = |one: &Value| one["status"].as_u64().is_some_and(|status| status < 300);
            assert!(results.iter().all(is_done), "{answer}");
        }
    }

    /// That a user used a service on a device of his own, so many days ago.
    pub fn usage(&self, service: &ServiceCode, user: usize, days: u64) -> Usage {
        usage(self.customer, service, user, self.days_ago(days))
    }

    /// The same as an event of the vendor's.
    pub fn event(&self, service: &ServiceCode, user: usize, days: i64) -> Value {
        let at = self.now() - TimeDelta::days(days);
        json!({
            "id": format!("e-{user}-{days}"), "accountId": self.customer, "service": service,
            "userId": format!("user-{user:06}"), "deviceId": format!("device-{user:06}"),
            "occurredAt": at.to_rfc3339_opts(SecondsFormat::Millis, true),
        })
    }

    /// Reports events as the vendor's services do.
    pub async fn report(&self, events: &[Value]) -> Answer {
        let body = json!({ "events": events });
        let answer = self.vendor.post("/v1/platform/usage-events", &body).await;
        assert_eq!(answer.json()["accepted"], events.len(), "{}", answer.json());
        answer
    }

    /// Takes usage in, past the gateway.
    pub async fn take(&self, usage: Vec<Usage>) {
        let store = self.product.store();
        let taken = exchange(async move { store.take_usage(usage).await });
        taken.await.expect("usage is taken");
    }

    /// The scheduled function runs, a second later, up to the present; gives its report.
    pub async fn run(&self) -> Value {
        assert!(self.product.clock.advance(TimeDelta::seconds(1)), "time goes on");
        let now = self.now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let event = json!({ "scheduledTime": now });
        let report = self.product.gateway.invoke(SCHEDULED, event).await.expect("it is there");
        let report = report.expect("nothing stands in its way");
        assert_eq!(report["complete"], true, "{report}");
        report
    }

    /// The customer asks about itself.
    pub async fn ask(&self, path: &str) -> Answer {
        let path = format!("/v1/accounts/{}/{path}", self.customer);
        let answer = self.customer_admin.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer
    }

    /// The partner asks about the customer.
    pub async fn ask_as_partner(&self, path: &str) -> Answer {
        let path = format!("/v1/accounts/{}/customers/{}/{path}", self.partner, self.customer);
        let answer = self.partner_admin.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json());
        answer
    }

    fn now(&self) -> Instant {
        self.product.clock.now()
    }

    fn days_ago(&self, days: u64) -> NaiveDate {
        self.now().date_naive().checked_sub_days(Days::new(days)).expect("a day")
    }

    fn in_days(&self, days: u64) -> NaiveDate {
        self.now().date_naive().checked_add_days(Days::new(days)).expect("a day")
    }
}

impl Measured {
    /// A store on the table, past the meter.
    pub fn store(&self) -> Store {
        Store::new(Table::new(self.client.clone(), self.table().to_owned()))
    }
}

/// That a user of an account used a service on a device of his own on a day.
pub fn usage(account: AccountId, service: &ServiceCode, user: usize, day: NaiveDate) -> Usage {
    Usage {
        account_id: account,
        service: service.clone(),
        user_id: format!("user-{user:06}").parse().expect("an id"),
        source: tsunagu_domain::licenses::holder::Source::Reported,
        device_id: Some(format!("device-{user:06}").parse().expect("an id")),
        day,
    }
}

async fn register(person: &Caller, name: &str) -> Value {
    let body = json!({"displayName": name, "country": "JP"});
    done(&person.post("/v1/accounts", &body).await)
}

fn done(answer: &Answer) -> Value {
    assert!(answer.status.is_success(), "{}", answer.json());
    answer.json()
}
