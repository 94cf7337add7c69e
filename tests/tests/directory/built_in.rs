//! The directory of the local server.

use tsunagu_local::directory::{DirectoryServer, Entry, Security, Tree};

use crate::certificates::Certificates;

/// It twice over the same entries: with TLS where it is asked for, and with TLS alone.
pub(crate) struct BuiltIn {
    pub(crate) tree: Tree,
    pub(crate) certificates: Certificates,
    plain: DirectoryServer,
    tls: DirectoryServer,
}

impl BuiltIn {
    pub(crate) async fn start(entries: Vec<Entry>) -> Self {
        Self::with(entries, Certificates::new()).await
    }

    pub(crate) async fn with(entries: Vec<Entry>, certificates: Certificates) -> Self {
        let tree = Tree::new(entries);
        let start = async |security| {
            let started = DirectoryServer::start(0, tree.clone(), security).await;
            started.expect("there is a free port")
        };
        let plain = start(Security::StartTls(certificates.server())).await;
        let tls = start(Security::Tls(certificates.server())).await;
        Self { tree, certificates, plain, tls }
    }

    pub(crate) fn plain(&self) -> u16 {
        self.plain.address().port()
    }

    pub(crate) fn tls(&self) -> u16 {
        self.tls.address().port()
    }
}
