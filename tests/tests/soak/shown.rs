//! Once nothing is pending any more, the API shows exactly what there is to be seen.

use serde_json::json;
use tsunagu_domain::ids::{AccountId, NotificationId};
use tsunagu_store::{
    items::{CurrentFiguresItem, CustomerItem, DismissedForAllItem, FeedNotificationItem},
    keys,
};
use tsunagu_tests::stored::Contents;

use crate::{
    client::{CODE, Client},
    ledger::{Customer, column},
    stage::SERVICES,
};

/// Up to where the marks of a partner hide what a customer was told.
fn reach(contents: &Contents, partner: AccountId, customer: AccountId) -> Option<NotificationId> {
    let connection: CustomerItem = contents.get(&keys::customer(partner, customer))?;
    let marks: Option<DismissedForAllItem> = contents.get(&keys::dismissed_for_all(partner));
    let reach = marks.and_then(|item| item.marks.reach(connection.connected_at));
    reach.max(connection.dismissed_up_to)
}

impl Client {
    /// Looks at each of its customers, as they and their partners see them.
    pub(crate) async fn check_shown(&self, contents: &Contents) {
        for customer in &self.customers {
            self.licenses(customer, contents).await;
            for number in customer.connected() {
                self.feeds(customer, number, contents).await;
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
    async fn feeds(&self, customer: &Customer, number: usize, contents: &Contents) {
        let partner = &self.stage.partners[number].tenant;
        let of = format!("customer={}&limit=100", customer.tenant.id);
        let path = partner.at(&format!("/customer-tickets?{of}"));
        let list = self.asker.get("afterwards", &partner.admin, &path).await.expect(&[200]);
        let shown = column(&list.unwrap_or_default(), "/ticketId");
        self.compare("tickets of a customer", &shown, &customer.tickets_for(number));
        let path = partner.at(&format!("/customer-notifications?code={CODE}&{of}"));
        let list = self.asker.get("afterwards", &partner.admin, &path).await.expect(&[200]);
        let shown = column(&list.unwrap_or_default(), "/notificationId");
        let [partner, id] =
            [&partner.id, &customer.tenant.id].map(|id| id.parse::<AccountId>().expect("an id"));
        let partition = keys::customer_feed_partition(partner, id);
        let entries = contents.of_kind::<FeedNotificationItem>(&partition).into_iter();
        let reach = reach(contents, partner, id);
        let active = entries.filter(|entry| {
            let code = entry.notification.as_ref().is_some_and(|it| it.code == CODE);
            code && entry.dismissed_at.is_none() && Some(entry.notification_id) > reach
        });
        let seen = customer.pairs[number].shares("notifications");
        let active = active.filter(|_| seen).map(|entry| entry.notification_id.to_string());
        self.compare("notifications of a customer", &shown, &active.collect());
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
            let assigned = current.assigned(model.parse().expect("a model"));
            let items = shown["items"].as_array().into_iter().flatten();
            let item = items.into_iter().find(|item| item["service"] == service);
            let found = item.map_or(json!(0), |item| item["assigned"].clone());
            self.compare(&format!("assigned of {service}"), &found, &json!(assigned));
        }
    }
}
