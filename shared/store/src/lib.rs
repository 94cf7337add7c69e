//! The one table: keys, items, transactions, queries.
//!
//! [`Store`] is the only door. Reads are strongly consistent except where an index is asked, and
//! what an index finds is read again where a promise hangs on it. Every change of state is one
//! conditional transaction; the previous state that it needs is a condition of the write, never
//! only of a read before it.

mod access;
mod accounts;
mod administrators;
mod answers;
mod audit;
pub mod capacity;
pub mod client;
mod condition;
mod connections;
mod deadline;
pub mod deletion;
mod edge_secret;
mod error;
pub mod federation;
pub mod feed;
mod invite_links;
mod item;
pub mod items;
pub mod keys;
pub mod licenses;
mod memory;
mod nonce;
mod notifications;
mod organizations;
mod publishing;
mod query;
mod services;
mod settle;
mod table;
mod tickets;
mod transaction;
pub mod transfer;
mod version;
pub mod workspaces;

use std::sync::Arc;

use tokio::sync::RwLock;
use tsunagu_domain::{ids::OrgId, locale::TimeZone};

pub use access::{Acting, Admission, AdmitError, Caller, ConnectedCustomer, Readable, Shared};
pub use accounts::{
    AccountOnRecord, Invitee, MyAccount, NewAccount, ProvisionError, Provisioned, Provisioning,
    Registration, TooManyAccounts,
};
pub use administrators::{AdministratorOnRecord, AdministratorRefusal};
pub use answers::{AnswerKey, RecordedAnswer};
pub use audit::{AuditFilter, AuditRange, ReadKey, ReadsBatch};
pub use connections::{
    Acceptance, Accepted, Changed, LinkAfterwards, Marked, Marks, PartnerOnRecord,
};
pub use deadline::Deadline;
pub use error::{StoreError, WriteError};
pub use invite_links::Invitation;
pub use item::Item;
pub use notifications::{Dismissal, NotificationFilter};
pub use organizations::Stated;
pub use publishing::MAX_PUBLISHED;
pub use query::{Page, Place};
pub use services::{ServiceRefusal, Services};
pub use table::Table;
pub use tickets::{
    PlacedFilter, TicketFilter, TicketOnRecord, TicketParty, TicketRefusal, TicketWrite,
    TicketWritten,
};
pub use version::Version;

use memory::Memory;

/// The door to the one table. Cheap to clone; clones share what an environment may remember.
#[derive(Clone, Debug)]
pub struct Store {
    table: Table,
    remembered: Arc<Remembered>,
    fold_limits: licenses::FoldLimits,
}

/// What an environment may remember between requests, because it never changes or may be a minute
/// old.
#[derive(Debug, Default)]
struct Remembered {
    /// The ORGID of an account never changes.
    organizations: Memory<OrgId>,
    /// The time zone of an account never changes.
    time_zones: Memory<TimeZone>,
    /// The catalogue, for a minute.
    catalogue: RwLock<Option<services::Catalogue>>,
}

impl Store {
    /// A store over a table.
    pub fn new(table: Table) -> Self {
        Self { table, remembered: Arc::default(), fold_limits: licenses::FoldLimits::default() }
    }

    /// The same store, whose folds take other amounts at once.
    #[must_use]
    pub fn with_fold_limits(self, fold_limits: licenses::FoldLimits) -> Self {
        Self { fold_limits, ..self }
    }
}
