//! The form of each kind of item: that it reads back, and that its keys, its places in the indexes and
//! its end are those which its type makes of what it says.

use aws_sdk_dynamodb::types::AttributeValue;
use tsunagu_store::{
    Item,
    items::{
        AccountItem, AccountWorkspaceItem, AdministratorItem, AnswerItem, AuditItem, BlockedItem,
        CommentItem, CountedReadsItem, CurrentFiguresItem, CustomerEpisodeItem, CustomerItem,
        CustomerLicensesItem, DayFiguresItem, DirectorySecretItem, DirtyItem, DismissedForAllItem,
        DismissedForCustomerItem, DismissedUpToItem, DomainItem, DomainNameItem, EdgeSecretItem,
        EndedUserItem, EntitlementItem, FederatedCustomerItem, FederatedDomainItem,
        FeedNotificationItem, FeedStepItem, FeedTicketItem, FullAdministratorsItem, HolderItem,
        InvitationItem, InviteLinkItem, InviteTokenItem, LaunchItem, LaunchTicketItem,
        LocationItem, LocationKeyItem, MembershipItem, MonthFiguresItem, NoteItem,
        NotificationItem, OrderItem, OrganizationItem, PartnerEpisodeItem, PartnerItem,
        PastCustomerItem, PastPartnerItem, PendingReleaseItem, RegisteredCountItem,
        ResourceCustomerItem, ResourceItem, RunItem, ServiceItem, SessionItem, SessionPlaceItem,
        ThrottleItem, TicketItem, TicketPlaceItem, TrialRequestItem, UsageFactItem,
        WorkspaceCountItem, WorkspaceItem,
    },
    keys::attribute,
};

use crate::{seed::attributes, stored::Attributes};

/// What follows from what an item says.
const DERIVED: [&str; 9] = [
    attribute::PK,
    attribute::SK,
    attribute::GSI1PK,
    attribute::GSI1SK,
    attribute::GSI2PK,
    attribute::GSI2SK,
    attribute::TTL,
    attribute::ENTITY,
    attribute::VERSION,
];

macro_rules! kinds {
    ($($kind:ty),+ $(,)?) => {
        fn problem_of(entity: &str, item: &Attributes) -> Option<String> {
            match entity {
                $(<$kind as Item>::ENTITY => out_of_form::<$kind>(item),)+
                other => Some(format!("nobody knows the kind {other}")),
            }
        }
    };
}

kinds! {
    AccountItem, AccountWorkspaceItem, AdministratorItem, AnswerItem, AuditItem, BlockedItem,
    CommentItem, CountedReadsItem, CurrentFiguresItem, CustomerEpisodeItem, CustomerItem,
    CustomerLicensesItem, DayFiguresItem, DirectorySecretItem, DirtyItem, DismissedForAllItem,
    DismissedForCustomerItem, DismissedUpToItem, DomainItem, DomainNameItem, EdgeSecretItem,
    EndedUserItem, EntitlementItem, FederatedCustomerItem, FederatedDomainItem,
    FeedNotificationItem, FeedStepItem, FeedTicketItem, FullAdministratorsItem, HolderItem,
    InvitationItem, InviteLinkItem, InviteTokenItem, LaunchItem, LaunchTicketItem, LocationItem,
    LocationKeyItem, MembershipItem, MonthFiguresItem, NoteItem, NotificationItem, OrderItem,
    OrganizationItem, PartnerEpisodeItem, PartnerItem, PastCustomerItem, PastPartnerItem,
    PendingReleaseItem, RegisteredCountItem, ResourceCustomerItem, ResourceItem, RunItem,
    ServiceItem, SessionItem, SessionPlaceItem, ThrottleItem, TicketItem, TicketPlaceItem,
    TrialRequestItem, UsageFactItem, WorkspaceCountItem, WorkspaceItem,
}

/// What is wrong with the form of an item; nothing where it has it.
pub(super) fn problem(item: &Attributes) -> Option<String> {
    match item.get(attribute::ENTITY) {
        Some(AttributeValue::S(entity)) => problem_of(entity, item),
        _ => Some("it says no kind".to_owned()),
    }
}

fn out_of_form<I: Item>(item: &Attributes) -> Option<String> {
    let read: I = match serde_dynamo::from_item(item.clone()) {
        Ok(read) => read,
        Err(error) => return Some(format!("it does not read back: {error}")),
    };
    let made = attributes(&read);
    let differs = DERIVED.into_iter().find(|name| item.get(*name) != made.get(*name))?;
    let (found, made) = (item.get(differs), made.get(differs));
    Some(format!("{differs} is {found:?} and not {made:?}"))
}
