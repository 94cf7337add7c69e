//! The dashboard over partners of different size.

use tsunagu_tests::{crowd::Partner, measured::Measured, meter::Meter};

use crate::figures::{Table, print};

/// How often each question is asked.
const TIMES: usize = 10;

/// Measures the dashboard of a partner with so many customers.
pub(crate) async fn measure(count: usize) -> Table {
    let product = Measured::open(Meter::real_time()).await;
    print(&format!("… connecting {count} customers"));
    let partner = Partner::with_customers(&product, count).await;
    let mut table = Table::default();
    for (name, query) in Partner::QUERIES {
        for _ in 0..TIMES {
            ask(&partner, &product, query).await;
            table.add(name, &product);
        }
    }
    let mut cursor = String::new();
    while let Some(next) = ask(&partner, &product, &format!("limit=50{cursor}")).await {
        cursor = format!("&cursor={next}");
    }
    for _ in 0..TIMES {
        ask(&partner, &product, &format!("limit=50{cursor}")).await;
        table.add("dashboard, last page", &product);
    }
    table
}

/// Asks, with nothing in the books before; gives the cursor of the next page.
async fn ask(partner: &Partner, product: &Measured, query: &str) -> Option<String> {
    product.meter.take();
    product.handlers.take();
    let answer = partner.ask(query).await;
    answer.json()["nextCursor"].as_str().map(str::to_owned)
}
