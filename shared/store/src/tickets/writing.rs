//! Opening, changing and commenting: one transaction each.

use tsunagu_domain::{
    audit::Action,
    connection::Pair,
    ids::{CommentId, TicketId},
    share::Share,
    ticket::{Comment, NewComment, NewTicket, Ticket, TicketChange},
    time::Instant,
    visibility::Visibility,
};

use super::{TicketOnRecord, TicketParty, TicketRefusal};
use crate::{
    Place, RecordedAnswer, Store, Version,
    audit::{Changes, Event, change},
    condition::Condition,
    error::{StoreError, WriteError},
    item::Item,
    items::{CommentItem, CustomerItem, TicketItem},
    keys,
    settle::{Attempt, until_settled},
    table::Batch,
    transaction::{Outcome, Transaction},
};

/// What a party does to a ticket: changes its fields, comments on it, or both at once.
#[derive(Clone, Debug, Default)]
pub struct TicketWrite {
    /// What is to be different.
    pub change: TicketChange,
    /// What it says.
    pub comment: Option<NewComment>,
    /// The version that the party saw, where it must be so still.
    pub seen: Option<Version>,
}

/// What came of it, as the party sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketWritten {
    /// The ticket afterwards.
    pub on_record: TicketOnRecord,
    /// The comment, where it commented.
    pub comment: Option<Comment>,
}

/// A write on its way.
struct Writing<'a> {
    party: &'a TicketParty<'a>,
    ticket: TicketId,
    write: &'a TicketWrite,
    /// The same in every attempt.
    comment: CommentId,
    at: Instant,
}

impl TicketParty<'_> {
    /// A ticket that the party opens, before it is written.
    pub fn open(&self, new: NewTicket, at: Instant) -> Result<Ticket, TicketRefusal> {
        self.check(Some(new.visibility))?;
        Ok(Ticket::open(self.account_id(), self.author(), new, at))
    }
}

impl Store {
    /// Opens a ticket; the answer is recorded with it.
    pub async fn open_ticket(
        &self,
        party: &TicketParty<'_>,
        ticket: &Ticket,
        answer: Option<RecordedAnswer>,
    ) -> Result<(), WriteError<TicketRefusal>> {
        let item = TicketItem { ticket: ticket.clone(), rev: 1, written: 1 };
        let event = Event::new(ticket.created_at, Action::TicketOpened, "ticket", ticket.ticket_id)
            .with([
                change("severity", None::<String>, Some(ticket.severity)),
                change("visibility", None::<String>, Some(ticket.visibility)),
            ]);
        until_settled(async || {
            let mut transaction = Transaction::default();
            let recording = transaction.record(answer.clone())?;
            transaction.put(&item, &Condition::absent())?;
            transaction.put(&item.place(), &Condition::absent())?;
            party.audit(&mut transaction, &event)?;
            if let Some(pair) = party.pair() {
                let mut found = self.table.batch_get(&[connection(pair)]).await?;
                transaction.hold_tickets(pair, &mut found)?;
            }
            match self.table.transact(transaction).await? {
                Outcome::Done => Ok(Attempt::Done(())),
                Outcome::Refused(failed) => {
                    recording.check(&failed)?;
                    Ok(Attempt::Stale)
                }
            }
        })
        .await
    }

    /// Changes a ticket, comments on it, or both at once; `record` gives the answer that is recorded
    /// with it.
    pub async fn write_ticket(
        &self,
        party: &TicketParty<'_>,
        ticket: TicketId,
        write: &TicketWrite,
        at: Instant,
        record: impl Fn(&TicketWritten) -> Result<Option<RecordedAnswer>, StoreError>,
    ) -> Result<TicketWritten, WriteError<TicketRefusal>> {
        let comment = CommentId::mint(at);
        let writing = Writing { party, ticket, write, comment, at };
        let (written, left) =
            Box::pin(until_settled(async || self.write_ticket_once(&writing, &record).await))
                .await?;
        // The stream would do it too, and later: from this answer on no partner sees it (T9).
        if left.is_some() {
            Box::pin(self.hide_ticket(party.account_id(), ticket, left)).await?;
        }
        Ok(written)
    }

    /// Writes once; with what was written comes the place behind the partners from which a hidden ticket
    /// was taken in the same transaction, where there are more.
    async fn write_ticket_once(
        &self,
        writing: &Writing<'_>,
        record: &impl Fn(&TicketWritten) -> Result<Option<RecordedAnswer>, StoreError>,
    ) -> Result<Attempt<(TicketWritten, Option<Place>)>, WriteError<TicketRefusal>> {
        let party = writing.party;
        let key = keys::ticket(party.account_id(), writing.ticket);
        let wanted: Vec<_> =
            [Some(key.clone()), party.pair().map(connection)].into_iter().flatten().collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut transaction = Transaction::default();
        if let Some(pair) = party.pair() {
            transaction.hold_tickets(pair, &mut found)?;
        }
        let before = found.take::<TicketItem>(&key)?;
        party.look(before.as_ref()).map_err(WriteError::Refused)?;
        let Some(before) = before else { return Err(WriteError::Refused(TicketRefusal::Unknown)) };
        let (after, comment) = writing.apply(&before).map_err(WriteError::Refused)?;
        let ticket = party.look(Some(&after)).map_err(WriteError::Refused)?;
        let on_record = TicketOnRecord { ticket, version: after.version() };
        let written = TicketWritten { on_record, comment };
        let answer = record(&written)?;
        let is_same = after.written == before.written;
        let hides = writing.write.change.visibility == Some(Visibility::Account);
        // Hiding once more finishes what was cut off.
        if is_same && answer.is_none() && !hides {
            return Ok(Attempt::Done((written, None)));
        }
        let recording = transaction.record(answer)?;
        let left = if hides {
            self.hide_with(&mut transaction, party.account_id(), writing.ticket).await?
        } else {
            None
        };
        let unchanged = Condition::present().and_equals("written", before.written)?;
        if is_same {
            transaction.check(key, &unchanged);
        } else {
            transaction.put(&after, &unchanged)?;
            transaction.place(&before, &after)?;
            writing.tell(
                &mut transaction,
                &before.ticket,
                &after.ticket,
                written.comment.as_ref(),
            )?;
        }
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(Attempt::Done((written, left))),
            Outcome::Refused(failed) => {
                recording.check(&failed)?;
                Ok(Attempt::Stale)
            }
        }
    }
}

impl Writing<'_> {
    /// The ticket afterwards, and the comment.
    fn apply(&self, before: &TicketItem) -> Result<(TicketItem, Option<Comment>), TicketRefusal> {
        let Self { party, write, at, .. } = *self;
        if !before.version().is(write.seen) {
            return Err(TicketRefusal::Changed);
        }
        party.check(write.change.visibility)?;
        party.check(write.comment.as_ref().and_then(|comment| comment.visibility))?;
        let changed = before.ticket.changed(&write.change, party.role(), at);
        let changed = changed.map_err(TicketRefusal::Move)?;
        let rev = before.rev + u64::from(changed != before.ticket);
        let comment = write
            .comment
            .as_ref()
            .map(|new| changed.comment(self.comment, party.author(), new, at));
        let ticket = match &comment {
            Some(comment) => changed.commented(comment),
            None => changed,
        };
        let written = before.written + u64::from(ticket != before.ticket);
        Ok((TicketItem { ticket, rev, written }, comment))
    }

    /// Writes the comment, and what happened into the trails.
    fn tell(
        &self,
        transaction: &mut Transaction,
        before: &Ticket,
        after: &Ticket,
        comment: Option<&Comment>,
    ) -> Result<(), StoreError> {
        let event = |action| Event::new(self.at, action, "ticket", self.ticket);
        let changes = changes(before, after);
        if !changes.is_empty() {
            self.party.audit(transaction, &event(Action::TicketChanged).with(changes))?;
        }
        let Some(comment) = comment else { return Ok(()) };
        let item = CommentItem { account_id: after.account_id, comment: comment.clone() };
        transaction.put(&item, &Condition::absent())?;
        let told = event(Action::TicketCommented).with([
            change("comment", None::<String>, Some(comment.comment_id)),
            change("visibility", None::<String>, Some(comment.visibility)),
        ]);
        self.party.audit(transaction, &told)
    }
}

impl Transaction {
    /// Holds the rest to a customer that shares its tickets with the partner. Refuses where that is no
    /// longer so.
    fn hold_tickets(
        &mut self,
        pair: Pair,
        found: &mut Batch,
    ) -> Result<(), WriteError<TicketRefusal>> {
        let customer = found.take::<CustomerItem>(&connection(pair))?;
        let customer = CustomerItem::still_sharing(customer, Share::Tickets)
            .map_err(|refusal| WriteError::Refused(TicketRefusal::NotAdmitted(refusal)))?;
        Ok(self.hold(&customer)?)
    }

    /// Moves a ticket's place with it.
    fn place(&mut self, before: &TicketItem, after: &TicketItem) -> Result<(), StoreError> {
        let (left, taken) = (before.place().key(), after.place());
        if left != taken.key() {
            self.delete(left, &Condition::none());
        }
        self.put(&taken, &Condition::none()).map(|_| ())
    }
}

/// Where a partner keeps the connection to its customer.
fn connection(pair: Pair) -> keys::Key {
    keys::customer(pair.partner, pair.customer)
}

/// What is different, by field. What a description says stands in no trail: only that it changed.
fn changes(before: &Ticket, after: &Ticket) -> Changes {
    let mut changes = Changes::new();
    if before.subject != after.subject {
        changes.extend([change("subject", Some(&before.subject), Some(&after.subject))]);
    }
    if before.description != after.description {
        changes.extend([change("description", None::<String>, None::<String>)]);
    }
    if before.severity != after.severity {
        changes.extend([change("severity", Some(before.severity), Some(after.severity))]);
    }
    if before.status != after.status {
        changes.extend([change("status", Some(before.status), Some(after.status))]);
    }
    if before.visibility != after.visibility {
        changes.extend([change("visibility", Some(before.visibility), Some(after.visibility))]);
    }
    if before.case_number != after.case_number {
        let (from, to) = (before.case_number.as_ref(), after.case_number.as_ref());
        changes.extend([change("caseNumber", from, to)]);
    }
    changes
}
