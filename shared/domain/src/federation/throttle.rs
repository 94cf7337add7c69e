//! How often somebody may try to sign in (T28).

use chrono::TimeDelta;

use crate::time::Instant;

/// The limits of attempts within a window, as the operator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInLimits {
    /// How long a window is.
    pub window: TimeDelta,
    /// Attempts at one name from one address.
    pub name_at_address: u32,
    /// Attempts at one name, wherever they come from: below the lock of the directory itself.
    pub name: u32,
    /// Failures from one address. Below those of a workspace, one address cannot close a workspace.
    pub address_failures: u32,
    /// Failures at one workspace.
    pub workspace_failures: u32,
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            window: TimeDelta::minutes(5),
            name_at_address: 10,
            name: 30,
            address_failures: 300,
            workspace_failures: 300,
        }
    }
}

impl SignInLimits {
    /// The window of an instant, as the instant at which it began.
    pub fn window_of(&self, at: Instant) -> Instant {
        let length = self.window.num_milliseconds().max(1);
        at - TimeDelta::milliseconds(at.timestamp_millis().rem_euclid(length))
    }

    /// Whole seconds until the next window begins: after how long it makes sense to try again.
    pub fn retry_after(&self, at: Instant) -> u64 {
        let left = self.window_of(at) + self.window - at;
        u64::try_from(left.num_milliseconds()).unwrap_or(0).div_ceil(1000).max(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_instant_is_in_one_window(ms in -1_000_000_000_000_i64..4_000_000_000_000) {
            let limits = SignInLimits::default();
            let at = Instant::from_timestamp_millis(ms).expect("in range");
            let begin = limits.window_of(at);
            prop_assert!(begin <= at && at < begin + limits.window);
            prop_assert_eq!(limits.window_of(begin), begin);
            let after = TimeDelta::seconds(i64::try_from(limits.retry_after(at)).expect("small"));
            prop_assert_eq!(limits.window_of(at + after), begin + limits.window);
        }
    }
}
