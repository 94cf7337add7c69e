//! What is bought and may be used, and the work of the scheduled run.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use tsunagu_domain::{
    ids::AccountId,
    licenses::{
        entitlement::{Entitlement, EntitlementKind, Stage, Terms},
        order::Order,
    },
    time::Instant,
    vendor::{EntitlementId, OrderId, ServiceCode},
};

use super::{
    days::{CompactTerms, DayNumber},
    due, key_text,
};
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
    #[serde(rename = "SK", deserialize_with = "number_in_key", skip_serializing)]
    entitlement_id: EntitlementId,
    #[serde(rename = "s")]
    service: ServiceCode,
    #[serde(rename = "k")]
    kind: EntitlementKind,
    #[serde(rename = "g", default, skip_serializing_if = "is_usual")]
    stage: Stage,
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    terms: Vec<CompactTerms>,
    #[serde(rename = "ar", default, skip_serializing_if = "std::ops::Not::not")]
    auto_renew: bool,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    order_id: Option<OrderId>,
    #[serde(rename = "d")]
    told: DayNumber,
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
            terms: terms.into_iter().map(CompactTerms::from).collect(),
            auto_renew,
            order_id,
            told: told.into(),
            due,
            rev,
        }
    }
}

impl From<CompactEntitlement> for EntitlementItem {
    fn from(compact: CompactEntitlement) -> Self {
        let CompactEntitlement { entitlement_id, service, kind, stage, terms, .. } = compact;
        let CompactEntitlement { auto_renew, order_id, account, told, due, rev, .. } = compact;
        let terms = terms.into_iter().map(Terms::from).collect();
        let entitlement =
            Entitlement { entitlement_id, service, kind, stage, terms, auto_renew, order_id };
        Self { account, entitlement, told: told.into(), due, rev }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_usual(stage: &Stage) -> bool {
    *stage == Stage::default()
}

fn number_in_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EntitlementId, D::Error> {
    let sk = String::deserialize(deserializer)?;
    keys::entitlement_at(&sk).ok_or_else(|| D::Error::custom("no key of an entitlement"))
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

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tsunagu_domain::licenses::entitlement::EntitlementKind::{Granted, Purchased, Trial};

    use super::*;
    use crate::item::{decode, encode};

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn item(kind: EntitlementKind, stage: Stage, ends: &[Option<&str>]) -> EntitlementItem {
        let terms = |end: Option<&str>| Terms {
            from: day("1970-01-11"),
            quantity: end.map(|_| 5),
            starts_on: day("1970-01-11"),
            ends_on: end.map(day),
        };
        EntitlementItem {
            account: "acc_01JD3Z8Q4V9X7M2N5P6R8S0T1W".parse().expect("an id"),
            entitlement: Entitlement {
                entitlement_id: "ent-1".parse().expect("a number"),
                service: "daas".parse().expect("a code"),
                kind,
                stage,
                terms: ends.iter().copied().map(terms).collect(),
                auto_renew: ends.contains(&None),
                order_id: ends.first().and_then(|_| "so-1".parse().ok()),
            },
            told: day("1970-01-02"),
            due: ends.first().map(|_| Instant::default()),
            rev: 3,
        }
    }

    #[rstest]
    #[case::stated(item(Purchased, Stage::Stated, &[Some("1970-01-31")]))]
    #[case::endless(item(Granted, Stage::Stated, &[Some("1970-01-31"), None]))]
    #[case::requested(item(Trial, Stage::Requested, &[]))]
    #[case::declined(item(Trial, Stage::Declined, &[]))]
    #[case::approved(item(Trial, Stage::Approved, &[Some("1970-01-31")]))]
    fn given_an_entitlement_when_kept_then_it_reads_back_as_it_was(#[case] item: EntitlementItem) {
        let read: EntitlementItem = decode(encode(&item).expect("attributes")).expect("as written");
        assert_eq!(read.entitlement, item.entitlement);
        assert_eq!((read.account, read.told), (item.account, item.told));
        assert_eq!((read.due, read.rev), (item.due, item.rev));
    }

    #[test]
    fn given_a_key_of_another_kind_then_it_is_no_entitlement() {
        let mut attributes = encode(&item(Trial, Stage::Requested, &[])).expect("attributes");
        let order = keys::order(
            item(Trial, Stage::Requested, &[]).account,
            &"so-1".parse().expect("a number"),
        );
        attributes.extend(crate::item::primary_key(order));
        assert!(decode::<EntitlementItem>(attributes).is_err());
    }
}
