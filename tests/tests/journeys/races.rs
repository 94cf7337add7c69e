//! Many at once through the gateway: exactly one wins, and everybody is told the truth.

use std::collections::BTreeSet;

use futures::future::join_all;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_domain::notification::ConnectionNotice;
use tsunagu_tests::{
    Engine, Response, both_engines,
    product::{Product, Tenant, accept, column},
};

const MANY: usize = 16;

fn statuses(answers: &[Response]) -> Vec<u16> {
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    statuses
}

async fn told(product: &Product, tenant: &Tenant, notice: ConnectionNotice) -> usize {
    let id = tenant.id.parse().expect("an id");
    product.world.stored.count_notices(id, notice).await
}

async fn pair(product: &Product) -> (Tenant, Tenant) {
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let customer = product.register("taro@sakura.example", "さくら商事").await;
    (partner, customer)
}

#[apply(both_engines)]
async fn of_16_acceptances_at_once_one_connects_and_all_get_the_connection(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customer) = pair(&product).await;
    let token = product.invite_token(&partner).await;
    let accepts = (0..MANY).map(|_| accept(&customer, &token, json!({})));
    let answers = join_all(accepts).await;
    let mut expected = vec![200; MANY - 1];
    expected.push(201);
    assert_eq!(statuses(&answers), expected);
    let bodies: BTreeSet<_> = answers.iter().map(|answer| answer.json.to_string()).collect();
    assert_eq!(bodies.len(), 1, "one connection: {bodies:?}");
    assert_eq!(told(&product, &partner, ConnectionNotice::ConnectionCreated).await, 1);
    let path = format!("{}/history", customer.partner(&partner));
    let history = customer.admin.get(&path).await.expect(200);
    assert_eq!(column(&history, "/episode"), [1]);
}

/// Acceptances and ends at once: however they fall, both sides agree, and notices match episodes.
#[apply(both_engines)]
async fn acceptances_against_ends_leave_both_sides_agreeing(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customer) = pair(&product).await;
    let token = product.invite_token(&partner).await;
    product.connect(&customer, &partner).await;
    let path = customer.partner(&partner);
    let ends = (0..6).map(|_| customer.admin.delete(&path));
    let accepts = (0..6).map(|_| accept(&customer, &token, json!({})));
    let (ended, accepted) = futures::join!(join_all(ends), join_all(accepts));
    assert!(statuses(&ended).iter().all(|status| [204, 404].contains(status)), "{ended:?}");
    assert!(statuses(&accepted).iter().all(|status| [200, 201].contains(status)), "{accepted:?}");
    let ends = ended.iter().filter(|answer| answer.status.as_u16() == 204).count();
    let starts = 1 + accepted.iter().filter(|answer| answer.status.as_u16() == 201).count();

    let history = customer.admin.get(&format!("{path}/history")).await.expect(200);
    assert_eq!(column(&history, "/episode").len(), starts);
    let open = column(&history, "/endedAt").iter().filter(|at| at.is_null()).count();
    assert_eq!(open, starts - ends);
    let on_customer = customer.admin.get(&customer.at("/partners")).await.expect(200);
    let on_partner = partner.admin.get(&partner.at("/customers")).await.expect(200);
    assert_eq!(column(&on_customer, "/episode"), column(&on_partner, "/episode"));
    assert_eq!(column(&on_customer, "/episode").len(), open);
    let created = told(&product, &partner, ConnectionNotice::ConnectionCreated).await;
    let over = told(&product, &partner, ConnectionNotice::ConnectionEndedByCustomer).await;
    assert_eq!((created, over), (starts, ends));
}

#[apply(both_engines)]
async fn when_both_sides_end_at_once_one_end_and_one_notice_remain(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let (partner, customer) = pair(&product).await;
    product.connect(&customer, &partner).await;
    let (on_partner, on_customer) = (partner.customer(&customer), customer.partner(&partner));
    let by_partner = (0..4).map(|_| partner.admin.delete(&on_partner));
    let by_customer = (0..4).map(|_| customer.admin.delete(&on_customer));
    let (one, other) = futures::join!(join_all(by_partner), join_all(by_customer));
    let all = [one, other].concat();
    let mut expected = vec![404; 7];
    expected.insert(0, 204);
    assert_eq!(statuses(&all), expected);
    let by_customer = told(&product, &partner, ConnectionNotice::ConnectionEndedByCustomer).await;
    let by_partner = told(&product, &customer, ConnectionNotice::ConnectionEndedByPartner).await;
    assert_eq!(by_customer + by_partner, 1);
    let history = customer.admin.get(&format!("{on_customer}/history")).await.expect(200);
    let expected = if by_customer == 1 { "customer" } else { "partner" };
    assert_eq!(
        column(&history, "/endedBy"),
        [expected],
        "who is told is the one who did not do it"
    );
}

#[apply(both_engines)]
async fn of_16_first_calls_for_the_link_all_get_the_same(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let partner = product.partner("misaki@minato.example", "みなとクラウド").await;
    let path = partner.at("/invite-link");
    let answers = join_all((0..MANY).map(|_| partner.admin.get(&path))).await;
    let links: BTreeSet<_> =
        answers.into_iter().map(|answer| answer.expect(200).to_string()).collect();
    assert_eq!(links.len(), 1, "{links:?}");
}

#[apply(both_engines)]
async fn of_two_demotions_of_the_last_two_one_wins(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    product.administrator(&tenant, "ken@minato.example", &json!({"access": "full"})).await;
    let list = tenant.admin.get(&tenant.at("/administrators")).await.expect(200);
    let path = |id: &Value| tenant.at(&format!("/administrators/{}", id.as_str().expect("id")));
    let paths: Vec<_> = column(&list, "/adminId").iter().map(path).collect();
    let less = json!({"access": "custom", "permissions": []});
    let demotions = paths.iter().map(|path| tenant.admin.patch(path, &less));
    let answers = join_all(demotions).await;
    let refused = |status: u16| [403, 409].contains(&status);
    let statuses = statuses(&answers);
    assert!(statuses[0] == 200 && refused(statuses[1]), "{statuses:?}");
    let full = product.world.stored.json().await;
    let full: Vec<_> = full.iter().filter(|(key, _)| key.ends_with(" ADMINS")).collect();
    assert_eq!(full[0].1["full"]["N"], "1", "{full:?}");
}

#[apply(both_engines)]
async fn of_16_requests_under_one_key_one_creates_and_all_get_its_answer(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let person = product.person("taro@sakura.example").await;
    let keyed = person.with("idempotency-key", "one");
    let body = json!({"displayName": "さくら", "country": "JP"});
    let answers = join_all((0..MANY).map(|_| keyed.post("/v1/accounts", &body))).await;
    let bodies: BTreeSet<_> =
        answers.into_iter().map(|answer| answer.expect(201).to_string()).collect();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let me = person.get("/v1/me").await.expect(200);
    assert_eq!(me["accounts"].as_array().expect("accounts").len(), 1);
}

/// A person makes 20 accounts, however many at once.
#[apply(both_engines)]
async fn of_16_registrations_at_the_limit_of_20_only_those_below_it_succeed(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let person = product.person("taro@sakura.example").await;
    let body = json!({"displayName": "さくら", "country": "JP"});
    for _ in 0..12 {
        person.post("/v1/accounts", &body).await.expect(201);
    }
    let answers = join_all((0..MANY).map(|_| person.post("/v1/accounts", &body))).await;
    let made = answers.iter().filter(|answer| answer.status.as_u16() == 201).count();
    let refused = answers.iter().filter(|answer| answer.code() == Some("rate-limited")).count();
    assert_eq!((made, refused), (8, 8), "{:?}", statuses(&answers));
    let me = person.get("/v1/me").await.expect(200);
    assert_eq!(me["accounts"].as_array().expect("accounts").len(), 20);
    let japanese = person.reading("ja").post("/v1/accounts", &body).await;
    assert_eq!(japanese.json["title"], "回数の上限に達しました");
}

/// Two first calls of an invited person activate one administrator, once.
#[apply(both_engines)]
async fn of_16_first_calls_of_an_invited_person_one_activates(engine: Engine) {
    let Some(product) = Product::open(engine).await else { return };
    let tenant = product.register("misaki@minato.example", "みなとクラウド").await;
    let invite = json!({"email": "ken@minato.example", "access": "full"});
    let invited = tenant.admin.post(&tenant.at("/administrators"), &invite).await.expect(201);
    let ken = product.person("ken@minato.example").await;
    let path = tenant.at("");
    let answers = join_all((0..MANY).map(|_| ken.get(&path))).await;
    assert_eq!(statuses(&answers), [200; MANY]);
    let list = tenant.admin.get(&tenant.at("/administrators")).await.expect(200);
    let ids = column(&list, "/adminId");
    assert_eq!(ids.len(), 2);
    assert!(ids.contains(&invited["adminId"]));
    let items = product.world.stored.json().await;
    let full = items.iter().find(|(key, _)| key.ends_with(" ADMINS")).expect("the count");
    assert_eq!(full.1["full"]["N"], "2");
}
