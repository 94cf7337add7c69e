//! Who holds a licence: known to the account itself alone (P13, T15).

use std::{fmt, str::FromStr};

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use strum::{Display, EnumString};

use super::{IDLE_DAYS, entitlement::before};
use crate::{Invalid, schema::string_schema};

/// The longest id of a user or a device, in characters.
const MAX_ID: usize = 256;

macro_rules! outside_id {
    ($($(#[$doc:meta])* $name:ident, example $example:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as it came.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Never the id itself: what is debugged may be logged (P13).
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                if text.is_empty() {
                    return Err(Invalid::Empty);
                }
                if text.chars().any(char::is_control) {
                    return Err(Invalid::ForbiddenCharacter);
                }
                if text.chars().count() > MAX_ID {
                    return Err(Invalid::TooLong { max: MAX_ID });
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        string_schema!($name, $example);
    )+};
}

outside_id! {
    /// A user, as the vendor's service knows it: 1 to 256 characters, no control characters.
    UserId, example "u-10023";
    /// A device, as the vendor's service knows it: 1 to 256 characters, no control characters.
    DeviceId, example "d-7f3a";
}

/// By whom a user is known.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    Serialize,
    Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Source {
    /// The vendor's service reported its use.
    #[default]
    Reported,
    /// A service provider's directory knows it: it opened something in a workspace (T31).
    Federation,
}

/// A user or a device of an account and service: a digest, in hexadecimal digits so that it sorts as
/// a number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HolderId(String);

impl HolderId {
    /// How many bytes of the digest it has: enough that nobody finds two users of one.
    const BYTES: usize = 20;

    /// A user. Of two sources, users of the same id are different users.
    pub fn of_user(source: Source, user: &UserId) -> Self {
        Self::digest(&["user", &source.to_string(), user.as_str()])
    }

    /// A device.
    pub fn of_device(device: &DeviceId) -> Self {
        Self::digest(&["device", device.as_str()])
    }

    /// The device that a user is where none is told.
    pub fn of_own_device(user: &Self) -> Self {
        Self::digest(&["own-device", &user.0])
    }

    fn digest(parts: &[&str]) -> Self {
        // No part holds a NUL, so no two lists of parts are one text.
        let digest = Sha256::digest(parts.join("\0"));
        Self(hex::encode(&digest[..Self::BYTES]))
    }

    /// The digest as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it stands among all that there could be: from 0 to 1.
    pub fn place(&self) -> f64 {
        let head = self.0.get(..8).and_then(|head| u32::from_str_radix(head, 16).ok());
        f64::from(head.unwrap_or_default()) / f64::from(u32::MAX)
    }
}

impl fmt::Display for HolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Never the digest itself: whoever knows an id could find it by that (P13).
impl fmt::Debug for HolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HolderId(…)")
    }
}

impl FromStr for HolderId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 2 * Self::BYTES && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::Malformed)
        }
    }
}

impl TryFrom<String> for HolderId {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<HolderId> for String {
    fn from(id: HolderId) -> String {
        id.0
    }
}

string_schema!(HolderId, "5f0c1a44be0f6a5a1a1f0d3c9d1f4b5a6c7d8e9f");

/// Which kind of holders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HolderKind {
    /// Users.
    User,
    /// Devices.
    Device,
}

/// The first day on which somebody active would still be too active for a release on `today`.
pub fn too_active_from(today: NaiveDate) -> NaiveDate {
    before(today, IDLE_DAYS - 1)
}

/// For how long a holder is kept that holds no licence any more, after the last day that says anything
/// of it: until no usage can touch it.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(500);

#[cfg(test)]
mod tests;
