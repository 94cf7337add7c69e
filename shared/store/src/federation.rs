//! What providers and customers manage: resource locations, domains, who is federated to them,
//! workspaces, apps and desktops.
//!
//! Every change reads what it decides on and is one transaction that holds to it: where somebody else
//! was faster it looks again. Ids that came in a body are conditions under the caller's own partition
//! (T14). What a provider allowed a customer belongs to one episode of their connection: in another
//! one it counts as absent, and is cleaned away by the next change that meets it.

mod choosing;
mod customers;
mod deleting;
mod domains;
mod hosts;
mod impact;
mod locations;
mod party;
mod resources;
mod standing;
mod telling;
mod usable;
mod views;

use tsunagu_domain::{access::Refusal, federation::draft::DraftFlaw};

pub use customers::FederatedCustomer;
pub use domains::{DomainChange, NewDomain, PasswordChange};
pub use impact::Impact;
pub use locations::NewLocationKey;
pub use party::{WorkspaceOnRecord, WorkspaceParty, WorkspaceStatement};
pub use resources::ResourceChange;
pub use usable::ResourceCustomer;
pub use views::FederatedDomain;

use crate::{
    Store,
    answers::Recording,
    error::WriteError,
    settle::Attempt,
    transaction::{Outcome, Transaction},
};

/// Why nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FederationRefusal {
    /// There is no such thing, or it is none of the caller's.
    Unknown,
    /// It is no longer as its reader saw it.
    Changed,
    /// The partner lost the customer, or what it shares, while the request ran.
    NotAdmitted(Refusal),
    /// The provider has no such resource location.
    UnknownLocation,
    /// Something else needs it.
    InUse,
    /// The provider has a domain of this name.
    NameTaken,
    /// The directory does not fit together.
    Directory(Vec<DraftFlaw>),
    /// A user could be of two customers of the domain.
    MembersOverlap,
    /// No more customers fit into one domain.
    TooManyCustomers,
    /// The host is somebody else's, or was until lately.
    HostTaken,
    /// The account has as many workspaces as it may.
    WorkspaceLimit,
    /// Whose users a workspace is for never changes.
    OtherKind,
    /// A provider sets up dedicated workspaces for its customers.
    NotDedicated,
    /// The provider merely has domains in the workspace: its name, and whether it can be entered, are
    /// not its to change.
    NotSetUp,
    /// These of the domains, by their places, are called like others of the workspace: whoever signs in
    /// could mean either.
    SameName(Vec<usize>),
    /// These of the domains, by their places, are none that the workspace may have.
    UnknownDomains(Vec<usize>),
    /// With those that stay, the workspace would have too many domains.
    TooManyDomains,
    /// These of the apps and desktops, by their places, are none of the provider's.
    UnknownResources(Vec<usize>),
}

impl From<Refusal> for FederationRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::NotAdmitted(refusal)
    }
}

type Written<T> = Result<T, WriteError<FederationRefusal>>;

fn refuse<T>(refusal: impl Into<FederationRefusal>) -> Written<T> {
    Err(WriteError::Refused(refusal.into()))
}

impl Store {
    /// Does a change whose conditions all say that what was read still stands.
    async fn attempt_recording<T>(
        &self,
        transaction: Transaction,
        recording: Recording,
        done: T,
    ) -> Written<Attempt<T>> {
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(Attempt::Done(done)),
            Outcome::Refused(failed) => {
                recording.check(&failed)?;
                Ok(Attempt::Stale)
            }
        }
    }
}
