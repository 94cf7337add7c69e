//! Chance that can be had again: everything that is thrown comes of one seed.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Dice. Clones throw from the same hand.
#[derive(Clone)]
pub(crate) struct Dice(Arc<Mutex<StdRng>>);

impl Dice {
    /// The dice of one of those who throw in a run of this seed.
    pub(crate) fn of(seed: u64, who: u64) -> Self {
        let own = seed.wrapping_mul(1_000_003).wrapping_add(who);
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(own))))
    }

    /// A number of a range.
    pub(crate) fn number(&self, range: Range<u32>) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random_range(range)
    }

    /// Whether something happens that happens so often in a thousand times.
    pub(crate) fn chance(&self, of_thousand: u32) -> bool {
        self.number(0..1000) < of_thousand
    }

    /// A time between two, in milliseconds.
    pub(crate) fn millis(&self, range: Range<u32>) -> Duration {
        Duration::from_millis(self.number(range).into())
    }

    /// One of several; `None` where there is none.
    pub(crate) fn pick<'t, T>(&self, of: &'t [T]) -> Option<&'t T> {
        let most = u32::try_from(of.len()).unwrap_or(u32::MAX);
        (most > 0).then(|| &of[self.number(0..most) as usize])
    }

    /// Some of several, in their order.
    pub(crate) fn some<T: Clone>(&self, of: &[T], of_thousand: u32) -> Vec<T> {
        of.iter().filter(|_| self.chance(of_thousand)).cloned().collect()
    }
}
