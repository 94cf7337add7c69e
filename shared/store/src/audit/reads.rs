//! How often partners read of a customer, counted by day in the customer's trail.
//!
//! The log delivers at least once. What one delivery adds is split into parts, the same whenever it
//! comes: each part is one transaction with a mark of its own, so that a delivery that comes again,
//! breaks off or meets itself adds nothing twice.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{NaiveDate, TimeDelta};
use sha2::{Digest, Sha256};
use tsunagu_domain::{
    audit::{Action, Actor, AuditEntry, Target},
    connection::Role,
    ids::{AccountId, AuditId},
    share::Share,
    time::Instant,
};

use super::Changes;
use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    item::Item,
    items::{AuditItem, CountedReadsItem},
    transaction::{Outcome, Transaction},
};

/// How many entries one transaction adds to: a hundred actions less the mark.
const PART: usize = 99;
/// How long a mark is kept. Lambda delivers again for six hours at most; an operator who sends a
/// failed event again has two weeks, as the queue of failures keeps it.
const KEPT_FOR: TimeDelta = TimeDelta::days(30);

/// What is counted: a partner's reads of one part of a customer's account on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadKey {
    /// Whose account was read.
    pub customer: AccountId,
    /// The partner that read.
    pub partner: AccountId,
    /// On which day of the customer.
    pub day: NaiveDate,
    /// When that day began.
    pub day_begins: Instant,
    /// Which part.
    pub share: Share,
}

/// What one delivery of the log adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadsBatch {
    /// A digest that names the delivery: the same whenever it is made again.
    name: String,
    /// How many reads each entry gets.
    reads: BTreeMap<ReadKey, u32>,
}

impl ReadsBatch {
    /// A delivery by the words that name it.
    pub fn new<'w>(
        words: impl IntoIterator<Item = &'w str>,
        reads: BTreeMap<ReadKey, u32>,
    ) -> Self {
        let mut digest = Sha256::new();
        for word in words {
            // With its length before it, no word runs into the next.
            digest.update(word.len().to_be_bytes());
            digest.update(word);
        }
        Self { name: URL_SAFE_NO_PAD.encode(digest.finalize()), reads }
    }
}

impl Store {
    /// Adds a delivery's reads to the customers' trails, unless that was done already; tells how
    /// many of its reads are new.
    pub async fn count_reads(&self, batch: &ReadsBatch, now: Instant) -> Result<u64, StoreError> {
        let mut counted = 0;
        let reads: Vec<_> = batch.reads.iter().collect();
        for (part, reads) in reads.chunks(PART).enumerate() {
            let mut transaction = Transaction::default();
            let mark =
                CountedReadsItem { batch: batch.name.clone(), part, expires_at: now + KEPT_FOR };
            transaction.put(&mark, &Condition::absent())?;
            for (key, count) in reads {
                transaction.add_reads(key, **count)?;
            }
            // The mark is the only condition: where it is there, this part was counted before.
            if matches!(self.table.transact(transaction).await?, Outcome::Done) {
                counted += reads.iter().map(|(_, count)| u64::from(**count)).sum::<u64>();
            }
        }
        Ok(counted)
    }
}

impl Transaction {
    fn add_reads(&mut self, key: &ReadKey, count: u32) -> Result<(), StoreError> {
        let entry = key.entry();
        // All but the number is the same whenever it is set.
        let update = Update::upsert::<AuditItem>()?
            .set("auditId", entry.audit_id)?
            .set("accountId", entry.account_id)?
            .set("at", entry.at)?
            .set("action", entry.action)?
            .set("actor", &entry.actor)?
            .set("target", &entry.target)?
            .set("changes", &entry.changes)?
            .add("reads", count.into());
        let item = AuditItem { entry, reads: None };
        self.update(item.key(), update, &Condition::none());
        Ok(())
    }
}

impl ReadKey {
    /// The entry that is added to, without its number. It stands at the beginning of the day, where
    /// it is found again and where no cursor passes it by.
    fn entry(&self) -> AuditEntry {
        let &Self { customer, partner, day_begins, share, .. } = self;
        AuditEntry {
            audit_id: AuditId::fixed(day_begins, self.tail()),
            account_id: customer,
            at: day_begins,
            action: Action::CustomerRead,
            actor: Actor::other_side(Role::Partner, partner),
            target: Target { kind: "share".to_owned(), id: share.to_string() },
            changes: Changes::new(),
        }
    }

    fn tail(&self) -> [u8; 10] {
        let named = format!("{}#{}#{}", self.partner, self.day, self.share);
        let digest = Sha256::digest(named);
        std::array::from_fn(|index| digest[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ReadKey {
        let day_begins = "2026-02-28T15:00:00Z".parse().expect("an instant");
        let id = AccountId::first_of(day_begins);
        let day = "2026-03-01".parse().expect("a day");
        ReadKey { customer: id, partner: id, day, day_begins, share: Share::Orders }
    }

    #[test]
    fn given_the_same_day_partner_and_part_then_the_entry_is_the_same_and_otherwise_another() {
        let entry = key().entry();
        assert_eq!(entry.audit_id, key().entry().audit_id);
        assert_eq!(entry.audit_id.minted_at(), entry.at);
        let other = ReadKey { share: Share::Tickets, ..key() };
        assert_ne!(entry.audit_id, other.entry().audit_id);
        let partner = AccountId::mint(entry.at);
        assert_ne!(entry.audit_id, ReadKey { partner, ..key() }.entry().audit_id);
    }

    #[test]
    fn given_an_entry_with_a_number_then_it_is_told_as_what_is_different() {
        let item = AuditItem { entry: key().entry(), reads: Some(17) };
        let told = serde_json::to_value(item.told().changes).expect("JSON");
        assert_eq!(told, serde_json::json!({"reads": {"from": null, "to": "17"}}));
    }
}
