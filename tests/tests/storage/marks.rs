//! The partner's own marks of a customer: reference, tags, note.

use futures::future::{join, join_all};
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::text::Tag;
use tsunagu_store::{WriteError, items::NoteItem, keys};
use tsunagu_tests::{Engine, Party, Stage, both_engines, record::Operation, stage::pair};

async fn connected(stage: &Stage) -> (Party, Party) {
    let partner = stage.partner("みなとクラウド").await;
    let customer = stage.customer("青空商事").await;
    stage.connect(&customer, &partner).await;
    (partner, customer)
}

fn tag(text: &str) -> Tag {
    text.parse().expect("a tag")
}

#[apply(both_engines)]
async fn given_marks_when_changed_then_they_are_read_back_and_the_rest_stays(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    let change = stage.store.change_marks(&seen, None, |marks| {
        marks.reference = Some("C-1".parse().expect("a reference"));
        marks.tags = vec![tag("重要")];
        marks.note = Some("電話は午後".parse().expect("a note"));
    });
    let after = change.await.expect("answers").expect("connected");
    let read = stage.marked(&partner, &customer).await;
    assert_eq!(read.marks(), after.marks());
    assert_eq!(read.item.rev, after.item.rev, "what is told is what is kept");
    // When single marks are taken back, then the others stay.
    let change = stage.store.change_marks(&seen, None, |marks| {
        marks.reference = None;
        marks.note = None;
    });
    let after = change.await.expect("answers").expect("connected").marks();
    assert_eq!((after.reference, after.note), (None, None));
    assert_eq!(after.tags, [tag("重要")]);
    let note = stage.stored.get::<NoteItem>(keys::note(partner.id, customer.id)).await;
    assert!(note.is_none(), "a note that was taken back is gone from the table");
}

#[apply(both_engines)]
async fn given_marks_when_changed_then_the_customer_reads_nothing_of_them(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let own = format!("A#{} ", customer.id);
    let of_customer = async || {
        let mut items = stage.stored.json().await;
        items.retain(|key, _| key.starts_with(&own));
        items
    };
    let before = of_customer().await;
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    let change = stage.store.change_marks(&seen, None, |marks| marks.tags.push(tag("厳しい")));
    assert!(change.await.expect("answers").is_some());
    assert_eq!(of_customer().await, before);
}

#[apply(both_engines)]
async fn given_changes_when_at_once_then_none_is_lost(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let seen = stage.connected(&partner, &customer).await.expect("connected");

    let changes = (0..4).map(|number| {
        let seen = &seen;
        stage.store.change_marks(seen, None, move |marks| {
            marks.tags.push(tag(&format!("tag-{number}")));
        })
    });
    for change in join_all(changes).await {
        assert!(change.expect("is decided").is_some());
    }
    let read = stage.marked(&partner, &customer).await;
    let mut tags: Vec<_> = read.item.tags.iter().map(ToString::to_string).collect();
    tags.sort();
    assert_eq!(tags, ["tag-0", "tag-1", "tag-2", "tag-3"]);
}

#[apply(both_engines)]
async fn given_a_stale_reader_when_it_marks_then_it_is_refused(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    let first = stage.store.change_marks(&seen, None, |marks| marks.tags.push(tag("a")));
    assert!(first.await.expect("answers").is_some());
    let version = Some(seen.version());
    let stale = stage.store.change_marks(&seen, version, |marks| marks.tags.push(tag("b")));
    assert!(matches!(stale.await, Err(WriteError::Refused(_))));
    let read = stage.marked(&partner, &customer).await;
    assert_eq!(read.item.tags, [tag("a")]);
}

#[apply(both_engines)]
async fn given_a_change_on_its_way_when_the_connection_ends_then_nothing_is_marked(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customer) = connected(&stage).await;
    let pair = pair(&partner, &customer);
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    let mut held = stage.database.faults.hold(Operation::TransactWriteItems);
    let meanwhile = async {
        held.reached().await;
        assert!(stage.end(&customer, pair).await.expect("ends"));
        held.release();
    };
    let note = || "nobody reads this".parse().expect("a note");
    let change = stage.store.change_marks(&seen, None, |marks| marks.note = Some(note()));
    let (changed, ()) = join(change, meanwhile).await;
    assert!(changed.expect("answers").is_none());
    // Then the update has not made half an item out of nothing.
    assert!(stage.stored.connection(pair).await.is_none());
    let kept = stage.stored.get::<NoteItem>(keys::note(partner.id, customer.id)).await;
    assert!(kept.is_none());
}
