//! A partner's feed agrees with a model of a few lines, whatever is published, opened, hidden,
//! connected, ended, narrowed and dismissed meanwhile, in whatever order and however often the
//! stream's records come, and whatever call the function crashes behind. And at no moment, drained or
//! not, does it show what the partner may not see.

mod cases;
mod model;
mod steps;

use std::future::Future;

use chrono::TimeDelta;
use futures::future::join;
use proptest::prelude::*;
use tokio::runtime::Builder;
use tsunagu_domain::{
    connection::Pair,
    dashboard::OpenTickets,
    ids::{NotificationId, TicketId},
    locale::LocalizedText,
    notification::{Notification, Severity},
    share::Shares,
    ticket::{self, TicketChange},
    visibility::Visibility,
};
use tsunagu_store::{
    Dismissal, Page, TicketParty,
    feed::{DismissAll, FeedFilter, TicketFeedFilter},
    items::{CustomerItem, FeedStepItem, NotificationItem},
    keys,
};
use tsunagu_tests::{
    Engine, Party, Stage,
    feeds::Feeder,
    tickets::{about, change, comment},
};

use model::Model;
use steps::{CUSTOMERS, PARTNERS, Step, steps};

struct Run {
    stage: Stage,
    feeder: Feeder,
    customers: Vec<Party>,
    partners: Vec<Party>,
    model: Model,
}

impl Run {
    async fn open(engine: Engine) -> Option<Self> {
        let stage = Stage::open_with_stream(engine).await?;
        let (mut customers, mut partners) = (Vec::new(), Vec::new());
        for number in 0..CUSTOMERS {
            customers.push(stage.customer(&format!("顧客{number}")).await);
        }
        for number in 0..PARTNERS {
            partners.push(stage.partner(&format!("パートナー{number}")).await);
        }
        let feeder = Feeder::open(&stage).await;
        Some(Self { stage, feeder, customers, partners, model: Model::default() })
    }

    async fn step(&mut self, step: &Step) {
        self.stage.wait(TimeDelta::seconds(1));
        match step {
            Step::Publish(customer, visibility, severity) => {
                self.publish(*customer, *visibility, *severity).await;
            }
            Step::Open(customer, visibility) => self.open_ticket(*customer, *visibility).await,
            Step::Write(index, write) => self.write(index, write).await,
            Step::Connect(customer, partner) => self.connect(*customer, *partner).await,
            Step::End(customer, partner) => self.end(*customer, *partner).await,
            Step::Share(customer, partner, shares) => {
                self.share(*customer, *partner, *shares).await;
            }
            Step::Dismiss(partner, indexes) => {
                let listed = self.listed(*partner).await;
                self.dismiss(*partner, indexes, &listed).await;
            }
            Step::DismissAll(partner, index) => self.dismiss_all(*partner, index).await,
            Step::DismissAllOf(partner, index) => self.dismiss_all_of(*partner, index).await,
            Step::Deliver(count) => {
                self.feeder.pull().await;
                let count = (*count).min(self.feeder.waiting.len());
                let batch = self.feeder.waiting.drain(..count).collect();
                self.feeder.deliver(&self.stage, batch).await;
            }
            Step::DeliverLast(count) => {
                self.feeder.pull().await;
                let kept = self.feeder.waiting.len().saturating_sub(*count);
                let mut batch = self.feeder.waiting.split_off(kept);
                batch.reverse();
                self.feeder.deliver(&self.stage, batch).await;
            }
            Step::Again(index) => {
                if !self.feeder.past.is_empty() {
                    let again = index.get(&self.feeder.past).clone();
                    self.feeder.deliver(&self.stage, vec![again]).await;
                }
            }
            Step::Crash(calls) => self.crash(*calls).await,
            Step::DismissMeanwhile(partner, indexes) => {
                let listed = self.listed(*partner).await;
                self.feeder.pull().await;
                let batch = std::mem::take(&mut self.feeder.waiting);
                let Self { stage, feeder, .. } = self;
                let acting = stage.acting(&self.partners[*partner]).await;
                let chosen: Vec<_> = chosen(indexes, &listed);
                let dismissing = stage.store.dismiss_from_feed(&acting, &chosen, stage.now());
                let (_, dismissed) = join(feeder.deliver(stage, batch), dismissing).await;
                assert_eq!(dismissed.expect("answers"), Dismissal::Done);
                self.model.dismiss(self.partners[*partner].id, chosen);
            }
            Step::Wait(days) => self.stage.wait(TimeDelta::days(*days)),
            Step::Drain => self.settle().await,
        }
        self.leaks_nothing().await;
    }

    async fn publish(&mut self, customer: usize, visibility: Visibility, severity: Severity) {
        let now = self.stage.now();
        let text = LocalizedText { ja: "お知らせ".to_owned(), en: "News".to_owned() };
        let notification = Notification {
            notification_id: NotificationId::mint(now),
            account_id: self.customers[customer].id,
            severity,
            source: "platform".to_owned(),
            code: "news".to_owned(),
            title: text.clone(),
            message: text,
            visibility,
            related: None,
            created_at: now,
            dismissed_at: None,
        };
        self.model.publish(&notification);
        self.stage.stored.put(&NotificationItem { notification }).await;
    }

    async fn open_ticket(&mut self, customer: usize, visibility: Visibility) {
        let party = TicketParty::support(self.customers[customer].id);
        let ticket = self.stage.open_ticket(&party, about("Slow", visibility)).await;
        self.model.write_ticket(&ticket);
    }

    async fn write(&mut self, index: &prop::sample::Index, write: &steps::Write) {
        if self.model.tickets.is_empty() {
            return;
        }
        let tickets: Vec<_> = self.model.tickets.values().cloned().collect();
        let ticket = index.get(&tickets);
        let party = TicketParty::support(ticket.account_id);
        let write = match write {
            steps::Write::Comment(visibility) => comment("Something.", Some(*visibility)),
            steps::Write::Move(status) => {
                change(TicketChange { status: Some(*status), ..TicketChange::default() })
            }
            steps::Write::Show(visibility) => {
                change(TicketChange { visibility: Some(*visibility), ..TicketChange::default() })
            }
        };
        let written = self.stage.write(&party, ticket.ticket_id, &write).await;
        // The support may not move every ticket everywhere.
        if let Ok(written) = written {
            self.model.write_ticket(&written.on_record.ticket);
        }
    }

    fn pair(&self, customer: usize, partner: usize) -> Pair {
        Pair { customer: self.customers[customer].id, partner: self.partners[partner].id }
    }

    async fn connect(&mut self, customer: usize, partner: usize) {
        let accepted = self.stage.accept(&self.customers[customer], &self.partners[partner]).await;
        // So many episodes begin in a day, and no more.
        let Ok(accepted) = accepted else { return };
        if accepted.is_new {
            self.model.connect(&accepted.connection);
        }
    }

    async fn end(&mut self, customer: usize, partner: usize) {
        let pair = self.pair(customer, partner);
        self.stage.end(&self.customers[customer], pair).await.expect("answers");
        self.model.connections.remove(&(pair.partner, pair.customer));
    }

    async fn share(&mut self, customer: usize, partner: usize, shares: Shares) {
        let pair = self.pair(customer, partner);
        let answer = self.stage.share(&self.customers[customer], pair, shares).await;
        if answer.expect("answers").is_some() {
            self.model.share(pair, shares);
        }
    }

    /// What the partner is shown now.
    async fn listed(&self, partner: usize) -> Vec<NotificationId> {
        let shown = self.notifications(partner, None, 100).await;
        shown.into_iter().map(|notification| notification.notification_id).collect()
    }

    async fn notifications(
        &self,
        partner: usize,
        customer: Option<usize>,
        limit: usize,
    ) -> Vec<Notification> {
        let acting = self.stage.acting(&self.partners[partner]).await;
        let customer = customer.map(|customer| self.customers[customer].id);
        let filter = FeedFilter { customer, ..FeedFilter::default() };
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let (store, now) = (&self.stage.store, self.stage.now());
            let page = store.customer_notifications(&acting, &filter, after, limit, now).await;
            let Page { items, next } = page.expect("answers");
            found.extend(items.into_iter().map(|item| {
                assert_eq!(item.customer, item.notification.account_id);
                item.notification
            }));
            after = next;
            if after.is_none() {
                return found;
            }
        }
    }

    async fn tickets(&self, partner: usize) -> Vec<ticket::Ticket> {
        let acting = self.stage.acting(&self.partners[partner]).await;
        let filter = TicketFeedFilter::default();
        let page = self.stage.store.customer_tickets(&acting, &filter, None, 1_000).await;
        page.expect("answers").items.into_iter().map(|item| item.ticket).collect()
    }

    async fn dismiss(
        &mut self,
        partner: usize,
        indexes: &[prop::sample::Index],
        listed: &[NotificationId],
    ) {
        let chosen = chosen(indexes, listed);
        let acting = self.stage.acting(&self.partners[partner]).await;
        let dismissed = self.stage.store.dismiss_from_feed(&acting, &chosen, self.stage.now());
        assert_eq!(dismissed.await.expect("answers"), Dismissal::Done);
        self.model.dismiss(self.partners[partner].id, chosen);
    }

    async fn dismiss_all(&mut self, partner: usize, index: &prop::sample::Index) {
        let listed = self.listed(partner).await;
        if listed.is_empty() {
            return;
        }
        let (up_to, id) = (*index.get(&listed), self.partners[partner].id);
        let acting = self.stage.acting(&self.partners[partner]).await;
        let done = self.stage.store.dismiss_feed_up_to(&acting, up_to, self.stage.now()).await;
        assert_eq!(done.expect("answers"), DismissAll::Done);
        self.model.dismiss_all(id, None, up_to);
    }

    async fn dismiss_all_of(&mut self, partner: usize, index: &prop::sample::Index) {
        let listed = self.notifications(partner, None, 100).await;
        if listed.is_empty() {
            return;
        }
        let chosen = index.get(&listed);
        let (up_to, customer) = (chosen.notification_id, chosen.account_id);
        let acting = self.stage.acting(&self.partners[partner]).await;
        let (store, now) = (&self.stage.store, self.stage.now());
        let done = store.dismiss_feed_of(&acting, customer, up_to, now).await;
        assert_eq!(done.expect("answers"), DismissAll::Done);
        self.model.dismiss_all(self.partners[partner].id, Some(customer), up_to);
    }

    /// The function dies behind some call, and its batch comes again.
    async fn crash(&mut self, calls: usize) {
        self.feeder.pull().await;
        let batch = std::mem::take(&mut self.feeder.waiting);
        self.stage.database.faults.stop_after(calls);
        self.feeder.deliver(&self.stage, batch.clone()).await;
        self.stage.database.faults.heal();
        self.feeder.waiting = batch;
    }

    /// At any moment: nothing is shown that the partner may not see.
    async fn leaks_nothing(&self) {
        for partner in 0..PARTNERS {
            let id = self.partners[partner].id;
            let may_see = self.model.notifications_of(id, self.stage.now());
            for shown in self.listed(partner).await {
                assert!(may_see.contains(&shown), "{shown} is shown");
            }
            let may_see = self.model.tickets_of(id);
            for shown in self.tickets(partner).await {
                assert!(may_see.contains(&shown.ticket_id), "{} is shown", shown.ticket_id);
            }
        }
    }

    /// Drained: everything is shown that is to be, and the dashboard counts it.
    async fn settle(&mut self) {
        self.feeder.drain(&self.stage).await;
        let contents = self.stage.stored.contents().await;
        assert!(contents.of_kind::<FeedStepItem>("STEP#").is_empty(), "nothing is put off");
        for (number, partner) in self.partners.iter().enumerate() {
            let mut expected = self.model.notifications_of(partner.id, self.stage.now());
            let shown = self.notifications(number, None, 3).await;
            let shown: Vec<_> = shown.into_iter().map(|it| it.notification_id).collect();
            assert!(shown.windows(2).all(|pair| pair[0] > pair[1]), "newest first, and once");
            for id in &shown {
                assert!(expected.remove(id));
            }
            assert!(expected.is_empty(), "not shown: {expected:?}");
            self.check_tickets(number).await;
            for customer in 0..CUSTOMERS {
                self.check_customer(number, customer).await;
            }
        }
        self.model.check_leftovers(&contents);
    }

    async fn check_tickets(&self, number: usize) {
        let partner = self.partners[number].id;
        let shown = self.tickets(number).await;
        let ids: Vec<TicketId> = shown.iter().map(|ticket| ticket.ticket_id).collect();
        for ticket in shown {
            let source = self.model.tickets[&ticket.ticket_id].clone();
            let seen = source.seen_by(partner);
            assert_eq!(Some(ticket), seen, "as it is now");
        }
        let expected = self.model.tickets_of(partner);
        let expected: Vec<TicketId> = expected.into_iter().rev().collect();
        assert_eq!(ids, expected, "the last opened first, and no other");
    }

    async fn check_customer(&self, partner: usize, customer: usize) {
        let (id, of) = (self.partners[partner].id, self.customers[customer].id);
        let shown: Vec<_> = self.notifications(partner, Some(customer), 2).await;
        let all = self.model.notifications_of(id, self.stage.now());
        let expected = all.iter().filter(|id| self.model.notifications[id].account_id == of);
        assert_eq!(shown.len(), expected.count(), "the list of one customer");
        let key = keys::customer(id, of);
        let Some(kept) = self.stage.stored.get::<CustomerItem>(key).await else { return };
        // Nothing counts anew what only time has ended.
        if self.model.has_expired(of, self.stage.now()) {
            return;
        }
        let figures = kept.figures.expect("counted");
        let active = figures.active_notifications.expect("counted");
        assert_eq!(active.total as usize, self.model.active(id, of), "active notifications");
        assert_eq!(active.total, active.error + active.warning + active.information);
        let open = self.model.open_tickets(of);
        let expected = OpenTickets { total: open, critical: 0 };
        assert_eq!(figures.open_tickets, Some(expected), "open tickets");
    }
}

fn chosen(indexes: &[prop::sample::Index], listed: &[NotificationId]) -> Vec<NotificationId> {
    if listed.is_empty() {
        return Vec::new();
    }
    let chosen: std::collections::BTreeSet<_> =
        indexes.iter().map(|index| *index.get(listed)).collect();
    chosen.into_iter().collect()
}

async fn follow(engine: Engine, steps: Vec<Step>) {
    let Some(mut run) = Run::open(engine).await else { return };
    for step in &steps {
        run.step(step).await;
    }
    run.settle().await;
}

/// Runs a case in paused time, as the other tests are.
fn in_paused_time(case: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(case);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn given_any_interleaving_then_the_embedded_engines_feed_agrees_with_the_model(
        steps in steps(),
    ) {
        in_paused_time(follow(Engine::Embedded, steps));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn given_any_interleaving_then_dynamodb_locals_feed_agrees_with_the_model(
        steps in steps(),
    ) {
        in_paused_time(follow(Engine::DynamoDbLocal, steps));
    }
}
