//! What a partner keeps of a customer's licences, apart from the connection, so that the dashboard
//! does not pay for it. It is read alone: what the customer shares, and whether it is suspended,
//! stands here too, and changes in the same transactions as the connection.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tsunagu_domain::{
    ids::AccountId,
    licenses::{
        dashboard::Holdings,
        entitlement::{Entitlement, EntitlementKind, Stage, Terms},
        tally::Tally,
    },
    locale::TimeZone,
    share::{Share, Shares},
    time::Instant,
    vendor::{EntitlementId, OrderId, ServiceCode},
};

use super::{CustomerItem, Names, days::CompactTerms, key_text};
use crate::{
    item::Item,
    keys::{self, Key},
};

/// What a partner keeps of a customer's licences.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CustomerLicensesItem {
    /// The partner.
    #[serde(rename = "PK", with = "key_text::account")]
    pub partner: AccountId,
    /// The customer.
    #[serde(rename = "SK", with = "key_text::customer_licenses")]
    pub customer: AccountId,
    /// The episode.
    #[serde(rename = "ep")]
    pub episode: u32,
    /// What the customer shares.
    #[serde(rename = "sh")]
    pub shares: Shares,
    /// The customer's names, copied from its account.
    #[serde(flatten)]
    pub names: Names,
    /// Whether the customer's account is suspended, copied from it.
    #[serde(rename = "su", default, skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// The `rev` of the account that was copied.
    #[serde(rename = "cr")]
    pub copied_rev: u64,
    /// Decides what today is for its entitlements.
    #[serde(rename = "tz")]
    pub time_zone: TimeZone,
    /// What it has, whatever is shared of it: in the store alone.
    #[serde(flatten, with = "compact")]
    pub(crate) holdings: Holdings,
    /// How often the holdings were written.
    #[serde(rename = "sq")]
    pub written: u64,
}

impl Item for CustomerLicensesItem {
    const ENTITY: &'static str = "customer-licenses";

    fn key(&self) -> Key {
        keys::customer_licenses(self.partner, self.customer)
    }
}

impl CustomerLicensesItem {
    /// What a partner keeps of a customer of which it kept nothing before.
    pub fn new(customer: &CustomerItem, time_zone: TimeZone, holdings: Holdings) -> Self {
        Self {
            partner: customer.partner,
            customer: customer.customer,
            episode: customer.episode,
            shares: customer.shares,
            names: customer.names.clone(),
            suspended: customer.suspended,
            copied_rev: customer.copied_rev,
            time_zone,
            holdings,
            written: 1,
        }
    }

    /// What the partner may see of it, decided at the time of reading (T9): nothing of a suspended
    /// customer, and nothing that is not shared.
    fn shown(&self, share: Share) -> Option<&Holdings> {
        (!self.suspended && self.shares.contains(share)).then_some(&self.holdings)
    }

    /// Its services on a day and what they come to, where it shares its licences.
    pub fn licenses(&self, today: NaiveDate) -> BTreeMap<&ServiceCode, Tally> {
        self.shown(Share::Licenses).map(|held| held.tallies(today)).unwrap_or_default()
    }

    /// Its entitlements by their numbers, where it shares them.
    pub fn entitlements(&self) -> &[Entitlement] {
        self.shown(Share::Entitlements).map_or(&[], |held| &held.entitlements)
    }

    /// Today, for the customer.
    pub fn today(&self, now: Instant) -> NaiveDate {
        self.time_zone.day_of(now)
    }
}

/// The attributes of the holdings, for changing them alone: entitlements.
pub(crate) fn entitlements(holdings: &Holdings) -> (&'static str, Option<impl Serialize>) {
    let rows: Vec<_> = holdings.entitlements.iter().map(compact::row).collect();
    ("e", Some(rows).filter(|rows| !rows.is_empty()))
}

/// The attributes of the holdings, for changing them alone: assigned licences.
pub(crate) fn assigned(holdings: &Holdings) -> (&'static str, Option<impl Serialize>) {
    ("a", Some(&holdings.assigned).filter(|assigned| !assigned.is_empty()))
}

/// Entitlements as lists, since a partner's overview reads those of all customers.
mod compact {
    use super::{
        BTreeMap, CompactTerms, Deserialize, Deserializer, Entitlement, EntitlementId,
        EntitlementKind, Holdings, OrderId, Serialize, Serializer, ServiceCode, Stage, Terms,
    };

    /// Number, service, kind, stage, whether it renews by itself, order, terms.
    pub(super) type Row =
        (EntitlementId, ServiceCode, u8, u8, u8, Option<OrderId>, Option<CompactTerms>);

    #[derive(Serialize, Deserialize)]
    struct Compact {
        #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
        entitlements: Vec<Row>,
        #[serde(rename = "a", default, skip_serializing_if = "BTreeMap::is_empty")]
        assigned: BTreeMap<ServiceCode, u64>,
    }

    // The table keeps these numbers: none ever means something else.
    const fn of_kind(kind: EntitlementKind) -> u8 {
        match kind {
            EntitlementKind::Trial => 0,
            EntitlementKind::Purchased => 1,
            EntitlementKind::Granted => 2,
        }
    }

    const fn of_stage(stage: Stage) -> u8 {
        match stage {
            Stage::Stated => 0,
            Stage::Requested => 1,
            Stage::Declined => 2,
            Stage::Approved => 3,
        }
    }

    const KINDS: [EntitlementKind; 3] =
        [EntitlementKind::Trial, EntitlementKind::Purchased, EntitlementKind::Granted];
    const STAGES: [Stage; 4] = [Stage::Stated, Stage::Requested, Stage::Declined, Stage::Approved];

    pub(super) fn row(entitlement: &Entitlement) -> Row {
        (
            entitlement.entitlement_id.clone(),
            entitlement.service.clone(),
            of_kind(entitlement.kind),
            of_stage(entitlement.stage),
            u8::from(entitlement.auto_renew),
            entitlement.order_id.clone(),
            entitlement.terms.first().copied().map(CompactTerms::from),
        )
    }

    fn entitlement<E: serde::de::Error>(row: Row) -> Result<Entitlement, E> {
        let (entitlement_id, service, kind, stage, auto_renew, order_id, terms) = row;
        let unknown = || E::custom("an unknown kind or stage");
        Ok(Entitlement {
            entitlement_id,
            service,
            kind: KINDS.into_iter().find(|one| of_kind(*one) == kind).ok_or_else(unknown)?,
            stage: STAGES.into_iter().find(|one| of_stage(*one) == stage).ok_or_else(unknown)?,
            terms: terms.into_iter().map(Terms::from).collect(),
            auto_renew: auto_renew != 0,
            order_id,
        })
    }

    pub(super) fn serialize<S: Serializer>(
        holdings: &Holdings,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let entitlements = holdings.entitlements.iter().map(row).collect();
        Compact { entitlements, assigned: holdings.assigned.clone() }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Holdings, D::Error> {
        let Compact { entitlements, assigned } = Compact::deserialize(deserializer)?;
        let entitlements = entitlements.into_iter().map(entitlement).collect::<Result<_, _>>()?;
        Ok(Holdings { entitlements, assigned })
    }
}
