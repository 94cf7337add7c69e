//! How long a session lasts.

use chrono::TimeDelta;

use crate::time::Instant;

/// How long sessions last, as the operator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// Without a request.
    pub idle: TimeDelta,
    /// Whatever happens.
    pub absolute: TimeDelta,
}

impl Default for SessionTimes {
    fn default() -> Self {
        Self { idle: TimeDelta::minutes(30), absolute: TimeDelta::hours(12) }
    }
}

impl SessionTimes {
    /// The longest that any operator's sessions last: that one was ended is known so long.
    pub const LONGEST: TimeDelta = TimeDelta::days(7);

    /// Times that fit together; `None` where there is no time at all, or more than
    /// [`SessionTimes::LONGEST`].
    pub fn new(idle: TimeDelta, absolute: TimeDelta) -> Option<Self> {
        let fits = TimeDelta::zero() < idle && idle <= absolute && absolute <= Self::LONGEST;
        fits.then_some(Self { idle, absolute })
    }

    /// How old the last use may be before a request notes that it is one: each note is a write.
    const NOTED_EVERY: TimeDelta = TimeDelta::minutes(5);

    /// When a session ends that began and was used at these times.
    pub fn end(&self, began_at: Instant, used_at: Instant) -> Instant {
        (began_at + self.absolute).min(used_at + self.idle)
    }

    /// Whether a request now is to be noted as the last use. A use that is not yet noted shortens a
    /// session by so much at most, so short idle times are noted more often.
    pub fn is_to_be_noted(&self, used_at: Instant, now: Instant) -> bool {
        now - used_at >= Self::NOTED_EVERY.min(self.idle / 6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_fit_together_or_are_none() {
        let minutes = TimeDelta::minutes;
        assert_eq!(SessionTimes::new(minutes(30), minutes(720)), Some(SessionTimes::default()));
        for (idle, absolute) in [(0, 720), (30, 20), (30, 7 * 1440 + 1)] {
            assert_eq!(SessionTimes::new(minutes(idle), minutes(absolute)), None);
        }
    }

    #[test]
    fn a_session_ends_unused_or_in_any_case() {
        let times = SessionTimes::default();
        let began = Instant::default();
        let after = |minutes| began + TimeDelta::minutes(minutes);
        assert_eq!(times.end(began, began), after(30));
        assert_eq!(times.end(began, after(60)), after(90));
        assert_eq!(times.end(began, after(719)), after(720));
    }

    #[test]
    fn a_use_is_noted_every_five_minutes_or_as_often_as_a_short_idle_time_needs() {
        let times = SessionTimes::default();
        let began = Instant::default();
        assert!(!times.is_to_be_noted(began, began + TimeDelta::seconds(299)));
        assert!(times.is_to_be_noted(began, began + TimeDelta::seconds(300)));
        let short = SessionTimes { idle: TimeDelta::minutes(6), ..times };
        assert!(short.is_to_be_noted(began, began + TimeDelta::seconds(60)));
    }
}
