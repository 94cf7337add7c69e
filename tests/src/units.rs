//! What calls cost by the rules that AWS publishes, computed from the items themselves: the check on
//! what an engine says.
//!
//! - A strongly consistent read costs one unit for each 4 KB that an item takes, and one where there
//!   is none; a query adds its items up before it rounds; an index, never consistent, costs half.
//! - A write costs one unit for each 1 KB of the larger of the item before and after; twice that in
//!   a transaction, where a condition check counts as a write.
//! - Each index that an item has a place in costs a write of its own: one where the item comes,
//!   goes or changes, two where it moves.

use std::collections::BTreeMap;

use serde_json::Value;
use tsunagu_store::{capacity::Consumed, keys::attribute};

use crate::{meter::Metered, record::Operation};

const READ_UNIT: usize = 4096;
const WRITE_UNIT: usize = 1024;
const INDEXES: [(&str, &str); 2] =
    [(attribute::GSI1PK, attribute::GSI1SK), (attribute::GSI2PK, attribute::GSI2SK)];

/// A table's items as DynamoDB's JSON, by partition and sort key.
pub type Items = BTreeMap<(String, String), Value>;

/// The key of an item, or of a key alone.
pub fn key_of(item: &Value) -> (String, String) {
    let text = |name: &str| item[name]["S"].as_str().expect("keys are texts").to_owned();
    (text(attribute::PK), text(attribute::SK))
}

/// What a call costs that found the table as `before` and left it as `after`.
pub fn units(call: &Metered, before: &Items, after: &Items) -> Consumed {
    let (read, write) = match call.operation {
        Operation::GetItem => (whole(item_size(&call.answer["Item"]), READ_UNIT), 0.0),
        Operation::BatchGetItem => (batch(call, before, after), 0.0),
        Operation::Query => (query(call), 0.0),
        Operation::PutItem
        | Operation::UpdateItem
        | Operation::DeleteItem
        | Operation::BatchWriteItem
        | Operation::TransactWriteItems => (0.0, writes(call, before, after)),
        Operation::Other => panic!("the product makes no such call: {}", call.input),
    };
    Consumed { read, write, calls: 1 }
}

/// The keys that a call writes or checks, each with its IAM action.
pub fn written(call: &Metered) -> Vec<(&'static str, (String, String))> {
    let single = |action, item: &Value| vec![(action, key_of(item))];
    match call.operation {
        Operation::PutItem => single("dynamodb:PutItem", &call.input["Item"]),
        Operation::UpdateItem => single("dynamodb:UpdateItem", &call.input["Key"]),
        Operation::DeleteItem => single("dynamodb:DeleteItem", &call.input["Key"]),
        Operation::BatchWriteItem => {
            let tables = call.input["RequestItems"].as_object().expect("a batch names its tables");
            let requests = tables.values().flat_map(|all| all.as_array().expect("requests"));
            let item = |request: &Value| key_of(&request["PutRequest"]["Item"]);
            requests.map(|request| ("dynamodb:BatchWriteItem", item(request))).collect()
        }
        Operation::TransactWriteItems => {
            let actions = call.input["TransactItems"].as_array().expect("a list of actions");
            actions.iter().map(action_of).collect()
        }
        _ => Vec::new(),
    }
}

fn action_of(action: &Value) -> (&'static str, (String, String)) {
    let known = [
        ("Put", "Item", "dynamodb:PutItem"),
        ("Update", "Key", "dynamodb:UpdateItem"),
        ("Delete", "Key", "dynamodb:DeleteItem"),
        ("ConditionCheck", "Key", "dynamodb:ConditionCheckItem"),
    ];
    let found = known.into_iter().find(|(kind, ..)| action.get(kind).is_some());
    let (kind, key, name) = found.expect("an action is one of four");
    (name, key_of(&action[kind][key]))
}

fn batch(call: &Metered, before: &Items, after: &Items) -> f64 {
    let tables = call.input["RequestItems"].as_object().expect("a batch names its tables");
    let keys = tables.values().flat_map(|request| request["Keys"].as_array().expect("keys"));
    keys.map(|key| {
        let key = key_of(key);
        // What a request changed, it read before or after: both cost the same here, or the test
        // that compares with the engine fails.
        let item = before.get(&key).or_else(|| after.get(&key)).unwrap_or(&Value::Null);
        whole(item_size(item), READ_UNIT)
    })
    .sum()
}

fn query(call: &Metered) -> f64 {
    let items = call.answer["Items"].as_array().expect("a query answers items");
    let units = whole(items.iter().map(item_size).sum(), READ_UNIT);
    if call.input["ConsistentRead"] == true { units } else { units / 2.0 }
}

fn writes(call: &Metered, before: &Items, after: &Items) -> f64 {
    let in_transaction = call.operation == Operation::TransactWriteItems;
    let times = if in_transaction { 2.0 } else { 1.0 };
    let cost = |(action, key): (&str, (String, String))| {
        let (old, new) = (before.get(&key), after.get(&key));
        let size = [old, new].into_iter().flatten().map(item_size).max().unwrap_or(0);
        let checks_only = action == "dynamodb:ConditionCheckItem";
        let indexes = if checks_only { 0.0 } else { index_writes(old, new) };
        times * whole(size, WRITE_UNIT) + indexes
    };
    written(call).into_iter().map(cost).sum()
}

/// What the places in indexes cost.
fn index_writes(old: Option<&Value>, new: Option<&Value>) -> f64 {
    let cost = |(pk, sk): (&str, &str)| {
        let place = |item: &Value| Some((item.get(pk)?.clone(), item.get(sk)?.clone()));
        let size =
            |item: Option<&Value>| item.map_or(0.0, |item| whole(item_size(item), WRITE_UNIT));
        match (old.and_then(place), new.and_then(place)) {
            (None, None) => 0.0,
            (None, Some(_)) => size(new),
            (Some(_), None) => size(old),
            (Some(from), Some(to)) if from == to => {
                if old == new {
                    0.0
                } else {
                    size(old).max(size(new))
                }
            }
            (Some(_), Some(_)) => size(old) + size(new),
        }
    };
    INDEXES.into_iter().map(cost).sum()
}

/// Whole units, at least one.
fn whole(size: usize, unit: usize) -> f64 {
    let units = u32::try_from(size.div_ceil(unit).max(1)).expect("an answer is a megabyte at most");
    f64::from(units)
}

/// An item's size in bytes: names and values in UTF-8.
pub fn item_size(item: &Value) -> usize {
    let attributes = item.as_object().into_iter().flatten();
    attributes.map(|(name, value)| name.len() + value_size(value)).sum()
}

/// The size of a value in DynamoDB's JSON: a number takes a byte for each two significant digits
/// and one more (another for a sign); a list or map three, and one for each element.
fn value_size(value: &Value) -> usize {
    let (kind, value) = value.as_object().and_then(|map| map.iter().next()).expect("a typed value");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    match kind.as_str() {
        "S" => value.as_str().map_or(0, str::len),
        "N" => number_size(value.as_str().expect("numbers travel as texts")),
        "BOOL" | "NULL" => 1,
        "L" => 3 + list(value).iter().map(|one| 1 + value_size(one)).sum::<usize>(),
        "M" => 3 + value.as_object().map_or(0, serde_json::Map::len) + item_size(value),
        "SS" => list(value).iter().filter_map(Value::as_str).map(str::len).sum(),
        other => panic!("the store writes no {other}"),
    }
}

fn number_size(number: &str) -> usize {
    let digits = number.trim_start_matches('-').replace('.', "");
    let significant = digits.trim_matches('0').len();
    1 + significant.div_ceil(2) + usize::from(number.starts_with('-'))
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "units are halves, which compare exactly")]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!({"PK": {"S": "顧客"}}), 2 + 6)]
    #[case(json!({"n": {"N": "0"}}), 1 + 1)]
    #[case(json!({"n": {"N": "12345"}}), 1 + 4)]
    #[case(json!({"n": {"N": "-12000"}}), 1 + 3)]
    #[case(json!({"t": {"BOOL": true}, "e": {"NULL": true}}), 2 + 2)]
    #[case(json!({"l": {"L": [{"S": "ab"}, {"S": ""}]}}), 1 + 3 + 2 + 2)]
    #[case(json!({"m": {"M": {"ab": {"S": "c"}}}}), 1 + 3 + 1 + 3)]
    fn items_have_the_size_that_aws_counts(#[case] item: Value, #[case] size: usize) {
        assert_eq!(item_size(&item), size);
    }

    fn item(sk: &str, extra: usize) -> Value {
        json!({"PK": {"S": "p"}, "SK": {"S": sk}, "x": {"S": "x".repeat(extra)}})
    }

    fn call(operation: Operation, input: Value, answer: Value) -> Metered {
        Metered { operation, input, answer, ..Metered::default() }
    }

    #[test]
    fn a_batch_rounds_each_item_and_a_query_all_together() {
        let items: Items =
            [item("a", 5000), item("b", 10)].map(|item| (key_of(&item), item)).into();
        let keys = ["a", "b", "c"].map(|sk| json!({"PK": {"S": "p"}, "SK": {"S": sk}}));
        let input = json!({"RequestItems": {"t": {"Keys": keys}}});
        let batch = call(Operation::BatchGetItem, input, json!({}));
        assert_eq!(units(&batch, &items, &items).read, 4.0);

        let answer = json!({"Items": items.values().collect::<Vec<_>>()});
        let query = call(Operation::Query, json!({"ConsistentRead": true}), answer.clone());
        assert_eq!(units(&query, &items, &items).read, 2.0);
        let on_index = call(Operation::Query, json!({"IndexName": "GSI1"}), answer);
        assert_eq!(units(&on_index, &items, &items).read, 1.0);
    }

    #[test]
    fn a_transaction_costs_twice_checks_too_and_an_index_once() {
        let mut placed = item("a", 1500);
        placed["GSI1PK"] = json!({"S": "g"});
        placed["GSI1SK"] = json!({"S": "s"});
        let after: Items = [(key_of(&placed), placed.clone())].into();
        let check = json!({"ConditionCheck": {"Key": {"PK": {"S": "p"}, "SK": {"S": "b"}}}});
        let input = json!({"TransactItems": [{"Put": {"Item": placed}}, check]});
        let transaction = call(Operation::TransactWriteItems, input, json!({}));
        // Two kilobytes twice, the index's copy once, the check of nothing twice.
        assert_eq!(units(&transaction, &Items::new(), &after).write, 4.0 + 2.0 + 2.0);
    }
}
