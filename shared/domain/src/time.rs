//! Time as a value.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// A point in time, UTC, in whole milliseconds.
pub type Instant = DateTime<Utc>;

/// Where instants come from. Handlers take one from their state; nothing in this crate or in the
/// store ever asks a clock of its own.
pub trait Clock: Send + Sync {
    /// The present instant, in whole milliseconds.
    fn now(&self) -> Instant;
}

/// Cuts an instant to whole milliseconds, so that what is answered now and what is read back from
/// the table later are the same.
pub fn whole_millis(at: Instant) -> Instant {
    // Truncation fails only for instants beyond the range of nanoseconds, centuries from here.
    at.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(at)
}
