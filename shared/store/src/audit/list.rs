//! Reading the audit trail of an account, newest first, over its months.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use tsunagu_domain::{
    audit::{Action, ActorFilter, AuditEntry},
    ids::AuditId,
    time::Instant,
};

use crate::{Acting, Store, error::StoreError, items::AuditItem, keys, query::Query};

/// How many reads one call makes before it answers what it has found so far: of a year and a month of
/// which nothing is to be found in one call.
const READS: usize = 14;
/// How many entries a read takes behind a filter: more must be read than is shown.
const FILTERED_AT_ONCE: usize = 200;

/// From when to when entries are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditRange {
    /// The first instant.
    pub from: Instant,
    /// The first instant behind it.
    pub until: Instant,
}

/// Which entries are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only what this actor did.
    pub actor: Option<ActorFilter>,
    /// Only this.
    pub action: Option<Action>,
}

impl AuditFilter {
    fn admits(&self, entry: &AuditEntry) -> bool {
        self.actor.is_none_or(|actor| actor.admits(&entry.actor))
            && self.action.is_none_or(|action| action == entry.action)
    }

    fn at_once(&self, limit: usize) -> usize {
        let is_filtered = self.actor.is_some() || self.action.is_some();
        if is_filtered { limit.max(FILTERED_AT_ONCE) } else { limit }
    }
}

impl Store {
    /// Entries of the account's own trail, newest first, before the id of an earlier answer, at most
    /// `limit`; and the id before which to go on, where there may be more. A page may be short, even
    /// empty, and still not be the last: one call reads a bounded number of entries and months.
    pub async fn audit_trail(
        &self,
        account: &Acting,
        range: AuditRange,
        filter: &AuditFilter,
        before: Option<AuditId>,
        limit: usize,
    ) -> Result<(Vec<AuditEntry>, Option<AuditId>), StoreError> {
        let first = AuditId::first_of(range.from);
        let end = AuditId::first_of(range.until);
        let mut bound = before.map_or(end, |before| before.min(end));
        let mut found = Vec::new();
        for _ in 0..READS {
            if bound <= first || found.len() > limit {
                break;
            }
            let size = filter.at_once(limit + 1);
            let (entries, next) = self.audit_month(account, first, bound, size).await?;
            found.extend(entries.into_iter().filter(|entry| filter.admits(entry)));
            bound = next;
        }
        if found.len() > limit {
            found.truncate(limit);
            let last = found.last().map(|entry| entry.audit_id);
            return Ok((found, last));
        }
        Ok((found, (first < bound).then_some(bound)))
    }

    /// One read of the newest month that has anything before `bound`; and the bound of the next.
    async fn audit_month(
        &self,
        account: &Acting,
        first: AuditId,
        bound: AuditId,
        size: usize,
    ) -> Result<(Vec<AuditEntry>, AuditId), StoreError> {
        let newest = newest_before(bound);
        let partition = keys::audit_partition(account.account_id(), newest);
        // Both ends are included; one more is read for the bound itself.
        let range = Query::between(partition, first.to_string(), bound.to_string());
        let page = self.table.query::<AuditItem>(range.newest_first().limit(size + 1)).await?;
        let last = page.items.last().map(|item| item.entry.audit_id);
        let next = match (page.next, last) {
            (Some(_), Some(last)) => last,
            _ => AuditId::first_of(beginning_of_month(newest)),
        };
        let entries = page.items.into_iter().map(AuditItem::told);
        Ok((entries.filter(|entry| entry.audit_id < bound).collect(), next))
    }
}

/// The last instant at which an id before this one may have been minted.
fn newest_before(bound: AuditId) -> Instant {
    let at = bound.minted_at();
    if bound == AuditId::first_of(at) { at - TimeDelta::milliseconds(1) } else { at }
}

fn beginning_of_month(at: Instant) -> Instant {
    let first = at.date_naive().with_day(1).unwrap_or(at.date_naive());
    first
        .and_hms_opt(0, 0, 0)
        .map_or(at, |midnight| DateTime::<Utc>::from_naive_utc_and_offset(midnight, Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().expect("an instant")
    }

    #[test]
    fn given_the_first_instant_of_a_month_then_what_comes_before_is_in_the_month_before() {
        let turn = at("2026-03-01T00:00:00Z");
        assert_eq!(newest_before(AuditId::first_of(turn)), at("2026-02-28T23:59:59.999Z"));
        assert_eq!(newest_before(AuditId::fixed(turn, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1])), turn);
        assert_eq!(beginning_of_month(at("2026-02-28T23:59:59.999Z")), at("2026-02-01T00:00:00Z"));
        assert_eq!(beginning_of_month(turn), turn);
    }
}
