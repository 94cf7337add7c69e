//! What goes wrong between the SDK and the database, by plan. No local engine ever throttles, meets
//! a conflict, leaves keys unprocessed or loses an answer, and these are the days that matter.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::record::Operation;

/// One way for a call to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Another transaction holds an item: the whole transaction is cancelled, or the plain write
    /// refused. Nothing happens.
    Conflict,
    /// The same transaction, by its token, is still running.
    InProgress,
    /// `ThrottlingException`.
    Throttled,
    /// `ProvisionedThroughputExceededException`.
    ThroughputExceeded,
    /// One item of a transaction was throttled: the whole is cancelled.
    ThrottledInTransaction,
    /// `RequestLimitExceeded`.
    RequestLimit,
    /// The service failed, with 500.
    ServerError,
    /// A batch is answered with none of its keys or items processed.
    Unprocessed,
    /// A batch is answered with the second half of its keys or items unprocessed.
    HalfUnprocessed,
    /// The database does it; the connection breaks before the answer arrives.
    LostAnswer,
    /// The database does it; the answer never arrives and the connection stays.
    AnswerNeverComes,
    /// The request itself is stuck on its way: the database never sees it.
    Stuck,
    /// Nobody listens.
    Refused,
}

#[derive(Debug)]
struct Planned {
    operations: &'static [Operation],
    fault: Fault,
    /// How many calls still pass before it strikes.
    spared: usize,
    /// How often it still strikes; `None` for ever.
    left: Option<usize>,
}

#[derive(Debug)]
struct Gate {
    operation: Operation,
    reached: oneshot::Sender<()>,
    open: oneshot::Receiver<()>,
}

#[derive(Debug, Default)]
struct Plan {
    faults: Vec<Planned>,
    gates: Vec<Gate>,
}

/// The plan of a database. Clones are the same plan.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    plan: Arc<Mutex<Plan>>,
}

/// A call that is held on its way, so that something else can happen first.
#[derive(Debug)]
pub struct Held {
    reached: oneshot::Receiver<()>,
    open: oneshot::Sender<()>,
}

impl Held {
    /// Waits until the call is on its way.
    pub async fn reached(&mut self) {
        (&mut self.reached).await.expect("the call is sent");
    }

    /// Lets it go on.
    pub fn release(self) {
        self.open.send(()).expect("the call still waits");
    }
}

impl Faults {
    /// The next `times` calls of one of these operations go wrong. Plans strike in the order in
    /// which they were made.
    pub fn next(&self, operations: &'static [Operation], fault: Fault, times: usize) {
        self.add(Planned { operations, fault, spared: 0, left: Some(times) });
    }

    /// All calls of these operations go wrong until [`Faults::heal`].
    pub fn always(&self, operations: &'static [Operation], fault: Fault) {
        self.add(Planned { operations, fault, spared: 0, left: None });
    }

    /// Nobody listens any more, until [`Faults::heal`].
    pub fn stop_database(&self) {
        self.always(Operation::ALL, Fault::Refused);
    }

    /// Nobody listens any more after so many more calls, as if whoever makes them crashed there;
    /// until [`Faults::heal`].
    pub fn stop_after(&self, calls: usize) {
        let (operations, fault) = (Operation::ALL, Fault::Refused);
        self.add(Planned { operations, fault, spared: calls, left: None });
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.plan().faults.clear();
    }

    /// Holds the next call of this operation on its way to the database.
    pub fn hold(&self, operation: Operation) -> Held {
        let (reached, when_reached) = oneshot::channel();
        let (open, when_open) = oneshot::channel();
        self.plan().gates.push(Gate { operation, reached, open: when_open });
        Held { reached: when_reached, open }
    }

    /// Waits where the call is to be held.
    pub(crate) async fn pass_gate(&self, operation: Operation) {
        let gate = {
            let gates = &mut self.plan().gates;
            let place = gates.iter().position(|gate| gate.operation == operation);
            place.map(|place| gates.remove(place))
        };
        if let Some(gate) = gate {
            // Whoever has lost interest lets it pass.
            let _ = gate.reached.send(());
            let _ = gate.open.await;
        }
    }

    /// What goes wrong with this call.
    pub(crate) fn take(&self, operation: Operation) -> Option<Fault> {
        let faults = &mut self.plan().faults;
        let place = faults.iter().position(|planned| planned.operations.contains(&operation))?;
        let planned = &mut faults[place];
        if planned.spared > 0 {
            planned.spared -= 1;
            return None;
        }
        let fault = planned.fault;
        if let Some(left) = &mut planned.left {
            *left -= 1;
            if *left == 0 {
                faults.remove(place);
            }
        }
        Some(fault)
    }

    fn add(&self, planned: Planned) {
        if planned.left != Some(0) {
            self.plan().faults.push(planned);
        }
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
