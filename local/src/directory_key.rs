//! The key that seals what directories' service binds need, on the laptop: beside the data that it
//! seals.

use std::{fs, io, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};

use crate::{private, random};

const FILE: &str = "directory.key";

/// A key for as long as the server runs, as a vault is named.
pub(crate) fn in_memory() -> String {
    format!("local:{}", BASE64_STANDARD_NO_PAD.encode(random::key()))
}

/// The key of a data folder, made on first use.
pub(crate) fn in_folder(folder: &Path) -> io::Result<String> {
    let path = folder.join(FILE);
    match fs::read_to_string(&path) {
        Ok(key) => Ok(key.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = in_memory();
            private::write(&path, key.as_bytes())?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_a_folder_when_opened_again_then_the_key_is_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = in_folder(folder.path()).expect("a key");
        assert_eq!(in_folder(folder.path()).expect("a key"), first);
        let other = tempfile::tempdir().expect("a folder");
        assert_ne!(in_folder(other.path()).expect("a key"), first);
    }
}
