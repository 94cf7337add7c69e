//! What the tailer keeps over a restart: how far it has read, and the records that failed.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;

use crate::{private, stream::Position};

/// The position's file in the data folder.
const POSITION: &str = "stream-position.json";
/// The folder in it that stands for the on-failure bucket.
const FAILED: &str = "failed-records";

/// Where a tailer keeps what it has to. Clones are the same place.
#[derive(Clone)]
pub struct Kept {
    folder: Option<PathBuf>,
    /// How many batches failed, where no folder has them.
    failed: Arc<AtomicUsize>,
}

/// What could not be kept or read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct KeptError {
    path: PathBuf,
    cause: io::Error,
}

impl Kept {
    /// Nowhere: it is gone with the process.
    pub fn in_memory() -> Self {
        Self { folder: None, failed: Arc::default() }
    }

    /// In a data folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()), failed: Arc::default() }
    }

    /// How far the stream was read. One that cannot be read is said loudly and is as good as none:
    /// what was read before comes again.
    pub(super) fn position(&self) -> Result<Option<Position>, KeptError> {
        let Some(path) = self.folder.as_ref().map(|folder| folder.join(POSITION)) else {
            return Ok(None);
        };
        match fs::read(&path) {
            Ok(content) => match serde_json::from_slice(&content) {
                Ok(position) => Ok(Some(position)),
                Err(error) => {
                    let path = path.display();
                    tracing::error!(%path, %error, "damaged: the stream is read from its oldest record");
                    Ok(None)
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(KeptError { path, cause }),
        }
    }

    /// Keeps how far the stream was read.
    pub(super) async fn keep(&self, position: &Position) -> Result<(), KeptError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        write(folder.join(POSITION), serde_json::to_vec_pretty(position)).await
    }

    /// Puts away a batch that failed for good, and tells where it is.
    pub(super) async fn bury(&self, name: &str, batch: &Value) -> Result<String, KeptError> {
        let Some(folder) = &self.folder else {
            self.failed.fetch_add(1, Ordering::Relaxed);
            return Ok("nowhere: no data folder is kept".to_owned());
        };
        let folder = folder.join(FAILED);
        private::folder(&folder).map_err(|cause| KeptError { path: folder.clone(), cause })?;
        let path = folder.join(format!("{name}.json"));
        let shown = path.display().to_string();
        write(path, serde_json::to_vec_pretty(batch)).await?;
        Ok(shown)
    }

    /// How many batches have failed and still lie there.
    pub(super) fn failed(&self) -> usize {
        let Some(folder) = &self.folder else { return self.failed.load(Ordering::Relaxed) };
        // No folder: none has failed yet.
        let files = fs::read_dir(folder.join(FAILED)).into_iter().flatten().flatten();
        files.filter(|file| file.path().extension().is_some_and(|end| end == "json")).count()
    }
}

async fn write(path: PathBuf, content: serde_json::Result<Vec<u8>>) -> Result<(), KeptError> {
    let written = tokio::task::spawn_blocking({
        let path = path.clone();
        move || private::write(&path, &content?)
    });
    let written = written.await.map_err(io::Error::other).flatten();
    written.map_err(|cause| KeptError { path, cause })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn position(sequence: &str) -> Position {
        let mut position = Position::default();
        position.pass("shard", sequence);
        position
    }

    #[tokio::test]
    async fn given_a_folder_when_kept_then_the_last_position_and_failed_batches_are_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Kept::in_folder(folder.path());
        assert_eq!(kept.position().expect("is read"), None);
        kept.keep(&position("1")).await.expect("is kept");
        kept.keep(&position("2")).await.expect("is kept");
        assert_eq!(kept.failed(), 0);
        kept.bury("change-feed-1", &json!({"batch": 1})).await.expect("is put away");
        // The same batch after a restart is the same file.
        let place = kept.bury("change-feed-1", &json!({"batch": 1})).await.expect("is put away");
        let again = Kept::in_folder(folder.path());
        assert_eq!(again.position().expect("is read"), Some(position("2")));
        assert_eq!(again.failed(), 1);
        let content = fs::read_to_string(&place).expect("a file");
        assert_eq!(serde_json::from_str::<Value>(&content).expect("JSON"), json!({"batch": 1}));
        private_alone(folder.path());
    }

    #[cfg(unix)]
    fn private_alone(folder: &Path) {
        use std::os::unix::fs::PermissionsExt;
        for file in fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file")) {
            let mode = file.metadata().expect("metadata").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{:?}", file.path());
            if file.path().is_dir() {
                private_alone(&file.path());
            }
        }
    }

    #[cfg(not(unix))]
    fn private_alone(_: &Path) {}

    #[tokio::test]
    async fn given_a_damaged_position_when_read_then_it_is_as_good_as_none() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(POSITION), "{\"stream\": ").expect("a file");
        assert_eq!(Kept::in_folder(folder.path()).position().expect("is read"), None);
    }

    #[tokio::test]
    async fn given_no_folder_when_kept_then_it_is_counted_and_gone() {
        let kept = Kept::in_memory();
        kept.keep(&position("1")).await.expect("goes");
        kept.bury("change-feed-1", &json!({})).await.expect("goes");
        assert_eq!((kept.position().expect("is read"), kept.failed()), (None, 1));
    }
}
