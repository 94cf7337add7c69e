//! Every request of a round, round after round.

use tsunagu_tests::{
    measured::Measured,
    meter::Meter,
    round::{Asked, Round, Watch},
};

use crate::figures::Table;

struct Clocked<'p> {
    product: &'p Measured,
    table: Table,
}

impl Watch for Clocked<'_> {
    async fn before(&mut self, _: &'static str) {
        self.product.meter.take();
        self.product.handlers.take();
    }

    async fn after(&mut self, asked: &Asked) {
        self.table.add(asked.name, self.product);
    }
}

/// Walks so many rounds, each with parties of its own.
pub(crate) async fn measure(rounds: u32) -> Table {
    let product = Measured::open(Meter::real_time()).await;
    let mut clocked = Clocked { product: &product, table: Table::default() };
    // What a deployment and an environment do once is not what a request costs.
    Round::new(&product, &mut clocked, 0).walk().await;
    clocked.table = Table::default();
    for number in 1..=rounds {
        Round::new(&product, &mut clocked, number).walk().await;
    }
    clocked.table
}
