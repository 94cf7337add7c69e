//! Certificates of authorities that a provider's directory trusts.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Invalid, schema::text_form};

/// One or more certificates of authorities, as PEM. What they say is read by who connects.
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
        let certificates = blocks.iter().all(|block| block.tag() == "CERTIFICATE");
        // A private key that was pasted along must not stay here.
        if blocks.is_empty() || !certificates {
            return Err(Invalid::Malformed);
        }
        Ok(Self(text.to_owned()))
    }
}

text_form!(CaCertificate, "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----");

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

    #[test]
    fn certificates_are_taken_and_nothing_else() {
        assert!(CERTIFICATE.parse::<CaCertificate>().is_ok());
        assert!(CERTIFICATE.repeat(2).parse::<CaCertificate>().is_ok());
        assert_eq!("".parse::<CaCertificate>(), Err(Invalid::Empty));
        for text in ["certificate", KEY, &format!("{CERTIFICATE}{KEY}")] {
            assert_eq!(text.parse::<CaCertificate>(), Err(Invalid::Malformed));
        }
        let long = CERTIFICATE.repeat(400);
        assert_eq!(long.parse::<CaCertificate>(), Err(Invalid::TooLong { max: 16_384 }));
    }
}
