//! Where an app or a desktop is opened.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Invalid, schema::text_form};

/// The name under which a launch's ticket stands in the query.
const TICKET: &str = "ticket";

/// Where an app or a desktop is opened: an absolute address without user information, fragment or a
/// ticket of its own. Which schemes are allowed beyond `https` decides the operator
/// ([`LaunchSchemes`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LaunchUrl(Url);

impl LaunchUrl {
    /// The most characters.
    pub const MAX: usize = 2048;

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address with a launch's ticket.
    pub fn with_ticket(&self, ticket: &str) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().append_pair(TICKET, ticket);
        url.into()
    }
}

impl FromStr for LaunchUrl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        if text.chars().count() > Self::MAX {
            return Err(Invalid::TooLong { max: Self::MAX });
        }
        if !is_plain(text) {
            return Err(Invalid::Malformed);
        }
        let url = Url::parse(text).map_err(|_| Invalid::Malformed)?;
        let ticket = url.query_pairs().any(|(name, _)| name.eq_ignore_ascii_case(TICKET));
        let fits = url.has_host() && url.fragment().is_none() && !ticket;
        if fits { Ok(Self(url)) } else { Err(Invalid::Malformed) }
    }
}

/// Whether an address means what it says, and names nobody: [`Url`] takes control characters and empty
/// user information away, turns backslashes round and finds a host behind as many slashes as there are.
fn is_plain(text: &str) -> bool {
    let tidied = |c: char| c == '\\' || c.is_control() || c.is_whitespace();
    let authority = text.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    authority.is_some_and(|host| !host.is_empty() && !host.contains('@')) && !text.contains(tidied)
}

text_form!(LaunchUrl, "https://apps.example.com/open/ledger");

/// Which schemes launches may have: `https`, and those that the operator adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaunchSchemes(Vec<String>);

impl LaunchSchemes {
    /// Schemes that run what they are given where they are opened: no operator adds them (T30).
    const NEVER: [&str; 7] = ["javascript", "data", "vbscript", "file", "blob", "about", "http"];

    /// Whether an address may be opened.
    pub fn admit(&self, url: &LaunchUrl) -> bool {
        let scheme = url.0.scheme();
        scheme == "https" || self.0.iter().any(|added| added == scheme)
    }
}

impl FromStr for LaunchSchemes {
    type Err = Invalid;

    /// Reads schemes that are separated by commas; none is an empty text.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let schemes = text.split(',').map(str::trim).filter(|scheme| !scheme.is_empty());
        let allowed = |scheme: &str| {
            let form = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+.-".contains(c);
            scheme.starts_with(|c: char| c.is_ascii_lowercase())
                && scheme.chars().all(form)
                && !Self::NEVER.contains(&scheme)
        };
        let schemes: Vec<_> = schemes.map(ToOwned::to_owned).collect();
        if schemes.iter().all(|scheme| allowed(scheme)) {
            Ok(Self(schemes))
        } else {
            Err(Invalid::Malformed)
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://apps.example.com/open?app=ledger", true)]
    #[case("rdp://desk.example.com", true)]
    #[case("", false)]
    #[case("/open", false)]
    #[case("javascript:alert(1)", false)]
    #[case("data:text/html,x", false)]
    #[case("https://user@apps.example.com", false)]
    #[case("https://user:pass@apps.example.com", false)]
    #[case("https://@apps.example.com", false)]
    #[case("https://:@apps.example.com", false)]
    #[case("https://apps.example.com/@user?a@b", true)]
    #[case("https://apps.example.com/#x", false)]
    #[case("https://apps.example.com/?Ticket=x", false)]
    #[case("https://apps.example.com/?%74icket=x", false)]
    #[case("https://apps.exa\nmple.com/", false)]
    #[case("https://apps.example.com\\@evil.example", false)]
    #[case("https:\\\\apps.example.com", false)]
    #[case("https:///apps.example.com", false)]
    #[case("https:apps.example.com", false)]
    #[case("https://apps.example.com/a b", false)]
    #[case("rdp://", false)]
    fn an_address_is_absolute_and_carries_nothing_of_its_own(
        #[case] text: &str,
        #[case] fits: bool,
    ) {
        assert_eq!(text.parse::<LaunchUrl>().is_ok(), fits);
    }

    #[test]
    fn a_ticket_joins_what_is_asked_for() {
        let url: LaunchUrl = "https://apps.example.com/open?app=a".parse().expect("an address");
        assert_eq!(url.with_ticket("t_1-x"), "https://apps.example.com/open?app=a&ticket=t_1-x");
    }

    #[rstest]
    #[case("", true)]
    #[case("rdp, citrix-receiver", true)]
    #[case("javascript", false)]
    #[case("http", false)]
    #[case("RDP", false)]
    fn an_operator_adds_schemes_that_run_nothing(#[case] text: &str, #[case] fits: bool) {
        assert_eq!(text.parse::<LaunchSchemes>().is_ok(), fits);
    }

    #[test]
    fn https_is_always_allowed_and_others_where_added() {
        let url = |text: &str| text.parse::<LaunchUrl>().expect("an address");
        let schemes: LaunchSchemes = "rdp".parse().expect("schemes");
        assert!(schemes.admit(&url("https://a.example")) && schemes.admit(&url("rdp://a.example")));
        assert!(!schemes.admit(&url("http://a.example")));
        assert!(!LaunchSchemes::default().admit(&url("rdp://a.example")));
    }
}
