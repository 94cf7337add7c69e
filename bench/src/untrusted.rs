//! A server on this machine that speaks TLS with a certificate that nobody knows.

use std::{net::SocketAddr, sync::Arc};

use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

/// The server; it ends with the program.
pub(crate) struct Untrusted {
    address: SocketAddr,
}

impl Untrusted {
    /// Listens on a free port.
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let acceptor = TlsAcceptor::from(Arc::new(settings()));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Each ends with the other's alert: it knows no issuer.
                let _ = acceptor.accept(stream).await;
            }
        });
        Self { address }
    }

    /// Where it listens, by a name that its certificate has.
    pub(crate) fn endpoint(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }
}

fn settings() -> ServerConfig {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).expect("a key");
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .expect("they belong together")
}
