//! E-mail addresses of administrators.

use std::str::FromStr;

use email_address::Options;
use serde::{Deserialize, Serialize};

use crate::{Invalid, schema::text_form};

/// An e-mail address: ASCII, in lower case, its domain as A-labels (RFC 5890), so that addresses
/// that look alike or differ in case are never two invitations of one person, nor one of two (T3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The longest address that mail systems carry (RFC 5321, 4.5.3.1.3).
    pub const MAX: usize = 254;

    /// The address as text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        if !text.is_ascii() {
            return Err(Invalid::ForbiddenCharacter);
        }
        if text.len() > Self::MAX {
            return Err(Invalid::TooLong { max: Self::MAX });
        }
        let options =
            Options::default().with_required_tld().without_display_text().without_domain_literal();
        email_address::EmailAddress::parse_with_options(text, options)
            .map_err(|_| Invalid::Malformed)?;
        Ok(Self(text.to_ascii_lowercase()))
    }
}

text_form!(EmailAddress, "hanako@example.com");

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Hanako@Example.COM", Ok("hanako@example.com"))]
    #[case("a.b+c@xn--eckwd4c7c.jp", Ok("a.b+c@xn--eckwd4c7c.jp"))]
    #[case("", Err(Invalid::Empty))]
    #[case("hаnako@example.com", Err(Invalid::ForbiddenCharacter))]
    #[case("hanako@例え.jp", Err(Invalid::ForbiddenCharacter))]
    #[case("hanako", Err(Invalid::Malformed))]
    #[case("hanako@", Err(Invalid::Malformed))]
    #[case("hanako@localhost", Err(Invalid::Malformed))]
    #[case("hanako@[127.0.0.1]", Err(Invalid::Malformed))]
    #[case("Hanako <hanako@example.com>", Err(Invalid::Malformed))]
    #[case("a@b@example.com", Err(Invalid::Malformed))]
    #[case("a b@example.com", Err(Invalid::Malformed))]
    fn addresses_are_ascii_and_compared_in_lower_case(
        #[case] text: &str,
        #[case] expected: Result<&str, Invalid>,
    ) {
        let parsed = text.parse::<EmailAddress>();
        assert_eq!(parsed.as_ref().map(EmailAddress::as_str), expected.as_ref().copied());
    }
}
