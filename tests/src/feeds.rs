//! The stream of a stage's table, and the function that it drives.

use change_feed::Report;
use serde_json::{Value, json};
use tsunagu_api::Task;
use tsunagu_domain::{
    connection::Pair,
    ids::{AccountId, NotificationId},
    locale::LocalizedText,
    notification::{Notification, Severity},
    time::Instant,
    visibility::Visibility,
};
use tsunagu_local::stream::Reader;
use tsunagu_store::{
    Deadline,
    items::{CustomerItem, NotificationItem, PartnerItem},
};

use crate::{
    Engine, Stage, World,
    background::exchange,
    product::{Product, Tenant},
    stored::{Attributes, to_json},
    world::is_handed_over,
};

/// How many records a batch has at most.
const BATCH: usize = 100;

/// Hands the stream's records to the function, as Lambda does: in order, or, as no promise rests on
/// order, in any.
pub struct Feeder {
    reader: Option<Reader>,
    /// What has been read and not been handed over yet, or failed.
    pub waiting: Vec<Value>,
    /// What has been handed over.
    pub past: Vec<Value>,
}

impl Feeder {
    /// Begins with the oldest record.
    pub async fn open(stage: &Stage) -> Self {
        let reader = Some(stage.database.stream(None).await);
        Self { reader, waiting: Vec::new(), past: Vec::new() }
    }

    /// Reads what is new, as far as the template lets it through.
    pub async fn pull(&mut self) {
        let new = read(&mut self.reader).await;
        self.waiting.extend(new.into_iter().filter(is_handed_over));
    }

    /// Hands over some records; those that failed wait again.
    pub async fn deliver(&mut self, stage: &Stage, records: Vec<Value>) -> Report {
        self.deliver_until(stage, records, Deadline::default()).await
    }

    /// The same within a time.
    pub async fn deliver_until(
        &mut self,
        stage: &Stage,
        records: Vec<Value>,
        deadline: Deadline,
    ) -> Report {
        let event = serde_json::from_value(json!({ "Records": records })).expect("an event");
        let report = change_feed::task(stage.app()).run(event, deadline).await;
        let report = report.expect("a batch always ends");
        let failed = |record: &Value| {
            let number = record["dynamodb"]["SequenceNumber"].as_str();
            let mut failures = report.batch_item_failures.iter();
            failures.any(|failure| Some(failure.item_identifier.as_str()) == number)
        };
        let (failed, done): (Vec<_>, Vec<_>) = records.into_iter().partition(failed);
        self.waiting.splice(0..0, failed);
        self.past.extend(done);
        report
    }

    /// Hands over everything, and what follows from it, until nothing follows any more.
    pub async fn drain(&mut self, stage: &Stage) {
        loop {
            self.pull().await;
            if self.waiting.is_empty() {
                return;
            }
            let batch = self.waiting.len().min(BATCH);
            let batch = self.waiting.drain(..batch).collect();
            let report = self.deliver(stage, batch).await;
            assert_eq!(report, Report::default(), "nothing fails");
        }
    }
}

/// Everything that a stream has that was not read yet.
async fn read(place: &mut Option<Reader>) -> Vec<Value> {
    let mut records = Vec::new();
    loop {
        let mut reader = place.take().expect("is put back");
        let (reader, page) = exchange(async move {
            let page = reader.next().await;
            (reader, page)
        })
        .await;
        *place = Some(reader);
        let page = page.expect("the stream is read");
        if page.records.is_empty() {
            return records;
        }
        records.extend(page.records);
    }
}

/// The product with the stream of its table, which stands still until a test lets it flow.
pub struct Fed {
    /// The product.
    pub product: Product,
    reader: Option<Reader>,
}

impl Fed {
    /// A product whose table has its stream; `None` where the engine is left out.
    pub async fn open(engine: Engine) -> Option<Self> {
        let world = World::open_with_stream(engine).await?;
        let reader = Some(world.database.stream(None).await);
        Some(Self { product: Product { world }, reader })
    }

    /// Hands over what the template lets through, and what follows from it, until nothing does.
    pub async fn drain(&mut self) {
        loop {
            let records = read(&mut self.reader).await;
            if records.is_empty() {
                return;
            }
            let wanted: Vec<_> = records.into_iter().filter(is_handed_over).collect();
            for batch in wanted.chunks(BATCH) {
                let event = json!({ "Records": batch });
                let report = self.product.world.gateway.invoke("change-feed", event).await;
                let report = report.expect("it is there").expect("a batch always ends");
                assert_eq!(report, json!({"batchItemFailures": []}), "nothing fails");
            }
        }
    }

    /// An account is told something, a second later; gives the notification's id.
    pub async fn tell(&self, account: &Tenant, told: Told) -> String {
        self.product.tick();
        let account = account.id.parse().expect("an id");
        let notification = told.to(account, self.product.world.now());
        let id = notification.notification_id.to_string();
        self.product.world.stored.put(&NotificationItem { notification }).await;
        id
    }
}

/// Something that an account is told.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// As a code.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Who may see it.
    pub visibility: Visibility,
}

impl Told {
    /// Something that partners may know.
    pub fn shared(code: &'static str, severity: Severity) -> Self {
        Self { code, severity, visibility: Visibility::Shared }
    }

    /// The notification of an account.
    pub fn to(self, account_id: AccountId, now: Instant) -> Notification {
        let Self { code, severity, visibility } = self;
        let text =
            LocalizedText { ja: format!("お知らせ {code}"), en: format!("News of {code}") };
        Notification {
            notification_id: NotificationId::mint(now),
            account_id,
            severity,
            source: "platform".to_owned(),
            code: code.to_owned(),
            title: text.clone(),
            message: text,
            visibility,
            related: None,
            created_at: now,
            dismissed_at: None,
        }
    }
}

/// A record that says that an item was made.
pub fn made(item: &Attributes) -> Value {
    json!({
        "eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": to_json(item)},
    })
}

/// A record that says that an item is gone.
pub fn gone(item: &Attributes) -> Value {
    json!({
        "eventName": "REMOVE", "dynamodb": {"SequenceNumber": "1", "OldImage": to_json(item)},
    })
}

impl Stage {
    /// An account is told something now; gives its notification.
    pub async fn tell(&self, account: AccountId, told: Told) -> Notification {
        let notification = told.to(account, self.now());
        let item = NotificationItem { notification: notification.clone() };
        self.stored.put(&item).await;
        notification
    }

    /// A customer of one partner gets so many partners in all, each connected as the first is.
    pub async fn multiply_partners(&self, pair: Pair, count: usize) -> Vec<AccountId> {
        let connection = self.stored.connection(pair).await;
        let (on_partner, on_customer) = connection.expect("are connected");
        let mut partners = vec![pair.partner];
        for _ in 1..count {
            let partner = AccountId::mint(self.now());
            self.stored.put(&CustomerItem { partner, ..on_partner.clone() }).await;
            self.stored.put(&PartnerItem { partner, ..on_customer.clone() }).await;
            partners.push(partner);
        }
        partners
    }

    /// A partner of one customer gets so many customers in all, each connected as the first is.
    pub async fn multiply_customers(&self, pair: Pair, count: usize) -> Vec<AccountId> {
        let connection = self.stored.connection(pair).await;
        let (on_partner, on_customer) = connection.expect("are connected");
        let mut customers = vec![pair.customer];
        for _ in 1..count {
            let customer = AccountId::mint(self.now());
            self.stored.put(&CustomerItem { customer, ..on_partner.clone() }).await;
            self.stored.put(&PartnerItem { customer, ..on_customer.clone() }).await;
            customers.push(customer);
        }
        customers
    }
}
