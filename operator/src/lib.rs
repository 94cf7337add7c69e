//! The operator's tool: a whole table or one account into a file and back, and the deletion of an
//! account. It runs where AWS credentials are, on nobody's request, and is never deployed.
//!
//! What is an account's own, what may be carried away and what deletion keeps, are rules of
//! [`tsunagu_store::transfer`] and [`tsunagu_store::deletion`]; this crate knows files and arguments.

mod accounts;
mod arguments;
mod error;
mod file;
mod tables;
mod target;

use std::{
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
};

use tsunagu_api::start::SystemClock;
use tsunagu_domain::time::Clock;
use tsunagu_store::{Store, Table, client};

pub use accounts::{delete_account, export_account, import_account};
pub use arguments::{Arguments, Command};
pub use error::OperatorError;
pub use tables::{Resuming, export_table, import_table};
pub use target::Target;

/// Does what was asked for; everything that is said goes to standard error.
pub async fn run(arguments: Arguments) -> ExitCode {
    let aws = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let client = client::connect(aws_sdk_dynamodb::config::Builder::from(&aws));
    let store = Store::new(Table::new(client, arguments.table.clone()));
    match execute(&store, arguments.command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("ERROR: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn execute(store: &Store, command: Command) -> Result<(), OperatorError> {
    let now = SystemClock.now();
    match command {
        Command::ExportTable { to, parts } => {
            warn(
                "This file will hold ALL customers' data, names and addresses of administrators, \
                 invite links, digests of secrets and the secret of the edge.",
            );
            let items = export_table(store, &to, parts, now).await?;
            say(format_args!("{items} items are exported."));
        }
        Command::ImportTable { from, parts, resume } => {
            let resuming = if resume { Resuming::Yes } else { Resuming::No };
            let items = import_table(store, &from, parts, resuming, now).await?;
            say(format_args!("{items} items are in the table."));
        }
        Command::ExportAccount { account, to } => {
            warn(
                "This file will hold the account's data: names and addresses of its administrators, \
                 users, tickets and its invite link.",
            );
            let export = export_account(store, account, &to, now).await?;
            say(format_args!("{} items are exported.", export.items.len()));
            tell("left out, as it opens something or is another's", &export.left_out);
        }
        Command::ImportAccount { from } => {
            let restored = import_account(store, &from, now).await?;
            say(format_args!("The account {} is there again.", restored.account));
            tell("put back", &restored.items);
            if restored.expired > 0 {
                say(format_args!("over by now, left out: {}", restored.expired));
            }
            for left in &restored.left_out {
                say(format_args!("left out: {} with {}: {}", left.kind, left.other, left.why));
            }
        }
        Command::DeleteAccount { account, confirm, force } => {
            let deleted = delete_account(store, account, &confirm, force, now).await?;
            if deleted.is_nothing() && deleted.kept.is_empty() {
                return Err(OperatorError::NoAccount(account));
            }
            if deleted.is_nothing() {
                say("There was nothing of it any more.");
            }
            tell("gone", &deleted.gone);
            tell("kept for its time", &deleted.kept);
            say(
                "Kept: its audit trail for 400 days and its hosts for 30. Answers to requests (24 hours) \
                 and counts of attempts go by themselves. Other accounts keep that there was a \
                 connection, and what they were told.",
            );
        }
    }
    Ok(())
}

fn tell(what: &str, counts: &std::collections::BTreeMap<impl Display, u64>) {
    for (kind, number) in counts {
        say(format_args!("{what}: {number} {kind}"));
    }
}

fn warn(text: &str) {
    say(format_args!(
        "WARNING: {text} Whoever reads it, reads everything: keep it as you keep the table."
    ));
}

fn say(text: impl Display) {
    // Nothing can be done where even standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
}
