//! Refusals that take as long as each other (T27).

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// When an attempt began, by the machine's own time: it decides how long the refusal waits, and nothing
/// else.
pub(crate) fn begin() -> Instant {
    Instant::now()
}

/// Waits until a whole multiple of `floor` has passed since it began: how far an attempt got can then
/// be told from its time in steps of that only.
pub(crate) async fn pad(begun: Instant, floor: Duration) {
    let steps = begun.elapsed().as_nanos().div_ceil(floor.as_nanos().max(1)).max(1);
    // A request does not live for as many steps as do not fit.
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    sleep_until(begun + floor.saturating_mul(steps)).await;
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tokio::time::advance;

    use super::*;

    #[rstest]
    #[case(0, 2000)]
    #[case(1, 2000)]
    #[case(1999, 2000)]
    #[case(2001, 4000)]
    #[case(5000, 6000)]
    #[tokio::test(start_paused = true)]
    async fn given_an_attempt_when_refused_then_it_took_a_multiple_of_the_floor(
        #[case] took: u64,
        #[case] expected: u64,
    ) {
        let begun = begin();
        advance(Duration::from_millis(took)).await;
        pad(begun, Duration::from_secs(2)).await;
        assert_eq!(begun.elapsed().as_millis(), expected.into());
    }

    #[tokio::test(start_paused = true)]
    async fn given_no_floor_then_nothing_waits() {
        let begun = begin();
        pad(begun, Duration::ZERO).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
