//! An account's own notifications: paging, dismissing one, several, all up to one; 90 days.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    ids::{AccountId, ConnectionId, NotificationId},
    notification::{ConnectionNotice, Counterpart, KEPT_FOR, Notification},
    time::Instant,
};
use tsunagu_store::{
    Acting, Dismissal, NotificationFilter, Page, Place, Store,
    capacity::metered,
    items::{DismissedUpToItem, NotificationItem},
    keys,
};
use tsunagu_tests::{Engine, Party, Stage, both_engines, record::Operation};

/// An account with these many notifications, a minute apart, the oldest first.
async fn told(engine: Engine, count: usize) -> Option<(Stage, Party, Vec<NotificationId>)> {
    let stage = Stage::open(engine).await?;
    let party = stage.partner("みなとクラウド").await;
    let mut ids = Vec::new();
    for _ in 0..count {
        stage.wait(TimeDelta::minutes(1));
        ids.push(tell(&stage, party.id, ConnectionNotice::ConnectionCreated).await);
    }
    Some((stage, party, ids))
}

fn notification(of: AccountId, notice: ConnectionNotice, now: Instant) -> Notification {
    let counterpart = Counterpart {
        account_id: AccountId::mint(now),
        display_name: "さくら商事".parse().expect("a name"),
    };
    notice.notify(of, ConnectionId::mint(now), counterpart, now)
}

async fn tell(stage: &Stage, account: AccountId, notice: ConnectionNotice) -> NotificationId {
    let notification = notification(account, notice, stage.now());
    let id = notification.notification_id;
    stage.stored.put(&NotificationItem { notification }).await;
    id
}

fn dismissed(dismissed: Option<bool>) -> NotificationFilter {
    NotificationFilter { dismissed, code: None }
}

async fn page(
    stage: &Stage,
    acting: &Acting,
    filter: &NotificationFilter,
    after: Option<Place>,
    limit: usize,
) -> Page<Notification> {
    let page = stage.store.notifications(acting, filter, after, limit, stage.now()).await;
    page.expect("the table answers")
}

async fn listed(stage: &Stage, acting: &Acting, filter: NotificationFilter) -> Vec<Notification> {
    let page = page(stage, acting, &filter, None, 100).await;
    assert!(page.next.is_none(), "one page holds all");
    page.items
}

fn ids_of(notifications: &[Notification]) -> Vec<NotificationId> {
    notifications.iter().map(|one| one.notification_id).collect()
}

fn newest_first(ids: &[NotificationId]) -> Vec<NotificationId> {
    ids.iter().rev().copied().collect()
}

#[apply(both_engines)]
async fn given_many_when_listed_then_pages_are_full_newest_first_and_the_last_has_no_next(
    engine: Engine,
) {
    let Some((stage, party, ids)) = told(engine, 6).await else { return };
    let acting = stage.acting(&party).await;
    let mut seen = Vec::new();
    let mut after = None;
    for expected in [3, 3] {
        let page = page(&stage, &acting, &dismissed(Some(false)), after, 3).await;
        assert_eq!(page.items.len(), expected);
        seen.extend(ids_of(&page.items));
        after = page.next;
    }
    assert_eq!(seen, newest_first(&ids));
    assert_eq!(after, None, "a full last page promises nothing more");
}

#[apply(both_engines)]
async fn given_a_code_when_listed_then_only_that_code_is_shown(engine: Engine) {
    let Some((stage, party, mut ids)) = told(engine, 3).await else { return };
    let acting = stage.acting(&party).await;
    let ended = ConnectionNotice::ConnectionEndedByCustomer;
    ids.push(tell(&stage, party.id, ended).await);
    let filter = NotificationFilter { dismissed: None, code: Some(ended.to_string()) };
    assert_eq!(ids_of(&listed(&stage, &acting, filter).await), ids[3..]);
    let filter = NotificationFilter { dismissed: None, code: Some("no-such".to_owned()) };
    assert!(listed(&stage, &acting, filter).await.is_empty());
}

#[apply(both_engines)]
async fn given_one_when_dismissed_twice_then_it_moves_over_with_its_first_date(engine: Engine) {
    let Some((stage, party, ids)) = told(engine, 3).await else { return };
    let acting = stage.acting(&party).await;
    stage.wait(TimeDelta::minutes(1));
    let first = stage.now();
    for _ in 0..2 {
        let done = stage.store.dismiss_notification(&acting, ids[1], stage.now()).await;
        assert!(done.expect("the table answers"));
        stage.wait(TimeDelta::minutes(1));
    }
    let open = listed(&stage, &acting, dismissed(Some(false))).await;
    assert_eq!(ids_of(&open), [ids[2], ids[0]]);
    assert!(open.iter().all(|one| one.dismissed_at.is_none()));
    let done = listed(&stage, &acting, dismissed(Some(true))).await;
    assert_eq!(ids_of(&done), [ids[1]]);
    assert_eq!(done[0].dismissed_at, Some(first));
    assert_eq!(ids_of(&listed(&stage, &acting, dismissed(None)).await), newest_first(&ids));
}

#[apply(both_engines)]
async fn given_what_is_not_the_accounts_when_dismissed_then_it_is_unknown_and_nothing_changes(
    engine: Engine,
) {
    let Some((stage, party, ids)) = told(engine, 2).await else { return };
    let acting = stage.acting(&party).await;
    let other = stage.customer("さくら商事").await;
    let foreign = tell(&stage, other.id, ConnectionNotice::ConnectionEndedByPartner).await;
    let never = NotificationId::mint(stage.now());
    let before = stage.stored.json().await;
    for id in [foreign, never] {
        let now = stage.now();
        assert!(!stage.store.dismiss_notification(&acting, id, now).await.expect("answers"));
        assert!(!stage.store.dismiss_up_to(&acting, id, now).await.expect("answers"));
    }
    let asked = [ids[0], foreign, ids[1], never];
    let refused = stage.store.dismiss_notifications(&acting, &asked, stage.now()).await;
    assert_eq!(refused.expect("answers"), Dismissal::Unknown(vec![1, 3]));
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_several_when_dismissed_then_all_are_and_earlier_dates_stay(engine: Engine) {
    let Some((stage, party, ids)) = told(engine, 90).await else { return };
    let acting = stage.acting(&party).await;
    let first = stage.now();
    stage.store.dismiss_notification(&acting, ids[7], first).await.expect("answers");
    stage.wait(TimeDelta::hours(1));
    let done = stage.store.dismiss_notifications(&acting, &ids, stage.now()).await;
    assert_eq!(done.expect("answers"), Dismissal::Done);
    assert!(listed(&stage, &acting, dismissed(Some(false))).await.is_empty());
    for one in listed(&stage, &acting, dismissed(Some(true))).await {
        let date = if one.notification_id == ids[7] { first } else { stage.now() };
        assert_eq!(one.dismissed_at, Some(date));
    }
}

#[apply(both_engines)]
async fn given_all_up_to_one_when_dismissed_then_one_mark_is_written_and_later_ones_stay(
    engine: Engine,
) {
    let Some((stage, party, ids)) = told(engine, 5).await else { return };
    let acting = stage.acting(&party).await;
    let before = stage.stored.json().await;
    let done = stage.store.dismiss_up_to(&acting, ids[3], stage.now()).await;
    assert!(done.expect("answers"));
    let after = stage.stored.json().await;
    let new = after.iter().filter(|(key, _)| !before.contains_key(*key));
    let (told, new): (Vec<_>, Vec<_>) = new.partition(|(key, _)| key.starts_with("AUDIT#"));
    assert_eq!((new.len(), told.len()), (1, 1), "one mark, and its entry: {new:?}");
    assert!(before.iter().all(|(key, item)| after[key] == *item), "and nothing else");

    stage.wait(TimeDelta::minutes(1));
    for id in [ids[3], ids[0]] {
        let done = stage.store.dismiss_up_to(&acting, id, stage.now()).await;
        assert!(done.expect("answers"));
    }
    assert_eq!(stage.stored.json().await, after, "what is covered needs no further mark");
    assert_eq!(ids_of(&listed(&stage, &acting, dismissed(Some(false))).await), [ids[4]]);
}

#[apply(both_engines)]
async fn given_several_marks_when_listed_then_the_earliest_date_that_covers_is_told(
    engine: Engine,
) {
    let Some((stage, party, ids)) = told(engine, 6).await else { return };
    let acting = stage.acting(&party).await;
    let mut dates = Vec::new();
    let own = stage.now();
    stage.store.dismiss_notification(&acting, ids[3], own).await.expect("answers");
    for up_to in [1, 4] {
        stage.wait(TimeDelta::hours(1));
        dates.push(stage.now());
        let done = stage.store.dismiss_up_to(&acting, ids[up_to], stage.now()).await;
        assert!(done.expect("answers"));
    }
    stage.wait(TimeDelta::hours(1));
    stage.store.dismiss_notification(&acting, ids[0], stage.now()).await.expect("answers");
    let [early, late] = dates[..] else { unreachable!("two marks") };
    let expected = [None, Some(late), Some(own), Some(late), Some(early), Some(early)];
    let told = |all: Vec<Notification>| all.iter().map(|one| one.dismissed_at).collect::<Vec<_>>();
    assert_eq!(told(listed(&stage, &acting, dismissed(None)).await), expected);
    assert_eq!(told(listed(&stage, &acting, dismissed(Some(true))).await), expected[1..]);
    let second = page(&stage, &acting, &dismissed(None), None, 4).await;
    let rest = page(&stage, &acting, &dismissed(None), second.next, 4).await;
    assert_eq!(told(rest.items), [Some(early), Some(early)], "on any page");
}

#[apply(both_engines)]
async fn given_hundreds_dismissed_together_when_listed_then_they_cost_nothing(engine: Engine) {
    let Some((stage, party, ids)) = told(engine, 300).await else { return };
    let acting = stage.acting(&party).await;
    let newest = ids[ids.len() - 1];
    let (done, cost) =
        metered(Box::pin(stage.store.dismiss_up_to(&acting, newest, stage.now()))).await;
    assert!(done.expect("answers"));
    assert_eq!(cost.calls, 2, "a look for a mark, and the mark");
    let store = &stage.store;
    let filter = dismissed(Some(false));
    let (page, cost) =
        metered(Box::pin(store.notifications(&acting, &filter, None, 50, stage.now()))).await;
    assert!(page.expect("answers").items.is_empty());
    assert!(cost.read <= 2.0, "{cost:?}");
}

#[apply(both_engines)]
async fn given_a_mark_or_time_that_overtakes_a_page_when_it_goes_on_then_the_list_is_over(
    engine: Engine,
) {
    let Some((stage, party, ids)) = told(engine, 6).await else { return };
    let acting = stage.acting(&party).await;
    let first = page(&stage, &acting, &dismissed(Some(false)), None, 2).await;
    let done = stage.store.dismiss_up_to(&acting, ids[4], stage.now()).await;
    assert!(done.expect("answers"));
    let rest = page(&stage, &acting, &dismissed(Some(false)), first.next.clone(), 2).await;
    assert_eq!((rest.items, rest.next), (Vec::new(), None));
    stage.wait(KEPT_FOR);
    let rest = page(&stage, &acting, &dismissed(None), first.next, 2).await;
    assert_eq!((rest.items, rest.next), (Vec::new(), None));
}

#[apply(both_engines)]
async fn given_ninety_days_when_they_are_over_then_a_notification_is_unknown(engine: Engine) {
    let Some((stage, party, ids)) = told(engine, 3).await else { return };
    let acting = stage.acting(&party).await;
    stage.store.dismiss_up_to(&acting, ids[0], stage.now()).await.expect("answers");
    // The second was made a minute after the first: it is gone now, and the third is not yet.
    stage.wait(KEPT_FOR - TimeDelta::minutes(1));
    let before = stage.stored.json().await;
    for filter in [Some(false), None] {
        assert_eq!(ids_of(&listed(&stage, &acting, dismissed(filter)).await), [ids[2]]);
    }
    assert!(listed(&stage, &acting, dismissed(Some(true))).await.is_empty());
    let now = stage.now();
    for id in &ids[..2] {
        assert!(!stage.store.dismiss_notification(&acting, *id, now).await.expect("answers"));
        assert!(!stage.store.dismiss_up_to(&acting, *id, now).await.expect("answers"));
    }
    let never = NotificationId::mint(now);
    let asked = [ids[0], ids[2], never, ids[1]];
    let refused = stage.store.dismiss_notifications(&acting, &asked, now).await;
    assert_eq!(refused.expect("answers"), Dismissal::Unknown(vec![0, 2, 3]));
    assert_eq!(stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_a_filter_that_leaves_much_out_then_a_request_is_bounded_and_all_is_found(
    engine: Engine,
) {
    let Some((stage, party, ids)) = told(engine, 1).await else { return };
    let acting = stage.acting(&party).await;
    let now = stage.now() + TimeDelta::minutes(1);
    let bulk = (0..1_200).map(|_| {
        let mut notification = notification(party.id, ConnectionNotice::ConnectionCreated, now);
        notification.dismissed_at = Some(now);
        NotificationItem { notification }
    });
    for item in bulk {
        stage.stored.put(&item).await;
    }
    stage.wait(TimeDelta::minutes(1));
    stage.database.record.clear();
    let first = page(&stage, &acting, &dismissed(Some(false)), None, 50).await;
    assert!(first.items.is_empty());
    assert!(stage.database.record.count(Operation::Query) <= 7);
    let rest = page(&stage, &acting, &dismissed(Some(false)), first.next, 50).await;
    assert_eq!((ids_of(&rest.items), rest.next), (ids, None));
}

#[apply(both_engines)]
async fn given_sixteen_at_once_when_all_is_dismissed_then_one_mark_remains_and_all_succeed(
    engine: Engine,
) {
    let Some((stage, party, ids)) = told(engine, 3).await else { return };
    let acting = stage.acting(&party).await;
    let stores: Vec<Store> = (0..16).map(|_| stage.database.store()).collect();
    let now = stage.now();
    let all = join_all(stores.iter().map(|store| store.dismiss_up_to(&acting, ids[2], now))).await;
    let all: BTreeSet<bool> = all.into_iter().map(|done| done.expect("answers")).collect();
    assert_eq!(all, BTreeSet::from([true]));
    let partition = keys::account_partition(party.id);
    assert_eq!(stage.stored.of_kind::<DismissedUpToItem>(&partition).await.len(), 1);
    let one = stores.iter().map(|store| store.dismiss_notification(&acting, ids[0], now));
    assert!(join_all(one).await.into_iter().all(|done| done.expect("answers")));
}
