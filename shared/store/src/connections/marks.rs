//! The partner's own marks of a customer: reference, tags, note; and whom it blocks.

use tsunagu_domain::{
    audit::Action,
    ids::AccountId,
    text::{Note, Reference, Tag},
    time::Instant,
};

use super::{Attempt, Changed, Marked, until_settled};
use crate::{
    Acting, ConnectedCustomer, Page, Place, Store, Version,
    audit::Event,
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    items::{BlockedItem, CustomerItem, NoteItem},
    keys::{self, prefix},
    transaction::{Outcome, Transaction},
};

/// A partner's own marks of one customer; they outlive an end and a new start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Its own number for the customer, or the like.
    pub reference: Option<Reference>,
    /// Its own tags.
    pub tags: Vec<Tag>,
    /// Its own note.
    pub note: Option<Note>,
}

impl Store {
    /// Changes the partner's marks; the customer afterwards, `None` where it is no longer connected.
    ///
    /// `apply` changes the marks as they stand, and is asked again where they changed meanwhile.
    pub async fn change_marks(
        &self,
        customer: &ConnectedCustomer,
        seen: Option<Version>,
        apply: impl Fn(&mut Marks),
    ) -> Result<Option<Marked>, WriteError<Changed>> {
        let (partner, customer) = (customer.partner, customer.customer);
        until_settled(async || {
            let Some(mut marked) = self.marked(partner, customer).await? else {
                return Ok(Attempt::Done(None));
            };
            if !marked.item.version().is(seen) {
                return Err(WriteError::Refused(Changed));
            }
            let before = marked.marks();
            let mut after = before.clone();
            apply(&mut after);
            if after == before {
                return Ok(Attempt::Done(Some(marked)));
            }
            let transaction = marking(&marked.item, &before, &after)?;
            marked.put(after);
            Ok(self.table.transact(transaction).await?.or_stale(Some(marked)))
        })
        .await
    }

    /// Whom a partner blocks, by customer id.
    pub async fn blocked_customers(
        &self,
        partner: &Acting,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<BlockedItem>, StoreError> {
        self.list(partner, prefix::BLOCKED, after, Some(limit)).await
    }

    /// Lets the link work for a customer again; `false` where it was not blocked.
    pub async fn unblock(
        &self,
        partner: &Acting,
        customer: AccountId,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let id = partner.account_id();
        let mut transaction = Transaction::default();
        transaction.delete(keys::blocked(id, customer), &Condition::present());
        let event = Event::new(now, Action::CustomerUnblocked, "account", customer);
        transaction.audit(id, partner.actor(), &event)?;
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(true),
            Outcome::Refused(_) => Ok(false),
        }
    }
}

fn marking(item: &CustomerItem, before: &Marks, after: &Marks) -> Result<Transaction, StoreError> {
    let CustomerItem { partner, customer, .. } = *item;
    let tags = (!after.tags.is_empty()).then_some(&after.tags);
    let mut transaction = Transaction::default();
    transaction.update(
        keys::customer(partner, customer),
        Update::default().put("rf", after.reference.as_ref())?.put("tg", tags)?.add("r", 1),
        &Condition::present().and_equals("ep", item.episode)?.and_equals("r", item.rev)?,
    );
    match &after.note {
        Some(note) if before.note.as_ref() != Some(note) => {
            let note = NoteItem { partner, customer, note: note.clone() };
            transaction.put(&note, &Condition::none())?;
        }
        None if before.note.is_some() => {
            transaction.delete(keys::note(partner, customer), &Condition::none());
        }
        _ => {}
    }
    Ok(transaction)
}
