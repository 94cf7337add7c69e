//! Single accounts.

use std::{fs::File, io::BufReader, path::Path};

use tsunagu_domain::{ids::AccountId, time::Instant};
use tsunagu_store::{
    Store,
    deletion::{Deleted, DeletionError},
    transfer::{AccountExport, Restored},
};

use crate::{
    OperatorError, Target,
    file::{Header, Reader, What, Writer},
};

/// Writes what is an account's own.
pub async fn export_account(
    store: &Store,
    account: AccountId,
    to: &Target,
    now: Instant,
) -> Result<AccountExport, OperatorError> {
    let export = store.export_account(account, now).await?;
    let export = export.ok_or(OperatorError::NoAccount(account))?;
    let output = to.open()?;
    let path = output.path();
    let failed = |error| OperatorError::Disk(path.clone(), error);
    let items = u64::try_from(export.items.len()).unwrap_or(u64::MAX);
    let header = Header::new(What::Account, store.table_name(), Some(account), now, items);
    let mut writer = Writer::begin(output, &header).map_err(failed)?;
    for item in &export.items {
        writer.item(item).map_err(failed)?;
    }
    let (output, _) = writer.end().map_err(failed)?;
    output.finish()?;
    Ok(export)
}

/// Puts an account back that is not there. The file is read through before anything is written.
pub async fn import_account(
    store: &Store,
    from: &Path,
    now: Instant,
) -> Result<Restored, OperatorError> {
    let failed = |error| OperatorError::Disk(from.to_owned(), error);
    let file = File::open(from).map_err(failed)?;
    let mut reader = Reader::begin(BufReader::new(file), What::Account)?;
    let mut items = Vec::new();
    while let Some(item) = reader.item()? {
        items.push(item);
    }
    Ok(store.restore_account(items, now).await?)
}

/// Deletes an account and its data, where its name was said. What is left of one whose deletion stopped
/// near its end has no name any more.
pub async fn delete_account(
    store: &Store,
    account: AccountId,
    confirm: &str,
    force: bool,
    now: Instant,
) -> Result<Deleted, OperatorError> {
    if let Some(on_record) = store.account_on_record(account, now).await? {
        let name = on_record.account.display_name.to_string();
        if name != confirm {
            return Err(OperatorError::NotConfirmed(name));
        }
    }
    match store.delete_account(account, force, now).await {
        Ok(deleted) => Ok(deleted),
        Err(DeletionError::Store(error)) => Err(error.into()),
        Err(depended @ DeletionError::Depended { .. }) => Err(OperatorError::Depended(depended)),
    }
}
