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
    /// How long each request of the storm took until its answer was definite.
    latencies: Vec<Duration>,
    /// How often such a request was asked again.
    retries: u64,
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

    /// A request has its definite answer, after so many tries; what comes after the storm is no load.
    pub(crate) fn definite(&self, stormy: bool, tries: u32, took: Duration) {
        if stormy {
            let mut counts = self.counts();
            counts.latencies.push(took);
            counts.retries += u64::from(tries) - 1;
        }
    }

    /// How often something was done to the product.
    pub(crate) fn times(&self, fault: &str) -> u64 {
        self.counts().faults.get(fault).copied().unwrap_or_default()
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
pub(crate) struct Report {
    pub(crate) engine: Engine,
    pub(crate) seed: u64,
    pub(crate) clients: usize,
    /// For how long there were load and faults.
    pub(crate) time: Duration,
    /// How long it took until nothing was pending any more.
    pub(crate) settled: Duration,
    pub(crate) tally: Tally,
    /// How many items the table has.
    pub(crate) items: usize,
    /// How often each rule was looked at.
    pub(crate) checked: BTreeMap<&'static str, usize>,
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.tally.counts();
        writeln!(f, "soak: {:?}, seed {}", self.engine, self.seed)?;
        self.load(f, &counts)?;
        for (title, times) in [("requests", &counts.requests), ("faults injected", &counts.faults)]
        {
            writeln!(f, "  {title}")?;
            for (what, count) in times {
                writeln!(f, "    {what:<46} {count:>7}")?;
            }
        }
        writeln!(f, "  answers")?;
        for (answer, count) in &counts.answers {
            writeln!(f, "    {answer:<46} {count:>7}")?;
        }
        self.looks(f)?;
        writeln!(f, "  violations: {}", counts.wrong.len())?;
        for wrong in &counts.wrong {
            writeln!(f, "    {wrong}")?;
        }
        Ok(())
    }
}

impl Report {
    /// What was answered while faults were on.
    fn load(&self, f: &mut fmt::Formatter<'_>, counts: &Counts) -> fmt::Result {
        let seconds = self.time.as_secs_f64();
        let mut latencies = counts.latencies.clone();
        latencies.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "a rate is shown with one digit")]
        let rate = latencies.len() as f64 / seconds;
        let of_hundred = |part: usize| {
            let place = (latencies.len() * part / 100).min(latencies.len().saturating_sub(1));
            latencies.get(place).copied().unwrap_or_default().as_millis()
        };
        writeln!(
            f,
            "  load held      {} clients for {seconds:.0} s: {} definite answers, {rate:.1} a second, \
             and {} asked again",
            self.clients,
            latencies.len(),
            counts.retries
        )?;
        let (half, most) = (of_hundred(50), of_hundred(99));
        writeln!(f, "  until definite p50 {half} ms, p99 {most} ms")
    }

    /// What was looked at.
    fn looks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let looks: usize = self.checked.values().sum();
        let (settled, rules) = (self.settled.as_secs_f64(), self.checked.len());
        writeln!(f, "  settled        after {settled:.1} s without faults")?;
        writeln!(f, "  checked        {} items, {looks} looks by {rules} rules", self.items)?;
        for (rule, count) in &self.checked {
            writeln!(f, "    {rule:<46} {count:>7}")?;
        }
        Ok(())
    }
}
