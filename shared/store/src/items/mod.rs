//! One type per kind of item.
//!
//! Ids stand in the keys. The items of which a partner has thousands (`CUST#`) keep them nowhere
//! else, have short attribute names and keep sets as bits: the dashboard pays for every byte.

mod accounts;
mod connections;
mod customer_licenses;
mod days;
mod due;
mod edge;
mod federation;
mod feed;
mod figures;
mod license_figures;
mod licenses;
mod notifications;
mod past;
mod runs;
mod tickets;
mod usage;
mod workspaces;

pub use accounts::{
    AccountItem, AdministratorItem, FullAdministratorsItem, InvitationItem, MembershipItem,
    OrganizationItem, RegisteredCountItem, ServiceItem,
};
pub use connections::{CustomerItem, InviteLinkItem, InviteTokenItem, Names, PartnerItem};
pub use customer_licenses::CustomerLicensesItem;
pub(crate) use customer_licenses::{assigned, entitlements};
pub(crate) use due::text as due_text;
pub use edge::{AnswerItem, AuditItem, CountedReadsItem, EdgeSecretItem};
pub use federation::{
    AccountWorkspaceItem, DirectorySecretItem, DomainItem, DomainNameItem, FederatedCustomerItem,
    FederatedDomainItem, LocationItem, LocationKeyItem, ResourceCustomerItem, ResourceItem, Sealed,
    WorkspaceCountItem, WorkspaceItem,
};
pub(crate) use feed::FeedEntry;
pub use feed::{
    DismissedForAllItem, DismissedForCustomerItem, FeedNotificationItem, FeedStepItem,
    FeedTicketItem,
};
pub(crate) use figures::Figures;
pub(crate) use license_figures::{BUCKETS_KEPT, attributes, counts_of};
pub use license_figures::{CurrentFiguresItem, DayFiguresItem, MonthFiguresItem};
pub use licenses::{EntitlementItem, OrderItem, TrialRequestItem};
pub use notifications::{DismissedUpToItem, NotificationItem};
pub use past::{
    BlockedItem, CustomerEpisodeItem, Episode, Kept, NoteItem, PartnerEpisodeItem, Past,
    PastCustomerItem, PastPartnerItem,
};
pub use runs::{AsOf, DirtyItem, RunItem};
pub(crate) use tickets::sortable;
pub use tickets::{CommentItem, TicketItem, TicketPlaceItem};
pub use usage::{HolderItem, PendingReleaseItem, UsageFactItem};
pub use workspaces::{
    EndedUserItem, Grant, LaunchItem, LaunchTicketItem, SessionItem, SessionPlaceItem, ThrottleItem,
};

/// Ids kept in key attributes alone: `A#acc_…`, `CUST#acc_…` and so on.
mod key_text {
    macro_rules! key_text {
        ($($module:ident: $prefix:expr;)+) => {$(
            pub(in super::super) mod $module {
                use serde::{Deserialize, Deserializer, Serializer, de::Error};
                use tsunagu_domain::ids::AccountId;

                pub(in super::super::super) fn serialize<S: Serializer>(
                    id: &AccountId,
                    serializer: S,
                ) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(&format_args!("{}{id}", $prefix))
                }

                pub(in super::super::super) fn deserialize<'de, D: Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<AccountId, D::Error> {
                    let text = String::deserialize(deserializer)?;
                    let id = text.strip_prefix($prefix).ok_or_else(|| D::Error::custom("prefix"))?;
                    id.parse().map_err(D::Error::custom)
                }
            }
        )+};
    }

    key_text! {
        account: crate::keys::prefix::ACCOUNTS;
        customer: crate::keys::prefix::CUSTOMERS;
        partner: crate::keys::prefix::PARTNERS;
        past_customer: crate::keys::prefix::PAST_CUSTOMERS;
        past_partner: crate::keys::prefix::PAST_PARTNERS;
        blocked: crate::keys::prefix::BLOCKED;
        customer_licenses: crate::keys::prefix::CUSTOMER_LICENSES;
    }
}
