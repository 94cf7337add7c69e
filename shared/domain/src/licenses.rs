//! Licences: what was ordered, what may be used, what is used, and how that moves (P10–P13, P16).
//!
//! Days and months are those of the account's time zone. What counts holders counts *distinct users*
//! for a service of the model `user`, and for `user-device` the smaller of distinct users and
//! distinct devices ([`LicenseModel::count`](crate::service::LicenseModel::count)).

pub mod dashboard;
pub mod entitlement;
pub mod figures;
pub mod holder;
pub mod notice;
#[cfg(test)]
mod oracle;
pub mod order;
#[cfg(test)]
mod samples;
pub mod tally;
pub mod trend;
pub mod usage;

/// For how many days what was bought goes on counting after its end.
pub const GRACE_DAYS: u64 = 30;
/// Within how many days an end counts as soon.
pub const SOON_DAYS: u64 = 90;
/// For how many days a holder must have been inactive before its licence can be released.
pub const IDLE_DAYS: u64 = 30;
/// How many days the count of monthly active users reaches back, its last day included.
pub const ACTIVE_DAYS: u64 = 30;
/// How far back usage is taken, and how long a range of trends may be, in months.
pub const MAX_MONTHS: u32 = 13;

/// How many licences, where `None` stands for unlimited.
pub type Quantity = Option<u32>;

/// A sum of quantities, where `None` stands for unlimited.
pub fn sum(quantities: impl IntoIterator<Item = Quantity>) -> Option<u64> {
    quantities.into_iter().try_fold(0_u64, |sum, one| Some(sum.saturating_add(one?.into())))
}
