//! How much a request consumes, in DynamoDB's units.

use std::{cell::Cell, future::Future, ops::AddAssign};

use aws_sdk_dynamodb::types::ConsumedCapacity;
use serde::Serialize;

/// Capacity units consumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Consumed {
    /// Read units: one is a strongly consistent read of up to 4 KB.
    pub read: f64,
    /// Write units: one is a write of up to 1 KB; twice that in a transaction.
    pub write: f64,
    /// Round trips to the database.
    pub calls: u32,
}

impl AddAssign for Consumed {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.write += other.write;
        self.calls += other.calls;
    }
}

tokio::task_local! {
    static METER: Cell<Consumed>;
}

/// Runs a future and tells what its calls consumed. Calls made outside of one are not counted.
pub async fn metered<F: Future>(future: F) -> (F::Output, Consumed) {
    METER
        .scope(Cell::default(), async {
            let output = future.await;
            (output, METER.with(Cell::get))
        })
        .await
}

/// Which way the units of a call go: answers of transactions name no direction locally.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Direction {
    Read,
    Write,
}

pub(crate) fn count<'a>(
    direction: Direction,
    answers: impl IntoIterator<Item = &'a ConsumedCapacity>,
) {
    let units: f64 = answers.into_iter().filter_map(|answer| answer.capacity_units).sum();
    let (read, write) = match direction {
        Direction::Read => (units, 0.0),
        Direction::Write => (0.0, units),
    };
    // Outside of a metered future nobody asks.
    let _ = METER.try_with(|meter| {
        let mut total = meter.get();
        total += Consumed { read, write, calls: 1 };
        meter.set(total);
    });
}
