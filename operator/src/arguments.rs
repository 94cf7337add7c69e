//! What can be asked for.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use tsunagu_domain::ids::AccountId;

use crate::Target;

/// Export, import and deletion on the table of a deployment. AWS is reached as the environment says
/// (credentials, `AWS_REGION`, `AWS_ENDPOINT_URL_DYNAMODB`).
#[derive(Debug, Parser)]
#[command(name = "tsunagu-operator", version)]
pub struct Arguments {
    /// The table's name
    #[arg(long, env = "TABLE_NAME", global = true, required = false)]
    pub table: String,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes all items of the table into a file
    ExportTable {
        /// The file, which must not be there; `-` for standard output
        #[arg(long)]
        to: Target,
        /// How many parts of the table are read at once
        #[arg(long, default_value_t = 4)]
        parts: u8,
    },
    /// Puts all items of such a file into an empty table
    ImportTable {
        /// The file
        #[arg(long)]
        from: PathBuf,
        /// How many parts of the table are read at once
        #[arg(long, default_value_t = 4)]
        parts: u8,
        /// Go on with a table that an earlier import of the same file has begun to fill
        #[arg(long)]
        resume: bool,
    },
    /// Writes what is an account's own into a file
    ExportAccount {
        /// The account's id
        #[arg(long)]
        account: AccountId,
        /// The file, which must not be there; `-` for standard output
        #[arg(long)]
        to: Target,
    },
    /// Puts an account back that is not there
    ImportAccount {
        /// The file
        #[arg(long)]
        from: PathBuf,
    },
    /// Ends an account's connections and deletes it and its data
    DeleteAccount {
        /// The account's id
        #[arg(long)]
        account: AccountId,
        /// Its display name, as it is
        #[arg(long)]
        confirm: String,
        /// Also where customers are connected to it
        #[arg(long)]
        force: bool,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn given_the_arguments_then_they_fit_together() {
        Arguments::command().debug_assert();
    }
}
