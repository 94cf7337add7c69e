//! Tickets and comments, by the account, its partners and the support.

use std::collections::BTreeMap;

use futures::future::join;
use serde_json::{Value, json};

use super::Client;
use crate::ledger::Ticket;

/// How many tickets a customer has at most: a list shows a hundred.
const TICKETS: usize = 60;
const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

impl Client {
    /// The account opens one, or a partner for it; now and then the same request comes twice at once.
    pub(super) async fn open_ticket(&mut self) {
        let customer = self.any();
        if self.customers[customer].tickets.len() >= TICKETS {
            return;
        }
        let (tenant, dice) = (self.tenant(customer), self.asker.dice.clone());
        let severity = *dice.pick(&SEVERITIES).expect("there are some");
        let mut body = json!({
            "subject": format!("件 {}", self.next()), "description": "動きません。\n".repeat(12),
            "severity": severity, "service": "daas",
        });
        let for_it = self.any_connected(customer).filter(|number| {
            dice.chance(300) && self.customers[customer].pairs[*number].shares("tickets")
        });
        let told = if let Some(number) = for_it {
            let partner = &self.partner(number).tenant;
            let path = format!("{}/tickets", partner.customer(&tenant));
            self.asker.post("open a ticket", &partner.admin, &path, &body).await
        } else {
            if dice.chance(150) {
                body["visibility"] = json!("account");
            }
            let path = tenant.at("/tickets");
            self.asker.post("open a ticket", &tenant.admin, &path, &body).await
        };
        let Some(ticket) = told.expect(&[201]) else { return };
        let id = ticket["ticketId"].as_str().unwrap_or_default().to_owned();
        let is_shared = ticket["visibility"] == "shared";
        let (status, severity) = ("open".to_owned(), severity.to_owned());
        let known = Ticket { is_shared, status, severity, comments: BTreeMap::new() };
        let customer = &mut self.customers[customer];
        if customer.tickets.insert(id.clone(), known).is_some() {
            self.asker.tally.wrong(format!("{id} was opened twice"));
        }
        customer.touch(&id);
    }

    /// Somebody comments, changes, moves or hides one.
    pub(super) async fn write_ticket(&mut self) {
        let customer = self.any();
        let ids: Vec<_> = self.customers[customer].tickets.keys().cloned().collect();
        let Some(id) = self.asker.dice.pick(&ids).cloned() else { return };
        match self.asker.dice.number(0..10) {
            0..4 => self.comment(customer, &id).await,
            4..6 => self.comment_twice(customer, &id).await,
            6..8 => self.support(customer, &id).await,
            _ => self.change_ticket(customer, &id).await,
        }
    }

    /// The account comments, or a partner.
    async fn comment(&mut self, customer: usize, id: &str) {
        let tenant = self.tenant(customer);
        let known = &self.customers[customer];
        let seen = |number: &usize| known.tickets_for(*number).contains(id);
        let by = self.any_connected(customer).filter(seen);
        let own = by.is_none();
        let (who, path) = match by {
            Some(number) => {
                let partner = &self.partner(number).tenant;
                (partner.admin.clone(), partner.customer(&tenant))
            }
            None => (tenant.admin.clone(), tenant.at("")),
        };
        let text = format!("{} と言いました。", self.next());
        let mut body = json!({"body": text});
        if own && self.asker.dice.chance(300) {
            body["visibility"] = json!("account");
        }
        let path = format!("{path}/tickets/{id}/comments");
        let told = self.asker.post("comment", &who, &path, &body).await;
        let comment = told.expect(&[201]);
        self.said(customer, id, &text, comment);
    }

    /// Two comments at once: both are there.
    async fn comment_twice(&mut self, customer: usize, id: &str) {
        let tenant = self.tenant(customer);
        let path = tenant.at(&format!("/tickets/{id}/comments"));
        let texts = [self.next(), self.next()];
        let bodies = texts.clone().map(|text| json!({"body": text}));
        let (one, other) = join(
            self.asker.post("comment", &tenant.admin, &path, &bodies[0]),
            self.asker.post("comment", &tenant.admin, &path, &bodies[1]),
        )
        .await;
        for (told, text) in [one, other].into_iter().zip(&texts) {
            let comment = told.expect(&[201]);
            self.said(customer, id, text, comment);
        }
    }

    fn said(&mut self, customer: usize, id: &str, text: &str, comment: Option<Value>) {
        let Some(comment) = comment else { return };
        let customer = &mut self.customers[customer];
        let comment_id = comment["commentId"].as_str().unwrap_or_default().to_owned();
        let text = text.to_owned();
        let is_new = customer
            .tickets
            .get_mut(id)
            .is_some_and(|it| it.comments.insert(comment_id, text).is_none());
        if !is_new {
            self.asker.tally.wrong(format!("a comment was written twice: {comment}"));
        }
        if comment["visibility"] == "shared" {
            customer.touch(id);
        }
    }

    /// The support works on it, and says so.
    async fn support(&mut self, customer: usize, id: &str) {
        let tenant = self.tenant(customer);
        let status = if self.customers[customer].tickets[id].status == "closed" {
            "open"
        } else {
            *self.asker.dice.pick(&["in-progress", "waiting", "resolved", "closed"]).expect("some")
        };
        let text = self.next();
        let body = json!({"status": status, "comment": {"body": text, "visibility": "account"}});
        let path = format!("{}/tickets/{id}/updates", tenant.platform_path());
        let platform = self.stage.platform.clone();
        let told = self.asker.post("work on a ticket", &platform, &path, &body).await;
        let Some(ticket) = told.expect(&[200]) else { return };
        let list = format!("{}/tickets/{id}/comments?limit=100", tenant.at(""));
        let told = self.asker.get("look", &tenant.admin, &list).await;
        let listed = crate::ledger::column(&told.expect(&[200]).unwrap_or_default(), "/commentId");
        let known = self.customers[customer].tickets.get_mut(id).expect("it is known");
        let new: Vec<_> = listed.iter().filter(|id| !known.comments.contains_key(*id)).collect();
        if new.len() != 1 || !known.comments.keys().all(|id| listed.contains(id)) {
            let text = format!("{id}: one comment was to come, and {} did", new.len());
            self.asker.tally.wrong(text);
        }
        known.comments.extend(new.into_iter().map(|id| (id.clone(), text.clone())));
        self.moved(customer, id, &ticket);
    }

    /// Whoever may changes its severity or its status, hides it or shows it.
    async fn change_ticket(&mut self, customer: usize, id: &str) {
        let tenant = self.tenant(customer);
        let known = self.customers[customer].tickets[id].clone();
        let dice = self.asker.dice.clone();
        let body = match dice.number(0..6) {
            0 if known.status == "open" || known.status == "resolved" => {
                json!({"status": dice.pick(&["open", "resolved", "closed"])})
            }
            1 => json!({"visibility": if known.is_shared { "account" } else { "shared" }}),
            _ => json!({"severity": dice.pick(&SEVERITIES)}),
        };
        let path = tenant.at(&format!("/tickets/{id}"));
        let told = self.asker.patch("change a ticket", &tenant.admin, &path, &body).await;
        let Some(ticket) = told.expect(&[200]) else { return };
        self.moved(customer, id, &ticket);
    }

    fn moved(&mut self, customer: usize, id: &str, ticket: &Value) {
        let text = |field: &str| ticket[field].as_str().unwrap_or_default().to_owned();
        let (status, severity) = (text("status"), text("severity"));
        let is_shared = ticket["visibility"] == "shared";
        let customer = &mut self.customers[customer];
        let known = customer.tickets.get_mut(id).expect("it is known");
        let differs =
            (&known.status, &known.severity, known.is_shared) != (&status, &severity, is_shared);
        (known.status, known.severity, known.is_shared) = (status, severity, is_shared);
        if differs {
            customer.touch(id);
        }
    }
}
