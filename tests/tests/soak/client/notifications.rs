//! Notifications: the vendor publishes them, partners dismiss them for themselves.

use std::time::Instant;

use serde_json::{Value, json};
use tsunagu_tests::product::Tenant;

use super::Client;
use crate::{asking::Told, dismissals::All, ledger::News};

/// The code of all that is published here.
pub(crate) const CODE: &str = "soak";
/// How many a customer is told at most: a list shows a hundred.
const TOLD: usize = 80;

impl Client {
    /// One, or several at once.
    pub(super) async fn publish(&mut self) {
        let customer = self.any();
        if self.customers[customer].told.len() >= TOLD {
            return;
        }
        let (tenant, platform) = (self.tenant(customer), self.stage.platform.clone());
        if self.asker.dice.chance(700) {
            let path = format!("{}/notifications", tenant.platform_path());
            let told = self.asker.post("publish", &platform, &path, &self.news()).await;
            let news = told.expect(&[201]);
            return self.told(customer, news.as_ref());
        }
        let mut items = Vec::new();
        for _ in 0..self.asker.dice.number(2..6) {
            let mut news = self.news();
            news["accountId"] = json!(tenant.id);
            items.push(news);
        }
        let body = json!({"items": items});
        let told = self.asker.post("publish", &platform, "/v1/platform/notifications", &body).await;
        let Some(answer) = told.expect(&[200, 201]) else { return };
        let results = answer["results"].as_array().cloned().unwrap_or_default();
        if results.len() != items.len() {
            self.asker.tally.wrong(format!("{} were published: {answer}", items.len()));
        }
        for result in results {
            self.told(customer, result.get("notification").or(Some(&result)));
        }
    }

    fn news(&self) -> Value {
        let dice = &self.asker.dice;
        let visibility = if dice.chance(150) { "account" } else { "shared" };
        json!({
            "severity": dice.pick(&["information", "warning", "error"]), "source": "platform",
            "code": CODE, "title": {"ja": "お知らせ", "en": "News"}, "visibility": visibility,
            "message": {"ja": "計画された作業です。", "en": "Planned work."},
        })
    }

    fn told(&mut self, customer: usize, news: Option<&Value>) {
        let Some(news) = news else { return };
        let id = news["notificationId"].as_str().unwrap_or_default().to_owned();
        let known = News { is_shared: news["visibility"] == "shared", told: Instant::now() };
        if id.is_empty() || self.customers[customer].told.insert(id, known).is_some() {
            self.asker.tally.wrong(format!("published twice, or not at all: {news}"));
        }
    }

    /// A partner dismisses one, or all up to one, of one customer or of all.
    pub(super) async fn dismiss(&mut self) {
        let number = self.any_partner();
        let partner = self.partner(number).tenant.clone();
        let path = partner.at("/customer-notifications?limit=50");
        let since = Instant::now();
        let listed = self.asker.get("look", &partner.admin, &path).await.expect(&[200]);
        let listed = listed.unwrap_or_default();
        let items = listed["items"].as_array().cloned().unwrap_or_default();
        let Some(item) = self.asker.dice.pick(&items) else { return };
        let text = |pointer: &str| {
            item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (id, of) = (text("/notificationId"), text("/customer/accountId"));
        let told = if self.asker.dice.chance(400) {
            self.dismiss_all(&partner, &id, &of).await
        } else {
            self.dismiss_one(&partner, &id).await
        };
        // Nothing but that its customer left meanwhile, or shows it no more, explains that it is not found.
        let gone = told.status == 404 || told.status == 422;
        if !gone || !self.stage.changes.explain(&partner.id, &of, since) {
            told.expect(&[204]);
        }
    }

    async fn dismiss_all(&self, partner: &Tenant, id: &str, of: &str) -> Told {
        let mut body = json!({"all": true, "upTo": id});
        let of = self.asker.dice.chance(650).then(|| of.to_owned());
        if let Some(of) = &of {
            body["customer"] = json!(of);
        }
        let asked = Instant::now();
        let mut all = All { up_to: id.to_owned(), of, asked, answered: None };
        // Whatever becomes of it, it may be done from now on.
        self.stage.note(partner, |it| it.all.push(all.clone()));
        let path = partner.at("/customer-notifications/dismiss");
        let told = self.asker.post("dismiss", &partner.admin, &path, &body).await;
        if told.status == 204 {
            all.answered = Some(Instant::now());
            self.stage.note(partner, |it| it.all.push(all));
        }
        told
    }

    async fn dismiss_one(&self, partner: &Tenant, id: &str) -> Told {
        self.stage.note(partner, |it| it.asked.extend([id.to_owned()]));
        let path = partner.at(&format!("/customer-notifications/{id}/dismiss"));
        let told = self.asker.post("dismiss", &partner.admin, &path, &json!({})).await;
        if told.status == 204 {
            self.stage.note(partner, |it| it.done.extend([id.to_owned()]));
        }
        told
    }
}
