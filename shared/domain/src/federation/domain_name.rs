//! Names of domains.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Invalid, schema::text_form};

/// The name of a domain: of two labels or more, in lower case, as A-labels (RFC 5890), so that names
/// which look alike are never one and one name is never two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainName(String);

impl DomainName {
    /// The longest name (RFC 1035, 2.3.4, without the dot at the end).
    pub const MAX: usize = 253;

    /// The name as text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its first label: how it is called in `SHORT\user`.
    pub fn short(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }
}

impl FromStr for DomainName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        let name = idna::domain_to_ascii_strict(text).map_err(|_| Invalid::Malformed)?;
        if name.len() > Self::MAX {
            return Err(Invalid::TooLong { max: Self::MAX });
        }
        let labels: Vec<_> = name.split('.').collect();
        let all_digits = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
        let is_address = labels.last().is_some_and(|last| all_digits(last));
        if labels.len() < 2 || is_address || !labels.iter().all(|label| is_label(label)) {
            return Err(Invalid::Malformed);
        }
        Ok(Self(name))
    }
}

/// Letters, digits and inner hyphens (RFC 1123, 2.1).
pub(super) fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

text_form!(DomainName, "corp.example.com");

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Corp.Example.COM", Ok("corp.example.com"))]
    #[case("例え.テスト", Ok("xn--r8jz45g.xn--zckzah"))]
    #[case("ｃｏｒｐ.example.com", Ok("corp.example.com"))]
    #[case("", Err(Invalid::Empty))]
    #[case("localhost", Err(Invalid::Malformed))]
    #[case("corp.example.com.", Err(Invalid::Malformed))]
    #[case("corp..example.com", Err(Invalid::Malformed))]
    #[case("-corp.example.com", Err(Invalid::Malformed))]
    #[case("corp_1.example.com", Err(Invalid::Malformed))]
    #[case("10.0.0.1", Err(Invalid::Malformed))]
    #[case("corp.example.com/x", Err(Invalid::Malformed))]
    #[case("a@corp.example.com", Err(Invalid::Malformed))]
    fn names_are_ascii_in_lower_case(#[case] text: &str, #[case] expected: Result<&str, Invalid>) {
        let name = text.parse::<DomainName>();
        assert_eq!(name.as_ref().map(DomainName::as_str), expected.as_ref().copied());
    }

    #[test]
    fn the_short_name_is_the_first_label() {
        let name: DomainName = "corp.example.com".parse().expect("a name");
        assert_eq!(name.short(), "corp");
    }
}
