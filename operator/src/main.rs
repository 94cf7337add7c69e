//! `tsunagu-operator`: see `docs/operations/export.md`.

use std::process::ExitCode;

use clap::Parser;
use tsunagu_operator::{Arguments, run};

#[tokio::main]
async fn main() -> ExitCode {
    run(Arguments::parse()).await
}
