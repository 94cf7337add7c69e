//! A small LDAP directory for the laptop: loopback only, its entries in memory.
//!
//! It speaks what signing in needs (simple bind, by a distinguished name or by a user principal name;
//! search; "who am I"; StartTLS) and behaves there as OpenLDAP does: the same tests run against both.
//! It follows neither aliases nor referrals, and takes no changes by LDAP: whoever holds its
//! [`Tree`] changes it while it runs.

mod entry;
mod filter;
mod search;
mod session;
mod tree;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::sleep,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

pub use entry::Entry;
use session::{Ended, converse};
pub use tree::Tree;

/// Between attempts to accept, where one failed.
const PAUSE: Duration = Duration::from_millis(50);

/// How a directory's connections are secured.
#[derive(Clone)]
pub enum Security {
    /// Not at all: nothing leaves the machine.
    Plain,
    /// By TLS where the client asks for it.
    StartTls(Arc<ServerConfig>),
    /// By TLS from the first byte.
    Tls(Arc<ServerConfig>),
}

/// A running directory; it ends, with its connections, when it is dropped.
pub struct DirectoryServer {
    address: SocketAddr,
    served: JoinHandle<()>,
}

impl DirectoryServer {
    /// A directory of these entries on a loopback port: the given one, or with 0 a free one.
    pub async fn start(port: u16, tree: Tree, security: Security) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let served = tokio::spawn(accept(listener, tree, security));
        Ok(Self { address, served })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for DirectoryServer {
    fn drop(&mut self) {
        self.served.abort();
    }
}

async fn accept(listener: TcpListener, tree: Tree, security: Security) {
    // Its connections end with it.
    let mut connections = JoinSet::new();
    loop {
        let stream = next(&listener).await;
        while connections.try_join_next().is_some() {}
        let (tree, security) = (tree.clone(), security.clone());
        connections.spawn(async move {
            // A connection that breaks is its client's affair.
            let _ = serve(stream, &tree, security).await;
        });
    }
}

/// The next client. One that was gone before it was accepted is no matter; an error that lasts, as
/// where no more files may be open, is waited out.
async fn next(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(_) => sleep(PAUSE).await,
        }
    }
}

async fn serve(stream: TcpStream, tree: &Tree, security: Security) -> io::Result<()> {
    let config = match security {
        Security::Plain => return converse(stream, tree, false).await.map(drop),
        Security::Tls(config) => return secured(stream, tree, config).await,
        Security::StartTls(config) => config,
    };
    match converse(stream, tree, true).await? {
        Ended::Closed => Ok(()),
        Ended::ForTls(stream) => secured(stream, tree, config).await,
    }
}

async fn secured(stream: TcpStream, tree: &Tree, config: Arc<ServerConfig>) -> io::Result<()> {
    let stream = TlsAcceptor::from(config).accept(stream).await?;
    converse(stream, tree, false).await.map(drop)
}

#[cfg(test)]
mod tests {
    use std::{net, os::fd::OwnedFd, sync::mpsc, thread};

    use tokio::{runtime::Builder, time::timeout};

    use super::*;

    /// A socket that always has something to accept and never accepts it.
    fn failing() -> io::Result<TcpListener> {
        let listener = net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let connected = net::TcpStream::connect(listener.local_addr()?)?;
        connected.set_nonblocking(true)?;
        drop(listener);
        TcpListener::from_std(OwnedFd::from(connected).into())
    }

    /// Time that is paused goes on only while there is nothing to do.
    #[test]
    fn given_accepting_that_fails_and_fails_then_it_rests_in_between() {
        let (told, rested) = mpsc::channel();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
            let waited = runtime.expect("a runtime").block_on(async {
                timeout(Duration::from_secs(1), next(&failing().expect("a socket"))).await
            });
            told.send(waited.is_err())
        });
        assert_eq!(rested.recv_timeout(Duration::from_secs(10)), Ok(true));
    }
}
