//! What environments write: to the log of this process, line by line as it is, and heard by whatever
//! counts reads, as a subscription of the log would.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tsunagu_domain::time::Clock;

use crate::reads::Reads;

/// Writes one line somewhere.
pub type Write = Arc<dyn Fn(&str) + Send + Sync>;

/// Where lines go.
#[derive(Clone)]
pub(super) struct Log {
    pub(super) reads: Reads,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) write: Write,
}

impl Log {
    /// Takes in what comes from a stream of a process, until it is closed.
    pub(super) fn follow(&self, stream: Option<impl AsyncRead + Send + Unpin + 'static>) {
        let Some(stream) = stream else { return };
        let log = self.clone();
        tokio::spawn(async move {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            // By bytes: what is no text must not stop the process at a pipe that nobody reads.
            while let Ok(1..) = stream.read_until(b'\n', &mut line).await {
                log.line(String::from_utf8_lossy(&line).trim_end_matches('\n'));
                line.clear();
            }
        });
    }

    fn line(&self, line: &str) {
        self.reads.hear(line, self.clock.now());
        (self.write)(line);
    }
}
