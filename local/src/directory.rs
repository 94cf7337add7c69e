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
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

pub use entry::Entry;
use session::{Ended, converse};
pub use tree::Tree;

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
        // A client that was gone before it was accepted is no matter.
        let Ok((stream, _)) = listener.accept().await else { continue };
        while connections.try_join_next().is_some() {}
        let (tree, security) = (tree.clone(), security.clone());
        connections.spawn(async move {
            // A connection that breaks is its client's affair.
            let _ = serve(stream, &tree, security).await;
        });
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
