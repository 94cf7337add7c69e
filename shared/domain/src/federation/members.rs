//! Which users of a domain are a customer's.

use std::fmt;

use super::dn::Dn;

/// Which users of a domain are a customer's.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Members {
    /// Everyone of the domain: for its only customer.
    Everyone,
    /// Those whom the directory calls members of this group.
    Group(Dn),
    /// Those at this place of the directory or below it.
    Branch(Dn),
}

impl Members {
    /// The most customers of one domain: a sign-in at a shared workspace asks the directory for each,
    /// within its five seconds.
    pub const MAX_CUSTOMERS: usize = 80;

    /// Whether a user could be of both without anybody noticing. Two groups may have a user in
    /// common: that is stated in the directory, by the provider. Two branches may not be nested, a group
    /// may be the same one for nobody else, and everyone leaves nobody to others (T23).
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everyone, _) | (_, Self::Everyone) => true,
            (Self::Branch(one), Self::Branch(other)) => {
                one.is_within(other) || other.is_within(one)
            }
            (Self::Group(one), Self::Group(other)) => one == other,
            (Self::Group(_), Self::Branch(_)) | (Self::Branch(_), Self::Group(_)) => false,
        }
    }
}

/// As the trail says it.
impl fmt::Display for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Group(dn) => write!(f, "group {dn}"),
            Self::Branch(dn) => write!(f, "branch {dn}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn members(text: &str) -> Members {
        let dn = |text: &str| text.parse().expect("a distinguished name");
        match text.split_once(' ') {
            Some(("group", text)) => Members::Group(dn(text)),
            Some(("branch", text)) => Members::Branch(dn(text)),
            _ => Members::Everyone,
        }
    }

    #[rstest]
    #[case("everyone", "everyone", true)]
    #[case("everyone", "branch ou=a,dc=x", true)]
    #[case("everyone", "group cn=a,dc=x", true)]
    #[case("branch ou=a,dc=x", "branch OU=A, dc=x", true)]
    #[case("branch ou=a,dc=x", "branch ou=b,ou=a,dc=x", true)]
    #[case("branch ou=a,dc=x", "branch ou=b,dc=x", false)]
    #[case("branch ou=a,dc=x", "branch 2.5.4.11=b,organizationalUnitName=a,dc=x", true)]
    #[case("group cn=a,dc=x", "group CN=a,DC=x", true)]
    #[case("group cn=a,dc=x", "group 2.5.4.3=a,domainComponent=x", true)]
    #[case("group cn=a,dc=x", "group cn=b,dc=x", false)]
    #[case("group cn=a,dc=x", "branch ou=a,dc=x", false)]
    fn overlaps_are_seen_from_both_sides(
        #[case] one: &str,
        #[case] other: &str,
        #[case] expected: bool,
    ) {
        let (one, other) = (members(one), members(other));
        assert_eq!(one.overlaps(&other), expected);
        assert_eq!(other.overlaps(&one), expected);
    }
}
