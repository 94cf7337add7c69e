//! How many licences something is about, as the vendor says it.

use tsunagu_api::input::Bounded;

/// How many licences: sums of them must stay numbers.
pub(crate) type Licenses = Bounded<0, 1_000_000_000>;
/// The same where there must be some.
pub(crate) type SomeLicenses = Bounded<1, 1_000_000_000>;
