//! The vendor's list of the tickets of all accounts.

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    ids::TicketId,
    ticket::{Status, TicketChange},
    visibility::Visibility,
};
use tsunagu_store::{PlacedFilter, TicketParty};
use tsunagu_tests::{
    Engine, Party, Stage, both_engines,
    tickets::{about, change, comment},
};

/// A dozen accounts, which stand in all partitions of the index, with tickets a second apart; those
/// for the account alone among them.
struct Case {
    stage: Stage,
    accounts: Vec<Party>,
    /// Oldest first.
    tickets: Vec<(usize, TicketId)>,
}

impl Case {
    async fn open(engine: Engine) -> Option<Self> {
        let stage = Stage::open(engine).await?;
        let mut accounts = Vec::new();
        for number in 0..12 {
            accounts.push(stage.customer(&format!("Account {number}")).await);
        }
        let mut tickets = Vec::new();
        for number in 0..30 {
            stage.wait(TimeDelta::seconds(1));
            let account = number * 7 % accounts.len();
            let visibility = if number % 3 == 0 { Visibility::Account } else { Visibility::Shared };
            let desk = stage.desk(&accounts[account]).await;
            let ticket = stage.open_ticket(&desk.party(), about("Slow", visibility)).await;
            tickets.push((account, ticket.ticket_id));
        }
        Some(Self { stage, accounts, tickets })
    }

    fn newest_first(&self) -> Vec<TicketId> {
        self.tickets.iter().rev().map(|(_, id)| *id).collect()
    }

    fn support(&self, number: usize) -> (TicketParty<'static>, TicketId) {
        let (account, id) = self.tickets[number];
        (TicketParty::support(self.accounts[account].id), id)
    }

    async fn close(&self, number: usize) {
        let (party, id) = self.support(number);
        let closed = TicketChange { status: Some(Status::Closed), ..TicketChange::default() };
        self.stage.write(&party, id, &change(closed)).await.expect("closes");
    }

    /// All pages of a list.
    async fn list(&self, filter: &PlacedFilter, limit: usize) -> Vec<TicketId> {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let now = self.stage.now();
            let page = self.stage.store.all_tickets(filter, after, limit, now).await;
            let page = page.expect("answers");
            assert!(page.items.len() <= limit);
            ids.extend(page.items.iter().map(|ticket| ticket.ticket_id));
            after = page.next;
            if after.is_none() {
                return ids;
            }
        }
    }
}

#[apply(both_engines)]
async fn given_tickets_of_many_accounts_then_pages_hold_each_once_the_last_changed_first(
    engine: Engine,
) {
    let Some(case) = Case::open(engine).await else { return };
    for limit in [1, 4, 29, 30, 100] {
        assert_eq!(
            case.list(&PlacedFilter::default(), limit).await,
            case.newest_first(),
            "{limit}"
        );
    }
    // When one is commented on, even for the account alone, then it comes first.
    case.stage.wait(TimeDelta::seconds(1));
    let (party, id) = case.support(3);
    let said = comment("We look.", Some(Visibility::Account));
    case.stage.write(&party, id, &said).await.expect("says");
    let mut expected = case.newest_first();
    expected.retain(|one| *one != id);
    expected.insert(0, id);
    assert_eq!(case.list(&PlacedFilter::default(), 7).await, expected);
}

#[apply(both_engines)]
async fn given_filters_then_the_list_is_of_what_they_say(engine: Engine) {
    let Some(case) = Case::open(engine).await else { return };
    let all = case.newest_first();
    let begin = case.tickets[20].1.minted_at();
    let since = PlacedFilter { updated_since: Some(begin), status: None };
    assert_eq!(case.list(&since, 3).await, all[..10], "the instant itself is among them");
    let later =
        PlacedFilter { updated_since: Some(case.stage.now() + TimeDelta::days(1)), ..since };
    assert_eq!(case.list(&later, 3).await, []);
    case.stage.wait(TimeDelta::seconds(1));
    case.close(5).await;
    let closed = PlacedFilter { status: Some(Status::Closed), ..PlacedFilter::default() };
    assert_eq!(case.list(&closed, 1).await, [case.tickets[5].1]);
    let open = PlacedFilter { status: Some(Status::Open), ..PlacedFilter::default() };
    let expected: Vec<_> = all.into_iter().filter(|id| *id != case.tickets[5].1).collect();
    assert_eq!(case.list(&open, 4).await, expected);
}

#[apply(both_engines)]
async fn given_a_closed_ticket_then_it_is_listed_for_ninety_days_and_read_for_ever(engine: Engine) {
    let Some(case) = Case::open(engine).await else { return };
    let (party, id) = case.support(9);
    case.close(9).await;
    let closed = PlacedFilter { status: Some(Status::Closed), ..PlacedFilter::default() };
    case.stage.wait(TimeDelta::days(90) - TimeDelta::milliseconds(1));
    assert_eq!(case.list(&closed, 10).await, [id]);
    case.stage.wait(TimeDelta::milliseconds(1));
    assert_eq!(case.list(&closed, 10).await, []);
    assert_eq!(case.list(&PlacedFilter::default(), 10).await.len(), 29, "the open ones stay");
    assert!(case.stage.seen(&party, id).await.is_some());
    // When it is taken up again, then it is listed again.
    let open = TicketChange { status: Some(Status::Open), ..TicketChange::default() };
    case.stage.write(&party, id, &change(open)).await.expect("opens");
    assert_eq!(case.list(&PlacedFilter::default(), 10).await.first(), Some(&id));
    let since = PlacedFilter { updated_since: Some(case.stage.now()), status: None };
    assert_eq!(case.list(&since, 10).await, [id]);
}
