//! Notifications: the vendor publishes them, partners dismiss them for themselves.

use serde_json::{Value, json};

use super::Client;

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
        let is_shared = news["visibility"] == "shared";
        if id.is_empty() || self.customers[customer].told.insert(id, is_shared).is_some() {
            self.asker.tally.wrong(format!("published twice, or not at all: {news}"));
        }
    }

    /// A partner dismisses one, several, or all up to one.
    pub(super) async fn dismiss(&mut self) {
        let number = self.any_partner();
        let partner = self.partner(number).tenant.clone();
        let path = partner.at("/customer-notifications");
        let list = format!("{path}?limit=50");
        let listed = self.asker.get("look", &partner.admin, &list).await.expect(&[200]);
        let listed = listed.unwrap_or_default();
        let items = listed["items"].as_array().cloned().unwrap_or_default();
        let Some(item) = self.asker.dice.pick(&items) else { return };
        let text = |pointer: &str| {
            item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let (id, of) = (text("/notificationId"), text("/customer/accountId"));
        let stage = self.stage.clone();
        if self.asker.dice.chance(250) {
            let mut body = json!({"all": true, "upTo": id});
            if self.asker.dice.chance(500) {
                body["customer"] = json!(of);
                stage.note(&partner, |it| {
                    let up_to = it.up_to_of.entry(of).or_default();
                    *up_to = id.clone().max(up_to.clone());
                });
            } else {
                stage.note(&partner, |it| it.up_to = it.up_to.clone().max(Some(id.clone())));
            }
            let told =
                self.asker.post("dismiss", &partner.admin, &format!("{path}/dismiss"), &body).await;
            // Its customer may have left meanwhile.
            told.expect(&[204, 422]);
            return;
        }
        stage.note(&partner, |it| it.asked.extend([id.clone()]));
        let one = format!("{path}/{id}/dismiss");
        let told = self.asker.post("dismiss", &partner.admin, &one, &json!({})).await;
        if told.status == 204 {
            stage.note(&partner, |it| it.done.extend([id]));
        }
        told.expect(&[204, 404]);
    }
}
