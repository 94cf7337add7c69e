//! Reading: whatever is shown agrees with what the client was told. What follows the stream comes later,
//! but never anything that may not be seen.

use std::collections::BTreeSet;

use super::{Client, notifications::CODE};
use crate::ledger::column;

impl Client {
    /// Somebody looks at something.
    pub(super) async fn look(&mut self) {
        let customer = self.any();
        let number = self.any_partner();
        match self.asker.dice.number(0..8) {
            0 => self.dashboard(number).await,
            1 => self.partners(customer).await,
            2 => self.own_lists(customer).await,
            3 => self.customer_tickets(customer, number).await,
            4 => self.customer_notifications(customer, number).await,
            5 => self.history(customer, number).await,
            6 => self.bought(customer).await,
            _ => self.customer(customer, number).await,
        }
    }

    fn same(&self, what: &str, found: &BTreeSet<String>, expected: &BTreeSet<String>) {
        if found != expected {
            self.asker.tally.wrong(format!("{what}: {found:?} and not {expected:?}"));
        }
    }

    /// P3: of the client's customers, those that are connected and no others.
    async fn dashboard(&self, number: usize) {
        let partner = &self.partner(number).tenant;
        let path = partner.at("/customers?limit=100");
        let told = self.asker.get("dashboard", &partner.admin, &path).await;
        let Some(list) = told.expect(&[200]) else { return };
        let shown = column(&list, "/customer/accountId");
        for customer in &self.customers {
            let connected = customer.pairs[number].is_active();
            if shown.contains(&customer.tenant.id) != connected {
                let of = format!("{} on the dashboard of {}", customer.tenant.id, partner.id);
                self.asker.tally.wrong(format!("P3: {of}, and connected: {connected}"));
            }
        }
    }

    async fn partners(&self, customer: usize) {
        let it = &self.customers[customer];
        let path = it.tenant.at("/partners?limit=100");
        let told = self.asker.get("look", &it.tenant.admin, &path).await;
        let Some(list) = told.expect(&[200]) else { return };
        let connected = it.connected();
        let expected = connected.into_iter().map(|number| self.partner(number).tenant.id.clone());
        self.same("P5: partners", &column(&list, "/partner/accountId"), &expected.collect());
    }

    /// All that was acknowledged is there, once.
    async fn own_lists(&self, customer: usize) {
        let it = &self.customers[customer];
        let admin = &it.tenant.admin;
        let path = it.tenant.at("/tickets?limit=100");
        if let Some(list) = self.asker.get("look", admin, &path).await.expect(&[200]) {
            let expected = it.tickets.keys().cloned().collect();
            self.same("own tickets", &column(&list, "/ticketId"), &expected);
        }
        let path = it.tenant.at(&format!("/notifications?code={CODE}&dismissed=all&limit=100"));
        if let Some(list) = self.asker.get("look", admin, &path).await.expect(&[200]) {
            let expected = it.told.keys().cloned().collect();
            self.same("own notifications", &column(&list, "/notificationId"), &expected);
        }
    }

    /// Nothing that the partner may not see, at no moment.
    async fn customer_tickets(&self, customer: usize, number: usize) {
        let (it, partner) = (&self.customers[customer], &self.partner(number).tenant);
        let path = partner.at(&format!("/customer-tickets?customer={}&limit=100", it.tenant.id));
        let told = self.asker.get("feed", &partner.admin, &path).await;
        let Some(list) = told.expect(&[200]) else { return };
        let (shown, may_see) = (column(&list, "/ticketId"), it.tickets_for(number));
        if !shown.is_subset(&may_see) {
            self.asker.tally.wrong(format!("P17: {shown:?} are shown, and may be {may_see:?}"));
        }
    }

    async fn customer_notifications(&self, customer: usize, number: usize) {
        let (it, partner) = (&self.customers[customer], &self.partner(number).tenant);
        // What is dismissed while the list is made may still be on it.
        let dismissed = self.stage.dismissed_by(partner).done;
        let of = format!("customer={}&code={CODE}&limit=100", it.tenant.id);
        let path = partner.at(&format!("/customer-notifications?{of}"));
        let told = self.asker.get("feed", &partner.admin, &path).await;
        let Some(list) = told.expect(&[200]) else { return };
        let shown = column(&list, "/notificationId");
        let seen = it.pairs[number].shares("notifications");
        let may_see = |id: &String| {
            seen && it.told.get(id).is_some_and(|news| news.is_shared) && !dismissed.contains(id)
        };
        if let Some(id) = shown.iter().find(|id| !may_see(id)) {
            self.asker.tally.wrong(format!("P18: {id} is shown to {}", partner.id));
        }
    }

    async fn history(&self, customer: usize, number: usize) {
        let (it, partner) = (&self.customers[customer], &self.partner(number).tenant);
        let episodes = it.pairs[number].episodes();
        if episodes == 0 {
            return;
        }
        let path = format!("{}/history?limit=100", it.tenant.partner(partner));
        let told = self.asker.get("look", &it.tenant.admin, &path).await;
        let Some(list) = told.expect(&[200]) else { return };
        let shown = list["items"].as_array().map_or(0, Vec::len);
        if shown != episodes {
            self.asker.tally.wrong(format!("{shown} episodes are shown, and were {episodes}"));
        }
    }

    async fn bought(&self, customer: usize) {
        let it = &self.customers[customer];
        let path = it.tenant.at("/entitlements?kind=purchased&limit=100");
        let told = self.asker.get("look", &it.tenant.admin, &path).await;
        if let Some(list) = told.expect(&[200]) {
            let items = list["items"].as_array().into_iter().flatten();
            let shown = items.map(|it| format!("{} {}", it["entitlementId"], it["quantity"]));
            let expected =
                it.entitlements.iter().map(|(id, quantity)| format!("\"{id}\" {quantity}"));
            self.same("P10: entitlements", &shown.collect(), &expected.collect());
        }
        let path = it.tenant.at("/licenses");
        self.asker.get("look", &it.tenant.admin, &path).await.expect(&[200]);
    }

    /// P4, P7: a partner sees a customer exactly while they are connected.
    async fn customer(&self, customer: usize, number: usize) {
        let (it, partner) = (&self.customers[customer], &self.partner(number).tenant);
        let seen = if it.pairs[number].is_active() { 200 } else { 404 };
        let path = partner.customer(&it.tenant);
        self.asker.get("look", &partner.admin, &path).await.expect(&[seen]);
    }
}
