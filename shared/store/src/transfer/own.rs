//! What is an account's own, by its keys: `docs/data-model.md` tells the same.

use std::collections::BTreeSet;

use chrono::{DateTime, Months, NaiveDate, NaiveTime, Utc};
use tsunagu_domain::{ids::AccountId, time::Instant, vendor::ServiceCode};

use super::{RawItem, patiently};
use crate::{
    Store,
    error::StoreError,
    items::{FederatedDomainItem, ServiceItem},
    keys::{self, SERVICES_PARTITION, prefix},
    query::Query,
};

/// Nothing of ours is older. An id that the vendor minted may say any time.
const FIRST_MONTH: NaiveDate = NaiveDate::from_ymd_opt(2025, 1, 1).expect("is a day");

/// Sort keys that go on with a customer, and those that go on with a partner.
const OF_CUSTOMERS: [&str; 5] =
    [prefix::CUSTOMERS, prefix::PAST_CUSTOMERS, "EPISODE#", prefix::BLOCKED, "RESCUST#"];
const OF_PARTNERS: [&str; 3] = [prefix::PARTNERS, prefix::PAST_PARTNERS, "EPISODEWITH#"];

/// The other sides of everything that an account is or was connected to.
#[derive(Debug, Default)]
pub(crate) struct Others {
    pub(crate) customers: BTreeSet<AccountId>,
    pub(crate) partners: BTreeSet<AccountId>,
}

impl Others {
    /// Those whom the items of an account's partition name.
    pub(crate) fn of(own: &[RawItem]) -> Result<Self, StoreError> {
        let mut others = Self::default();
        for item in own {
            let sk = item.key().sk.as_str();
            others.customers.extend(OF_CUSTOMERS.iter().find_map(|prefix| id_behind(sk, prefix)));
            others.partners.extend(OF_PARTNERS.iter().find_map(|prefix| id_behind(sk, prefix)));
            let federated = item.as_kind::<FederatedDomainItem>()?;
            others.partners.extend(federated.map(|item| item.provider));
        }
        Ok(others)
    }
}

fn id_behind(sk: &str, prefix: &str) -> Option<AccountId> {
    sk.strip_prefix(prefix)?.split('#').next()?.parse().ok()
}

impl Store {
    /// All of a partition, of whatever kinds.
    pub(crate) async fn partition(&self, partition: String) -> Result<Vec<RawItem>, StoreError> {
        self.range(Query::whole(partition)).await
    }

    pub(crate) async fn range(&self, query: Query) -> Result<Vec<RawItem>, StoreError> {
        let read = async || self.table.query_all_attributes(query.clone()).await;
        patiently(read).await?.into_iter().map(RawItem::new).collect()
    }

    /// The partitions of an account's users and of what is pending of them. There is one a service,
    /// and usage is taken of services of the catalogue alone, which never leave it.
    pub(crate) async fn usage_partitions(
        &self,
        account: AccountId,
        own: &[RawItem],
    ) -> Result<Vec<String>, StoreError> {
        let catalogue = Query::whole(SERVICES_PARTITION.to_owned());
        let catalogue = self.table.query_all::<ServiceItem>(catalogue).await?;
        let mut services: BTreeSet<ServiceCode> =
            catalogue.into_iter().map(|item| item.service.code).collect();
        let counted = own.iter().filter_map(|item| {
            item.key().sk.strip_prefix(prefix::CURRENT_FIGURES)?.parse::<ServiceCode>().ok()
        });
        services.extend(counted);
        let partitions = services.iter().flat_map(|service| {
            [keys::pending_partition(account, service), keys::holders_partition(account, service)]
        });
        Ok(partitions.collect())
    }

    /// An account's audit trail, of all months since it was made.
    pub(crate) async fn whole_trail(
        &self,
        account: AccountId,
        made: Option<Instant>,
        now: Instant,
    ) -> Result<Vec<RawItem>, StoreError> {
        let mut trail = Vec::new();
        for at in months(made.unwrap_or(now).min(account.minted_at()), now) {
            trail.extend(self.partition(keys::audit_partition(account, at)).await?);
        }
        Ok(trail)
    }
}

/// An instant in each month from one to another, both included.
fn months(first: Instant, last: Instant) -> Vec<Instant> {
    let at = |day: NaiveDate| {
        DateTime::<Utc>::from_naive_utc_and_offset(day.and_time(NaiveTime::MIN), Utc)
    };
    let mut months = Vec::new();
    let mut next = first.max(at(FIRST_MONTH)).min(last);
    // The last day of a month has no like in every month: begin with the first.
    let begin = next.format("%Y-%m-01").to_string().parse::<NaiveDate>();
    next = begin.map_or(next, at);
    while next <= last {
        months.push(next);
        match next.checked_add_months(Months::new(1)) {
            Some(later) => next = later,
            None => break,
        }
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().expect("an instant")
    }

    #[test]
    fn given_two_instants_then_each_month_between_them_is_named_once() {
        let all = months(at("2025-11-30T23:00:00Z"), at("2026-02-01T00:00:00Z"));
        let names: Vec<_> = all.iter().map(|month| month.format("%Y-%m").to_string()).collect();
        assert_eq!(names, ["2025-11", "2025-12", "2026-01", "2026-02"]);
    }

    #[test]
    fn given_an_id_of_any_time_then_the_months_are_those_of_ours() {
        let now = at("2025-03-31T12:00:00Z");
        assert_eq!(months(Instant::default(), now).len(), 3);
        assert_eq!(months(at("2099-01-01T00:00:00Z"), now).len(), 1);
    }
}
