//! Once nothing is pending any more, the API shows exactly what there is to be seen.

use std::collections::BTreeSet;

use serde_json::json;
use tsunagu_domain::ids::AccountId;
use tsunagu_store::{items::CurrentFiguresItem, keys};
use tsunagu_tests::stored::Contents;

use crate::{
    client::{CODE, Client},
    ledger::{Customer, News, column},
    stage::SERVICES,
};

impl Client {
    /// Looks at each of its customers, as they and their partners see them.
    pub(crate) async fn check_shown(&self, contents: &Contents) {
        for customer in &self.customers {
            self.licenses(customer, contents).await;
            for number in customer.connected() {
                self.feeds(customer, number).await;
                self.counts(customer, number).await;
            }
        }
    }

    fn compare<T: PartialEq + std::fmt::Debug>(&self, what: &str, found: &T, expected: &T) {
        if found != expected {
            self.asker.tally.wrong(format!("shown: {what}: {found:?} and not {expected:?}"));
        }
    }

    /// P17, P18: both feeds, of one customer.
    async fn feeds(&self, customer: &Customer, number: usize) {
        let partner = &self.stage.partners[number].tenant;
        let of = format!("customer={}&limit=100", customer.tenant.id);
        let path = partner.at(&format!("/customer-tickets?{of}"));
        let list = self.asker.get("afterwards", &partner.admin, &path).await.expect(&[200]);
        let shown = column(&list.unwrap_or_default(), "/ticketId");
        self.compare("tickets of a customer", &shown, &customer.tickets_for(number));
        let path = partner.at(&format!("/customer-notifications?code={CODE}&{of}"));
        let list = self.asker.get("afterwards", &partner.admin, &path).await.expect(&[200]);
        let shown = column(&list.unwrap_or_default(), "/notificationId");
        self.undismissed(customer, number, &shown);
    }

    /// What the partner was told to have dismissed is shown no more; what nobody asked to dismiss is.
    fn undismissed(&self, customer: &Customer, number: usize, shown: &BTreeSet<String>) {
        let partner = &self.stage.partners[number].tenant;
        let (dismissed, pair) = (self.stage.dismissed_by(partner), &customer.pairs[number]);
        let of = &customer.tenant.id;
        let seen = |news: &News| news.is_shared && pair.shares("notifications");
        for (id, news) in &customer.told {
            let (is_shown, seen) = (shown.contains(id), seen(news));
            let may = seen && !dismissed.hides(id, of, news, pair);
            let must = seen && !dismissed.may_hide(id, of);
            if (is_shown && !may) || (must && !is_shown) {
                let what = if is_shown {
                    "is shown, and was dismissed or is hidden"
                } else {
                    "is missing"
                };
                self.asker.tally.wrong(format!("shown: {id} of {of} to {}: {what}", partner.id));
            }
        }
        if let Some(id) = shown.iter().find(|id| !customer.told.contains_key(*id)) {
            self.asker.tally.wrong(format!("shown: {id} of {of}, which nobody published"));
        }
    }

    /// The dashboard's number of open tickets, where they are shared.
    async fn counts(&self, customer: &Customer, number: usize) {
        let partner = &self.stage.partners[number].tenant;
        let path = partner.customer(&customer.tenant);
        let told = self.asker.get("afterwards", &partner.admin, &path).await;
        let Some(shown) = told.expect(&[200]) else { return };
        let open = customer.tickets.values().filter(|it| it.is_shared && it.is_open());
        let severities: Vec<_> = open.map(|ticket| &*ticket.severity).collect();
        let critical = severities.iter().filter(|severity| **severity == "critical").count();
        let expected = json!({"total": severities.len(), "critical": critical});
        let seen = customer.pairs[number].shares("tickets");
        let expected = if seen { expected } else { json!(null) };
        self.compare("open tickets", &shown["summary"]["openTickets"], &expected);
        self.compare("name", &shown["customer"]["displayName"], &json!(customer.name));
    }

    /// P11: assigned licences are the figures of the table.
    async fn licenses(&self, customer: &Customer, contents: &Contents) {
        let tenant = &customer.tenant;
        let path = tenant.at("/licenses");
        let told = self.asker.get("afterwards", &tenant.admin, &path).await;
        let Some(shown) = told.expect(&[200]) else { return };
        let id: AccountId = tenant.id.parse().expect("an id");
        for (service, model) in SERVICES {
            let key = keys::current_figures(id, &service.parse().expect("a code"));
            let figures: Option<CurrentFiguresItem> = contents.get(&key);
            let current = figures.map(|item| item.current).unwrap_or_default();
            let (users, devices) = (current.users.assigned, current.devices.assigned);
            let assigned = if model == "user" { users } else { users.min(devices) };
            let items = shown["items"].as_array().into_iter().flatten();
            let item = items.into_iter().find(|item| item["service"] == service);
            let found = item.map_or(json!(0), |item| item["assigned"].clone());
            self.compare(&format!("assigned of {service}"), &found, &json!(assigned));
        }
    }
}
