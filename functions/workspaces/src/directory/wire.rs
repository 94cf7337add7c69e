//! The wire between the LDAP library and a directory.
//!
//! The library takes a socket and nothing else, and has no bounds of its own. So it gets one end of a
//! pair of sockets that nobody else has, and this carries what is said between the other end and the
//! directory: what we say as it is, with binds of our own in between; what the directory says within
//! its bounds and made sound.

use std::sync::{Arc, OnceLock};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::UnixStream,
    sync::mpsc::Receiver,
};

use super::{
    bind::{Binds, Request},
    message,
};

/// Nobody wants to say more.
const DONE: &str = "done";

/// Why the conversation ended, where it did.
#[derive(Clone, Default)]
pub(super) struct Ending(Arc<OnceLock<&'static str>>);

impl Ending {
    /// The reason, as a code.
    pub(super) fn reason(&self) -> Option<&'static str> {
        self.0.get().copied()
    }
}

/// Carries until either side goes away, or the directory has said `most` bytes or what it must not.
pub(super) async fn carry<S>(
    directory: S,
    library: UnixStream,
    most: usize,
    (binds, requests): (Binds, Receiver<Request>),
    ending: Ending,
) where
    S: AsyncRead + AsyncWrite,
{
    let (mut from_directory, mut to_directory) = tokio::io::split(directory);
    let (mut from_library, mut to_library) = tokio::io::split(library);
    let reason = tokio::select! {
        reason = hear(&mut from_directory, &mut to_library, &binds, most) => reason,
        reason = say(&mut from_library, requests, &mut to_directory) => reason,
    };
    // Told before whoever waits sees that there is no answer.
    let _ = ending.0.set(reason);
    binds.end();
}

async fn hear(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    binds: &Binds,
    most: usize,
) -> &'static str {
    let mut left = most;
    loop {
        let answer = message::read(from, &mut left).await;
        let answer = match answer.and_then(|answer| binds.take(answer)) {
            Ok(Some(answer)) => message::sound(&answer),
            Ok(None) => continue,
            Err(reason) => return reason,
        };
        let sound = match answer {
            Ok(Some(sound)) => sound,
            Ok(None) => continue,
            Err(reason) => return reason,
        };
        if to.write_all(&sound).await.is_err() {
            return DONE;
        }
    }
}

async fn say(
    from: &mut (impl AsyncRead + Unpin),
    mut binds: Receiver<Request>,
    to: &mut (impl AsyncWrite + Unpin),
) -> &'static str {
    let mut said = [0; 4096];
    loop {
        let sent = tokio::select! {
            Some(bind) = binds.recv() => to.write_all(&bind).await,
            length = from.read(&mut said) => match length {
                Ok(0) | Err(_) => return DONE,
                Ok(length) => to.write_all(&said[..length]).await,
            },
        };
        if sent.is_err() || to.flush().await.is_err() {
            return "connection-lost";
        }
    }
}
