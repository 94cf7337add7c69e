//! Files of the data folder that are their owner's alone.

use std::{
    ffi::OsString,
    fs,
    io::{self, Write},
    path::Path,
};

/// Writes a file for its owner alone, whole or not at all.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut unfinished = OsString::from(path);
    unfinished.push(format!(".{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(unfinished, path)
}

/// Makes a folder for its owner alone; one that was there stays as it is.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}
