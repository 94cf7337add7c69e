//! TLS to a directory: from the first byte or after StartTLS, on its own authority's certificates or
//! the system's, and never without verifying the host's name.

use std::{
    io,
    sync::{Arc, LazyLock},
};

use rustls_native_certs::{CertificateResult, load_native_certs};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        CertificateError, ClientConfig, Error, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use tsunagu_domain::federation::{certificate::CaCertificate, directory::Directory};

use super::{DirectoryError, message};

/// The number of the one request that is made without TLS.
const FIRST: [u8; 1] = [1];
/// Asks to go on with TLS (RFC 4511, 4.14.1): the whole message.
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
/// The answer to that is as small as it.
const MOST_OF_START: usize = 1024;

/// A connection with TLS.
pub(super) async fn secure(
    mut stream: TcpStream,
    directory: &Directory,
) -> Result<TlsStream<TcpStream>, DirectoryError> {
    if !directory.url.tls() {
        start(&mut stream).await?;
    }
    let config = config(directory.ca_certificate.as_ref())?;
    let host = ServerName::try_from(directory.url.host().to_owned())
        .map_err(|_| DirectoryError::Unavailable("certificate-host"))?;
    let secured = TlsConnector::from(config).connect(host, stream).await;
    secured.map_err(|error| DirectoryError::Unavailable(reason(&error)))
}

/// Asks to go on with TLS; a directory that does not want to is not asked anything else. Nothing is
/// read beyond its answer, so that nothing said without TLS is taken for said with it.
async fn start(stream: &mut TcpStream) -> Result<(), DirectoryError> {
    let lost = |_| DirectoryError::Unavailable("connection-lost");
    stream.write_all(START_TLS).await.map_err(lost)?;
    let mut left = MOST_OF_START;
    let answer = message::read(stream, &mut left).await.map_err(DirectoryError::Unavailable)?;
    let agreed = message::code(&answer, message::EXTENDED) == Some(0);
    if agreed && message::number(&answer) == Some(&FIRST) {
        Ok(())
    } else {
        Err(DirectoryError::Unavailable("start-tls-refused"))
    }
}

fn config(authority: Option<&CaCertificate>) -> Result<Arc<ClientConfig>, DirectoryError> {
    let roots = match authority {
        Some(authority) => Arc::new(own(authority)?),
        None => system(),
    };
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| DirectoryError::Unavailable("tls-failed"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The directory's own authority, and no other.
fn own(authority: &CaCertificate) -> Result<RootCertStore, DirectoryError> {
    let unreadable = DirectoryError::Unavailable("ca-unreadable");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(authority.as_str().as_bytes()) {
        let certificate = certificate.map_err(|_| unreadable)?;
        roots.add(certificate).map_err(|_| unreadable)?;
    }
    Ok(roots)
}

/// Whom the system trusts: read once.
fn system() -> Arc<RootCertStore> {
    static SYSTEM: LazyLock<Arc<RootCertStore>> =
        LazyLock::new(|| Arc::new(trusted(load_native_certs())));
    SYSTEM.clone()
}

/// The authorities that can be read: what cannot is not trusted. Where there are none, it is said:
/// directories would be called untrusted one by one, as if it were their own fault.
fn trusted(found: CertificateResult) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let cause = found.errors.first().map(ToString::to_string);
        tracing::error!(cause, "no authority of the system's can be read");
    }
    roots
}

/// Why there is no TLS, for whoever tests the directory.
fn reason(error: &io::Error) -> &'static str {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    let Some(Error::InvalidCertificate(problem)) = cause else { return "tls-failed" };
    match problem {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "certificate-host"
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => "certificate-untrusted",
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => "certificate-expired",
        _ => "certificate-invalid",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn given_no_authorities_of_the_system_when_read_then_that_is_said() {
        let (mut said, writer) = io::pipe().expect("a pipe");
        let subscriber = tracing_subscriber::fmt().with_writer(Arc::new(writer)).finish();
        tracing::subscriber::with_default(subscriber, || {
            assert!(trusted(CertificateResult::default()).is_empty());
        });
        let mut lines = String::new();
        said.read_to_string(&mut lines).expect("text");
        assert!(lines.contains("ERROR") && lines.contains("no authority"), "{lines}");
    }
}
