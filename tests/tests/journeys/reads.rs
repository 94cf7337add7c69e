//! What partners read of a customer, counted by day in the customer's trail.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, both_engines,
    product::{Product, Tenant},
};

async fn pair(engine: Engine) -> Option<(Product, Tenant, Tenant)> {
    let product = Product::open(engine).await?;
    let partner = product.partner("hanako@minato.example", "みなと情報").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    product.connect(&customer, &partner).await;
    product.hear_reads();
    Some((product, partner, customer))
}

/// Of which partner, of which part, how often: newest day first, each day by its words.
async fn counted(customer: &Tenant) -> Vec<Value> {
    let list = customer.admin.get(&customer.at("/audit?action=customer-read&limit=100")).await;
    let list = list.expect(200);
    let told = |one: &Value| {
        assert_eq!(one["actor"]["adminId"], Value::Null);
        json!([
            one["at"],
            one["actor"]["accountId"],
            one["target"]["id"],
            one["changes"]["reads"]["to"]
        ])
    };
    let mut told: Vec<_> = list["items"].as_array().expect("items").iter().map(told).collect();
    told.sort_by_key(ToString::to_string);
    told
}

/// Given reads of every part, when the log is delivered, then each is counted, and nothing else is.
#[apply(both_engines)]
async fn given_reads_then_they_are_counted_by_part_and_no_person_is_told(engine: Engine) {
    let Some((product, partner, customer)) = pair(engine).await else { return };
    let base = partner.customer(&customer);
    for (rest, times) in
        [("", 2), ("/orders", 3), ("/entitlements", 1), ("/licenses", 1), ("/tickets", 2)]
    {
        for _ in 0..times {
            partner.admin.get(&format!("{base}{rest}")).await.expect(200);
        }
    }
    // None of these is a read of a customer that was given.
    partner.admin.get(&partner.at("/customers")).await.expect(200);
    partner.admin.get(&format!("{base}/tickets/tkt_01JD3Z8Q4V9X7M2N5P6R8S0T1W")).await.expect(404);
    partner.admin.patch(&base, &json!({"reference": "C-1"})).await.expect(200);
    customer.admin.get(&customer.at("/orders")).await.expect(200);
    assert_eq!(counted(&customer).await, Vec::<Value>::new(), "nothing on the request's path");
    assert_eq!(product.count_reads().await, 9);
    assert_eq!(product.count_reads().await, 0, "nothing waits");
    let told = |part: &str, count: &str| json!(["2026-03-01T15:00:00Z", partner.id, part, count]);
    let expected = [
        told("account", "2"),
        told("entitlements", "1"),
        told("licenses", "1"),
        told("orders", "3"),
        told("tickets", "2"),
    ];
    let seen = counted(&customer).await;
    assert_eq!(
        seen.iter().map(|one| json!([one[1], one[2], one[3]])).collect::<Vec<_>>(),
        expected.iter().map(|one| json!([one[1], one[2], one[3]])).collect::<Vec<_>>()
    );
    let of_partner = partner.admin.get(&partner.at("/audit?limit=100")).await.expect(200);
    assert!(!of_partner.to_string().contains("customer-read"), "{of_partner}");
}

/// Given reads about midnight of the customer, when they are counted, then each is of its own day.
#[apply(both_engines)]
async fn given_midnight_of_the_customer_then_a_new_day_is_counted(engine: Engine) {
    let Some((product, partner, customer)) = pair(engine).await else { return };
    let orders = format!("{}/orders", partner.customer(&customer));
    let tokyo = product.world.now() + TimeDelta::hours(9);
    let midnight = tokyo.date_naive().succ_opt().expect("a day").and_hms_opt(0, 0, 0);
    let left = midnight.expect("a time").and_utc() - tokyo;
    product.world.wait(left - TimeDelta::milliseconds(1));
    partner.admin.get(&orders).await.expect(200);
    product.world.wait(TimeDelta::milliseconds(1));
    partner.admin.get(&orders).await.expect(200);
    partner.admin.get(&orders).await.expect(200);
    assert_eq!(product.count_reads().await, 3);
    partner.admin.get(&orders).await.expect(200);
    assert_eq!(product.count_reads().await, 1);
    let seen = counted(&customer).await;
    assert_eq!(seen.iter().map(|one| one[3].clone()).collect::<Vec<_>>(), ["1", "3"]);
    assert_eq!(seen[1][0], json!(product.world.now()), "it stands at the day's beginning");
}

/// T14: whoever asks for a stranger, or for a customer that shares nothing, writes nothing into its
/// trail.
#[apply(both_engines)]
async fn t14_given_a_stranger_in_path_or_query_then_its_trail_stays_as_it_is(engine: Engine) {
    let Some((product, partner, customer)) = pair(engine).await else { return };
    let stranger = product.register("jiro@ume.example", "梅商店").await;
    let orders = format!("{}/orders", partner.customer(&stranger));
    partner.admin.get(&orders).await.expect(404);
    for list in ["customer-tickets", "customer-notifications"] {
        let path = partner.at(&format!("/{list}?customer={}", stranger.id));
        let page = partner.admin.get(&path).await.expect(200);
        assert_eq!(page["items"], json!([]));
    }
    let nothing = json!({"shares": ["account"]});
    customer.admin.patch(&customer.partner(&partner), &nothing).await.expect(200);
    partner.admin.get(&format!("{}/orders", partner.customer(&customer))).await.expect(403);
    assert_eq!(product.count_reads().await, 0);
    assert_eq!(counted(&stranger).await, Vec::<Value>::new());
    assert_eq!(counted(&customer).await, Vec::<Value>::new());
}
