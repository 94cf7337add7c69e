//! Feeds at the size of a partner with 2,000 customers, and of a customer with more notifications than
//! one run of the function brings: what hangs on one act is done in bounded pieces that go on where
//! they were left, to the end.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_api::Task;
use tsunagu_domain::{
    dashboard::OpenTickets,
    ids::{AccountId, NotificationId},
    notification::Severity,
    visibility::Visibility,
};
use tsunagu_store::{
    Deadline, Dismissal, TicketParty,
    feed::{DismissAll, FeedFilter},
    items::{
        CustomerItem, DismissedForAllItem, FeedNotificationItem, FeedStepItem, FeedTicketItem,
    },
    keys::{self, Key},
};
use tsunagu_tests::{
    Engine, Party, Stage, both_engines,
    feeds::{Told, gone, made},
    record::Operation,
    seed::attributes,
    stage::pair,
    stored::Contents,
    tickets::about,
};

const CUSTOMERS: usize = 2_000;
/// More than a run brings of one piece of work: 20 pages of 100.
const NOTIFICATIONS: usize = 2_050;
/// More than two pages of tickets.
const TICKETS: usize = 120;
/// What a run writes at most: what it brings, and what is left.
const WRITES: usize = 2_000 + 1;

fn news() -> Told {
    Told::shared("news", Severity::Warning)
}

/// A partner with its first customer, and all its customers.
async fn open(engine: Engine) -> Option<(Stage, Party, Party, Vec<AccountId>)> {
    let stage = Stage::open(engine).await?;
    let (partner, customer) = (stage.partner("海原").await, stage.customer("青空").await);
    stage.connect(&customer, &partner).await;
    let customers = stage.multiply_customers(pair(&partner, &customer), CUSTOMERS).await;
    stage.wait(TimeDelta::seconds(1));
    Some((stage, partner, customer, customers))
}

/// A notification of a customer in the partner's feed.
async fn put_entry(stage: &Stage, partner: AccountId, customer: AccountId) -> NotificationId {
    let notification = news().to(customer, stage.now());
    let id = notification.notification_id;
    let entry = FeedNotificationItem {
        partner,
        customer,
        notification_id: id,
        episode: 1,
        severity: notification.severity,
        notification: Some(notification),
        dismissed_at: None,
    };
    stage.stored.put(&entry).await;
    id
}

/// Runs the function over some records; gives how many of them failed.
async fn run(stage: &Stage, records: &[Value]) -> usize {
    let event = serde_json::from_value(json!({ "Records": records })).expect("an event");
    let report = change_feed::task(stage.app()).run(event, Deadline::default()).await;
    report.expect("a batch always ends").batch_item_failures.len()
}

/// Work that was put off, as the records that drive it on.
fn put_off(contents: &Contents) -> Vec<Value> {
    let steps = contents.of_kind::<FeedStepItem>("STEP#");
    steps.iter().map(|step| made(&attributes(step))).collect()
}

/// The function does what a record asks for, and what it puts off, until nothing is; how often it ran.
async fn work_off(stage: &Stage, record: Value) -> usize {
    let (mut records, mut runs) = (vec![record], 0);
    while !records.is_empty() {
        stage.database.record.clear();
        assert_eq!(run(stage, &records).await, 0, "nothing fails");
        let written = Operation::WRITES.iter().map(|one| stage.database.record.count(*one));
        assert!(written.sum::<usize>() <= WRITES, "a run is bounded");
        runs += 1;
        records = put_off(&stage.stored.contents().await);
    }
    runs
}

async fn record_of(stage: &Stage, key: &Key) -> Value {
    made(&stage.stored.contents().await.items[key])
}

/// Everything that the partner is shown, of one customer or of all, and in how many pages.
async fn listed(
    stage: &Stage,
    partner: &Party,
    customer: Option<AccountId>,
) -> (Vec<NotificationId>, usize) {
    let acting = stage.acting(partner).await;
    let filter = FeedFilter { customer, ..FeedFilter::default() };
    let (mut shown, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = stage.store.customer_notifications(&acting, &filter, after, 100, stage.now());
        let page = page.await.expect("answers");
        shown.extend(page.items.into_iter().map(|it| it.notification.notification_id));
        pages += 1;
        after = page.next;
        if after.is_none() {
            return (shown, pages);
        }
    }
}

fn entries(contents: &Contents, partner: &Party) -> Vec<FeedNotificationItem> {
    contents.of_kind::<FeedNotificationItem>(&keys::feed_partition(partner.id))
}

#[apply(both_engines)]
async fn given_2000_customers_when_all_is_dismissed_then_one_mark_hides_it_and_all_is_swept(
    engine: Engine,
) {
    let Some((stage, partner, customer, customers)) = open(engine).await else { return };
    let mut ids = Vec::new();
    for customer in &customers {
        ids.push(put_entry(&stage, partner.id, *customer).await);
    }
    // Made in the same instant, they are in no order.
    let last = ids.into_iter().max().expect("there are customers");
    stage.wait(TimeDelta::seconds(1));
    let later = put_entry(&stage, partner.id, customers[7]).await;
    let acting = stage.acting(&partner).await;
    stage.database.record.clear();
    let done = stage.store.dismiss_feed_up_to(&acting, last, stage.now()).await;
    assert_eq!(done.expect("answers"), DismissAll::Done);
    assert_eq!(stage.database.record.count(Operation::TransactWriteItems), 1, "one write");
    // Then it is hidden at once, before anything is swept.
    let (shown, pages) = listed(&stage, &partner, None).await;
    assert_eq!((shown.len(), shown.first()), (1, Some(&later)));
    assert!(pages <= 4, "{pages} pages of nothing");
    // Given one that came and connected after it, with something old.
    stage.wait(TimeDelta::seconds(1));
    let newcomer = stage.customer("夕凪").await;
    stage.connect(&newcomer, &partner).await;
    let mut old = news().to(newcomer.id, stage.now());
    old.notification_id = NotificationId::first_of(last.minted_at());
    let entry = FeedNotificationItem {
        partner: partner.id,
        customer: newcomer.id,
        notification_id: old.notification_id,
        episode: 1,
        severity: old.severity,
        notification: Some(old.clone()),
        dismissed_at: None,
    };
    stage.stored.put(&entry).await;
    // When the mark is swept, then in pieces, and nothing is missed or is too much.
    let mark = record_of(&stage, &keys::dismissed_for_all(partner.id)).await;
    let runs = work_off(&stage, mark.clone()).await;
    assert!(runs >= 2, "{runs} runs");
    let contents = stage.stored.contents().await;
    let (dismissed, active): (Vec<_>, Vec<_>) =
        entries(&contents, &partner).into_iter().partition(|entry| entry.dismissed_at.is_some());
    assert_eq!(dismissed.len(), CUSTOMERS);
    let active: Vec<_> = active.iter().map(|entry| entry.notification_id).collect();
    assert_eq!(active.len(), 2);
    assert!(active.contains(&later) && active.contains(&old.notification_id));
    let (shown, pages) = listed(&stage, &partner, None).await;
    assert_eq!((shown.len(), pages), (2, 1), "what is swept costs no reader anything");
    // Again, it finds nothing to do.
    stage.database.record.clear();
    work_off(&stage, mark).await;
    assert_eq!(stage.database.record.count(Operation::UpdateItem), 0);
    // The mark itself stands once, and so does the act.
    let marks: Option<DismissedForAllItem> = contents.get(&keys::dismissed_for_all(partner.id));
    assert_eq!(marks.map(|item| item.rev), Some(1));
    let action = tsunagu_domain::audit::Action::NotificationsDismissed;
    assert_eq!(contents.count_audited(partner.id, action), 1);
    assert_eq!(contents.count_audited(customer.id, action), 0);
}

#[apply(both_engines)]
async fn given_a_customer_of_2000_with_much_when_it_comes_goes_and_comes_then_nothing_is_missed_or_left(
    engine: Engine,
) {
    let Some((stage, partner, customer, customers)) = open(engine).await else { return };
    for other in &customers[1..] {
        put_entry(&stage, partner.id, *other).await;
    }
    for _ in 0..NOTIFICATIONS {
        stage.tell(customer.id, news()).await;
    }
    let party = TicketParty::support(customer.id);
    for _ in 0..TICKETS {
        stage.open_ticket(&party, about("Slow", Visibility::Shared)).await;
    }
    let pair = pair(&partner, &customer);
    let begun = keys::partner(customer.id, partner.id);
    // When its beginning is brought, and the function dies in the midst, then it goes on.
    let record = record_of(&stage, &begun).await;
    stage.database.faults.stop_after(700);
    assert_eq!(run(&stage, std::slice::from_ref(&record)).await, 1);
    stage.database.faults.heal();
    let half = entries(&stage.stored.contents().await, &partner).len();
    assert!((CUSTOMERS..CUSTOMERS + NOTIFICATIONS).contains(&half), "{half} in the midst");
    let runs = work_off(&stage, record).await;
    assert!(runs >= 2, "{runs} runs");
    let of_customer = |contents: &Contents| {
        let partition = keys::customer_feed_partition(partner.id, customer.id);
        let notifications = contents.of_kind::<FeedNotificationItem>(&partition);
        let active = notifications.iter().filter(|entry| entry.dismissed_at.is_none()).count();
        let tickets = contents.of_kind::<FeedTicketItem>(&partition).len();
        (notifications.len(), active, tickets)
    };
    let contents = stage.stored.contents().await;
    assert_eq!(of_customer(&contents), (NOTIFICATIONS, NOTIFICATIONS, TICKETS));
    let key = keys::customer(partner.id, customer.id);
    let figures = |contents: &Contents| {
        let item = contents.get::<CustomerItem>(&key).expect("are connected");
        let figures = item.figures.expect("is counted");
        let active = figures.active_notifications.expect("is counted").total as usize;
        (figures.open_tickets.expect("is counted"), active)
    };
    let open = OpenTickets { total: 120, critical: 0 };
    assert_eq!(figures(&contents), (open, NOTIFICATIONS));
    // Given that some are dismissed.
    let (shown, _) = listed(&stage, &partner, Some(customer.id)).await;
    assert_eq!(shown.len(), NOTIFICATIONS);
    let dismissed: Vec<_> = shown.iter().step_by(205).copied().collect();
    let acting = stage.acting(&partner).await;
    let done = stage.store.dismiss_from_feed(&acting, &dismissed, stage.now()).await;
    assert_eq!(done.expect("answers"), Dismissal::Done);
    // When it ends, then it is gone at once, and in pieces for good.
    let connection = gone(&contents.items[&begun]);
    stage.wait(TimeDelta::seconds(1));
    stage.end(&customer, pair).await.expect("ends");
    assert_eq!(listed(&stage, &partner, Some(customer.id)).await.0, []);
    let runs = work_off(&stage, connection.clone()).await;
    assert!(runs >= 2, "{runs} runs");
    let contents = stage.stored.contents().await;
    assert_eq!(of_customer(&contents), (dismissed.len(), 0, 0));
    let others = entries(&contents, &partner).len() - dismissed.len();
    assert_eq!(others, CUSTOMERS - 1, "and nothing of anybody else");
    // When it begins again, then all is there but what was dismissed, and the old end ends nothing.
    stage.wait(TimeDelta::seconds(1));
    stage.connect(&customer, &partner).await;
    let record = record_of(&stage, &begun).await;
    work_off(&stage, record).await;
    work_off(&stage, connection).await;
    let contents = stage.stored.contents().await;
    let left = NOTIFICATIONS - dismissed.len();
    assert_eq!(of_customer(&contents), (NOTIFICATIONS, left, TICKETS));
    assert_eq!(figures(&contents), (open, left));
    let (shown, _) = listed(&stage, &partner, Some(customer.id)).await;
    assert_eq!(shown.len(), left);
    assert!(dismissed.iter().all(|id| !shown.contains(id)));
    assert_eq!(entries(&contents, &partner).len(), CUSTOMERS - 1 + NOTIFICATIONS);
}
