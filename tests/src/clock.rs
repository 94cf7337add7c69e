//! The clock of a test: it stands still until it is moved.

use std::sync::Arc;

use chrono::TimeDelta;
use tsunagu_domain::time::{Clock, Instant};
use tsunagu_local::clock::MovableClock;

/// When every test begins: noon in Tokyo.
pub fn start() -> Instant {
    "2026-03-02T03:00:00Z".parse().expect("an instant")
}

/// A clock that stands still at [`start`].
pub fn frozen() -> Arc<MovableClock> {
    Arc::new(MovableClock::frozen(start()))
}

/// Moves a clock on, and tells what it shows then.
pub fn advance(clock: &MovableClock, step: TimeDelta) -> Instant {
    assert!(clock.advance(step), "the clock can be moved by {step}");
    clock.now()
}
