//! Connections: accepting, ending, narrowing, the partner's own marks, and the lists of both sides.
//!
//! Each change is one transaction, and what it needs to be true is a condition of it. Where a
//! condition fails because somebody else was faster, the change looks again and decides anew, so
//! that of two that race one wins and the other reads the winner's result.

mod acceptance;
mod ending;
mod held;
mod lists;
mod marks;
mod parts;
mod sharing;

pub use acceptance::{Acceptance, Accepted};
pub use ending::LinkAfterwards;
pub use lists::{Marked, PartnerOnRecord};
pub use marks::Marks;

use crate::settle::{Attempt, until_settled};

/// The connection is no longer as its reader saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed;
