//! Certificates of a test's own.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// The name in every directory's certificate, beside its address.
pub(crate) const HOST: &str = "ldap.example.com";

/// A directory's certificate and its authority's, as PEM.
pub(crate) struct Certificates {
    pub(crate) authority: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Certificates {
    /// For `HOST` and this machine.
    pub(crate) fn new() -> Self {
        Self::shaped(|_| {})
    }

    /// The same, but over since long.
    pub(crate) fn expired() -> Self {
        Self::shaped(|certificate| {
            certificate.not_before = date_time_ymd(2020, 1, 1);
            certificate.not_after = date_time_ymd(2020, 2, 1);
        })
    }

    fn shaped(shape: impl Fn(&mut CertificateParams)) -> Self {
        let names = vec![HOST.to_owned(), "127.0.0.1".to_owned()];
        let key = || KeyPair::generate().expect("a key is made");
        let mut authority = CertificateParams::new(Vec::new()).expect("no names");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, key()).expect("it signs itself");
        let mut certificate = CertificateParams::new(names).expect("these are names");
        shape(&mut certificate);
        let key = key();
        let certificate = certificate.signed_by(&key, &authority).expect("it is signed");
        Self {
            authority: authority.pem(),
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    /// What a server of ours needs.
    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes());
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows them")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.expect("it is ours")], key.expect("it is ours"));
        Arc::new(config.expect("the key is the certificate's"))
    }
}
