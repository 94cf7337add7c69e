//! The ways in which the world is broken: each says what it does, and which rules that breaks.

mod accounts;
mod connections;
mod federation;
mod feeds;
mod licenses;
mod restated;

use tsunagu_tests::stored::{Attributes, Contents};

/// One way to break the world.
pub(crate) struct Breakage {
    /// What is done.
    pub(crate) what: &'static str,
    /// The rules that do not hold then.
    pub(crate) breaks: &'static [&'static str],
    /// How it is done.
    pub(crate) how: fn(&mut Contents),
}

/// All of them.
pub(crate) fn all() -> Vec<Breakage> {
    let groups = [
        accounts::breakages(),
        connections::breakages(),
        feeds::breakages(),
        licenses::breakages(),
        federation::breakages(),
        restated::breakages(),
    ];
    groups.into_iter().flatten().collect()
}

/// An id that nobody has.
const NOBODY: &str = "01AAAAAAAAAAAAAAAAAAAAAAAA";

fn breakage(
    what: &'static str,
    breaks: &'static [&'static str],
    how: fn(&mut Contents),
) -> Breakage {
    Breakage { what, breaks, how }
}

fn any(_: &Attributes) -> bool {
    true
}
