//! The reader of the table's stream, on both engines: what a change feed stands on.

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, Put, TransactWriteItem},
};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_local::stream::{Position, Reader};
use tsunagu_tests::{Database, Engine, both_engines};

const PARTITION: &str = "A#acc_1";

fn key(sort: &str) -> [(&'static str, AttributeValue); 2] {
    [("PK", AttributeValue::S(PARTITION.to_owned())), ("SK", AttributeValue::S(sort.to_owned()))]
}

async fn put(database: &Database, sort: &str, count: u32) {
    let client = database.client();
    let mut request = client.put_item().table_name(database.table());
    for (name, value) in key(sort) {
        request = request.item(name, value);
    }
    let count = AttributeValue::N(count.to_string());
    request.item("count", count).send().await.expect("the item is put");
}

/// Sets the count, and says nothing of the rest.
async fn update(database: &Database, sort: &str, count: u32) {
    let client = database.client();
    let [pk, sk] = key(sort);
    let request = client.update_item().table_name(database.table()).key(pk.0, pk.1);
    let request = request.key(sk.0, sk.1).update_expression("SET #count = :count");
    let request = request.expression_attribute_names("#count", "count");
    let count = AttributeValue::N(count.to_string());
    let request = request.expression_attribute_values(":count", count);
    request.send().await.expect("the item is changed");
}

async fn remove(database: &Database, sort: &str) {
    let client = database.client();
    let [pk, sk] = key(sort);
    let request = client.delete_item().table_name(database.table()).key(pk.0, pk.1);
    request.key(sk.0, sk.1).send().await.expect("the item is removed");
}

/// Everything up to the end, with the position behind it.
async fn drain(reader: &mut Reader) -> Vec<Value> {
    let mut records = Vec::new();
    loop {
        let page = reader.next().await.expect("the stream is read");
        if page.records.is_empty() {
            return records;
        }
        records.extend(page.records);
    }
}

/// What happened to which item, and what its count is then.
fn told(records: &[Value]) -> Vec<(String, String, Option<u32>)> {
    let told = |record: &Value| {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let change = &record["dynamodb"];
        let count = change["NewImage"]["count"]["N"].as_str().map(|n| n.parse().expect("a number"));
        (text(&record["eventName"]), text(&change["Keys"]["SK"]["S"]), count)
    };
    records.iter().map(told).collect()
}

fn expected(changes: &[(&str, &str, Option<u32>)]) -> Vec<(String, String, Option<u32>)> {
    let owned = |(name, sort, count): &(&str, &str, Option<u32>)| {
        ((*name).to_owned(), (*sort).to_owned(), *count)
    };
    changes.iter().map(owned).collect()
}

#[apply(both_engines)]
async fn given_changes_when_read_then_they_come_in_order_in_the_shape_of_an_event(engine: Engine) {
    let Some(database) = engine.open_with_stream().await else { return };
    put(&database, "PROFILE", 1).await;
    update(&database, "PROFILE", 2).await;
    remove(&database, "PROFILE").await;
    let records = drain(&mut database.stream(None).await).await;
    assert_eq!(
        told(&records),
        expected(&[
            ("INSERT", "PROFILE", Some(1)),
            ("MODIFY", "PROFILE", Some(2)),
            ("REMOVE", "PROFILE", None),
        ]),
    );
    let keys = json!({"PK": {"S": PARTITION}, "SK": {"S": "PROFILE"}});
    let image = |count: &str| {
        let mut image = keys.clone();
        image["count"] = json!({"N": count});
        image
    };
    let mut change = records[1].clone();
    let taken = |value: &mut Value| value.take();
    assert!(taken(&mut change["eventID"]).as_str().is_some_and(|id| !id.is_empty()));
    assert!(taken(&mut change["awsRegion"]).is_string());
    let arn = taken(&mut change["eventSourceARN"]);
    assert!(arn.as_str().is_some_and(|arn| arn.contains(database.table())), "{arn}");
    let inner = &mut change["dynamodb"];
    assert!(taken(&mut inner["ApproximateCreationDateTime"]).as_i64().is_some_and(|at| at > 0));
    assert!(taken(&mut inner["SequenceNumber"]).as_str().is_some_and(|number| number.len() >= 21));
    assert!(taken(&mut inner["SizeBytes"]).as_i64().is_some_and(|size| size > 0));
    assert_eq!(
        change,
        json!({
            "eventID": null, "eventName": "MODIFY", "eventVersion": "1.1",
            "eventSource": "aws:dynamodb", "awsRegion": null, "eventSourceARN": null,
            "dynamodb": {
                "ApproximateCreationDateTime": null, "SequenceNumber": null, "SizeBytes": null,
                "Keys": keys, "NewImage": image("2"), "OldImage": image("1"),
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        }),
    );
    // What a function takes: the event types of the Lambda runtime read it.
    let event = json!({"Records": records});
    let event: aws_lambda_events::event::dynamodb::Event =
        serde_json::from_value(event).expect("is an event");
    assert_eq!(event.records.len(), 3);
}

#[apply(both_engines)]
async fn given_values_of_every_type_when_read_then_each_stands_as_in_an_event(engine: Engine) {
    let Some(database) = engine.open_with_stream().await else { return };
    let bytes = |text: &str| aws_sdk_dynamodb::primitives::Blob::new(text);
    let values = [
        ("s", AttributeValue::S("文".into()), json!({"S": "文"})),
        ("n", AttributeValue::N("1.5".into()), json!({"N": "1.5"})),
        ("flag", AttributeValue::Bool(true), json!({"BOOL": true})),
        ("null", AttributeValue::Null(true), json!({"NULL": true})),
        ("b", AttributeValue::B(bytes("hi")), json!({"B": "aGk="})),
        ("ss", AttributeValue::Ss(vec!["x".into()]), json!({"SS": ["x"]})),
        ("ns", AttributeValue::Ns(vec!["7".into()]), json!({"NS": ["7"]})),
        ("bs", AttributeValue::Bs(vec![bytes("hi")]), json!({"BS": ["aGk="]})),
        (
            "l",
            AttributeValue::L(vec![AttributeValue::M(
                [("in".to_owned(), AttributeValue::S("side".into()))].into(),
            )]),
            json!({"L": [{"M": {"in": {"S": "side"}}}]}),
        ),
    ];
    let client = database.client();
    let mut request = client.put_item().table_name(database.table());
    let mut image = json!({});
    for (name, value, shown) in values.into_iter().chain(key("x").map(|(name, value)| {
        let shown = json!({"S": value.as_s().expect("a text")});
        (name, value, shown)
    })) {
        image[name] = shown;
        request = request.item(name, value);
    }
    request.send().await.expect("the item is put");
    let records = drain(&mut database.stream(None).await).await;
    assert_eq!(records[0]["dynamodb"]["NewImage"], image);
}

#[apply(both_engines)]
async fn given_updates_that_change_nothing_when_read_then_they_are_not_told(engine: Engine) {
    let Some(database) = engine.open_with_stream().await else { return };
    put(&database, "PROFILE", 1).await;
    for _ in 0..3 {
        update(&database, "PROFILE", 1).await;
        put(&database, "PROFILE", 1).await;
    }
    let mut reader = database.stream(None).await;
    assert_eq!(told(&drain(&mut reader).await), expected(&[("INSERT", "PROFILE", Some(1))]));
    // When something does change behind them, then it is told.
    update(&database, "PROFILE", 2).await;
    assert_eq!(told(&drain(&mut reader).await), expected(&[("MODIFY", "PROFILE", Some(2))]));
}

#[apply(both_engines)]
async fn given_a_position_when_another_reader_goes_on_then_nothing_is_lost_or_told_twice(
    engine: Engine,
) {
    let Some(database) = engine.open_with_stream().await else { return };
    put(&database, "a", 1).await;
    put(&database, "b", 2).await;
    let mut reader = database.stream(None).await;
    let page = reader.next().await.expect("the stream is read");
    assert_eq!(page.records.len(), 2);
    put(&database, "c", 3).await;
    // From the page's end.
    let kept = through_text(&page.position);
    let rest = drain(&mut database.stream(Some(kept)).await).await;
    assert_eq!(told(&rest), expected(&[("INSERT", "c", Some(3))]));
    // From within the page.
    let mut within = page.position.clone();
    let first = page.records[0]["dynamodb"]["SequenceNumber"].as_str().expect("a number");
    within.pass(&page.shard, first);
    let rest = drain(&mut database.stream(Some(within)).await).await;
    assert_eq!(told(&rest), expected(&[("INSERT", "b", Some(2)), ("INSERT", "c", Some(3))]));
    // The first reader goes on too, and at its end there is an end.
    assert_eq!(told(&drain(&mut reader).await), expected(&[("INSERT", "c", Some(3))]));
    let mut ended = database.stream(Some(reader.position().clone())).await;
    assert!(drain(&mut ended).await.is_empty());
}

/// As it comes back from a file.
fn through_text(position: &Position) -> Position {
    let text = serde_json::to_string(position).expect("is text");
    serde_json::from_str(&text).expect("reads back")
}

#[apply(both_engines)]
async fn given_a_position_of_another_stream_when_read_then_all_of_this_one_comes(engine: Engine) {
    let Some(database) = engine.open_with_stream().await else { return };
    put(&database, "a", 1).await;
    let mut reader = database.stream(None).await;
    drain(&mut reader).await;
    let text = serde_json::to_string(reader.position()).expect("is text");
    let other = text.replace("/stream/", "/stream/was-");
    assert_ne!(other, text);
    let other = serde_json::from_str(&other).expect("reads back");
    let all = drain(&mut database.stream(Some(other)).await).await;
    assert_eq!(told(&all), expected(&[("INSERT", "a", Some(1))]));
}

#[apply(both_engines)]
async fn given_more_records_than_a_page_when_read_then_each_comes_once_and_in_order(
    engine: Engine,
) {
    let Some(database) = engine.open_with_stream().await else { return };
    let (client, table) = (database.client(), database.table().to_owned());
    // Eleven hundred, and an item among them that changes with every hundred.
    for hundred in 0..11 {
        write_hundred(&client, &table, hundred).await;
    }
    let mut reader = database.stream(None).await;
    let first = reader.next().await.expect("the stream is read");
    assert!(first.records.len() <= 1000, "{}", first.records.len());
    let mut records = first.records;
    records.extend(drain(&mut reader).await);
    assert_eq!(records.len(), 1100);
    let mut sorts: Vec<_> = told(&records).into_iter().map(|(_, sort, _)| sort).collect();
    sorts.sort();
    sorts.dedup();
    assert_eq!(sorts.len(), 99 * 11 + 1, "each item once, and the changing one");
    let changing = told(&records).into_iter().filter(|(_, sort, _)| sort == "changing");
    let counts: Vec<_> = changing.map(|(_, _, count)| count.expect("a count")).collect();
    assert_eq!(counts, (0..11).collect::<Vec<_>>());
}

async fn write_hundred(client: &Client, table: &str, hundred: u32) {
    let action = |sort: String| {
        let mut put = Put::builder().table_name(table);
        for (name, value) in key(&sort) {
            put = put.item(name, value);
        }
        let put = put.item("count", AttributeValue::N(hundred.to_string()));
        TransactWriteItem::builder().put(put.build().expect("a put")).build()
    };
    let sorts = (0..99).map(|n| format!("item-{hundred}-{n}")).chain(["changing".to_owned()]);
    let request = client.transact_write_items();
    let request = request.set_transact_items(Some(sorts.map(action).collect()));
    request.send().await.expect("the items are put");
}

#[apply(both_engines)]
async fn given_a_table_without_a_stream_when_read_then_it_is_said(engine: Engine) {
    let Some(database) = engine.open().await else { return };
    let refused = Reader::open(database.streams(), database.table(), None).await.map(|_| ());
    let message = refused.expect_err("is refused").to_string();
    assert_eq!(message, format!("the table {} has no stream", database.table()));
}
