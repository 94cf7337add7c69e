//! Where a directory is: looked up once, judged, and connected to at the very address that was judged
//! (T29).

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use futures::future::BoxFuture;
use tokio::net::{TcpStream, lookup_host};

use super::{Directories, DirectoryError, Realm};

/// How many addresses of one name are tried.
const MOST_ADDRESSES: usize = 4;

/// Finds the addresses of a host.
pub trait Resolve: Send + Sync {
    /// The addresses of a name.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// Finds them as the system does.
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            // The port is of no matter to names.
            Ok(lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
        })
    }
}

/// A connection to the directory, before anything is said.
pub(super) async fn reach(
    directories: &Directories,
    realm: &Realm<'_>,
) -> Result<TcpStream, DirectoryError> {
    let mut reason = "name-unknown";
    for address in admitted(directories, realm).await?.into_iter().take(MOST_ADDRESSES) {
        match TcpStream::connect(address).await {
            Ok(stream) => return judged_again(stream, address),
            Err(_) => reason = "not-reached",
        }
    }
    Err(DirectoryError::Unavailable(reason))
}

/// The addresses of the directory; none, where one of them is none for a directory: an honest name
/// has no such address.
async fn admitted(
    directories: &Directories,
    realm: &Realm<'_>,
) -> Result<Vec<SocketAddr>, DirectoryError> {
    let url = &realm.directory.url;
    let addresses = if let Some(address) = url.address() {
        vec![address]
    } else {
        let found = directories.resolver.resolve(url.host()).await;
        found.map_err(|_| DirectoryError::Unavailable("name-unknown"))?
    };
    let is_admitted = |address: &IpAddr| {
        let readable = realm.directory.is_insecure() && !realm.policy.is_own_machine(*address);
        realm.policy.admits(*address, url.port()) && !readable
    };
    if !addresses.iter().all(is_admitted) {
        return Err(DirectoryError::AddressRefused);
    }
    Ok(addresses.into_iter().map(|address| SocketAddr::new(address, url.port())).collect())
}

/// The socket's own word for where it leads.
fn judged_again(stream: TcpStream, judged: SocketAddr) -> Result<TcpStream, DirectoryError> {
    match stream.peer_addr() {
        Ok(peer) if peer.ip() == judged.ip() && peer.port() == judged.port() => Ok(stream),
        Ok(_) => Err(DirectoryError::AddressRefused),
        Err(_) => Err(DirectoryError::Unavailable("not-reached")),
    }
}
