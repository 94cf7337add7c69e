//! Feeds: how far they are behind those who publish, what a published notification costs by its
//! partners, and the memory of the largest batch.

use std::time::Instant;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tsunagu_api::Task;
use tsunagu_domain::{
    connection::Pair,
    ids::AccountId,
    notification::{Notification, Severity},
    ticket::{self, NewTicket},
    time::Clock,
    visibility::Visibility,
};
use tsunagu_store::{
    Deadline, TicketParty,
    capacity::{Consumed, metered},
    items::{CustomerItem, FeedNotificationItem, NotificationItem, PartnerItem, TicketItem},
    keys,
};
use tsunagu_tests::{
    Engine, Stage,
    feeds::{Fed, Told, made},
    licensed::Licensed,
    measured::Measured,
    meter::Meter,
    seed::attributes,
    stage::pair,
};

use crate::{
    figures::print,
    process::{Batch, Elsewhere},
};

/// How many notifications are published, in calls of so many.
const PUBLISHED: usize = 1_000;
const A_CALL: usize = 40;
/// The most records of a batch.
const RECORDS: usize = 100;
/// How many partners a customer has in the end, and how many customers the largest batch is about.
const PARTNERS: usize = 200;
const CUSTOMERS: usize = 10;
/// What a copy and what its count may cost a partner, in write units; the count also in read units.
const A_COPY: f64 = 6.0;
const A_COUNT: (f64, f64) = (4.0, 1.0);
/// The function's memory as deployed, in KB.
const MEMORY: u64 = 512 * 1024;

/// Measures; gives what is over its budget.
pub(crate) async fn measure() -> Vec<String> {
    print("Feeds");
    let mut over = units().await;
    lag().await;
    over.extend(memory().await);
    over
}

/// A published notification by the number of its partners.
async fn units() -> Vec<String> {
    print(
        "a published notification, units of all its partners (budget a partner: copied 6 write; \
           counted 4 read, 1 write)\npartners       copied read/write    counted read/write",
    );
    let mut over = Vec::new();
    for count in [1, 10, PARTNERS] {
        let stage = Stage::open(Engine::Embedded).await.expect("is always there");
        let (partner, customer) = (stage.partner("海原").await, stage.customer("青空").await);
        stage.connect(&customer, &partner).await;
        let partners = stage.multiply_partners(pair(&partner, &customer), count).await;
        // What is told later than they connected needs no look at what they dismissed before.
        stage.wait(TimeDelta::seconds(1));
        let told = stage.tell(customer.id, Told::shared("news", Severity::Warning)).await;
        let record = made(&attributes(&NotificationItem { notification: told.clone() }));
        let copied = invoke(&stage, &[record]).await;
        let records: Vec<_> = partners.iter().map(|partner| entry(*partner, &told)).collect();
        let mut counted = Consumed::default();
        for batch in records.chunks(RECORDS) {
            counted += invoke(&stage, batch).await;
        }
        let units = |one: Consumed| format!("{}/{}", one.read, one.write);
        print(&format!("{count:>8}{:>24}{:>22}", units(copied), units(counted)));
        let partners = f64::from(u32::try_from(count).expect("few"));
        let holds = copied.write <= A_COPY * partners
            && counted.read <= A_COUNT.0 * partners
            && counted.write <= A_COUNT.1 * partners;
        if !holds {
            over.push(format!("a notification of {count} partners"));
        }
    }
    over
}

/// The record of a copy in a partner's feed.
fn entry(partner: AccountId, told: &Notification) -> Value {
    made(&attributes(&FeedNotificationItem {
        partner,
        customer: told.account_id,
        notification_id: told.notification_id,
        episode: 1,
        severity: told.severity,
        notification: Some(told.clone()),
        dismissed_at: None,
    }))
}

async fn invoke(stage: &Stage, records: &[Value]) -> Consumed {
    let event = serde_json::from_value(json!({ "Records": records })).expect("an event");
    let task = change_feed::task(stage.app());
    let (report, consumed) = metered(Box::pin(task.run(event, Deadline::default()))).await;
    assert!(report.expect("it ends").batch_item_failures.is_empty(), "nothing fails");
    consumed
}

/// How long after many publishes all of them are in the feed, and counted, beside how long they took.
async fn lag() {
    let mut fed = Fed::open(Engine::Embedded).await.expect("is always there");
    let partner = fed.product.partner("partner@example.com", "海原システム").await;
    let mut customers = Vec::new();
    for number in 0..CUSTOMERS {
        let email = format!("customer{number}@example.com");
        let customer = fed.product.register(&email, "鈴木商事株式会社").await;
        fed.product.connect(&customer, &partner).await;
        customers.push(customer);
    }
    fed.drain().await;
    let vendor = fed.product.platform();
    let begun = Instant::now();
    for call in 0..PUBLISHED / A_CALL {
        let items = (0..A_CALL).map(|place| {
            let customer = &customers[(call + place) % CUSTOMERS];
            json!({
                "accountId": customer.id, "severity": "warning", "source": "maintenance",
                "code": "maintenance-planned", "title": "日曜日の保守",
                "message": {"ja": "日曜日の午前に保守を行います。", "en": "Maintenance on Sunday."},
            })
        });
        let items = json!({"items": items.collect::<Vec<_>>()});
        vendor.post("/v1/platform/notifications", &items).await.expect(200);
    }
    let published = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    fed.drain().await;
    let behind = begun.elapsed().as_secs_f64();
    let entries = fed.product.world.stored.of_kind::<FeedNotificationItem>("FEED#").await;
    assert_eq!(entries.len(), PUBLISHED, "each is there once");
    print(&format!(
        "lag behind {PUBLISHED} publishes of {CUSTOMERS} customers with a partner each: {behind:.2} s \
         until the last is copied and counted, batch after batch; published in {published:.2} s, \
         {A_CALL} a call; ratio {:.2}",
        behind / published,
    ));
}

/// The most memory of the function with a batch of the largest tickets of customers with many partners,
/// beside one of small ones.
async fn memory() -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = Elsewhere::start_in(folder.path());
    let product = Measured::open_on(elsewhere.engine(), Meter::real_time()).await;
    let mut customers = Vec::new();
    for number in 0..CUSTOMERS {
        customers.push(customer(&product, number).await);
    }
    let (mut peaks, mut over) = (Vec::new(), Vec::new());
    for (name, length) in [("of 10 characters", 10), ("of 10,000 characters", 10_000)] {
        let event = json!({ "Records": tickets(&product, &customers, length).await });
        let size = event.to_string().len();
        let Batch { write, seconds, failed, peak } = elsewhere.feed(&event, product.clock.now());
        let told = peak.map_or("-".to_owned(), |peak| format!("{} MB", peak / 1024));
        print(&format!(
            "{RECORDS} tickets {name}, {PARTNERS} partners each: an event of {size} bytes, \
             {write} write in {seconds:.1} s, {failed} of the records to come again, peak {told} (VmHWM; \
             deployed with 512 MB)"
        ));
        peaks.push(peak);
        if failed > 0 {
            over.push(format!("records of tickets {name}, which failed"));
        }
    }
    let [Some(small), Some(large)] = peaks[..] else { return over };
    print(&format!("memory of the largest batch to that of a small one: {:.2}", {
        let number = |one: u64| f64::from(u32::try_from(one).expect("less than a terabyte"));
        number(large) / number(small)
    }));
    if large > MEMORY {
        over.push("memory of the largest batch".to_owned());
    }
    over
}

/// A customer with many partners.
async fn customer(product: &Measured, number: usize) -> AccountId {
    let of = Licensed::connect(product, &format!("feeds-{number}")).await;
    let partition = keys::account_partition(of.customer);
    let connected = product.stored.of_kind::<PartnerItem>(&partition).await;
    let partner = connected.first().expect("is connected").partner;
    let pair = Pair { partner, customer: of.customer };
    let (on_partner, on_customer) = product.stored.connection(pair).await.expect("is connected");
    for _ in 1..PARTNERS {
        let partner = AccountId::mint(product.clock.now());
        product.stored.put(&CustomerItem { partner, ..on_partner.clone() }).await;
        product.stored.put(&PartnerItem { partner, ..on_customer.clone() }).await;
    }
    of.customer
}

/// The records of tickets whose texts are so long, in the characters that take most.
async fn tickets(product: &Measured, customers: &[AccountId], length: usize) -> Vec<Value> {
    let (now, store) = (product.clock.now(), product.store());
    let mut records = Vec::new();
    for place in 0..RECORDS {
        let customer = customers[place % customers.len()];
        let party = TicketParty::support(customer);
        let new = NewTicket {
            subject: "遅い".parse().expect("a subject"),
            description: "\u{1F980}".repeat(length).parse().expect("a text"),
            service: None,
            severity: ticket::Severity::High,
            visibility: Visibility::Shared,
        };
        let ticket = party.open(new, now).expect("may be opened");
        store.open_ticket(&party, &ticket, None).await.expect("is opened");
        let key = keys::ticket(customer, ticket.ticket_id);
        let item: TicketItem = product.stored.get(key).await.expect("is there");
        let mut record = made(&attributes(&item));
        record["dynamodb"]["SequenceNumber"] = json!(place.to_string());
        records.push(record);
    }
    records
}
