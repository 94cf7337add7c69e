//! The clock that every function sees, and that `/dev/clock` moves. Functions that are processes of
//! their own have the system's, which nobody moves.

use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
pub use tsunagu_api::start::SystemClock;
use tsunagu_domain::time::{Clock, Instant, whole_millis};

/// A clock that can be moved in either direction. It goes on ticking from where it was put, or
/// stands still where a test wants the same instant again and again.
#[derive(Debug)]
pub struct MovableClock {
    time: Mutex<Time>,
}

#[derive(Clone, Copy, Debug)]
enum Time {
    Ticking { ahead: TimeDelta },
    Frozen { at: Instant },
    System,
}

impl MovableClock {
    /// The system's clock, which stays what it is.
    pub fn system() -> Self {
        Self { time: Mutex::new(Time::System) }
    }

    /// Whether it can be moved.
    pub fn is_movable(&self) -> bool {
        !matches!(*self.time.lock().unwrap_or_else(PoisonError::into_inner), Time::System)
    }

    /// A clock that shows the system's time until it is moved.
    pub fn ticking() -> Self {
        Self { time: Mutex::new(Time::Ticking { ahead: TimeDelta::zero() }) }
    }

    /// A clock that stands still at `at`, for tests.
    pub fn frozen(at: Instant) -> Self {
        Self { time: Mutex::new(Time::Frozen { at }) }
    }

    /// Puts the clock to `now`; a ticking one ticks on from there, and the system's stays.
    pub fn set(&self, now: Instant) {
        let mut time = self.time.lock().unwrap_or_else(PoisonError::into_inner);
        *time = match *time {
            Time::Ticking { .. } => Time::Ticking { ahead: now - SystemClock.now() },
            Time::Frozen { .. } => Time::Frozen { at: now },
            Time::System => Time::System,
        };
    }

    /// Moves the clock by `step`, which may be negative. Stays where it is, and says so by `false`,
    /// if that instant cannot be expressed or the clock is the system's.
    pub fn advance(&self, step: TimeDelta) -> bool {
        let target = self.now().checked_add_signed(step).filter(|_| self.is_movable());
        if let Some(target) = target {
            self.set(target);
        }
        target.is_some()
    }

    /// Lets a ticking clock show the system's time again. A frozen one stays.
    pub fn reset(&self) {
        let mut time = self.time.lock().unwrap_or_else(PoisonError::into_inner);
        if let Time::Ticking { ahead } = &mut *time {
            *ahead = TimeDelta::zero();
        }
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Instant {
        let time = *self.time.lock().unwrap_or_else(PoisonError::into_inner);
        match time {
            Time::Frozen { at } => whole_millis(at),
            Time::System => SystemClock.now(),
            Time::Ticking { ahead } => {
                let system = SystemClock.now();
                whole_millis(system.checked_add_signed(ahead).unwrap_or(system))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().expect("an instant")
    }

    #[test]
    fn given_a_frozen_clock_when_moved_then_it_stands_where_it_was_put() {
        let clock = MovableClock::frozen(at("2026-01-31T00:00:00Z"));
        assert!(clock.advance(TimeDelta::days(1)));
        assert_eq!(clock.now(), at("2026-02-01T00:00:00Z"));
        clock.set(at("2020-01-01T00:00:00Z"));
        assert_eq!(clock.now(), at("2020-01-01T00:00:00Z"));
    }

    #[test]
    fn given_a_ticking_clock_when_set_then_it_goes_on_from_there() {
        let clock = MovableClock::ticking();
        clock.set(at("2030-01-01T00:00:00Z"));
        let first = clock.now();
        assert!(first >= at("2030-01-01T00:00:00Z") - TimeDelta::milliseconds(1));
        assert!(first < at("2030-01-01T01:00:00Z"));
        assert!(clock.now() >= first);
        clock.reset();
        assert!((clock.now() - SystemClock.now()).abs() < TimeDelta::minutes(1));
    }

    #[test]
    fn given_the_systems_clock_when_it_is_to_be_moved_then_it_stays() {
        let clock = MovableClock::system();
        assert!(!clock.is_movable());
        assert!(!clock.advance(TimeDelta::days(1)));
        clock.set(at("2030-01-01T00:00:00Z"));
        assert!((clock.now() - SystemClock.now()).abs() < TimeDelta::minutes(1));
    }

    #[test]
    fn given_a_step_out_of_range_when_advanced_then_the_clock_stays() {
        let start = at("2026-01-31T00:00:00Z");
        let clock = MovableClock::frozen(start);
        assert!(!clock.advance(TimeDelta::MAX));
        assert_eq!(clock.now(), start);
    }
}
