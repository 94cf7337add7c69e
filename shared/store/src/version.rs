//! What a reader saw, as a condition of what it changes.

/// The state of a resource as a reader saw it. Every read of something that can be changed gives
/// one, and every change takes one: where it is given and no longer so, nothing is changed. Two
/// states of one resource never share a version, whatever ended and began in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// Which of several lives of the resource: connections have episodes, most things one life.
    life: u32,
    rev: u64,
}

impl Version {
    /// The version of something that can end and begin anew.
    pub(crate) const fn of_life(life: u32, rev: u64) -> Self {
        Self { life, rev }
    }

    /// How often it was changed.
    pub(crate) const fn rev(self) -> u64 {
        self.rev
    }

    /// Whether a reader that saw `seen`, or did not say, may change what has this version.
    pub(crate) fn is(self, seen: Option<Self>) -> bool {
        seen.is_none_or(|seen| seen == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_the_same_rev_of_another_life_then_it_is_another_version() {
        let seen = Version::of_life(1, 1);
        assert!(Version::of_life(1, 1).is(Some(seen)));
        assert!(!Version::of_life(2, 1).is(Some(seen)));
        assert!(!Version::of_life(1, 2).is(Some(seen)));
        assert!(Version::of_life(2, 7).is(None));
    }
}
