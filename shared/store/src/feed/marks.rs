//! What a partner has dismissed for all its customers at once.

use serde::{Deserialize, Serialize};
use tsunagu_domain::{ids::NotificationId, notification::KEPT_FOR, time::Instant};

/// Beyond so many marks, those that later ones reach beyond are let go: those cover what they covered.
/// Where that is not enough, as where each reaches less far than the one before, the oldest go: by
/// then what they cover has been dismissed entry by entry.
const MOST: usize = 200;

/// That everything up to a notification is dismissed, of the customers connected at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The last notification that it covers.
    #[serde(rename = "u")]
    pub up_to: NotificationId,
    /// When it was made.
    #[serde(rename = "a", with = "chrono::serde::ts_milliseconds")]
    pub at: Instant,
}

/// The marks of a partner, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(Vec<Mark>);

impl Marks {
    /// The marks with one more. What covers nothing any more that is kept goes.
    #[must_use]
    pub fn with(&self, mark: Mark) -> Self {
        let kept = |old: &&Mark| old.up_to.minted_at() + KEPT_FOR > mark.at;
        let mut marks: Vec<_> = self.0.iter().filter(kept).copied().collect();
        if marks.len() >= MOST {
            marks.retain(|old| old.up_to > mark.up_to);
            let surplus = (marks.len() + 1).saturating_sub(MOST);
            marks.drain(..surplus);
        }
        marks.push(mark);
        Self(marks)
    }

    /// Those that `before` does not have.
    pub fn since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = Mark> + 'a {
        self.0.iter().filter(|mark| !before.0.contains(mark)).copied()
    }

    /// The last notification that is dismissed of a customer whose connection began at `connected_at`,
    /// and stands. Neither a customer that connected later is covered, nor what came later.
    pub fn reach(&self, connected_at: Instant) -> Option<NotificationId> {
        let covering = self.0.iter().filter(|mark| connected_at <= mark.at);
        covering.map(|mark| mark.up_to).max()
    }

    /// The last notification that was dismissed within a time, both ends included.
    pub fn up_to_within(&self, from: Instant, to: Instant) -> Option<NotificationId> {
        let within = self.0.iter().filter(|mark| (from..=to).contains(&mark.at));
        within.map(|mark| mark.up_to).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().expect("an instant")
    }

    fn id(text: &str) -> NotificationId {
        NotificationId::first_of(at(text))
    }

    fn hides(marks: &Marks, notification: NotificationId, connected_at: Instant) -> bool {
        marks.reach(connected_at) >= Some(notification)
    }

    fn mark(up_to: &str, made: &str) -> Mark {
        Mark { up_to: id(up_to), at: at(made) }
    }

    #[test]
    fn given_a_mark_then_it_hides_what_was_there_of_customers_that_were_there() {
        let marks = Marks::default().with(mark("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"));
        let before = at("2026-03-01T00:00:00Z");
        assert!(hides(&marks, id("2026-03-02T00:00:00Z"), before));
        assert!(!hides(&marks, id("2026-03-02T00:00:00.001Z"), before), "it came later");
        let after = at("2026-03-03T00:00:00.001Z");
        assert!(!hides(&marks, id("2026-03-02T00:00:00Z"), after), "it connected later");
    }

    #[test]
    fn given_a_later_mark_that_reaches_less_far_then_both_count() {
        let marks = Marks::default()
            .with(mark("2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z"))
            .with(mark("2026-03-02T00:00:00Z", "2026-03-08T00:00:00Z"));
        assert!(hides(&marks, id("2026-03-05T00:00:00Z"), at("2026-03-01T00:00:00Z")));
        assert!(hides(&marks, id("2026-03-02T00:00:00Z"), at("2026-03-07T00:00:00Z")));
        assert!(!hides(&marks, id("2026-03-04T00:00:00Z"), at("2026-03-07T00:00:00Z")));
    }

    #[test]
    fn given_many_marks_then_none_is_lost_that_none_reaches_beyond() {
        let first = at("2026-03-01T00:00:00Z");
        let mut marks = Marks::default().with(mark("2026-04-01T00:00:00Z", "2026-03-01T00:00:00Z"));
        for minute in 1..1_000 {
            let at = first + chrono::TimeDelta::minutes(minute);
            marks = marks.with(Mark { up_to: NotificationId::first_of(at), at });
        }
        assert!(marks.0.len() <= MOST);
        assert!(hides(&marks, id("2026-03-31T00:00:00Z"), first));
    }

    #[test]
    fn given_any_number_of_marks_that_reach_less_and_less_then_their_number_stays_bounded() {
        let first = at("2026-03-01T00:00:00Z");
        let minutes = chrono::TimeDelta::minutes;
        let mut marks = Marks::default();
        for minute in 0..1_000 {
            let up_to = NotificationId::first_of(first + minutes(2_000 - minute));
            marks = marks.with(Mark { up_to, at: first + minutes(2_000 + minute) });
        }
        assert_eq!(marks.0.len(), MOST);
        assert!(hides(&marks, NotificationId::first_of(first + minutes(1_001)), first), "the last");
    }

    #[test]
    fn given_marks_of_long_ago_then_they_go() {
        let marks = Marks::default()
            .with(mark("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"))
            .with(mark("2026-05-30T00:00:00Z", "2026-05-30T00:00:00Z"));
        assert_eq!(marks.0.len(), 1);
    }

    #[test]
    fn given_an_earlier_time_then_what_was_dismissed_in_it_is_known() {
        let marks = Marks::default()
            .with(mark("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"))
            .with(mark("2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z"));
        let within = |from, to| marks.up_to_within(at(from), at(to));
        let first = Some(id("2026-03-02T00:00:00Z"));
        assert_eq!(within("2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z"), first);
        assert_eq!(within("2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z"), None);
    }
}
