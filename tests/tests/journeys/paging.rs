//! Every list in pages: all of it once, whatever comes and goes between the pages.

use std::collections::BTreeSet;

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_domain::ids::AccountId;
use tsunagu_tests::{
    Engine, both_engines,
    product::{Person, Product, Tenant, column},
};

/// Reads a list page by page; `between` runs before each further page.
async fn pages<F: Future<Output = ()>>(
    who: &Person,
    list: &str,
    limit: usize,
    mut between: impl FnMut(usize) -> F,
) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    let joint = if list.contains('?') { '&' } else { '?' };
    for page in 1.. {
        let answer = who.get(&format!("{list}{joint}limit={limit}{cursor}")).await.expect(200);
        let found = answer["items"].as_array().expect("items");
        assert!(found.len() <= limit, "{list}");
        items.extend(found.iter().cloned());
        let Some(next) = answer["nextCursor"].as_str() else { return items };
        cursor = format!("&cursor={next}");
        between(page).await;
    }
    unreachable!("the loop only ends with the last page")
}

async fn whole(who: &Person, list: &str) -> Vec<Value> {
    pages(who, list, 2, |_| async {}).await
}

async fn connected(product: &Product, partner: &Tenant, count: usize) -> Vec<Tenant> {
    let mut customers = Vec::new();
    for number in 0..count {
        let name = format!("Customer {number}");
        let customer = product.register(&format!("a@customer{number}.example"), &name).await;
        product.connect(&customer, partner).await;
        customers.push(customer);
    }
    customers
}

fn ids(items: &[Value], pointer: &str) -> Vec<String> {
    let text = |item: &Value| item.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    items.iter().map(|item| text(item).expect("an id")).collect()
}

/// In pages of two, each list gives every item exactly once, in the order of the whole list.
#[apply(both_engines)]
async fn each_list_gives_every_item_once(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let second = product.partner("ken@hoshi.example", "星システムズ").await;
    let customers = connected(&product, &partner, 5).await;
    for customer in &customers[..3] {
        product.connect(customer, &second).await;
    }
    let lead = &customers[0];
    for episode in 0..4 {
        product.tick();
        partner.admin.delete(&partner.customer(lead)).await.expect(204);
        if episode < 3 {
            product.tick();
            product.connect(lead, &partner).await;
        }
    }
    for customer in &customers[1..4] {
        product.tick();
        let path = format!("{}?block=true", partner.customer(customer));
        partner.admin.delete(&path).await.expect(204);
    }
    for number in 0..4 {
        let invite = json!({"email": format!("p{number}@minato.example"), "access": "full"});
        partner.admin.post(&partner.at("/administrators"), &invite).await.expect(201);
    }
    let about = json!({"subject": "Slow", "description": "Slow.", "severity": "low"});
    for _ in 0..5 {
        product.tick();
        lead.admin.post(&lead.at("/tickets"), &about).await.expect(201);
    }
    let list = lead.admin.get(&lead.at("/tickets")).await.expect(200);
    let said = format!("/tickets/{}/comments", column(&list, "/ticketId")[0].as_str().expect("id"));
    for number in 0..5 {
        product.tick();
        let visibility = if number % 2 == 0 { "shared" } else { "account" };
        let body = json!({"body": "Slower.", "visibility": visibility});
        lead.admin.post(&lead.at(&said), &body).await.expect(201);
    }
    for (who, path, id, count) in [
        (lead, lead.at("/tickets"), "/ticketId", 5),
        (&second, second.customer(lead) + "/tickets", "/ticketId", 5),
        (lead, lead.at(&said), "/commentId", 5),
        (&second, second.customer(lead) + &said, "/commentId", 3),
        (&second, second.at("/customers"), "/customer/accountId", 3),
        (&second, second.at("/customers?sort=-name"), "/customer/accountId", 3),
        (&second, second.at("/customers?sort=nextExpiry"), "/customer/accountId", 3),
        (&second, second.at("/customers?search=customer"), "/customer/accountId", 3),
        (lead, lead.at("/partners"), "/connectionId", 1),
        (&customers[1], customers[1].at("/connections"), "/connectionId", 2),
        (&partner, partner.at("/connections"), "/connectionId", 5),
        (&partner, partner.at("/connections?state=ended"), "/connectionId", 4),
        (&partner, partner.at("/blocked-customers"), "/customer/accountId", 3),
        (&partner, partner.at("/notifications"), "/notificationId", 8),
        (&partner, partner.at("/administrators"), "/adminId", 5),
        (&partner, format!("{}/history", partner.customer(lead)), "/connectedAt", 4),
        (lead, format!("{}/history", lead.partner(&partner)), "/connectedAt", 4),
    ] {
        let found = ids(&whole(&who.admin, &path).await, id);
        let distinct: BTreeSet<_> = found.iter().collect();
        assert_eq!((found.len(), distinct.len()), (count, count), "{path}");
        let at_once = who.admin.get(&path).await.expect(200);
        assert_eq!(at_once["nextCursor"], Value::Null, "{path}");
        assert_eq!(ids(at_once["items"].as_array().expect("items"), id), found, "{path}");
    }
}

/// The vendor finds accounts page by page too.
#[apply(both_engines)]
async fn the_vendors_list_gives_every_account_once(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let platform = product.platform();
    let first = product.register("misaki@minato.example", "みなと").await;
    let mut expected = BTreeSet::from([first.id.clone()]);
    for number in 0..4 {
        product.tick();
        let id = AccountId::mint(product.world.now()).to_string();
        let body = json!({
            "orgId": first.org, "displayName": format!("Branch {number}"), "country": "JP",
        });
        platform.put(&format!("/v1/platform/accounts/{id}"), &body).await.expect(201);
        expected.insert(id);
    }
    let path = format!("/v1/platform/accounts?orgId={}", first.org);
    let found = ids(&whole(&platform, &path).await, "/accountId");
    assert_eq!(found.len(), 5);
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

/// What comes and goes between the pages moves nothing that stays: those present throughout are all
/// there, once.
#[apply(both_engines)]
async fn items_that_come_and_go_between_pages_move_nothing_that_stays(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customers = connected(&product, &partner, 7).await;
    for list in [
        "/customers",
        "/customers?sort=name",
        "/customers?sort=-connectedAt",
        "/customers?sort=-openTickets",
        "/customers?sort=nextExpiry",
        "/customers?sort=-utilization&search=customer",
    ] {
        let path = partner.at(list);
        let gone = &customers[1];
        let newcomer = product.register("new@comer.example", "Customer 0 again").await;
        let found = pages(&partner.admin, &path, 2, |page| {
            let (product, partner, newcomer) = (&product, &partner, &newcomer);
            async move {
                if page == 1 {
                    partner.admin.delete(&partner.customer(gone)).await.expect(204);
                    product.connect(newcomer, partner).await;
                }
            }
        })
        .await;
        let found = ids(&found, "/customer/accountId");
        let distinct: BTreeSet<_> = found.iter().collect();
        assert_eq!(distinct.len(), found.len(), "{list}: nothing twice");
        for (number, customer) in customers.iter().enumerate().filter(|(number, _)| *number != 1) {
            assert!(found.contains(&customer.id), "{list}: customer {number} stayed");
        }
        product.tick();
        product.connect(gone, &partner).await;
        partner.admin.delete(&partner.customer(&newcomer)).await.expect(204);
    }
}

/// A cursor belongs to one account, one list and one set of filters.
#[apply(both_engines)]
async fn a_cursor_of_another_list_account_or_filter_is_invalid(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let other = product.partner("ken@hoshi.example", "星システムズ").await;
    for customer in connected(&product, &partner, 2).await {
        product.connect(&customer, &other).await;
    }
    let first = partner.admin.get(&partner.at("/customers?limit=1")).await.expect(200);
    let cursor = first["nextCursor"].as_str().expect("a second page").to_owned();
    let asked = |rest: &str| partner.at(&format!("{rest}cursor={cursor}"));
    partner.admin.get(&asked("/customers?limit=1&")).await.expect(200);
    partner.admin.get(&asked("/customers?limit=2&")).await.expect(200);
    let elsewhere = other.at(&format!("/customers?limit=1&cursor={cursor}"));
    for refused in [
        other.admin.get(&elsewhere).await,
        partner.admin.get(&asked("/connections?limit=1&")).await,
        partner.admin.get(&asked("/notifications?limit=1&")).await,
        partner.admin.get(&asked("/customers?sort=name&")).await,
        partner.admin.get(&asked("/customers?search=c&")).await,
        partner.admin.get(&asked("/blocked-customers?")).await,
    ] {
        assert_eq!((refused.status.as_u16(), refused.code()), (400, Some("cursor-invalid")));
    }
    assert_eq!(column(&first, "/customer/accountId").len(), 1);
}
