//! Lists of both sides, page by page, while others come and go.

use std::collections::BTreeSet;

use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{connection::Role, ids::AccountId, program::Program};
use tsunagu_tests::{Engine, Party, Stage, both_engines, seed, stage::pair};

/// A partner with this many customers, by customer id.
async fn partner_of(stage: &Stage, customers: usize) -> (Party, Vec<Party>) {
    let partner = stage.partner("みなとクラウド").await;
    let mut all = vec![];
    for number in 0..customers {
        let customer = stage.customer(&format!("顧客{number}")).await;
        stage.connect(&customer, &partner).await;
        all.push(customer);
    }
    all.sort_by_key(|customer| customer.id);
    (partner, all)
}

fn ids(parties: &[Party]) -> Vec<AccountId> {
    parties.iter().map(|party| party.id).collect()
}

#[apply(both_engines)]
async fn given_7_customers_when_paged_by_3_then_each_comes_once_in_order(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customers) = partner_of(&stage, 7).await;
    let acting = stage.acting(&partner).await;
    let (mut seen, mut after) = (vec![], None);
    loop {
        let page = stage.store.customers(&acting, after, Some(3)).await.expect("answers");
        assert!(page.items.len() <= 3);
        seen.extend(page.items.iter().map(|item| item.customer));
        after = page.items.last().map(|item| item.customer);
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(seen, ids(&customers));
}

#[apply(both_engines)]
async fn given_a_page_when_its_last_customer_leaves_then_the_next_page_goes_on_behind_it(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customers) = partner_of(&stage, 6).await;
    let acting = stage.acting(&partner).await;
    let first = stage.store.customers(&acting, None, Some(3)).await.expect("answers");
    assert_eq!(first.items.len(), 3);
    // When the customer leaves that the place was taken from, and one of the next page.
    for gone in [&customers[2], &customers[4]] {
        assert!(stage.end(gone, pair(&partner, gone)).await.expect("ends"));
    }
    let after = first.items.last().map(|item| item.customer);
    let rest = stage.store.customers(&acting, after, Some(3)).await.expect("answers").items;
    let rest: Vec<_> = rest.iter().map(|item| item.customer).collect();
    assert_eq!(rest, [customers[3].id, customers[5].id]);
}

#[apply(both_engines)]
async fn given_two_partners_when_listed_then_neither_sees_the_others_customers(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (one, of_one) = partner_of(&stage, 2).await;
    let (other, of_other) = partner_of(&stage, 3).await;
    for (partner, customers) in [(one, of_one), (other, of_other)] {
        let acting = stage.acting(&partner).await;
        let seen = stage.store.customers(&acting, None, None).await.expect("answers").items;
        let seen: Vec<_> = seen.iter().map(|item| item.customer).collect();
        assert_eq!(seen, ids(&customers));
    }
}

#[apply(both_engines)]
async fn given_ended_connections_when_listed_then_they_are_among_the_past_of_both_sides_only(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customers) = partner_of(&stage, 3).await;
    let acting = stage.acting(&partner).await;
    let (gone, left) = (&customers[0], &customers[1]);
    assert!(stage.end(gone, pair(&partner, gone)).await.expect("ends"));
    assert!(stage.end(&partner, pair(&partner, left)).await.expect("ends"));
    let active = stage.store.customers(&acting, None, None).await.expect("answers").items;
    assert_eq!(active.len(), 1);
    // Then the past, page by page, says who ended it.
    let first = stage.store.past_customers(&acting, None, 1).await.expect("answers");
    let rest = stage.store.past_customers(&acting, first.next, 5).await.expect("answers");
    let past: BTreeSet<_> = first.items.iter().chain(&rest.items).collect_ended();
    let expected = BTreeSet::from([
        (gone.id, Role::Customer.to_string()),
        (left.id, Role::Partner.to_string()),
    ]);
    assert_eq!(past, expected);
    let of_gone = stage.acting(gone).await;
    let mirror = stage.store.past_partners(&of_gone, None, 5).await.expect("answers").items;
    assert_eq!((mirror.len(), mirror[0].partner), (1, partner.id));
    assert_eq!(mirror[0].past.ended_at, stage.now());
    let active = stage.store.partners(&of_gone, None, 5).await.expect("answers").items;
    assert!(active.is_empty());
}

trait CollectEnded {
    fn collect_ended(self) -> BTreeSet<(AccountId, String)>;
}

impl<'a, I: Iterator<Item = &'a tsunagu_store::items::PastCustomerItem>> CollectEnded for I {
    fn collect_ended(self) -> BTreeSet<(AccountId, String)> {
        self.map(|item| (item.customer, item.past.ended_by.to_string())).collect()
    }
}

#[apply(both_engines)]
async fn given_partners_when_listed_then_their_accounts_say_who_they_are_now(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let customer = stage.customer("青空商事").await;
    let first = stage.party("みなとクラウド", &[Program::Csp, Program::Csa]).await;
    // Given a second account of the same organization.
    let second = seed::account("みなと関西", first.org, stage.now());
    let second_id = second.account.account_id;
    stage.stored.put(&second).await;
    stage.connect(&customer, &first).await;
    let rename = "Minato Cloud".parse().expect("a name");
    stage.change_account(&first, |item| item.account.display_name = rename).await;
    let partners = [(first.id, first.org), (second_id, first.org)];
    let known = stage.store.partners_on_record(partners, stage.now()).await.expect("answers");
    assert_eq!(known[&first.id].names.display_name.as_str(), "Minato Cloud");
    assert_eq!(known[&second_id].names.display_name.as_str(), "みなと関西");
    for id in [first.id, second_id] {
        let programs: Vec<_> = known[&id].badges.iter().map(|badge| badge.program).collect();
        assert_eq!(programs, [Program::Csa, Program::Csp]);
    }
    let acting = stage.acting(&customer).await;
    let listed = stage.store.partners(&acting, None, 5).await.expect("answers").items;
    assert_eq!((listed.len(), listed[0].partner), (1, first.id));
    let none = stage.store.partner(&acting, second_id).await.expect("answers");
    assert!(none.is_none(), "an organization's other account is not connected");
}

#[apply(both_engines)]
async fn given_12_episodes_when_paged_then_they_come_newest_first_on_both_sides(engine: Engine) {
    let Some(stage) = Stage::open(engine).await else { return };
    let (partner, customers) = partner_of(&stage, 1).await;
    let customer = &customers[0];
    let pair = pair(&partner, customer);
    for _ in 1..12 {
        assert!(stage.end(customer, pair).await.expect("ends"));
        stage.connect(customer, &partner).await;
    }
    for side in [&partner, customer] {
        let (mut numbers, mut after) = (vec![], None);
        loop {
            let page = stage.episodes(side, pair, after, 5).await.expect("answers");
            numbers.extend(page.items.iter().map(|episode| episode.episode));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(numbers, (1..=12).rev().collect::<Vec<_>>());
    }
}

#[apply(both_engines)]
async fn given_accounts_that_are_each_others_partner_when_listed_then_the_two_links_stay_apart(
    engine: Engine,
) {
    let Some(stage) = Stage::open(engine).await else { return };
    let one = stage.partner("みなとクラウド").await;
    let other = stage.partner("Northwind Services").await;
    stage.connect(&one, &other).await;
    stage.connect(&other, &one).await;
    let (there, back) = (pair(&other, &one), pair(&one, &other));
    assert!(stage.end(&one, there).await.expect("ends"));
    // Then the link in the other direction stands, with a history of its own.
    assert!(stage.stored.connection(there).await.is_none());
    assert!(stage.stored.connection(back).await.is_some());
    let ended = stage.episodes(&one, there, None, 5).await.expect("answers").items;
    let open = stage.episodes(&one, back, None, 5).await.expect("answers").items;
    assert_eq!((ended.len(), open.len()), (1, 1));
    assert!(ended[0].ended_at.is_some() && open[0].ended_at.is_none());
}
