//! Pieces of work on feeds, each bounded, each going on where it was left.

use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    connection::Pair,
    ids::{AccountId, NotificationId, TicketId},
    time::Instant,
};

use super::Mark;
use crate::{
    Place, Store, condition::Condition, error::StoreError, item::Item, items::FeedStepItem,
    nonce::Nonce, transaction::Transaction,
};

/// What is to be done, from where on.
#[derive(Clone, Debug, PartialEq, Eq, strum::IntoStaticStr, Serialize, Deserialize)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case", tag = "kind", rename_all_fields = "camelCase")]
pub enum Step {
    /// Brings a notification to the partners of its account.
    Tell {
        /// The account.
        customer: AccountId,
        /// The notification.
        notification: NotificationId,
        /// Behind this partner.
        after: Option<Place>,
    },
    /// Brings a ticket, as it is now, to the partners of its account, or takes it away from them.
    Carry {
        /// The account.
        customer: AccountId,
        /// The ticket.
        ticket: TicketId,
        /// Behind this partner.
        after: Option<Place>,
    },
    /// Brings a new partner the notifications that are kept.
    FillNotifications {
        /// The partner.
        partner: AccountId,
        /// The customer.
        customer: AccountId,
        /// The episode that began.
        episode: u32,
        /// Behind this notification.
        after: Option<Place>,
    },
    /// Brings a new partner the tickets that are open.
    FillTickets {
        /// The partner.
        partner: AccountId,
        /// The customer.
        customer: AccountId,
        /// The episode that began.
        episode: u32,
        /// Behind this ticket.
        after: Option<Place>,
    },
    /// Takes a customer out of the feed of a partner whose connection has ended.
    Clear {
        /// The partner.
        partner: AccountId,
        /// The customer.
        customer: AccountId,
        /// The episode that ended.
        episode: u32,
        /// Behind this entry.
        after: Option<Place>,
    },
    /// Dismisses, entry by entry, what a mark covers.
    Sweep {
        /// The partner.
        partner: AccountId,
        /// The mark.
        mark: Mark,
        /// Behind this entry.
        after: Option<Place>,
    },
    /// The same for one customer.
    SweepCustomer {
        /// The partner.
        partner: AccountId,
        /// The customer.
        customer: AccountId,
        /// The mark.
        mark: Mark,
        /// Behind this entry.
        after: Option<Place>,
    },
    /// Sets how many open tickets and active notifications a partner's dashboard shows of a customer.
    Count {
        /// The partner.
        partner: AccountId,
        /// The customer.
        customer: AccountId,
    },
    /// Brings the names of an account to its partners, where they have older ones.
    Rename {
        /// The account.
        account: AccountId,
        /// Behind this partner.
        after: Option<Place>,
    },
}

impl Step {
    /// Whose things it is about: of a customer, or of a partner with all of its customers. Steps about
    /// the same account write the same items.
    pub fn account(&self) -> AccountId {
        match self {
            Self::Tell { customer, .. }
            | Self::Carry { customer, .. }
            | Self::FillNotifications { customer, .. }
            | Self::FillTickets { customer, .. }
            | Self::Clear { customer, .. }
            | Self::SweepCustomer { customer, .. }
            | Self::Count { customer, .. } => *customer,
            Self::Sweep { partner, .. } => *partner,
            Self::Rename { account, .. } => *account,
        }
    }

    /// What is to be done after this: the same from behind a place, and where there is none, what comes
    /// next.
    fn behind(mut self, next: Option<Place>) -> Option<Self> {
        if next.is_none() {
            return self.successor();
        }
        *self.place()? = next;
        Some(self)
    }

    fn place(&mut self) -> Option<&mut Option<Place>> {
        match self {
            Self::Tell { after, .. }
            | Self::Carry { after, .. }
            | Self::FillNotifications { after, .. }
            | Self::FillTickets { after, .. }
            | Self::Clear { after, .. }
            | Self::Sweep { after, .. }
            | Self::SweepCustomer { after, .. }
            | Self::Rename { after, .. } => Some(after),
            Self::Count { .. } => None,
        }
    }

    /// What is done when this is: a new partner gets notifications, then tickets, and then its dashboard
    /// their numbers, also where they are 0.
    fn successor(self) -> Option<Self> {
        match self {
            Self::FillNotifications { partner, customer, episode, .. } => {
                Some(Self::FillTickets { partner, customer, episode, after: None })
            }
            Self::FillTickets { partner, customer, .. } => Some(Self::Count { partner, customer }),
            _ => None,
        }
    }

    /// What kind of step it is, for the log.
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

impl Store {
    /// Does one step; gives the next one, if there is one.
    pub async fn take_step(&self, step: &Step, now: Instant) -> Result<Option<Step>, StoreError> {
        let next = match step.clone() {
            Step::Tell { customer, notification, after } => {
                self.tell_partners(customer, notification, after).await?
            }
            Step::Carry { customer, ticket, after } => {
                self.carry_ticket(customer, ticket, after).await?
            }
            Step::FillNotifications { partner, customer, episode, after } => {
                self.fill_notifications(partner, customer, episode, after, now).await?
            }
            Step::FillTickets { partner, customer, episode, after } => {
                self.fill_tickets(partner, customer, episode, after).await?
            }
            Step::Clear { partner, customer, episode, after } => {
                self.clear_feed(partner, customer, episode, after).await?
            }
            Step::Sweep { partner, mark, after } => self.sweep(partner, mark, after).await?,
            Step::SweepCustomer { partner, customer, mark, after } => {
                self.sweep_customer(partner, customer, mark, after).await?
            }
            Step::Count { partner, customer } => {
                self.count_feed(Pair { partner, customer }, now).await?;
                None
            }
            Step::Rename { account, after } => self.mend_copies(account, after).await?,
        };
        Ok(step.clone().behind(next))
    }

    /// Puts work off: the stream record of what is written here drives it on. `from` is what it goes
    /// on from, which is done with it.
    pub async fn put_off(
        &self,
        step: Step,
        from: Option<&FeedStepItem>,
        now: Instant,
    ) -> Result<(), StoreError> {
        let mut transaction = Transaction::default();
        let id = Nonce::fresh();
        transaction.put(&FeedStepItem { id, step, at: now }, &Condition::absent())?;
        if let Some(done) = from {
            transaction.delete(done.key(), &Condition::present());
        }
        // Refused where a record that came twice has been put off before.
        self.table.transact(transaction).await.map(|_| ())
    }

    /// Whether work that was put off is still to be done.
    pub async fn is_put_off(&self, item: &FeedStepItem) -> Result<bool, StoreError> {
        let found = self.table.get::<FeedStepItem>(item.key()).await?;
        Ok(found.is_some())
    }

    /// Work that was put off is done.
    pub async fn finish(&self, item: &FeedStepItem) -> Result<(), StoreError> {
        let key = item.key();
        self.table.delete(key, Condition::none()).await.map(|_| ())
    }
}
