//! Who acts on tickets, and through whose eyes they are seen.

use tsunagu_domain::{
    audit::Actor,
    connection::{Pair, Role},
    ids::AccountId,
    share::part,
    ticket::{Author, AuthorRole, Comment, Ticket},
    visibility::Visibility,
};

use super::TicketRefusal;
use crate::{
    Acting, Readable, audit::Event, error::StoreError, items::TicketItem, transaction::Transaction,
};

/// Somebody who acts on the tickets of an account: the account itself, a partner for it, or the
/// vendor's support.
#[derive(Clone, Copy, Debug)]
pub struct TicketParty<'a>(Who<'a>);

#[derive(Clone, Copy, Debug)]
enum Who<'a> {
    Administrator { acting: &'a Acting, tickets: &'a Readable<part::Tickets> },
    Support(AccountId),
}

impl<'a> TicketParty<'a> {
    /// An administrator of the account or of a partner for it, as far as he was admitted.
    pub const fn new(acting: &'a Acting, tickets: &'a Readable<part::Tickets>) -> Self {
        Self(Who::Administrator { acting, tickets })
    }

    /// The vendor's support, for an account.
    pub const fn support(account: AccountId) -> Self {
        Self(Who::Support(account))
    }

    /// Whose tickets.
    pub(super) fn account_id(&self) -> AccountId {
        match self.0 {
            Who::Administrator { tickets, .. } => tickets.account_id(),
            Who::Support(account) => account,
        }
    }

    /// The partner and its customer, where a partner acts.
    pub(super) fn pair(&self) -> Option<Pair> {
        match self.0 {
            Who::Administrator { tickets, .. } => {
                let customer = tickets.account_id();
                tickets.partner_id().map(|partner| Pair { partner, customer })
            }
            Who::Support(_) => None,
        }
    }

    /// In which part.
    pub(super) fn role(&self) -> AuthorRole {
        match (self.0, self.pair()) {
            (Who::Support(_), _) => AuthorRole::Support,
            (_, Some(_)) => AuthorRole::Partner,
            (_, None) => AuthorRole::Customer,
        }
    }

    /// The party as an author.
    pub(super) fn author(&self) -> Author {
        match self.0 {
            Who::Administrator { acting, .. } if self.role() == AuthorRole::Partner => {
                Author::partner(acting.account_id(), acting.account().display_name.clone())
            }
            Who::Administrator { .. } => Author::CUSTOMER,
            Who::Support(_) => Author::SUPPORT,
        }
    }

    /// A ticket as the party sees it; `None` where it does not.
    pub(super) fn ticket(&self, ticket: &Ticket) -> Option<Ticket> {
        match self.pair() {
            Some(Pair { partner, .. }) => ticket.seen_by(partner),
            None => Some(ticket.clone()),
        }
    }

    /// A comment as the party sees it; `None` where it does not.
    pub(super) fn comment(&self, comment: Comment) -> Option<Comment> {
        match self.pair() {
            Some(Pair { partner, .. }) => comment.seen_by(partner),
            None => Some(comment),
        }
    }

    /// The ticket of an item as the party sees it; a refusal where it does not.
    pub(super) fn look(&self, item: Option<&TicketItem>) -> Result<Ticket, TicketRefusal> {
        let seen = item.and_then(|item| self.ticket(&item.ticket));
        seen.ok_or(TicketRefusal::Unknown)
    }

    /// Refuses what the party may not say of who sees something.
    pub(super) fn check(&self, visibility: Option<Visibility>) -> Result<(), TicketRefusal> {
        let hides = visibility == Some(Visibility::Account);
        if hides && self.role() == AuthorRole::Partner {
            return Err(TicketRefusal::PartnerHides);
        }
        Ok(())
    }

    /// Writes what the party did into the trails that tell of it. What a customer or the support
    /// does is told to no partner.
    pub(super) fn audit(
        &self,
        transaction: &mut Transaction,
        event: &Event,
    ) -> Result<(), StoreError> {
        match (self.0, self.pair()) {
            (Who::Administrator { acting, .. }, Some(pair)) => {
                transaction.audit_both(pair, Role::Partner, acting.actor(), event)
            }
            (Who::Administrator { acting, .. }, None) => {
                transaction.audit(self.account_id(), acting.actor(), event)
            }
            (Who::Support(account), _) => transaction.audit(account, Actor::Platform, event),
        }
    }
}
