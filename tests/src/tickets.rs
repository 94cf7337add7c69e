//! Tickets on a stage: who writes them, and what is kept of one.

use tsunagu_domain::{
    ids::{AccountId, TicketId},
    share::part,
    ticket::{Comment, NewComment, NewTicket, Severity, Ticket, TicketChange},
    time::Instant,
    visibility::Visibility,
};
use tsunagu_store::{
    Acting, Readable, StoreError, TicketOnRecord, TicketParty, TicketRefusal, TicketWrite,
    TicketWritten, WriteError,
    items::{CommentItem, TicketItem, TicketPlaceItem},
    keys,
};

use crate::{Party, Stage, stored::Contents};

/// Somebody of an account, or of a partner for it, at the account's tickets.
#[derive(Debug)]
pub struct Desk {
    acting: Acting,
    tickets: Readable<part::Tickets>,
}

impl Desk {
    /// Who acts.
    pub fn party(&self) -> TicketParty<'_> {
        TicketParty::new(&self.acting, &self.tickets)
    }
}

/// A ticket with these words.
pub fn about(subject: &str, visibility: Visibility) -> NewTicket {
    NewTicket {
        subject: subject.parse().expect("a subject"),
        description: "Every session ends after ten minutes.".parse().expect("a text"),
        service: None,
        severity: Severity::High,
        visibility,
    }
}

/// A change of fields alone.
pub fn change(change: TicketChange) -> TicketWrite {
    TicketWrite { change, ..TicketWrite::default() }
}

/// A comment alone.
pub fn comment(body: &str, visibility: Option<Visibility>) -> TicketWrite {
    let comment = NewComment { body: body.parse().expect("a text"), visibility };
    TicketWrite { comment: Some(comment), ..TicketWrite::default() }
}

impl Stage {
    /// An account at its own tickets.
    pub async fn desk(&self, account: &Party) -> Desk {
        let acting = self.acting(account).await;
        let tickets = acting.own();
        Desk { acting, tickets }
    }

    /// A partner at its customer's tickets.
    pub async fn desk_of(&self, partner: &Party, customer: &Party) -> Desk {
        let acting = self.acting(partner).await;
        let connected = self.connected(partner, customer).await.expect("connected");
        let tickets = connected.sharing::<part::Tickets>().expect("shares its tickets").into();
        Desk { acting, tickets }
    }

    /// Somebody opens a ticket now.
    pub async fn open_ticket(&self, party: &TicketParty<'_>, new: NewTicket) -> Ticket {
        let ticket = party.open(new, self.now()).expect("may be opened");
        self.store.open_ticket(party, &ticket, None).await.expect("is opened");
        ticket
    }

    /// Somebody writes on a ticket at an instant.
    pub async fn write_at(
        &self,
        party: &TicketParty<'_>,
        ticket: TicketId,
        write: &TicketWrite,
        at: Instant,
    ) -> Result<TicketWritten, WriteError<TicketRefusal>> {
        let record = |_: &TicketWritten| Ok::<_, StoreError>(None);
        self.store.write_ticket(party, ticket, write, at, record).await
    }

    /// Somebody writes on a ticket now.
    pub async fn write(
        &self,
        party: &TicketParty<'_>,
        ticket: TicketId,
        write: &TicketWrite,
    ) -> Result<TicketWritten, WriteError<TicketRefusal>> {
        self.write_at(party, ticket, write, self.now()).await
    }

    /// A ticket as somebody sees it.
    pub async fn seen(&self, party: &TicketParty<'_>, ticket: TicketId) -> Option<TicketOnRecord> {
        self.store.ticket(party, ticket).await.expect("answers")
    }

    /// All comments on a ticket that somebody sees, oldest first.
    pub async fn comments(&self, party: &TicketParty<'_>, ticket: TicketId) -> Vec<Comment> {
        let page = self.store.comments(party, ticket, None, 1_000).await.expect("answers");
        page.expect("sees the ticket").items
    }
}

/// What is kept of one ticket.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The ticket.
    pub item: TicketItem,
    /// Its comments, oldest first.
    pub comments: Vec<Comment>,
}

impl Kept {
    /// Reads a ticket of an account; that it has its one place is asserted here.
    pub fn of(contents: &Contents, account: AccountId, ticket: TicketId) -> Self {
        let item = contents.get::<TicketItem>(&keys::ticket(account, ticket)).expect("is kept");
        let partition = keys::account_partition(account);
        let places = contents.of_kind::<TicketPlaceItem>(&partition).into_iter();
        let places: Vec<_> = places.filter(|place| place.ticket_id == ticket).collect();
        assert_eq!(places, [item.place()], "one place, and that of the ticket as it is");
        let comments = contents.of_kind::<CommentItem>(&partition).into_iter();
        let comments = comments.map(|item| item.comment);
        let comments = comments.filter(|comment| comment.ticket_id == ticket).collect();
        Self { item, comments }
    }
}
