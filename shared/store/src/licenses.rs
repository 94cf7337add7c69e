//! Licences: what the vendor's books say, what is used, and what both come to.
//!
//! Usage comes in as facts ([`intake`]) and is folded into holders and figures by the scheduled run
//! ([`fold`]), which then brings their partners' figures up to it ([`refresh`]). What is to be looked
//! at by the run has a mark ([`marks`]); what turns by itself is found by the instant when it does
//! ([`due`]).

mod due;
mod entitlements;
mod figures;
mod fold;
mod holders;
mod intake;
mod marks;
mod orders;
mod overview;
mod rebuild;
mod records;
mod refresh;
mod run;
mod trials;

use tsunagu_domain::licenses::entitlement::StatementRefusal;

pub use due::Due;
pub use entitlements::{EntitlementOnRecord, StateError};
pub use figures::{Days, LicensesOnRecord, ServiceOnRecord};
pub use fold::{FoldEnd, Folded, Folding};
pub use holders::{Holder, ReleaseError};
pub use intake::Usage;
pub use marks::Mark;
pub use rebuild::RebuildEnd;
pub use run::Run;
pub use trials::{PendingTrial, TrialDecision, TrialRefusal};

use crate::{
    Changed,
    settle::{Attempt, until_settled},
};
