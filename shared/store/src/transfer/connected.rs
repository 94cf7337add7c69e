//! A partner's side of a connection, as an account's file has it.
//!
//! Whether the customer is suspended and what its figures are, is the customer's: the partner has it
//! while it is connected, and carries none of it away. By which name it knew its customer it would keep
//! at an end too.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Deserialize;
use tsunagu_domain::{
    account::AccountStatus,
    connection::Begun,
    ids::{AccountId, NotificationId},
    locale::TimeZone,
    text::{Reference, Tag},
    time::Instant,
};

use super::RawItem;
use crate::{
    error::StoreError,
    items::{AccountItem, CustomerItem, Kept, Names, OrganizationItem, PartnerItem},
    keys::prefix,
};

/// What is the customer's of it, by its names in the table.
const COPIED: [&str; 4] = ["su", "cr", "sm", "sq"];

/// What is left of it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct KeptCustomer {
    #[serde(rename = "SK")]
    sk: String,
    #[serde(rename = "ep")]
    episode: u32,
    #[serde(flatten)]
    names: Names,
    #[serde(rename = "rf", default)]
    reference: Option<Reference>,
    #[serde(rename = "tg", default)]
    tags: Vec<Tag>,
    #[serde(rename = "du", default)]
    dismissed_up_to: Option<NotificationId>,
    #[serde(rename = "fw", default)]
    federation_withdrawn: u64,
    #[serde(rename = "r")]
    rev: u64,
}

/// Takes out of an item what is the customer's.
pub(super) fn without_copies(item: &mut RawItem) {
    for name in COPIED {
        item.attributes_mut().remove(name);
    }
}

impl KeptCustomer {
    pub(super) fn of(item: &RawItem) -> Result<Option<Self>, StoreError> {
        if !item.is::<CustomerItem>() {
            return Ok(None);
        }
        let kept = serde_dynamo::from_item(item.attributes().clone());
        kept.map(Some).map_err(StoreError::corrupt)
    }

    pub(super) fn customer(&self) -> Result<AccountId, StoreError> {
        let id = self.sk.strip_prefix(prefix::CUSTOMERS).and_then(|id| id.parse().ok());
        id.ok_or_else(|| StoreError::corrupt("a connection of nobody"))
    }

    /// What the partner keeps of it where the connection has ended meanwhile.
    pub(super) fn kept(self) -> Kept {
        Kept { names: self.names, reference: self.reference, tags: self.tags }
    }

    /// The connection again: what is shared and how the customer is called, by what the customer says
    /// now. Who had signed in by it signs in anew: it may have withdrawn `federation` meanwhile.
    pub(super) fn restored(
        self,
        other: &PartnerItem,
        account: &AccountItem,
        organization: &OrganizationItem,
    ) -> CustomerItem {
        let same = self.episode == other.episode;
        CustomerItem {
            partner: other.partner,
            customer: other.customer,
            connection_id: other.connection_id,
            episode: other.episode,
            shares: other.shares,
            connected_at: other.connected_at,
            names: Names::of(account, organization),
            suspended: account.account.status == AccountStatus::Suspended,
            copied_rev: account.rev,
            reference: self.reference,
            tags: self.tags,
            figures: None,
            figures_written: 0,
            dismissed_up_to: self.dismissed_up_to.filter(|_| same),
            federation_withdrawn: self.federation_withdrawn + 1,
            rev: self.rev + 1,
        }
    }
}

/// The customer's side again: shared is what the partner is shown now, which only the customer ever
/// changed; the next run brings the partner its figures.
pub(super) fn restored_partner(
    own: &PartnerItem,
    other: &CustomerItem,
    zone: TimeZone,
    now: Instant,
) -> PartnerItem {
    let first = Begun { day: zone.day_of(other.connected_at), count: 1 };
    PartnerItem {
        connection_id: other.connection_id,
        episode: other.episode,
        shares: other.shares,
        connected_at: other.connected_at,
        begun: if own.episode == other.episode { own.begun } else { first },
        due: Some(now),
        rev: own.rev + 1,
        ..own.clone()
    }
}

/// Empties a list of an item.
pub(super) fn empty_list(item: &mut RawItem, name: &str) {
    item.attributes_mut().insert(name.to_owned(), AttributeValue::L(Vec::new()));
}

/// Says no of an item.
pub(super) fn deny(item: &mut RawItem, name: &str) {
    item.attributes_mut().insert(name.to_owned(), AttributeValue::Bool(false));
}
