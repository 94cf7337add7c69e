//! What is bought and may be used, and the work of the scheduled run.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    ids::AccountId,
    licenses::{
        entitlement::{Entitlement, EntitlementKind, Stage, Terms},
        order::Order,
    },
    time::Instant,
    vendor::{EntitlementId, OrderId, ServiceCode},
};

use super::{due, key_text};
use crate::{
    item::Item,
    keys::{self, Key},
};

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderItem {
    /// Whose it is.
    pub account_id: AccountId,
    /// The order.
    #[serde(flatten)]
    pub order: Order,
    /// Grows with every change.
    pub rev: u64,
}

impl Item for OrderItem {
    const ENTITY: &'static str = "order";

    fn key(&self) -> Key {
        keys::order(self.account_id, &self.order.order_id)
    }
}

/// An entitlement.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "CompactEntitlement", into = "CompactEntitlement")]
pub struct EntitlementItem {
    /// Whose it is.
    pub account: AccountId,
    /// The entitlement.
    pub entitlement: Entitlement,
    /// The last day up to which its account has been told what turned by itself.
    pub told: NaiveDate,
    /// When something turns next.
    pub due: Option<Instant>,
    /// Grows with every change.
    pub rev: u64,
}

/// An entitlement in few bytes, since an account's are all read for one summary or trend, and 50 of
/// them are to take 3 read units: names are a letter, and its number is in its key alone.
#[derive(Serialize, Deserialize)]
struct CompactEntitlement {
    #[serde(rename = "PK", with = "key_text::account")]
    account: AccountId,
    #[serde(rename = "SK", with = "entitlement_key")]
    entitlement_id: EntitlementId,
    #[serde(rename = "s")]
    service: ServiceCode,
    #[serde(rename = "k")]
    kind: EntitlementKind,
    #[serde(rename = "g", default, skip_serializing_if = "Stage::is_stated")]
    stage: Stage,
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    terms: Vec<Terms>,
    #[serde(rename = "ar", default, skip_serializing_if = "std::ops::Not::not")]
    auto_renew: bool,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
    #[serde(rename = "d", with = "epoch_day")]
    told: NaiveDate,
    #[serde(rename = "GSI2SK", with = "due", default, skip_serializing_if = "Option::is_none")]
    due: Option<Instant>,
    rev: u64,
}

impl From<EntitlementItem> for CompactEntitlement {
    fn from(item: EntitlementItem) -> Self {
        let EntitlementItem { account, entitlement, told, due, rev } = item;
        let Entitlement { entitlement_id, service, kind, stage, terms, auto_renew, order_id } =
            entitlement;
        Self {
            account,
            entitlement_id,
            service,
            kind,
            stage,
            terms,
            auto_renew,
            order_id,
            told,
            due,
            rev,
        }
    }
}

impl From<CompactEntitlement> for EntitlementItem {
    fn from(compact: CompactEntitlement) -> Self {
        let CompactEntitlement { entitlement_id, service, kind, stage, terms, .. } = compact;
        let CompactEntitlement { auto_renew, order_id, account, told, due, rev, .. } = compact;
        let entitlement =
            Entitlement { entitlement_id, service, kind, stage, terms, auto_renew, order_id };
        Self { account, entitlement, told, due, rev }
    }
}

/// The number of an entitlement, from its key.
mod entitlement_key {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use tsunagu_domain::vendor::EntitlementId;

    use crate::keys::prefix;

    pub(super) fn serialize<S: Serializer>(
        id: &EntitlementId,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}{id}", prefix::ENTITLEMENTS))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<EntitlementId, D::Error> {
        let text = String::deserialize(deserializer)?;
        let id =
            text.strip_prefix(prefix::ENTITLEMENTS).ok_or_else(|| D::Error::custom("prefix"))?;
        id.parse().map_err(D::Error::custom)
    }
}

impl Item for EntitlementItem {
    const ENTITY: &'static str = "entitlement";

    fn key(&self) -> Key {
        keys::entitlement(self.account, &self.entitlement.entitlement_id)
    }

    fn gsi2(&self) -> Option<Key> {
        due::place(self.account, self.due)
    }
}

/// A day in few bytes.
mod epoch_day {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serializer};
    use tsunagu_domain::calendar;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        day: &NaiveDate,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(calendar::to_number(*day))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<NaiveDate, D::Error> {
        i32::deserialize(deserializer).map(calendar::from_number)
    }
}

/// That an account waits for a trial of a service: one at a time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrialRequestItem {
    /// Who asks.
    pub account_id: AccountId,
    /// For what.
    pub service: ServiceCode,
    /// The entitlement that it may become.
    pub entitlement_id: EntitlementId,
    /// When it was asked for.
    pub requested_at: Instant,
}

impl Item for TrialRequestItem {
    const ENTITY: &'static str = "trial-request";

    fn key(&self) -> Key {
        keys::trial_request(self.account_id, &self.service)
    }

    fn gsi2(&self) -> Option<Key> {
        Some(keys::trial_requests(&self.entitlement_id))
    }
}
