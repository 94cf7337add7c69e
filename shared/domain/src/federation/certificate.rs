//! Certificates of authorities that a provider's directory trusts.

use std::str::FromStr;

use pem::Pem;
use rustls_pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use crate::{Invalid, schema::text_form};

/// One or more certificates of authorities, as PEM. Each can be read as an authority; whether it signed
/// anything is seen by who connects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaCertificate(String);

impl CaCertificate {
    /// The most characters: a chain of a few certificates.
    pub const MAX: usize = 16_384;

    /// The certificates as PEM.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CaCertificate {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        if text.len() > Self::MAX {
            return Err(Invalid::TooLong { max: Self::MAX });
        }
        let blocks = pem::parse_many(text).map_err(|_| Invalid::Malformed)?;
        // A private key that was pasted along must not stay here.
        if blocks.is_empty() || !blocks.iter().all(is_authority) {
            return Err(Invalid::Malformed);
        }
        Ok(Self(text.to_owned()))
    }
}

fn is_authority(block: &Pem) -> bool {
    let certificate = CertificateDer::from(block.contents());
    block.tag() == "CERTIFICATE" && webpki::anchor_from_trusted_cert(&certificate).is_ok()
}

text_form!(CaCertificate, "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----");

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    const NOTHING: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    fn certificate() -> String {
        let authority = rcgen::generate_simple_self_signed(["ca.example.com".to_owned()]);
        authority.expect("a certificate").cert.pem()
    }

    #[test]
    fn certificates_are_taken_and_nothing_else() {
        let certificate = certificate();
        assert!(certificate.parse::<CaCertificate>().is_ok());
        assert!(certificate.repeat(2).parse::<CaCertificate>().is_ok());
        assert_eq!("".parse::<CaCertificate>(), Err(Invalid::Empty));
        let with_key = format!("{certificate}{KEY}");
        let broken = certificate.replacen('M', "N", 1);
        for text in ["certificate", NOTHING, KEY, &with_key, &broken] {
            assert_eq!(text.parse::<CaCertificate>(), Err(Invalid::Malformed), "{text}");
        }
        let long = certificate.repeat(40);
        assert_eq!(long.parse::<CaCertificate>(), Err(Invalid::TooLong { max: 16_384 }));
    }
}
