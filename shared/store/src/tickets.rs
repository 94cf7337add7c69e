//! Support tickets: of an account, of a partner's customer, and of all accounts for the vendor.
//!
//! Whoever reads or writes is a [`TicketParty`], and everything that leaves this module went through
//! its eyes: a partner's reads without what is kept from partners cannot be written. A ticket is put
//! whole on condition that nobody else wrote it meanwhile, together with its place, its comment and
//! the audit trail: so counts and activity are exact however many write at once.

mod party;
mod reading;
mod vendor;
mod writing;

use std::fmt::Debug;

use tsunagu_domain::{access::Refusal, ticket::ForbiddenMove};

pub use party::TicketParty;
pub use reading::{TicketFilter, TicketOnRecord};
pub use vendor::PlacedFilter;
pub use writing::{TicketWrite, TicketWritten};

/// Why nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketRefusal {
    /// There is no such ticket, or none that the party sees.
    Unknown,
    /// It is no longer as its reader saw it.
    Changed,
    /// The party may not move it there.
    Move(ForbiddenMove),
    /// A partner keeps nothing from other partners, nor from itself.
    PartnerHides,
    /// The partner lost the customer, or its tickets, while the request ran.
    NotAdmitted(Refusal),
}
