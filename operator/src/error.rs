//! Why something was not done.

use std::{io, path::PathBuf};

use thiserror::Error;
use tsunagu_domain::ids::AccountId;
use tsunagu_store::{StoreError, deletion::DeletionError, transfer::RestoreError};

use crate::file::FileError;

/// Why something was not done.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// The file is not as it was written; nothing was written into the table.
    #[error("{0}: nothing was written")]
    File(#[from] FileError),
    /// The file changed while it was read.
    #[error("the file changed while it was imported: what is in the table is not to be trusted")]
    FileChanged,
    /// It would be overwritten.
    #[error("{} is there already", .0.display())]
    FileThere(PathBuf),
    /// It can be neither read nor written.
    #[error("{}: {}", .0.display(), .1)]
    Disk(PathBuf, io::Error),
    /// A table is filled by nothing else.
    #[error(
        "the table is not empty: nothing was written. An import of the same file that was \
         interrupted goes on with --resume"
    )]
    NotEmpty,
    /// What is in the table is not from this file.
    #[error("the table has items that are not in this file, as {0}: nothing was written")]
    OtherItems(String),
    /// Not everything has arrived.
    #[error(
        "the table has {found} items and the file {wanted}: has somebody else written into it? \
         Import again with --resume"
    )]
    Incomplete {
        /// In the table.
        found: u64,
        /// In the file.
        wanted: u64,
    },
    /// There is no such account.
    #[error("there is no account {0}")]
    NoAccount(AccountId),
    /// Somebody may mean another account.
    #[error("--confirm is to be the account's display name, which is: {0}")]
    NotConfirmed(String),
    /// Customers would lose it.
    #[error("{0}. Nothing was changed; --force does it all the same")]
    Depended(DeletionError),
    /// The account is not put back.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The table could not answer.
    #[error("{0}; what was begun can be repeated")]
    Store(#[from] StoreError),
}
