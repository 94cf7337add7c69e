//! The first label of a workspace's address.

use std::str::FromStr;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::domain_name::is_label;
use crate::{Invalid, schema::text_form};

/// Labels that mean something to people or machines: nobody takes them (T33).
const RESERVED: [&str; 40] = [
    "accounts",
    "administrator",
    "api-docs",
    "assets",
    "autoconfig",
    "autodiscover",
    "billing",
    "cloud-support",
    "connect",
    "console",
    "customer",
    "customers",
    "dashboard",
    "developer",
    "developers",
    "documentation",
    "download",
    "downloads",
    "federation",
    "hostmaster",
    "identity",
    "invitations",
    "localhost",
    "login-page",
    "notifications",
    "oauth2",
    "openid",
    "partner",
    "partners",
    "password",
    "platform",
    "postmaster",
    "security",
    "sign-in",
    "signin",
    "status",
    "support",
    "tsunagu",
    "webmaster",
    "workspaces",
];

/// The first label of a workspace's address: 6 to 63 lower-case letters, digits and inner hyphens, none
/// that is reserved or that would be read as an A-label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkspaceHost(String);

impl WorkspaceHost {
    const MIN: usize = 6;

    /// The most hosts of one account.
    pub const MAX_PER_ACCOUNT: u32 = 10;

    /// For how long a host stays its account's after the workspace is deleted (T33).
    pub const KEPT: TimeDelta = TimeDelta::days(30);

    /// The label.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WorkspaceHost {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        let imitates = text.get(2..4) == Some("--");
        if !is_label(text) || text.len() < Self::MIN || imitates {
            return Err(Invalid::Malformed);
        }
        // Digits alone would be read as a number of an address.
        if RESERVED.contains(&text) || text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Invalid::UnknownValue);
        }
        Ok(Self(text.to_owned()))
    }
}

text_form!(WorkspaceHost, "minato-desktops");

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("minato", true)]
    #[case("minato-2", true)]
    #[case("a23456789012345678901234567890123456789012345678901234567890123", true)]
    #[case("a234567890123456789012345678901234567890123456789012345678901234", false)]
    #[case("", false)]
    #[case("short", false)]
    #[case("Minato", false)]
    #[case("-minato", false)]
    #[case("minato-", false)]
    #[case("xn--minato", false)]
    #[case("ab--minato", false)]
    #[case("minato.evil", false)]
    #[case("mïnato", false)]
    #[case("support", false)]
    #[case("123456", false)]
    fn hosts_imitate_nothing(#[case] text: &str, #[case] fits: bool) {
        assert_eq!(text.parse::<WorkspaceHost>().is_ok(), fits);
    }
}
