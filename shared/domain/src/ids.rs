//! Ids of ours: a prefix that names the kind, and a ULID.
//!
//! They sort by the instant at which they were minted. Only the canonical form parses (upper-case
//! Crockford letters): two spellings of one id would be two keys in the table.

use std::{fmt, str::FromStr};

use chrono::DateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;

use crate::{Invalid, time::Instant};

macro_rules! prefixed_ulid {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &str = $prefix;

            /// A new id, minted at `at`; unguessable beyond its instant (80 random bits).
            pub fn mint(at: Instant) -> Self {
                Self(Ulid::from_parts(millis(at), rand::random()))
            }

            /// The least id that could have been minted at `at`: a bound for ranges of ids.
            pub fn first_of(at: Instant) -> Self {
                Self(Ulid::from_parts(millis(at), 0))
            }

            /// When the id was minted, in whole milliseconds.
            pub fn minted_at(self) -> Instant {
                minted_at(self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", Self::PREFIX, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                parse(text, Self::PREFIX).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        crate::schema::string_schema!($name, concat!($prefix, "01JD3Z8Q4V9X7M2N5P6R8S0T1W"));
    )+};
}

prefixed_ulid! {
    /// An account: the tenant, the key of everything.
    AccountId = "acc_";
    /// An organization (ORGID): the company behind one or more accounts. Minted here when somebody
    /// registers, given by the vendor when it provisions; never changed.
    OrgId = "org_";
    /// An administrator of one account, from the invitation on.
    AdminId = "adm_";
    /// A connection; the same over all of its episodes.
    ConnectionId = "con_";
    /// A notification.
    NotificationId = "ntf_";
    /// A support ticket.
    TicketId = "tkt_";
    /// A comment on a ticket.
    CommentId = "cmt_";
    /// An entry of the audit trail.
    AuditId = "aud_";
    /// A trial that an account asked for: what its entitlement is called.
    TrialId = "trl_";
    /// A place where a provider's domains and machines live.
    ResourceLocationId = "loc_";
    /// A provider's domain, whose users may enter other accounts' workspaces.
    DomainId = "dom_";
    /// That a customer is federated to a domain; another one with every add and every change of who
    /// its members are, so that what was granted before is no longer so.
    FederationId = "fed_";
    /// A workspace; another one when its host is taken again.
    WorkspaceId = "wsp_";
    /// An app or a desktop of a provider.
    ResourceId = "res_";
    /// One opening of an app or a desktop.
    LaunchId = "lch_";
}

impl AuditId {
    /// The id with this tail of what was made at `at`: always the same one, for an entry that is
    /// found again and added to.
    pub fn fixed(at: Instant, tail: [u8; 10]) -> Self {
        let random = tail.into_iter().fold(0, |sum: u128, byte| sum << 8 | u128::from(byte));
        Self(Ulid::from_parts(millis(at), random))
    }
}

/// Instants before 1970 count as 1970: no id is older than this software.
fn millis(at: Instant) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or(0)
}

fn minted_at(ulid: Ulid) -> Instant {
    i64::try_from(ulid.timestamp_ms())
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .unwrap_or_default()
}

fn parse(text: &str, prefix: &str) -> Result<Ulid, Invalid> {
    let body = text.strip_prefix(prefix).ok_or(Invalid::Malformed)?;
    let ulid = Ulid::from_string(body).map_err(|_| Invalid::Malformed)?;
    if ulid.to_string() == body { Ok(ulid) } else { Err(Invalid::Malformed) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_id_reads_back_as_itself(ms in 0_i64..4_000_000_000_000) {
            let at = DateTime::from_timestamp_millis(ms).expect("in range");
            let id = AccountId::mint(at);
            prop_assert_eq!(id.to_string().parse::<AccountId>(), Ok(id));
            prop_assert_eq!(id.minted_at(), at);
            prop_assert!(AccountId::first_of(at) <= id);
        }

        #[test]
        fn ids_sort_as_text_by_the_instant_of_minting(a in 0_i64..4_000_000_000_000, b in 0_i64..4_000_000_000_000) {
            prop_assume!(a < b);
            let mint = |ms| NotificationId::mint(DateTime::from_timestamp_millis(ms).expect("in range")).to_string();
            prop_assert!(mint(a) < mint(b));
        }
    }

    #[rstest::rstest]
    #[case::lower_case("acc_01jd3z8q4v9x7m2n5p6r8s0t1w")]
    #[case::letter_that_stands_for_a_digit("acc_O1JD3Z8Q4V9X7M2N5P6R8S0T1W")]
    #[case::other_kind("org_01JD3Z8Q4V9X7M2N5P6R8S0T1W")]
    #[case::too_short("acc_01JD3Z8Q4V9X7M2N5P6R8S0T1")]
    #[case::too_long("acc_01JD3Z8Q4V9X7M2N5P6R8S0T1WW")]
    #[case::beyond_128_bits("acc_81JD3Z8Q4V9X7M2N5P6R8S0T1W")]
    #[case::bare("01JD3Z8Q4V9X7M2N5P6R8S0T1W")]
    #[case::empty("")]
    #[case::prefix_alone("acc_")]
    #[case::space_behind("acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W ")]
    fn only_the_canonical_form_parses(#[case] text: &str) {
        assert_eq!(text.parse::<AccountId>(), Err(Invalid::Malformed));
    }
}
