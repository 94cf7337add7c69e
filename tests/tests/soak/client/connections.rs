//! Connections: they begin, change and end, sometimes twice at once.

use std::time::Instant;

use futures::future::join;
use serde_json::{Value, json};
use tsunagu_tests::product::SHARES;

use super::Client;
use crate::{asking::Told, ledger::texts};

/// A pair begins at most so many episodes a day (T8), and some are left.
const EPISODES: usize = 17;

impl Client {
    /// The customer follows the link and accepts, now and then with a second click at once.
    pub(super) async fn connect(&mut self) {
        let (customer, number) = (self.any(), self.any_partner());
        let pair = &self.customers[customer].pairs[number];
        if pair.is_active() || pair.episodes() >= EPISODES {
            return;
        }
        let (tenant, partner) = (self.tenant(customer), self.partner(number));
        let link = partner.tenant.at("/invite-link");
        if self.asker.dice.chance(200) {
            let told = self.asker.get("look", &partner.tenant.admin, &link).await;
            let link = told.expect(&[200]).unwrap_or_default();
            if link["token"] != json!(partner.token) && !link.is_null() {
                self.asker.tally.wrong(format!("P14: another link: {link}"));
            }
        }
        let shown = format!("/v1/invitations/{}", partner.token);
        let body = self.terms(&tenant.id);
        self.asker.get("look", &self.stage.nobody, &shown).await.expect(&[200]);
        let path = format!("{shown}/accept");
        let accept = || self.asker.post("accept", &tenant.admin, &path, &body);
        let told = if self.asker.dice.chance(250) {
            let (one, other) = join(accept(), accept()).await;
            one_of(one, other, 201, 200)
        } else {
            accept().await.expect_or(&[201], &[200])
        };
        let Some(connection) = told else { return };
        let before = self.customers[customer].pairs[number].episodes();
        if connection["episode"] != json!(before + 1) || connection["state"] != "active" {
            self.asker.tally.wrong(format!("episode {} was to begin: {connection}", before + 1));
        }
        self.customers[customer].begin(number, &connection["shares"]);
    }

    /// Everything is shared, or some of it.
    fn terms(&self, account: &str) -> Value {
        if self.asker.dice.chance(600) {
            return json!({"accountId": account});
        }
        json!({"accountId": account, "shares": self.asker.dice.some(&SHARES, 800)})
    }

    /// Either side ends it, or both at once; the very next request finds nothing (P7).
    pub(super) async fn end(&mut self) {
        let customer = self.any();
        let Some(number) = self.any_connected(customer) else { return };
        let (tenant, partner) = (self.tenant(customer), self.partner(number).tenant.clone());
        let (own, theirs) = (tenant.partner(&partner), partner.customer(&tenant));
        let (asked, _changing) = (Instant::now(), self.stage.changes.begin(&partner, &tenant));
        let by_customer = || self.asker.delete("end", &tenant.admin, &own);
        let by_partner = || self.asker.delete("end", &partner.admin, &theirs);
        let (told, by) = match self.asker.dice.number(0..5) {
            0 => {
                let (one, other) = join(by_customer(), by_partner()).await;
                (one_of(one, other, 204, 404), "either")
            }
            1 | 2 => (by_customer().await.expect_or(&[204], &[404]), "customer"),
            _ => (by_partner().await.expect_or(&[204], &[404]), "partner"),
        };
        if told.is_none() {
            return;
        }
        self.customers[customer].end(number, by, asked);
        self.asker.get("look", &partner.admin, &theirs).await.expect(&[404]);
    }

    /// The customer shares more or less, from the next request on.
    pub(super) async fn change_shares(&mut self) {
        let customer = self.any();
        let Some(number) = self.any_connected(customer) else { return };
        let (tenant, partner) = (self.tenant(customer), self.partner(number).tenant.clone());
        let _changing = self.stage.changes.begin(&partner, &tenant);
        let shares = self.asker.dice.some(&SHARES, 700);
        let body = json!({"shares": shares});
        let path = tenant.partner(&partner);
        let told = self.asker.patch("change shares", &tenant.admin, &path, &body).await;
        let Some(connection) = told.expect(&[200]) else { return };
        let expected = texts(&json!(shares));
        if texts(&connection["shares"]) != expected {
            self.asker.tally.wrong(format!("{expected:?} were to be shared: {connection}"));
        }
        let pair = self.pair(customer, number);
        pair.shares = Some(expected);
        let path = format!("{}/tickets", partner.customer(&tenant));
        let seen = if self.pair(customer, number).shares("tickets") { 200 } else { 403 };
        self.asker.get("look", &partner.admin, &path).await.expect(&[seen]);
    }

    /// The partner's own reference and note, which outlive an end.
    pub(super) async fn mark(&mut self) {
        let customer = self.any();
        let Some(number) = self.any_connected(customer) else { return };
        let (tenant, partner) = (self.tenant(customer), self.partner(number).tenant.clone());
        let next = self.next();
        let [reference, note, tag] =
            [next.clone(), format!("九月に訪問 {next}"), format!("重要 {next}")];
        let body = json!({"reference": reference, "note": note, "tags": [tag]});
        let path = partner.customer(&tenant);
        let told = self.asker.patch("mark", &partner.admin, &path, &body).await;
        if told.expect(&[200]).is_some() {
            self.pair(customer, number).mark = Some([reference, note, tag]);
        }
    }
}

/// Of two that ask for the same at once, one does it and the other finds it done; each may have done it
/// before it could be told.
fn one_of(one: Told, other: Told, done: u16, found: u16) -> Option<Value> {
    // Whoever did it knows it, unless he was not sure.
    let (did, saw) = if one.status == done || (other.status != done && one.is_unsure()) {
        (one, other)
    } else {
        (other, one)
    };
    saw.expect(&[found])?;
    did.expect_or(&[done], &[found])
}
