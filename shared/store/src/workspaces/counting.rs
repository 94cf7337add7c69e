//! How many sessions are open: those that would be let in by their next request.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use tsunagu_domain::{
    ids::{AccountId, DomainId},
    time::Instant,
};

use super::standing::judge;
use crate::{
    Acting, Store,
    error::StoreError,
    items::{Grant, SessionItem, SessionPlaceItem},
    keys::{self, Key},
    query::Query,
};

/// These numbers tell what an end would stop: whether a badge lapsed is another matter.
const WHATEVER_THE_BADGE: TimeDelta = TimeDelta::days(36_500);

/// How many sessions one count looks at: as many as can be read while a request waits. Where there are
/// more, the number says so many.
const MOST_COUNTED: usize = 5_000;

impl Store {
    /// How many sessions of a provider's domain are open, by customer. A user of several customers is
    /// counted for each of them.
    pub async fn count_domain_sessions(
        &self,
        provider: &Acting,
        domain: DomainId,
        now: Instant,
    ) -> Result<BTreeMap<AccountId, u32>, StoreError> {
        let places = self.session_places(keys::sessions_of_domain(domain)).await?;
        let own = places.into_iter().filter(|place| place.provider == provider.account_id());
        let mut counts = BTreeMap::new();
        for grant in self.open_grants(own.collect(), now).await? {
            *counts.entry(grant.customer).or_default() += 1;
        }
        Ok(counts)
    }

    /// How many sessions of a customer's members are open, by provider.
    pub async fn count_member_sessions(
        &self,
        customer: &Acting,
        now: Instant,
    ) -> Result<BTreeMap<AccountId, u32>, StoreError> {
        let mut by_provider: BTreeMap<AccountId, Vec<_>> = BTreeMap::new();
        for place in self.session_places(places_of(customer)).await? {
            by_provider.entry(place.provider).or_default().push(place);
        }
        let mut counts = BTreeMap::new();
        for (provider, places) in by_provider {
            let count = self.count_members(customer, places, now).await?;
            counts.extend((count > 0).then_some((provider, count)));
        }
        Ok(counts)
    }

    /// How many of them are open by a domain of this provider.
    pub async fn count_member_sessions_with(
        &self,
        customer: &Acting,
        provider: AccountId,
        now: Instant,
    ) -> Result<u32, StoreError> {
        let places = self.session_places(places_of(customer)).await?;
        let places = places.into_iter().filter(|place| place.provider == provider);
        self.count_members(customer, places.collect(), now).await
    }

    async fn count_members(
        &self,
        customer: &Acting,
        places: Vec<SessionPlaceItem>,
        now: Instant,
    ) -> Result<u32, StoreError> {
        let grants = self.open_grants(places, now).await?;
        let own = grants.iter().filter(|grant| grant.customer == customer.account_id()).count();
        Ok(u32::try_from(own).unwrap_or(u32::MAX))
    }

    async fn session_places(&self, partition: String) -> Result<Vec<SessionPlaceItem>, StoreError> {
        self.table.query_all(Query::whole(partition)).await
    }

    /// What is granted to the sessions that are open among these, [`MOST_COUNTED`] looked at.
    async fn open_grants(
        &self,
        places: Vec<SessionPlaceItem>,
        now: Instant,
    ) -> Result<Vec<Grant>, StoreError> {
        let places = places.iter().filter(|place| now < place.until).take(MOST_COUNTED);
        let keys: Vec<Key> = places.map(SessionPlaceItem::session).collect();
        let sessions = self.table.batch_get(&keys).await?.take_all::<SessionItem>(keys)?;
        let sessions = sessions.into_iter().filter(|session| now < session.ends_at);
        let sessions: Vec<_> = sessions.collect();
        let ground = self.ground_of(&sessions).await?;
        let mut grants = Vec::new();
        for session in &sessions {
            let judged = judge(session, &ground, WHATEVER_THE_BADGE, now)?;
            let left = judged.into_iter().flat_map(|(_, granted)| granted);
            grants.extend(left.map(|granted| granted.grant));
        }
        Ok(grants)
    }
}

fn places_of(customer: &Acting) -> String {
    keys::sessions_of_customer(customer.account_id())
}
