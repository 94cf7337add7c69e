//! The form of a file: a line that describes it, a line an item, and a line that closes it with their
//! number and the SHA-256 of all lines before. What was cut or altered does not pass.

use std::io::{self, BufRead, Read, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tsunagu_domain::{ids::AccountId, time::Instant};
use tsunagu_store::transfer::RawItem;

/// What the first line says that it is.
const FORMAT: &str = "tsunagu-export";
/// The form that is written, and the only one that is read.
const VERSION: u32 = 1;
/// An item has 400 KB at most. Escaped and with the names of its types it is longer, and not so long.
const LONGEST_LINE: u64 = 8 << 20;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    Table,
    Account,
}

/// The first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Header {
    format: String,
    version: u32,
    what: What,
    table: String,
    account: Option<AccountId>,
    at: Instant,
    /// Of an account exact; of a table as DynamoDB counted some hours ago.
    about_items: u64,
}

impl Header {
    pub(crate) fn new(
        what: What,
        table: &str,
        account: Option<AccountId>,
        at: Instant,
        about_items: u64,
    ) -> Self {
        let (format, table) = (FORMAT.to_owned(), table.to_owned());
        Self { format, version: VERSION, what, table, account, at, about_items }
    }
}

/// The last line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Footer {
    items: u64,
    sha256: String,
}

/// Why a file is not read.
#[derive(Debug, Error)]
pub enum FileError {
    /// It cannot be read at all.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is none of ours, or of another version.
    #[error("this is no file of this tool, or of another version of it")]
    Unknown,
    /// It holds a table and not an account, or the other way round.
    #[error("the file holds something else than was asked for")]
    OtherKind,
    /// The line that closes it is not there.
    #[error("the file is cut off: it has no last line")]
    Cut,
    /// It is not as it was written.
    #[error("the file was altered: {0}")]
    Altered(String),
}

/// Writes a file.
pub(crate) struct Writer<W: Write> {
    out: W,
    digest: Sha256,
    items: u64,
}

impl<W: Write> Writer<W> {
    pub(crate) fn begin(out: W, header: &Header) -> io::Result<Self> {
        let mut writer = Self { out, digest: Sha256::new(), items: 0 };
        writer.line(serde_json::to_string(header)?)?;
        Ok(writer)
    }

    pub(crate) fn item(&mut self, item: &RawItem) -> io::Result<()> {
        self.items += 1;
        self.line(item.to_json().to_string())
    }

    /// Closes the file; gives how many items are in it.
    pub(crate) fn end(mut self) -> io::Result<(W, u64)> {
        let sha256 = hex::encode(self.digest.clone().finalize());
        let items = self.items;
        self.line(serde_json::to_string(&Footer { items, sha256 })?)?;
        Ok((self.out, items))
    }

    fn line(&mut self, mut line: String) -> io::Result<()> {
        line.push('\n');
        self.digest.update(&line);
        self.out.write_all(line.as_bytes())
    }
}

/// Reads a file line by line, and checks it as a whole by its last.
pub(crate) struct Reader<R: BufRead> {
    lines: R,
    digest: Sha256,
    items: u64,
    /// The line that was read and not given yet: it may be the last.
    ahead: Option<String>,
}

impl<R: BufRead> Reader<R> {
    pub(crate) fn begin(mut lines: R, what: What) -> Result<Self, FileError> {
        let first = line_of(&mut lines)?.ok_or(FileError::Unknown)?;
        let header = serde_json::from_str::<Header>(&first).map_err(|_| FileError::Unknown)?;
        if header.format != FORMAT || header.version != VERSION {
            return Err(FileError::Unknown);
        }
        if header.what != what {
            return Err(FileError::OtherKind);
        }
        let mut digest = Sha256::new();
        digest.update(&first);
        let ahead = line_of(&mut lines)?;
        Ok(Self { lines, digest, items: 0, ahead })
    }

    /// The next item; `None` at the end, where everything before it was as it was written.
    pub(crate) fn item(&mut self) -> Result<Option<RawItem>, FileError> {
        let line = self.ahead.take().ok_or(FileError::Cut)?;
        self.ahead = line_of(&mut self.lines)?;
        if self.ahead.is_none() {
            return self.check(&line).map(|()| None);
        }
        self.digest.update(&line);
        self.items += 1;
        let altered = |why: &dyn std::fmt::Display| {
            FileError::Altered(format!("line {} {why}", self.items + 1))
        };
        let value = serde_json::from_str(&line).map_err(|_| altered(&"is no JSON"))?;
        RawItem::from_json(value).map(Some).map_err(|error| altered(&error))
    }

    fn check(&self, last: &str) -> Result<(), FileError> {
        if !last.ends_with('\n') {
            return Err(FileError::Cut);
        }
        let footer = serde_json::from_str::<Footer>(last).map_err(|_| FileError::Cut)?;
        if footer.items != self.items {
            let why = format!("it says {} items and has {}", footer.items, self.items);
            return Err(FileError::Altered(why));
        }
        if footer.sha256 != hex::encode(self.digest.clone().finalize()) {
            return Err(FileError::Altered("its SHA-256 is another one".to_owned()));
        }
        Ok(())
    }
}

fn line_of(lines: &mut impl BufRead) -> Result<Option<String>, FileError> {
    let mut line = Vec::new();
    lines.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8(line);
    text.map(Some).map_err(|_| FileError::Altered("a line is no text".to_owned()))
}

/// What of an item tells whether it is the same.
pub(crate) fn fingerprint(item: &RawItem) -> [u8; 32] {
    Sha256::digest(item.to_json().to_string()).into()
}
