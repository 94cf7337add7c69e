//! What runs in a process of its own, or listens on a port of its own.

use std::{
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use tokio::io::AsyncReadExt;
use tsunagu_local::engine::Engine;

/// This process is an engine's: tells where it listens, and keeps it until nobody holds the other end of
/// the input any more.
pub async fn serve(engine: Engine) -> io::Result<()> {
    writeln!(io::stdout(), "{}", engine.endpoint())?;
    let left = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
    engine.stop().await;
    left.map(drop)
}

/// An address that nobody listens on at this moment.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    listener.local_addr().expect("it listens")
}
