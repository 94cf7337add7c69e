//! What requests cost and how long they take, in one run on the embedded engine: `make bench`. `ARGS`
//! may name the parts: `requests`, `dashboard`, `licenses`, `feeds`, `refusals`, `startup`.
//!
//! Units are exact. Times are this machine's, noise included; what says something is their ratio to
//! the time that the database took in the same request, and how both grow with a partner's size.

mod dashboard;
mod feeds;
mod figures;
mod licenses;
mod process;
mod refusals;
mod requests;
mod startup;
mod untrusted;

use std::{process::ExitCode, time::Instant};

use figures::{Table, print};

/// Rounds that are measured, after one that is not.
const ROUNDS: u32 = 60;

fn main() -> ExitCode {
    if let Some(done) = startup::other(Instant::now()) {
        return done;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(run()),
        Err(error) => {
            print(&format!("ERROR: no threads to measure with: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> ExitCode {
    if let Some(done) = process::other().await {
        return done;
    }
    print(
        "Units: read and write units of DynamoDB, the permission check apart (budget: 4, or 5 \
         where the ORGID is not known yet).\n\
         Times: p50 and p99 in the handler, in milliseconds; ratio: the handler's time to that of \
         the database calls in it (p50).\n\
         They are of this machine with all its noise, the embedded engine included: only ratios \
         within this run say something. p99 of 60 is the slowest.\n",
    );
    let mut over = Vec::new();
    if is_wanted("requests") {
        let requests = requests::measure(ROUNDS).await;
        over.extend(show(&format!("Every request, {ROUNDS} rounds"), &requests));
    }
    for count in [100, 10_000].into_iter().filter(|_| is_wanted("dashboard")) {
        let table = dashboard::measure(count).await;
        over.extend(show(&format!("The dashboard of a partner with {count} customers"), &table));
    }
    if is_wanted("licenses") {
        over.extend(licenses::measure().await);
    }
    if is_wanted("feeds") {
        over.extend(feeds::measure().await);
    }
    if is_wanted("refusals") {
        over.extend(refusals::measure().await);
    }
    if is_wanted("startup") {
        startup::measure().await;
    }
    if over.is_empty() {
        print("All within their budgets.");
        return ExitCode::SUCCESS;
    }
    print(&format!("OVER BUDGET: {}", over.join("; ")));
    ExitCode::FAILURE
}

/// Whether a part is to be measured: all are where none is named.
fn is_wanted(part: &str) -> bool {
    let mut named = std::env::args().skip(1).peekable();
    named.peek().is_none() || named.any(|name| name == part)
}

/// Prints a table; gives what is over its budget.
fn show(title: &str, table: &Table) -> Vec<String> {
    print(&format!("{title}\n{table}"));
    table.over_budget()
}
