//! What a customer shares with a partner.

use enumset::{EnumSet, EnumSetType};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantArray};

/// A part of the customer's account that it may share with a partner.
// Never reordered: the table keeps sets of them as bits, in this order.
#[derive(
    Debug,
    Hash,
    PartialOrd,
    Ord,
    Display,
    EnumString,
    VariantArray,
    Serialize,
    Deserialize,
    EnumSetType,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Share {
    /// Basic account information.
    Account,
    /// Orders.
    Orders,
    /// Entitlements.
    Entitlements,
    /// Licence figures.
    Licenses,
    /// Support tickets.
    Tickets,
    /// Notifications.
    Notifications,
    /// Federated domains and workspaces.
    Federation,
}

/// A set of shares.
pub type Shares = EnumSet<Share>;

/// The parts as types, for signatures that say what a customer must share.
pub mod part {
    use super::Share;

    /// A part that a customer may share.
    pub trait Part: Send + Sync + 'static {
        /// Which.
        const SHARE: Share;
    }

    macro_rules! parts {
        ($($name:ident),+) => {$(
            #[doc = concat!("Stands for [`Share::", stringify!($name), "`].")]
            #[derive(Debug)]
            pub enum $name {}

            impl Part for $name {
                const SHARE: Share = Share::$name;
            }
        )+

            #[cfg(test)]
            pub(super) const ALL: &[Share] = &[$($name::SHARE),+];
        };
    }

    parts!(Account, Orders, Entitlements, Licenses, Tickets, Notifications, Federation);
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use strum::VariantArray;

    use super::*;

    #[rstest]
    #[case(Share::Account, 0b1)]
    #[case(Share::Orders, 0b10)]
    #[case(Share::Entitlements, 0b100)]
    #[case(Share::Licenses, 0b1000)]
    #[case(Share::Tickets, 0b1_0000)]
    #[case(Share::Notifications, 0b10_0000)]
    #[case(Share::Federation, 0b100_0000)]
    fn each_share_keeps_the_bit_that_it_has_in_the_table(#[case] share: Share, #[case] bit: u64) {
        let kept = serde_json::to_value(Shares::only(share)).expect("a number");
        assert_eq!(kept, bit);
        assert_eq!(serde_json::from_value::<Shares>(kept).ok(), Some(share.into()));
    }

    #[test]
    fn every_share_has_its_type() {
        assert_eq!(part::ALL, Share::VARIANTS);
    }

    #[test]
    fn no_share_is_without_a_pinned_bit() {
        assert_eq!(Share::VARIANTS.len(), 7, "pin the new one's bit above");
        let all = serde_json::to_value(Shares::all()).expect("a number");
        assert_eq!(all, 0b111_1111);
    }
}
