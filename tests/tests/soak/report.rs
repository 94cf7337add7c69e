//! What a run came to.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tsunagu_tests::Engine;

/// What is counted while a run goes on. Clones count together.
#[derive(Clone, Default)]
pub(crate) struct Tally(Arc<Mutex<Counts>>);

/// What was counted.
#[derive(Default)]
pub(crate) struct Counts {
    requests: BTreeMap<&'static str, u64>,
    answers: BTreeMap<String, u64>,
    faults: BTreeMap<&'static str, u64>,
    wrong: Vec<String>,
}

impl Tally {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request of a kind was answered so.
    pub(crate) fn answered(&self, kind: &'static str, answer: String) {
        let mut counts = self.counts();
        *counts.requests.entry(kind).or_default() += 1;
        *counts.answers.entry(answer).or_default() += 1;
    }

    /// Something was done to the product.
    pub(crate) fn fault(&self, what: &'static str) {
        self.faults(what, 1);
    }

    /// The same several times.
    pub(crate) fn faults(&self, what: &'static str, times: u64) {
        *self.counts().faults.entry(what).or_default() += times;
    }

    /// Something is not as it has to be.
    pub(crate) fn wrong(&self, what: String) {
        eprintln!("soak: WRONG: {what}");
        self.counts().wrong.push(what);
    }

    /// All that is wrong so far.
    pub(crate) fn all_wrong(&self) -> Vec<String> {
        self.counts().wrong.clone()
    }
}

/// The report of a run.
pub(crate) struct Report<'t> {
    pub(crate) engine: Engine,
    pub(crate) seed: u64,
    pub(crate) clients: usize,
    /// For how long there were load and faults.
    pub(crate) time: Duration,
    /// How long it took until nothing was pending any more.
    pub(crate) settled: Duration,
    pub(crate) tally: &'t Tally,
    /// How many items the table has.
    pub(crate) items: usize,
    /// How often each rule was looked at.
    pub(crate) checked: BTreeMap<&'static str, usize>,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.tally.counts();
        let seconds = self.time.as_secs_f64();
        let all: u64 = counts.requests.values().sum();
        writeln!(f, "soak: {:?}, seed {}", self.engine, self.seed)?;
        #[expect(clippy::cast_precision_loss, reason = "a rate is shown with one digit")]
        let rate = |count: u64| count as f64 / seconds;
        writeln!(
            f,
            "  load held      {} clients for {seconds:.0} s: {all} requests, {:.1} a second",
            self.clients,
            rate(all)
        )?;
        for (kind, count) in &counts.requests {
            writeln!(f, "    {kind:<22} {count:>7}  {:>6.1} a second", rate(*count))?;
        }
        writeln!(f, "  answers")?;
        for (answer, count) in &counts.answers {
            writeln!(f, "    {answer:<38} {count:>7}")?;
        }
        writeln!(f, "  faults injected")?;
        for (fault, count) in &counts.faults {
            writeln!(f, "    {fault:<46} {count:>7}")?;
        }
        let looks: usize = self.checked.values().sum();
        writeln!(f, "  settled        after {:.1} s without faults", self.settled.as_secs_f64())?;
        writeln!(
            f,
            "  checked        {} items, {looks} looks by {} rules",
            self.items,
            self.checked.len()
        )?;
        for (rule, count) in &self.checked {
            writeln!(f, "    {rule:<22} {count:>7}")?;
        }
        writeln!(f, "  violations: {}", counts.wrong.len())?;
        for wrong in &counts.wrong {
            writeln!(f, "    {wrong}")?;
        }
        Ok(())
    }
}
