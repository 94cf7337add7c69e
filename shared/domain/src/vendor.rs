//! Ids and codes that the vendor gives.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Invalid, schema::text_form};

macro_rules! vendor_code {
    ($($(#[$doc:meta])* $name:ident: $max:literal of $allowed:expr, example $example:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                let allowed: fn(char) -> bool = $allowed;
                match text {
                    "" => Err(Invalid::Empty),
                    _ if !text.chars().all(allowed) => Err(Invalid::ForbiddenCharacter),
                    // Only ASCII is left: bytes are characters.
                    _ if text.len() > $max => Err(Invalid::TooLong { max: $max }),
                    _ => Ok(Self(text.to_owned())),
                }
            }
        }

        text_form!($name, $example);
    )+};
}

vendor_code! {
    /// The vendor's own number of an account.
    ExternalId: 64 of |c| c.is_ascii_alphanumeric() || "._-".contains(c), example "crm-100245";
    /// The vendor's own number of an order.
    OrderId: 64 of |c| c.is_ascii_alphanumeric() || "._-".contains(c), example "so-2026-00417";
    /// The vendor's own number of an entitlement, or the one that a trial request was given.
    EntitlementId: 64 of |c| c.is_ascii_alphanumeric() || "._-".contains(c), example "ent-2026-00417";
    /// The vendor's own number of a support case.
    CaseNumber: 64 of |c| c.is_ascii_alphanumeric() || "._-".contains(c), example "CS-884121";
    /// Which part of the vendor's systems speaks in a notification.
    NotificationSource: 64 of |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-', example "maintenance";
    /// What happened, as the stable code of a notification.
    NotificationCode: 64 of |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-', example "maintenance-planned";
    /// A product code of the catalogue, such as `daas`.
    ServiceCode: 40 of |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-', example "daas";
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("daas", Ok(()))]
    #[case("endpoint-management-2", Ok(()))]
    #[case("", Err(Invalid::Empty))]
    #[case("DaaS", Err(Invalid::ForbiddenCharacter))]
    #[case("a/b", Err(Invalid::ForbiddenCharacter))]
    #[case("ｄａａｓ", Err(Invalid::ForbiddenCharacter))]
    #[case("a2345678901234567890123456789012345678901", Err(Invalid::TooLong { max: 40 }))]
    fn service_codes_are_lower_case_letters_digits_and_hyphens(
        #[case] text: &str,
        #[case] expected: Result<(), Invalid>,
    ) {
        assert_eq!(text.parse::<ServiceCode>().map(|_| ()), expected);
    }
}
