//! When a long piece of work has to stop.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Tells a long piece of work that its time is up: it stops where nothing is half-done. Clones are
/// the same deadline.
#[derive(Clone, Debug, Default)]
pub struct Deadline(Arc<AtomicBool>);

impl Deadline {
    /// The time is up.
    pub fn pass(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is.
    pub fn has_passed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
