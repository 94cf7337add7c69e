//! Whole tables.

use std::{
    collections::HashSet,
    fs::File,
    io::{BufReader, Seek, SeekFrom},
    path::Path,
};

use futures::TryStreamExt;
use tsunagu_domain::time::Instant;
use tsunagu_store::{Store, transfer::RawItem};

use crate::{
    OperatorError, Target,
    file::{Header, Reader, What, Writer, fingerprint},
};

/// How many items are put together.
const AT_ONCE: usize = 100;

/// Whether an import goes on with what an earlier one of the same file began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resuming {
    /// It goes into an empty table.
    No,
    /// What is in the table has to be from the same file.
    Yes,
}

/// Writes all items of the table; gives how many. It is no moment of the table: what is written
/// meanwhile may be in the file or not.
pub async fn export_table(
    store: &Store,
    to: &Target,
    parts: u8,
    now: Instant,
) -> Result<u64, OperatorError> {
    let output = to.open()?;
    let path = output.path();
    let failed = |error| OperatorError::Disk(path.clone(), error);
    let about = store.about_items().await?;
    let header = Header::new(What::Table, store.table_name(), None, now, about);
    let mut writer = Writer::begin(output, &header).map_err(failed)?;
    let mut pages = std::pin::pin!(store.all_items(parts));
    while let Some(page) = pages.try_next().await? {
        for item in &page {
            writer.item(item).map_err(failed)?;
        }
    }
    let (output, items) = writer.end().map_err(failed)?;
    output.finish()?;
    Ok(items)
}

/// What is known of a file that was read through.
struct Checked {
    items: u64,
    /// How many DynamoDB may delete by itself meanwhile.
    over: u64,
    /// Of each item, where it is asked for.
    fingerprints: HashSet<[u8; 32]>,
}

/// Puts all items of a file into an empty table; gives how many are there. The file is read through
/// before anything is written.
pub async fn import_table(
    store: &Store,
    from: &Path,
    parts: u8,
    resuming: Resuming,
    now: Instant,
) -> Result<u64, OperatorError> {
    let failed = |error| OperatorError::Disk(from.to_owned(), error);
    let mut file = File::open(from).map_err(failed)?;
    let checked = check(&file, resuming, now)?;
    match resuming {
        Resuming::No if !store.is_empty().await? => return Err(OperatorError::NotEmpty),
        Resuming::No => {}
        Resuming::Yes => compare(store, parts, &checked).await?,
    }
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    put(store, &file).await?;
    let found = store.count_items(parts).await?;
    let wanted = checked.items;
    // DynamoDB may have deleted what was over, and nothing else.
    if found > wanted || found + checked.over < wanted {
        return Err(OperatorError::Incomplete { found, wanted });
    }
    Ok(found)
}

fn check(file: &File, resuming: Resuming, now: Instant) -> Result<Checked, OperatorError> {
    let mut reader = Reader::begin(BufReader::new(file), What::Table)?;
    let mut checked = Checked { items: 0, over: 0, fingerprints: HashSet::new() };
    while let Some(item) = reader.item()? {
        checked.items += 1;
        checked.over += u64::from(item.ttl().is_some_and(|ttl| ttl <= now.timestamp()));
        if resuming == Resuming::Yes {
            checked.fingerprints.insert(fingerprint(&item));
        }
    }
    Ok(checked)
}

/// That everything in the table is from this file.
async fn compare(store: &Store, parts: u8, checked: &Checked) -> Result<(), OperatorError> {
    let mut pages = std::pin::pin!(store.all_items(parts));
    while let Some(page) = pages.try_next().await? {
        let of_file = |item: &&RawItem| !checked.fingerprints.contains(&fingerprint(item));
        if let Some(other) = page.iter().find(of_file) {
            let key = other.key();
            return Err(OperatorError::OtherItems(format!("{} {}", key.pk, key.sk)));
        }
    }
    Ok(())
}

/// Puts everything, whether or not it is there.
async fn put(store: &Store, file: &File) -> Result<(), OperatorError> {
    let changed = |_| OperatorError::FileChanged;
    let mut reader = Reader::begin(BufReader::new(file), What::Table).map_err(changed)?;
    loop {
        let mut some = Vec::with_capacity(AT_ONCE);
        while some.len() < AT_ONCE {
            let Some(item) = reader.item().map_err(changed)? else { break };
            some.push(item);
        }
        let is_last = some.len() < AT_ONCE;
        store.put_items(&some).await?;
        if is_last {
            return Ok(());
        }
    }
}
