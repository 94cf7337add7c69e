//! The function of the stream at work: what fails alone, what is put off, who meets whom.

use chrono::TimeDelta;
use futures::future::join;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::json;
use tsunagu_domain::{
    audit::Action,
    ids::{AccountId, NotificationId},
    notification::Severity,
    text::DisplayName,
    visibility::Visibility,
};
use tsunagu_store::{
    Deadline, Dismissal, Item, TicketParty,
    feed::{DismissAll, FeedFilter, Step},
    items::{CustomerItem, FeedNotificationItem, FeedStepItem},
    keys,
};
use tsunagu_tests::{
    Engine, Party, Stage, both_engines,
    faults::Fault,
    feeds::{Feeder, Told},
    record::Operation,
    stage::pair,
    stored::Contents,
    tickets::about,
};

fn news() -> Told {
    Told::shared("news", Severity::Warning)
}

/// A stage with a partner, a customer, and all that led there behind it.
async fn open(engine: Engine) -> Option<(Stage, Feeder, Party, Party)> {
    let stage = Stage::open_with_stream(engine).await?;
    let (partner, customer) = (stage.partner("海原").await, stage.customer("青空").await);
    stage.connect(&customer, &partner).await;
    let mut feeder = Feeder::open(&stage).await;
    feeder.drain(&stage).await;
    stage.wait(TimeDelta::seconds(1));
    Some((stage, feeder, partner, customer))
}

async fn listed(stage: &Stage, partner: &Party) -> Vec<NotificationId> {
    let acting = stage.acting(partner).await;
    let filter = FeedFilter::default();
    let page = stage.store.customer_notifications(&acting, &filter, None, 100, stage.now()).await;
    page.expect("answers").items.into_iter().map(|it| it.notification.notification_id).collect()
}

/// How many notifications a partner's dashboard shows of a customer.
fn active(contents: &Contents, partner: AccountId, customer: AccountId) -> Option<u32> {
    let item = contents.get::<CustomerItem>(&keys::customer(partner, customer));
    Some(item.expect("are connected").figures?.active_notifications?.total)
}

#[apply(both_engines)]
async fn given_a_record_that_cannot_be_read_then_it_fails_alone(engine: Engine) {
    let Some((stage, mut feeder, partner, customer)) = open(engine).await else { return };
    let first = stage.tell(customer.id, news()).await;
    stage.wait(TimeDelta::seconds(1));
    let second = stage.tell(customer.id, news()).await;
    feeder.pull().await;
    let mut records = std::mem::take(&mut feeder.waiting);
    // Given a poison record between the others, and one that is none at all.
    let mut poison = records[0].clone();
    poison["dynamodb"]["SequenceNumber"] = json!("poison");
    poison["dynamodb"]["NewImage"]["v"] = json!({"N": "99"});
    records.insert(1, poison);
    records.push(json!({"dynamodb": {"SequenceNumber": "nothing", "NewImage": 7}}));
    let report = feeder.deliver(&stage, records).await;
    let failed: Vec<_> =
        report.batch_item_failures.iter().map(|one| one.item_identifier.as_str()).collect();
    assert_eq!(failed, ["nothing", "poison"]);
    let both = [second.notification_id, first.notification_id];
    assert_eq!(listed(&stage, &partner).await, both);
}

#[apply(both_engines)]
async fn given_work_that_fails_then_its_records_come_again_and_no_others(engine: Engine) {
    let Some((stage, mut feeder, partner, customer)) = open(engine).await else { return };
    let other = stage.customer("夕凪").await;
    stage.connect(&other, &partner).await;
    feeder.drain(&stage).await;
    // Given that what is read of one account is of a version that nobody knows.
    let bad = stage.tell(customer.id, news()).await;
    let good = stage.tell(other.id, news()).await;
    stage.stored.make_unreadable(keys::notification(customer.id, bad.notification_id)).await;
    feeder.pull().await;
    let records = std::mem::take(&mut feeder.waiting);
    let report = feeder.deliver(&stage, records).await;
    assert!(!report.batch_item_failures.is_empty());
    let of_bad = |record: &serde_json::Value| {
        record["dynamodb"]["Keys"]["PK"]["S"] == format!("A#{}", customer.id)
    };
    assert!(feeder.waiting.iter().all(of_bad), "{:#?}", feeder.waiting);
    assert_eq!(listed(&stage, &partner).await, [good.notification_id]);
}

#[apply(both_engines)]
async fn given_200_partners_and_no_time_then_each_has_it_in_the_end_and_counts_it(engine: Engine) {
    let Some((stage, mut feeder, partner, customer)) = open(engine).await else { return };
    let partners = stage.multiply_partners(pair(&partner, &customer), 200).await;
    feeder.drain(&stage).await;
    let told = stage.tell(customer.id, news()).await;
    feeder.pull().await;
    // Given that the time is up before anything is done, then nothing fails, and it is put off.
    let late = Deadline::default();
    late.pass();
    let records = std::mem::take(&mut feeder.waiting);
    let report = feeder.deliver_until(&stage, records, late).await;
    assert!(report.batch_item_failures.is_empty());
    let contents = stage.stored.contents().await;
    assert!(contents.of_kind::<FeedNotificationItem>("FEED#").is_empty());
    assert_eq!(contents.of_kind::<FeedStepItem>("STEP#").len(), 1);
    // Given that it is up in the midst of the first page, then that page is done.
    feeder.pull().await;
    let records = std::mem::take(&mut feeder.waiting);
    let deadline = Deadline::default();
    let mut held = stage.database.faults.hold(Operation::TransactWriteItems);
    let passing = async {
        held.reached().await;
        deadline.pass();
        held.release();
    };
    join(feeder.deliver_until(&stage, records, deadline.clone()), passing).await;
    let contents = stage.stored.contents().await;
    assert_eq!(contents.of_kind::<FeedNotificationItem>("FEED#").len(), 100);
    // Then the rest follows, once each, and is counted.
    feeder.drain(&stage).await;
    let contents = stage.stored.contents().await;
    assert!(contents.of_kind::<FeedStepItem>("STEP#").is_empty());
    let entries = contents.of_kind::<FeedNotificationItem>("FEED#");
    assert_eq!(entries.len(), 200);
    assert!(entries.iter().all(|entry| entry.notification_id == told.notification_id));
    for partner in partners {
        assert_eq!(active(&contents, partner, customer.id), Some(1));
    }
}

#[apply(both_engines)]
async fn given_two_administrators_at_once_then_it_is_dismissed_once(engine: Engine) {
    let Some((stage, mut feeder, partner, customer)) = open(engine).await else { return };
    let told = stage.tell(customer.id, news()).await;
    feeder.drain(&stage).await;
    let (acting, now) = (stage.acting(&partner).await, stage.now());
    let ids = [told.notification_id];
    let dismiss = || Box::pin(stage.store.dismiss_from_feed(&acting, &ids, now));
    let (one, other) = join(dismiss(), dismiss()).await;
    assert_eq!(
        (one.expect("answers"), other.expect("answers")),
        (Dismissal::Done, Dismissal::Done)
    );
    let contents = stage.stored.contents().await;
    assert_eq!(contents.count_audited(partner.id, Action::NotificationsDismissed), 1);
    assert_eq!(contents.count_audited(customer.id, Action::NotificationsDismissed), 0);
    assert!(listed(&stage, &partner).await.is_empty());
}

/// A mark reaches what was told before it, also where that is copied after it was made and swept; and
/// neither what came later, nor anything of a customer that connects later.
#[apply(both_engines)]
async fn given_a_mark_while_copies_are_on_their_way_then_it_covers_what_it_should(engine: Engine) {
    let Some((stage, mut feeder, partner, customer)) = open(engine).await else { return };
    let early = stage.tell(customer.id, news()).await;
    feeder.pull().await;
    let kept_back = std::mem::take(&mut feeder.waiting);
    stage.wait(TimeDelta::seconds(1));
    let known = stage.tell(customer.id, news()).await;
    feeder.drain(&stage).await;
    stage.wait(TimeDelta::seconds(1));
    let later = stage.tell(customer.id, news()).await;
    feeder.pull().await;
    let acting = stage.acting(&partner).await;
    // When the partner dismisses all while a copy is just being written.
    let records = std::mem::take(&mut feeder.waiting);
    let mut held = stage.database.faults.hold(Operation::TransactWriteItems);
    let dismissing = async {
        held.reached().await;
        let (store, now) = (&stage.store, stage.now());
        let done = store.dismiss_feed_up_to(&acting, known.notification_id, now).await;
        assert_eq!(done.expect("answers"), DismissAll::Done);
        held.release();
    };
    join(feeder.deliver(&stage, records), dismissing).await;
    assert_eq!(listed(&stage, &partner).await, [later.notification_id]);
    feeder.drain(&stage).await;
    // When what was told first is copied last.
    feeder.deliver(&stage, kept_back).await;
    assert_eq!(listed(&stage, &partner).await, [later.notification_id]);
    stage.wait(TimeDelta::seconds(1));
    // When a customer connects that was told things long before.
    let newcomer = stage.customer("夕凪").await;
    let old = Told::shared("old", Severity::Error).to(newcomer.id, early.created_at);
    let item = tsunagu_store::items::NotificationItem { notification: old.clone() };
    stage.stored.put(&item).await;
    stage.connect(&newcomer, &partner).await;
    feeder.drain(&stage).await;
    let shown = listed(&stage, &partner).await;
    assert_eq!(shown, [later.notification_id, old.notification_id]);
    let contents = stage.stored.contents().await;
    assert_eq!(active(&contents, partner.id, customer.id), Some(1));
    assert_eq!(active(&contents, partner.id, newcomer.id), Some(1));
}

/// Open tickets are read once for all partners of a batch: who counted in between, and knows more, is
/// not overwritten by it.
#[apply(both_engines)]
async fn given_a_batch_that_is_overtaken_while_it_counts_then_the_later_count_stands(
    engine: Engine,
) {
    let Some((stage, mut feeder, partner, customer)) = open(engine).await else { return };
    let partners = stage.multiply_partners(pair(&partner, &customer), 3).await;
    feeder.drain(&stage).await;
    stage.tell(customer.id, news()).await;
    feeder.pull().await;
    let told = std::mem::take(&mut feeder.waiting);
    feeder.deliver(&stage, told).await;
    feeder.pull().await;
    let counts = std::mem::take(&mut feeder.waiting);
    // Given that all open tickets were read, and the first partner's figures are just being written.
    let mut held = stage.database.faults.hold(Operation::UpdateItem);
    let overtaking = async {
        held.reached().await;
        let party = TicketParty::support(customer.id);
        stage.open_ticket(&party, about("Slow", Visibility::Shared)).await;
        for partner in &partners {
            let step = Step::Count { partner: *partner, customer: customer.id };
            stage.store.take_step(&step, stage.now()).await.expect("counts");
        }
        held.release();
    };
    join(feeder.deliver(&stage, counts), overtaking).await;
    let contents = stage.stored.contents().await;
    for partner in &partners {
        let item = contents.get::<CustomerItem>(&keys::customer(*partner, customer.id));
        let figures = item.expect("are connected").figures.expect("is counted");
        assert_eq!(figures.open_tickets.map(|open| open.total), Some(1));
        assert_eq!(active(&contents, *partner, customer.id), Some(1));
    }
}

#[apply(both_engines)]
async fn given_a_rename_that_died_on_its_way_then_partners_get_the_name_and_nothing_twice(
    engine: Engine,
) {
    let Some((stage, mut feeder, partner, customer)) = open(engine).await else { return };
    let name: DisplayName = "青空ホールディングス".parse().expect("a name");
    let renamed = name.clone();
    stage.change_account(&customer, |item| item.account.display_name = renamed).await;
    feeder.drain(&stage).await;
    let key = keys::customer(partner.id, customer.id);
    let kept: CustomerItem = stage.stored.get(key).await.expect("are connected");
    assert_eq!(kept.names.display_name, name);
    // Again, it finds nothing older, and writes nothing.
    let before = stage.stored.json().await;
    let again = feeder.past.clone();
    let of_account = |record: &serde_json::Value| {
        record["eventName"] == "MODIFY"
            && record["dynamodb"]["NewImage"]["entity"]["S"]
                == tsunagu_store::items::AccountItem::ENTITY
    };
    let again: Vec<_> = again.into_iter().filter(of_account).collect();
    assert!(!again.is_empty());
    feeder.deliver(&stage, again).await;
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_a_database_that_is_away_then_every_record_comes_again(engine: Engine) {
    let Some((stage, mut feeder, partner, customer)) = open(engine).await else { return };
    let told = stage.tell(customer.id, news()).await;
    feeder.pull().await;
    let records = std::mem::take(&mut feeder.waiting);
    let count = records.len();
    stage.database.faults.always(Operation::ALL, Fault::Refused);
    let report = feeder.deliver(&stage, records).await;
    assert_eq!(report.batch_item_failures.len(), count);
    stage.database.faults.heal();
    feeder.drain(&stage).await;
    assert_eq!(listed(&stage, &partner).await, [told.notification_id]);
}
