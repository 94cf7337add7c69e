//! What feeds cost: pages within their budgets, and a published notification by the number of partners.

use std::fmt::Write;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tsunagu_api::Task;
use tsunagu_domain::{ids::AccountId, notification::Severity};
use tsunagu_store::{
    Deadline, Page,
    capacity::{Consumed, metered},
    feed::{FeedFilter, Step, TicketFeedFilter},
    keys,
};
use tsunagu_tests::{
    Engine, Party, Stage,
    feeds::{Told, made},
    stage::pair,
};

async fn open() -> (Stage, Party, Party) {
    let stage = Stage::open(Engine::Embedded).await.expect("is always there");
    let (partner, customer) = (stage.partner("海原").await, stage.customer("青空").await);
    stage.connect(&customer, &partner).await;
    stage.wait(TimeDelta::seconds(1));
    (stage, partner, customer)
}

/// A text of an ordinary length, in both languages.
fn told() -> Told {
    Told::shared("entitlement-expiring", Severity::Warning)
}

/// Everything that the customers of a partner were told is copied.
async fn copy(stage: &Stage, pairs: impl IntoIterator<Item = (Party, AccountId)>) {
    for (partner, customer) in pairs {
        let step =
            Step::FillNotifications { partner: partner.id, customer, episode: 1, after: None };
        Box::pin(stage.store.take_step(&step, stage.now())).await.expect("is copied");
    }
}

async fn page(stage: &Stage, partner: &Party, filter: FeedFilter) -> (usize, Consumed) {
    let acting = stage.acting(partner).await;
    let page = stage.store.customer_notifications(&acting, &filter, None, 50, stage.now());
    let (found, consumed) = Box::pin(metered(page)).await;
    let Page { items, .. } = found.expect("answers");
    (items.len(), consumed)
}

#[tokio::test(start_paused = true)]
async fn given_50_entries_of_50_customers_then_a_page_costs_no_more_than_65_units() {
    let (stage, partner, customer) = open().await;
    let customers = stage.multiply_customers(pair(&partner, &customer), 60).await;
    for customer in &customers {
        stage.tell(*customer, told()).await;
    }
    copy(&stage, customers.iter().map(|customer| (partner.clone(), *customer))).await;
    let (found, consumed) = page(&stage, &partner, FeedFilter::default()).await;
    assert_eq!(found, 50);
    assert!(consumed.read <= 65.0, "{consumed:?}");
    assert_eq!(consumed.write, 0.0);
    // Of one customer it is less, and what a partner cannot see costs little more.
    let none = FeedFilter { customer: Some(partner.id), ..FeedFilter::default() };
    let (found, consumed) = page(&stage, &partner, none).await;
    assert_eq!(found, 0);
    assert!(consumed.read <= 3.0, "{consumed:?}");
}

#[tokio::test(start_paused = true)]
async fn given_50_entries_of_one_customer_then_a_page_of_it_costs_no_more_than_15_units() {
    let (stage, partner, customer) = open().await;
    for _ in 0..60 {
        stage.tell(customer.id, told()).await;
    }
    copy(&stage, [(partner.clone(), customer.id)]).await;
    let filter = FeedFilter { customer: Some(customer.id), ..FeedFilter::default() };
    let (found, consumed) = page(&stage, &partner, filter).await;
    assert_eq!(found, 50);
    assert!(consumed.read <= 15.0, "{consumed:?}");
    let acting = stage.acting(&partner).await;
    let filter = TicketFeedFilter { customer: Some(customer.id), ..TicketFeedFilter::default() };
    let (tickets, consumed) =
        Box::pin(metered(stage.store.customer_tickets(&acting, &filter, None, 50))).await;
    assert!(tickets.expect("answers").items.is_empty());
    assert!(consumed.read <= 2.0, "{consumed:?}");
}

#[tokio::test(start_paused = true)]
async fn given_2000_customers_then_the_newest_page_costs_as_much_as_with_50() {
    let (stage, partner, customer) = open().await;
    let customers = stage.multiply_customers(pair(&partner, &customer), 2_000).await;
    let newest: Vec<_> = customers.iter().rev().take(60).copied().collect();
    for customer in &newest {
        stage.tell(*customer, told()).await;
    }
    copy(&stage, newest.iter().map(|customer| (partner.clone(), *customer))).await;
    let (found, consumed) = page(&stage, &partner, FeedFilter::default()).await;
    assert_eq!(found, 50);
    assert!(consumed.read <= 65.0, "{consumed:?}");
}

/// A record that says that an item was made.
async fn record_of(stage: &Stage, key: &keys::Key) -> Value {
    made(&stage.stored.contents().await.items[key])
}

async fn invoke(stage: &Stage, records: Vec<Value>) -> Consumed {
    let event = serde_json::from_value(json!({ "Records": records })).expect("an event");
    let task = change_feed::task(stage.app());
    let (report, consumed) = metered(Box::pin(task.run(event, Deadline::default()))).await;
    assert_eq!(report.expect("it ends"), change_feed::Report::default());
    consumed
}

#[tokio::test(start_paused = true)]
async fn given_a_published_notification_then_it_costs_by_the_number_of_partners() {
    let mut table = format!("{:>8}{:>12}{:>12}\n", "partners", "copied", "counted");
    for count in [1, 10, 200] {
        let (stage, partner, customer) = open().await;
        let partners = stage.multiply_partners(pair(&partner, &customer), count).await;
        let notification = stage.tell(customer.id, told()).await;
        let id = notification.notification_id;
        let record = record_of(&stage, &keys::notification(customer.id, id)).await;
        let copied = invoke(&stage, vec![record]).await;
        let mut records = Vec::new();
        for partner in partners {
            let key = keys::feed_notification(partner, customer.id, id);
            records.push(record_of(&stage, &key).await);
        }
        let mut counted = Consumed::default();
        for batch in records.chunks(100) {
            counted += invoke(&stage, batch.to_vec()).await;
        }
        let units = |one: Consumed| format!("{} r {} w", one.read, one.write);
        writeln!(table, "{count:>8}{:>16}{:>16}", units(copied), units(counted))
            .expect("texts grow");
        let partners = f64::from(u32::try_from(count).expect("few"));
        assert!(copied.write <= 6.0 * partners, "{copied:?}");
        assert!(counted.write <= partners, "{counted:?}");
    }
    insta::assert_snapshot!("published", table);
}
