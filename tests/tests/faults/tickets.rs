//! Tickets on bad days: what was written is written once and whole, or not at all.

use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    audit::Action,
    ticket::{Status, Ticket, TicketChange},
    visibility::Visibility,
};
use tsunagu_store::{
    PlacedFilter, StoreError, TicketParty, TicketRefusal, TicketWrite, TicketWritten, WriteError,
};
use tsunagu_tests::{
    Engine, Party, Stage, both_engines,
    faults::Fault,
    record::Operation,
    tickets::{Desk, Kept, about, comment},
};

const TRANSACTIONS: &[Operation] = &[Operation::TransactWriteItems];

struct Case {
    stage: Stage,
    customer: Party,
    partners: Desk,
    ticket: Ticket,
}

impl Case {
    /// A customer's ticket, and a partner who sees it.
    async fn open(engine: Engine) -> Option<Self> {
        let stage = Stage::open(engine).await?;
        let customer = stage.customer("青空商事").await;
        let partner = stage.partner("海原システム").await;
        stage.connect(&customer, &partner).await;
        let own = stage.desk(&customer).await;
        let partners = stage.desk_of(&partner, &customer).await;
        let ticket = stage.open_ticket(&own.party(), about("Slow", Visibility::Shared)).await;
        Some(Self { stage, customer, partners, ticket })
    }

    /// The support solves it, numbers it and says so.
    async fn update(&self) -> Result<TicketWritten, WriteError<TicketRefusal>> {
        let change = TicketChange {
            status: Some(Status::Resolved),
            case_number: Some("CS-1".parse().expect("a number")),
            ..TicketChange::default()
        };
        let write = TicketWrite { change, ..comment("Solved.", None) };
        let support = TicketParty::support(self.customer.id);
        self.stage.write(&support, self.ticket.ticket_id, &write).await
    }

    /// How many comments there are, and the entries that tell of the ticket; that all of an update
    /// is there or nothing is asserted here.
    async fn is_updated(&self) -> bool {
        let contents = self.stage.stored.contents().await;
        let kept = Kept::of(&contents, self.customer.id, self.ticket.ticket_id);
        let ticket = kept.item.ticket;
        let told = |action| contents.count_audited(self.customer.id, action);
        let found = (
            ticket.status,
            ticket.case_number.is_some(),
            ticket.activity.comment_count,
            kept.comments.len(),
            told(Action::TicketChanged),
            told(Action::TicketCommented),
        );
        match found {
            (Status::Open, false, 0, 0, 0, 0) => false,
            (Status::Resolved, true, 1, 1, 1, 1) => true,
            half => panic!("half an update: {half:?}"),
        }
    }
}

#[apply(both_engines)]
async fn given_an_update_when_its_answer_is_lost_then_it_is_done_once(engine: Engine) {
    for fault in [Fault::LostAnswer, Fault::AnswerNeverComes] {
        let Some(case) = Case::open(engine).await else { return };
        case.stage.database.faults.next(TRANSACTIONS, fault, 2);
        let written = case.update().await.expect("is done");
        assert_eq!(written.on_record.ticket.status, Status::Resolved, "{fault:?}");
        assert!(case.is_updated().await);
    }
}

#[apply(both_engines)]
async fn given_an_update_that_crashes_after_any_call_then_all_of_it_is_done_or_nothing(
    engine: Engine,
) {
    for calls in 0..4 {
        let Some(case) = Case::open(engine).await else { return };
        case.stage.database.faults.stop_after(calls);
        let updated = case.update().await;
        case.stage.database.faults.heal();
        assert_eq!(case.is_updated().await, updated.is_ok(), "after {calls} calls");
        if updated.is_err() {
            // When it is asked again, then it is done.
            case.update().await.expect("is done");
            assert!(case.is_updated().await);
        } else {
            assert!(calls >= 2, "a read and a transaction");
        }
    }
}

#[rstest]
#[case::conflict(Fault::Conflict)]
#[case::in_progress(Fault::InProgress)]
#[case::throttled_in_transaction(Fault::ThrottledInTransaction)]
#[case::server_error(Fault::ServerError)]
#[tokio::test(start_paused = true)]
async fn given_a_partners_comment_when_it_fails_thrice_then_it_is_said_once(#[case] fault: Fault) {
    let Some(case) = Case::open(Engine::Embedded).await else { return };
    case.stage.database.faults.next(TRANSACTIONS, fault, 3);
    let id = case.ticket.ticket_id;
    let said = comment("We look into it.", None);
    case.stage.write(&case.partners.party(), id, &said).await.expect("is said");
    let kept = Kept::of(&case.stage.stored.contents().await, case.customer.id, id);
    assert_eq!((kept.comments.len(), kept.item.written), (1, 2));
}

#[rstest]
#[case::conflict(Fault::Conflict)]
#[case::throttled(Fault::Throttled)]
#[tokio::test(start_paused = true)]
async fn given_an_update_when_it_fails_for_ever_then_it_is_unavailable_and_undone(
    #[case] fault: Fault,
) {
    let Some(case) = Case::open(Engine::Embedded).await else { return };
    case.stage.database.faults.always(TRANSACTIONS, fault);
    let updated = case.update().await;
    assert!(matches!(updated, Err(WriteError::Store(StoreError::Unavailable(_)))), "{updated:?}");
    assert!(!case.is_updated().await);
}

#[tokio::test(start_paused = true)]
async fn given_a_batch_that_is_not_processed_at_once_then_no_ticket_of_the_vendors_list_is_missed()
{
    let Some(case) = Case::open(Engine::Embedded).await else { return };
    let support = TicketParty::support(case.customer.id);
    let desk = case.stage.desk(&case.customer).await;
    for number in 0..5 {
        let new = about(&format!("No. {number}"), Visibility::Account);
        case.stage.open_ticket(&desk.party(), new).await;
    }
    for fault in [Fault::Unprocessed, Fault::HalfUnprocessed] {
        case.stage.database.faults.next(&[Operation::BatchGetItem], fault, 2);
        let now = case.stage.now();
        let page = case.stage.store.all_tickets(&PlacedFilter::default(), None, 50, now).await;
        assert_eq!(page.expect("answers").items.len(), 6, "{fault:?}");
    }
    // Nor is a ticket taken for unknown because the database was busy.
    case.stage.database.faults.next(&[Operation::BatchGetItem], Fault::Unprocessed, 2);
    let written = case.stage.write(&support, case.ticket.ticket_id, &comment("Here.", None)).await;
    assert!(written.is_ok(), "{written:?}");
}
