//! The vendor's books: orders and entitlements, one by one and many at once (P10).

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant, column},
    vendor::{bought, fields},
};

const NOBODY: &str = "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W";

async fn stage(engine: Engine) -> Option<(Product, Tenant, Tenant)> {
    let product = Product::open(engine).await?;
    product.offer("daas", "user").await;
    product.offer("mail", "user").await;
    let one = product.register("taro@sakura.example", "さくら商事").await;
    let other = product.register("jiro@ume.example", "梅商店").await;
    Some((product, one, other))
}

fn with(mut item: Value, more: &Value) -> Value {
    for (field, value) in more.as_object().expect("fields") {
        item[field] = value.clone();
    }
    item
}

fn entitlement(account: &str, id: &str, quantity: u32) -> Value {
    with(bought("daas", quantity), &json!({"accountId": account, "entitlementId": id}))
}

fn order(account: &str, id: &str) -> Value {
    json!({
        "accountId": account, "orderId": id, "orderedOn": "2026-03-01", "purchaseOrder": "PO 7",
        "lines": [{"service": "daas", "quantity": 10, "unit": "user", "startsOn": "2026-03-01",
                   "endsOn": "2026-12-31"}],
    })
}

/// How each item went: its place, status, code and the fields that were wrong.
fn verdicts(answer: &Value) -> Vec<Value> {
    let results = answer["results"].as_array().expect("results");
    let verdict = |one: &Value| {
        let errors = json!({"items": one["errors"].as_array().cloned().unwrap_or_default()});
        json!([one["index"], one["status"], one["code"], column(&errors, "/pointer")])
    };
    results.iter().map(verdict).collect()
}

/// Each item is judged alone: the good ones are done, the others say what is wrong.
#[apply(both_engines)]
async fn given_many_entitlements_then_the_good_ones_are_done_and_the_others_told(engine: Engine) {
    let Some((product, one, other)) = stage(engine).await else { return };
    product.entitle(&one, "EN-0", &bought("mail", 1)).await;
    let trial = one.admin.post(&one.at("/trials"), &json!({"service": "daas"})).await.expect(201);
    let trial = trial["entitlementId"].as_str().expect("an id");
    let items = [
        entitlement(&one.id, "EN-1", 10),
        entitlement(NOBODY, "EN-2", 10),
        with(entitlement(&one.id, "EN-3", 10), &json!({"service": "nowhere"})),
        with(entitlement(&one.id, "EN-4", 10), &json!({"quantity": -1, "endsOn": "x", "z": 1})),
        entitlement(&one.id, "EN-0", 10),
        entitlement(&one.id, trial, 10),
        json!("nonsense"),
        entitlement(&other.id, "EN-1", 7),
        entitlement(&one.id, "EN-1", 11),
        with(entitlement(&one.id, "EN 5", 10), &json!({"accountId": "someone"})),
    ];
    let body = json!({ "items": items });
    let path = "/v1/platform/entitlements";
    let answer = product.platform().post(path, &body).await.expect(200);
    let mut told = verdicts(&answer);
    for verdict in &mut told {
        let pointers = verdict[3].as_array_mut().expect("pointers");
        pointers.sort_by_key(ToString::to_string);
    }
    let expected = [
        json!([0, 201, null, []]),
        json!([1, 404, "not-found", []]),
        json!([2, 422, "unknown-service", ["/service"]]),
        json!([3, 422, "validation-failed", ["/endsOn", "/quantity", "/z"]]),
        json!([4, 409, "conflict", []]),
        json!([5, 409, "conflict", []]),
        json!([6, 422, "validation-failed", [""]]),
        json!([7, 201, null, []]),
        json!([8, 200, null, []]),
        json!([9, 422, "validation-failed", ["/accountId", "/entitlementId"]]),
    ];
    assert_eq!(told, expected);
    let results = answer["results"].as_array().expect("results");
    assert_eq!(fields(&results[1], ["accountId", "entitlementId"]), [NOBODY, "EN-2"]);
    assert_eq!(results[8]["entitlement"]["quantity"], 11);
    for (account, quantities) in [(&one, json!([1, 11, null])), (&other, json!([7]))] {
        let list = account.admin.get(&account.at("/entitlements")).await.expect(200);
        assert_eq!(json!(column(&list, "/quantity")), quantities, "{list}");
    }
    // Again, it is the same: what was new is there.
    let again = product.platform().post(path, &body).await.expect(200);
    let statuses: Vec<_> = verdicts(&again).iter().map(|verdict| verdict[1].clone()).collect();
    assert_eq!(json!(statuses), json!([200, 404, 422, 422, 409, 409, 422, 200, 200, 422]));
    for items in [json!([]), json!(vec![entitlement(&one.id, "EN-1", 1); 101]), json!(1)] {
        let refused = product.platform().post(path, &json!({ "items": items })).await;
        assert_eq!(refused.json["errors"][0]["pointer"], "/items", "{}", refused.json);
    }
}

/// Orders likewise; account and partner read them as the vendor put them.
#[apply(both_engines)]
async fn given_many_orders_then_they_are_shown_as_they_were_put(engine: Engine) {
    let Some((product, one, other)) = stage(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    product.connect(&one, &partner).await;
    let items = [
        order(&one.id, "SO-1"),
        order(NOBODY, "SO-2"),
        with(order(&one.id, "SO-3"), &json!({"lines": [{"service": "nowhere", "quantity": 1}]})),
        with(order(&one.id, "SO-4"), &json!({"lines": [], "status": "lost"})),
        order(&other.id, "SO-1"),
        with(order(&one.id, "SO-1"), &json!({"status": "fulfilled"})),
    ];
    let body = json!({ "items": items });
    let answer = product.platform().post("/v1/platform/orders", &body).await.expect(200);
    let statuses: Vec<_> = verdicts(&answer).iter().map(|verdict| verdict[1].clone()).collect();
    assert_eq!(json!(statuses), json!([201, 404, 422, 422, 201, 200]), "{answer}");
    let mut expected = order(&one.id, "SO-1");
    expected.as_object_mut().expect("an order").remove("accountId");
    let expected = with(expected, &json!({"status": "fulfilled"}));
    for (who, base) in [(&one, one.at("")), (&partner, partner.customer(&one))] {
        let list = who.admin.get(&format!("{base}/orders")).await.expect(200);
        assert_eq!(list["items"], json!([expected]));
    }
    let path = format!("{}/orders/SO-1", one.platform_path());
    assert_eq!(product.platform().get(&path).await.expect(200), expected);
}

/// `If-Match` is part of the write, for orders and for entitlements.
#[apply(both_engines)]
async fn given_a_stale_tag_then_nothing_is_changed(engine: Engine) {
    let Some((product, one, _)) = stage(engine).await else { return };
    let vendor = product.platform();
    let mut so = order(&one.id, "SO-1");
    for key in ["accountId", "orderId"] {
        so.as_object_mut().expect("an order").remove(key);
    }
    let changed = with(so.clone(), &json!({"purchaseOrder": "PO 8"}));
    for (path, first, second) in
        [("orders/SO-1", so, changed), ("entitlements/EN-1", bought("daas", 1), bought("daas", 2))]
    {
        let path = format!("{}/{path}", one.platform_path());
        let absent = vendor.with("if-match", "\"nothing\"").put(&path, &first).await;
        assert_eq!((absent.status.as_u16(), absent.code()), (412, Some("precondition-failed")));
        vendor.get(&path).await.expect(404);
        vendor.put(&path, &first).await.expect(201);
        let tag = async || {
            let answer = vendor.get(&path).await;
            answer.header("etag").expect("a single resource has a tag").to_owned()
        };
        let old = tag().await;
        vendor.with("if-match", &old).put(&path, &second).await.expect(200);
        let new = tag().await;
        assert_ne!(old, new, "{path}");
        let shown = vendor.get(&path).await.expect(200);
        let stale = vendor.with("if-match", &old).put(&path, &first).await;
        assert_eq!((stale.status.as_u16(), stale.code()), (412, Some("precondition-failed")));
        assert_eq!(vendor.get(&path).await.expect(200), shown, "and changed nothing");
        // What a day makes of it is no part of the tag.
        product.world.wait(chrono::TimeDelta::days(1));
        assert_eq!(tag().await, new, "{path}");
        vendor.with("if-match", &new).put(&path, &second).await.expect(200);
    }
}
