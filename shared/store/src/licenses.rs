//! Licences: what the vendor's books say, what is used, and what both come to.
//!
//! Usage comes in as facts ([`intake`]) and is folded into holders and figures by the scheduled run
//! ([`fold`]), which then brings their partners' figures up to it ([`refresh`]). What the run has to
//! look at is dirty ([`dirty`]); what turns by itself is found by the instant when it does ([`due`]).

mod dirty;
mod due;
mod entitlements;
mod figures;
mod fold;
mod holders;
mod intake;
mod orders;
mod overview;
mod rebuild;
mod records;
mod refresh;
mod run;
mod trials;
mod walk;

use tsunagu_domain::licenses::entitlement::StatementRefusal;

pub use dirty::Claim;
pub use due::Due;
pub use entitlements::{EntitlementOnRecord, StateError};
pub use figures::{Days, LicensesOnRecord, ServiceOnRecord};
pub use fold::{FoldEnd, FoldLimits, Folded, Folding};
pub use holders::{Holder, ReleaseError};
pub use intake::Usage;
pub use rebuild::RebuildEnd;
pub use refresh::Refreshed;
pub use trials::{PendingTrial, TrialDecision, TrialRefusal};
pub use walk::{Unreadable, Walk};

use crate::{
    Changed,
    settle::{Attempt, until_settled},
};
