//! The form of what is kept: a change of any item's attributes is seen here before it meets items
//! that were written in the old one.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
};

use chrono::{Days, TimeDelta};
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::Value;
use tsunagu_domain::{
    administrator::{Access, Invitation, Permission, Subject},
    dashboard::{ActiveNotifications, OpenTickets, Summary, Trials},
    ids::{AdminId, NotificationId},
    licenses::{
        dashboard::{Holdings, MOST_KEPT},
        entitlement::{Entitlement, EntitlementKind, Stage as EntitlementStage, Statement, Terms},
        holder::HolderKind,
        order::{Order, OrderLine, OrderStatus},
    },
    locale::{LocalizedText, TimeZone},
    program::{MembershipStatus, Program},
    service::{LicenseModel, Service},
    share::{Share, Shares},
};
use tsunagu_store::{
    AnswerKey, Caller, NewAccount, RecordedAnswer, Registration,
    items::{CustomerItem, CustomerLicensesItem},
    keys,
    licenses::PendingTrial,
};
use tsunagu_tests::{
    Engine, Party, Stage, both_engines, seed,
    stage::pair,
    stored::size_of,
    usage::{usage, user_holder},
};

use crate::{
    documented::{self, Attributes},
    feeds, session_forms, tickets,
};

/// An account as somebody registers it.
async fn register(stage: &Stage, name: &str, email: &str) -> Party {
    let verified: tsunagu_domain::email::EmailAddress = email.parse().expect("an address");
    let subject = Subject::of("https://issuer.example", email);
    let caller = Caller { subject, email: Some(verified.clone()), verified_email: Some(verified) };
    let wanted = NewAccount {
        display_name: name.parse().expect("a name"),
        country: "JP".parse().expect("a country"),
        time_zone: "Asia/Tokyo".parse().expect("a time zone"),
    };
    let registration = Registration::new(&caller, wanted, stage.now());
    stage.store.register(&registration, None).await.expect("registers");
    let account = registration.account();
    Party { id: account.account_id, org: account.org_id, caller }
}

/// Does everything that writes an item of another kind.
async fn write_every_kind(stage: &Stage) {
    let (store, now) = (&stage.store, stage.now());
    let partner = register(stage, "みなとクラウド", "partner@example.com").await;
    stage.declare(&partner, MembershipStatus::Active).await;
    let customer = register(stage, "青空商事", "customer@example.com").await;
    let former = register(stage, "夕凪工業", "former@example.com").await;
    // Given a connection that ended in a block, and one that stands, narrowed and marked.
    stage.connect(&former, &partner).await;
    stage.wait(TimeDelta::hours(1));
    stage.block(&partner, pair(&partner, &former)).await.expect("blocks");
    let record = RecordedAnswer {
        key: AnswerKey {
            caller: "caller".to_owned(),
            route: "POST /v1/invitations/{token}/accept".to_owned(),
            account: Some(customer.id),
            key_digest: "key".to_owned(),
        },
        body_digest: "body".to_owned(),
        status: 201,
        body: "{}".to_owned(),
        recorded_at: now,
        expires_at: now + TimeDelta::hours(24),
    };
    let all = Shares::all();
    let accepted = stage.accept_as(&customer, &partner, all, None, Some(record)).await;
    accepted.expect("accepts");
    let shares = Share::Account | Share::Licenses;
    stage.share(&customer, pair(&partner, &customer), shares).await.expect("narrows");
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    let marked = store.change_marks(&seen, None, |marks| {
        marks.reference = Some("C-0042".parse().expect("a reference"));
        marks.tags = vec!["重要".parse().expect("a tag")];
        marks.note = Some("電話は午後".parse().expect("a note"));
    });
    marked.await.expect("marks");
    // Given what stands beside connections.
    let acting = stage.acting(&partner).await;
    let told = stage.stored.notifications(partner.id).await;
    store.dismiss_up_to(&acting, told[0].notification_id, now).await.expect("dismisses");
    let invitation = Invitation {
        admin_id: AdminId::mint(now),
        email: "invited@example.com".parse().expect("an address"),
        access: Access::Custom(Permission::LicensesView | Permission::AuditView),
        invited_by: Some("partner@example.com".parse().expect("an address")),
        invited_at: now,
    };
    store.invite_administrator(&acting, &invitation, None).await.expect("invites");
    let service = Service {
        code: "daas".parse().expect("a code"),
        name: LocalizedText {
            ja: "仮想デスクトップ".to_owned(), en: "Desktops".to_owned()
        },
        model: LicenseModel::UserDevice,
        required_program: Some(Program::Csp),
    };
    store.put_service(&service, |_| true).await.expect("puts");
    write_licenses(stage, &customer, &service).await;
    tickets::write_every_kind(stage, &customer).await;
    feeds::write_every_kind(stage, &partner, &customer).await;
    session_forms::write_every_kind(stage, &partner, &customer).await;
    let delivery = stage.delivery(&[(partner.id, customer.id, "licenses")]);
    stage.count(&delivery).await.expect("is counted");
    store.edge_secret().await.expect("a secret");
}

/// Does what writes an item of licences of each kind: one that waits for a run, and what a run makes.
async fn write_licenses(stage: &Stage, customer: &Party, service: &Service) {
    let (store, now) = (&stage.store, stage.now());
    let zone: TimeZone = "Asia/Tokyo".parse().expect("a time zone");
    let today = zone.day_of(now);
    let order = Order {
        order_id: "SO-0001".parse().expect("a number"),
        ordered_on: today,
        purchase_order: Some("PO-77".parse().expect("a number")),
        lines: vec![OrderLine {
            service: service.code.clone(),
            quantity: Some(50),
            unit: Some("user".parse().expect("a unit")),
            starts_on: Some(today),
            ends_on: None,
        }],
        status: OrderStatus::Fulfilled,
    };
    store.put_order(customer.id, &order, |_| true).await.expect("puts");
    let statement = Statement {
        service: service.code.clone(),
        kind: EntitlementKind::Purchased,
        quantity: Some(50),
        effective_on: None,
        starts_on: today,
        ends_on: today.checked_add_days(Days::new(365)),
        auto_renew: true,
        order_id: Some(order.order_id),
    };
    let id = "EN-0001".parse().expect("a number");
    let stated = store.state_entitlement(customer.id, zone, &id, &statement, now, |_| true);
    stated.await.expect("states");
    let trial = PendingTrial::new(service, now);
    store.request_trial(&stage.acting(customer).await, &trial, None).await.expect("asks");
    // Given usage that a run has counted, a holder whose release waits, and usage that came since.
    let used = |user, device, days| {
        let day = today.checked_sub_days(Days::new(days)).expect("a day");
        usage(customer.id, &service.code, user, device, day)
    };
    store.take_usage([used(1, Some(1), 40), used(2, None, 0)]).await.expect("takes");
    assert!(stage.aggregate().await.expect("runs").complete);
    let acting = stage.acting(customer).await;
    let holder = user_holder(1);
    let released = store.release(&acting, service, HolderKind::User, &holder, now);
    released.await.expect("releases");
    store.take_usage([used(3, Some(3), 0)]).await.expect("takes");
}

/// What tells items of one kind apart whose forms differ.
fn label(item: &Value) -> String {
    let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str);
    let parts = [
        text("/entity/S"),
        text("/action/S"),
        text("/actor/M/kind/S"),
        text("/code/S").filter(|_| item.get("createdAt").is_some()),
        item.get("endedBy").map(|_| "ended"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Ids, digests, secrets and shards as the kind of thing that they are: they differ from run to run.
fn without_chance(text: &str) -> String {
    let shards = [keys::DIRTY_SHARDS, keys::DUE_SHARDS, keys::TICKET_SHARDS];
    let shards = 0..shards.into_iter().max().unwrap_or_default();
    shards.fold(without_ids(text), |text, shard| {
        ["DIRTY", "DUE", "TICKETS"].into_iter().fold(text, |text, kind| {
            text.replace(&format!("\"{kind}#{shard}\""), &format!("\"{kind}#<shard>\""))
        })
    })
}

fn without_ids(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut plain = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(is_word) {
        let (before, from) = rest.split_at(begin);
        let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        plain.push_str(before);
        match word.split_once('_') {
            Some((kind, ulid)) if kind.len() == 3 && ulid.len() == 26 => {
                write!(plain, "<{kind}>").expect("a string takes everything");
            }
            _ if word.len() == 43 => plain.push_str("<43>"),
            _ if word.len() == 32 && word.chars().all(|c| c.is_ascii_hexdigit()) => {
                plain.push_str("<32>");
            }
            _ => plain.push_str(word),
        }
        rest = after;
    }
    plain + rest
}

/// The forms, one a kind and label.
struct Forms(BTreeMap<String, Value>);

impl fmt::Display for Forms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (label, item) in &self.0 {
            writeln!(f, "{label}")?;
            for (name, value) in item.as_object().into_iter().flatten() {
                writeln!(f, "  {name}: {value}")?;
            }
        }
        Ok(())
    }
}

#[apply(both_engines)]
async fn given_an_item_of_every_kind_when_kept_then_its_form_is_the_known_one(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    write_every_kind(&stage).await;
    let items = stage.stored.json().await.into_values();
    let mut items: Vec<_> = items.map(|item| without_chance(&item.to_string())).collect();
    // Of several with one label the least, so that it does not depend on their random ids.
    items.sort_unstable();
    let mut forms = BTreeMap::<String, Value>::new();
    let mut kept = Attributes::new();
    for item in items {
        let item: Value = serde_json::from_str(&item).expect("still JSON");
        let kind = item.pointer("/entity/S").and_then(Value::as_str).expect("a kind");
        let names = item.as_object().into_iter().flatten().map(|(name, _)| name.clone());
        kept.entry(kind.to_owned()).or_default().extend(names);
        forms.entry(label(&item)).or_insert(item);
    }
    documented::check(&kept);
    insta::assert_snapshot!("forms", Forms(forms));
}

#[apply(both_engines)]
async fn given_names_of_20_japanese_characters_and_a_tag_when_kept_then_a_customer_fits_500_bytes(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let partner = stage.partner("みなとクラウド").await;
    // Given that its display name and its organization's name have 20 characters each.
    let name = "東日本青空総合商事株式会社大阪南支店本部";
    assert_eq!(name.chars().count(), 20);
    let customer = stage.customer(name).await;
    stage.connect(&customer, &partner).await;
    let seen = stage.connected(&partner, &customer).await.expect("connected");
    let marked = store_tag(&stage, &seen, "重要な取引先").await;
    assert!(marked, "it is marked");
    let key = keys::customer(partner.id, customer.id);
    // Given every figure that later functions will know.
    let mut item: CustomerItem = stage.stored.get(key.clone()).await.expect("connected");
    item.figures = Some(all_figures());
    item.figures_written = 100_000;
    // And that its partner has dismissed all its notifications at once.
    item.dismissed_up_to = Some(NotificationId::mint(stage.now()));
    stage.stored.put(&item).await;
    let contents = stage.stored.contents().await;
    let size = size_of(&contents.items[&key]);
    assert!(size <= 500, "{size} bytes: {:#?}", contents.items[&key]);
    // Then a page of 50 is within 8 read units: each reads 4 KB, strongly consistent.
    assert!((50 * size).div_ceil(4096) <= 8, "{size} bytes");
}

fn all_figures() -> Summary {
    Summary {
        services: Some(12),
        purchased: Some(12_345),
        assigned: Some(12_000),
        overage: Some(120),
        max_utilization: Some(1.25),
        next_expiry: "2027-03-31".parse().ok(),
        expiring_within90_days: Some(3),
        open_tickets: Some(OpenTickets { total: 7, critical: 1 }),
        active_notifications: Some(ActiveNotifications {
            total: 9,
            error: 1,
            warning: 2,
            information: 6,
        }),
        trials: Some(Trials { active: 1, pending: 2, expired: 3 }),
        as_of: "2027-01-15T08:00:00Z".parse().ok(),
    }
}

async fn store_tag(stage: &Stage, seen: &tsunagu_store::ConnectedCustomer, tag: &str) -> bool {
    let tag = tag.parse::<tsunagu_domain::text::Tag>().expect("a tag");
    let marked = stage.store.change_marks(seen, None, |marks| marks.tags = vec![tag.clone()]);
    marked.await.expect("answers").is_some()
}

/// A customer that shares its account and licences.
fn narrowed() -> CustomerItem {
    let json = r#"{"PK": "A#acc_01KJ00000000000000000000AA",
        "SK": "CUST#acc_01KJ00000000000000000000BB", "id": "con_01KJ00000000000000000000CC",
        "ep": 3, "sh": 9, "at": 1772420400000, "n": "青空商事",
        "og": "org_01KJ00000000000000000000DD", "cr": 7, "r": 12}"#;
    serde_json::from_str(json).expect("an item of the first form")
}

#[test]
fn given_an_item_when_read_back_then_it_is_written_alike() {
    let item = narrowed();
    let attributes = seed::attributes(&item);
    let again: CustomerItem = serde_dynamo::from_item(attributes).expect("reads back");
    assert_eq!(format!("{again:?}"), format!("{item:?}"));
    assert_eq!(item.shares, Share::Account | Share::Licenses);
}

/// Given more entitlements than a partner keeps of a customer, each with the longest of numbers, when
/// they are kept, then the item is far from the most that DynamoDB takes.
#[test]
fn given_a_thousand_of_the_longest_entitlements_when_kept_then_a_customers_licences_fit_an_item() {
    let day: chrono::NaiveDate = "9999-12-31".parse().expect("a day");
    let entitlement = |number: usize| Entitlement {
        entitlement_id: format!("{number:064}").parse().expect("a number"),
        service: "s".repeat(40).parse().expect("a code"),
        kind: EntitlementKind::Granted,
        stage: EntitlementStage::Approved,
        terms: vec![Terms {
            from: day,
            quantity: Some(999_999_999),
            starts_on: day,
            ends_on: Some(day),
        }],
        auto_renew: true,
        order_id: Some("o".repeat(64).parse().expect("a number")),
    };
    let entitlements: Vec<_> = (0..MOST_KEPT + 200).map(entitlement).collect();
    let assigned = |number| (format!("{number:040}").parse().expect("a code"), u64::from(u32::MAX));
    let holdings = Holdings::new(&entitlements, (0..100).map(assigned).collect(), day);
    assert_eq!(holdings.entitlements.len(), MOST_KEPT);
    let zone: TimeZone = "America/Argentina/ComodRivadavia".parse().expect("a time zone");
    let item = CustomerLicensesItem::new(&narrowed(), zone, holdings.clone());
    let attributes = seed::attributes(&item);
    let size = size_of(&attributes);
    assert!(size < 250_000, "{size} bytes of 400 KB");
    let again: CustomerLicensesItem = serde_dynamo::from_item(attributes).expect("reads back");
    assert_eq!(again.entitlements(), [], "it does not share them");
    let mut shared = again;
    shared.shares = Share::Entitlements.into();
    assert_eq!(shared.entitlements(), holdings.entitlements);
}
