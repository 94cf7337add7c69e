//! Resource locations and their keys.

use chrono::TimeDelta;
use tsunagu_domain::{
    audit::Action,
    federation::{resource::ResourceLocation, secrets::LocationKey},
    ids::{AccountId, ResourceLocationId},
    text::DisplayName,
    time::Instant,
};

use super::{FederationRefusal, Written, refuse};
use crate::{
    Acting, Page, Place, RecordedAnswer, Store, Version,
    audit::{Event, change},
    condition::{Condition, Update},
    error::StoreError,
    item::Item,
    items::{LocationItem, LocationKeyItem},
    keys::{self, prefix},
    settle::{Attempt, until_settled},
    transaction::Transaction,
};

/// Another key for a resource location.
#[derive(Clone, Copy, Debug)]
pub struct NewLocationKey<'a> {
    /// The key.
    pub key: &'a LocationKey,
    /// For how long the present one still opens what it opens (T32).
    pub overlap: TimeDelta,
    /// When it was made.
    pub at: Instant,
}

impl Store {
    /// Makes a resource location with its first key; the answer is recorded with it.
    pub async fn create_location(
        &self,
        provider: &Acting,
        location: &ResourceLocation,
        key: &LocationKey,
        answer: Option<RecordedAnswer>,
    ) -> Written<()> {
        let digest = key.digest();
        let id = location.resource_location_id;
        let item = LocationItem {
            provider: provider.account_id(),
            location: location.clone(),
            domains: 0,
            resources: 0,
            keys: vec![digest.clone()],
            rev: 1,
        };
        let event = event(Action::ResourceLocationCreated, id, location.created_at).with([change(
            "name",
            None::<String>,
            Some(&location.name),
        )]);
        until_settled(async || {
            let mut transaction = Transaction::default();
            let recording = transaction.record(answer.clone())?;
            transaction.put(&item, &Condition::absent())?;
            transaction.put(&item.opened_by(digest.clone(), None), &Condition::absent())?;
            transaction.audit(item.provider, provider.actor(), &event)?;
            self.attempt_recording(transaction, recording, ()).await
        })
        .await
    }

    /// One of the provider's resource locations.
    pub async fn location(
        &self,
        provider: &Acting,
        location: ResourceLocationId,
    ) -> Result<Option<LocationItem>, StoreError> {
        self.table.get(keys::location(provider.account_id(), location)).await
    }

    /// A page of them, in the order in which they were made.
    pub async fn locations(
        &self,
        provider: &Acting,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<LocationItem>, StoreError> {
        self.list(provider, prefix::LOCATIONS, after, Some(limit)).await
    }

    /// Gives a resource location another name.
    pub async fn rename_location(
        &self,
        provider: &Acting,
        location: ResourceLocationId,
        name: &DisplayName,
        seen: Option<Version>,
        now: Instant,
    ) -> Written<LocationItem> {
        until_settled(async || {
            let before = self.location_as_seen(provider, location, seen).await?;
            if before.location.name == *name {
                return Ok(Attempt::Done(before));
            }
            let mut transaction = Transaction::default();
            let update = Update::default().set("name", name)?.add("rev", 1);
            transaction.update(before.key(), update, &Condition::unchanged(Some(before.rev))?);
            let event = event(Action::ResourceLocationChanged, location, now).with([change(
                "name",
                Some(&before.location.name),
                Some(name),
            )]);
            transaction.audit(before.provider, provider.actor(), &event)?;
            let mut after = before;
            after.location.name = name.clone();
            after.rev += 1;
            Ok(self.table.transact(transaction).await?.or_stale(after))
        })
        .await
    }

    /// Gives a resource location another key. The present one lives on for the overlap, and none that
    /// was there before it: two at most open anything.
    pub async fn rotate_location_key(
        &self,
        provider: &Acting,
        location: ResourceLocationId,
        new: NewLocationKey<'_>,
        answer: Option<RecordedAnswer>,
    ) -> Written<LocationItem> {
        let digest = new.key.digest();
        until_settled(async || {
            let before = self.location_as_seen(provider, location, None).await?;
            let mut transaction = Transaction::default();
            let recording = transaction.record(answer.clone())?;
            let retired = transaction.retire(&before, new.overlap, new.at)?;
            transaction.put(&before.opened_by(digest.clone(), None), &Condition::absent())?;
            let mut after = before.clone();
            after.keys = retired.into_iter().chain([digest.clone()]).collect();
            after.rev += 1;
            let update = Update::default().set("keys", &after.keys)?.add("rev", 1);
            transaction.update(before.key(), update, &Condition::unchanged(Some(before.rev))?);
            let event = event(Action::ResourceLocationKeyRotated, location, new.at);
            let overlap = new.overlap.num_seconds();
            let event = event.with([change("overlapSeconds", None::<i64>, Some(overlap))]);
            transaction.audit(before.provider, provider.actor(), &event)?;
            self.attempt_recording(transaction, recording, after).await
        })
        .await
    }

    /// Deletes a resource location that nothing is at any more, and its keys.
    pub async fn delete_location(
        &self,
        provider: &Acting,
        location: ResourceLocationId,
        seen: Option<Version>,
        now: Instant,
    ) -> Written<()> {
        until_settled(async || {
            let before = self.location_as_seen(provider, location, seen).await?;
            if before.domains > 0 || before.resources > 0 {
                return refuse(FederationRefusal::InUse);
            }
            let mut transaction = Transaction::default();
            let unused = Condition::unchanged(Some(before.rev))?
                .and_equals("domains", 0)?
                .and_equals("resources", 0)?;
            transaction.delete(before.key(), &unused);
            for digest in &before.keys {
                transaction.delete(keys::location_key(digest), &Condition::none());
            }
            let event = event(Action::ResourceLocationDeleted, location, now).with([change(
                "name",
                Some(&before.location.name),
                None::<String>,
            )]);
            transaction.audit(before.provider, provider.actor(), &event)?;
            Ok(self.table.transact(transaction).await?.or_stale(()))
        })
        .await
    }

    async fn location_as_seen(
        &self,
        provider: &Acting,
        location: ResourceLocationId,
        seen: Option<Version>,
    ) -> Written<LocationItem> {
        match self.location(provider, location).await? {
            None => refuse(FederationRefusal::Unknown),
            Some(item) if !item.version().is(seen) => refuse(FederationRefusal::Changed),
            Some(item) => Ok(item),
        }
    }

    /// Refuses unless the provider has this resource location.
    pub(super) async fn demand_location(
        &self,
        provider: &Acting,
        location: ResourceLocationId,
    ) -> Written<()> {
        match self.location(provider, location).await? {
            Some(_) => Ok(()),
            None => refuse(FederationRefusal::UnknownLocation),
        }
    }
}

impl LocationItem {
    fn opened_by(&self, digest: String, until: Option<Instant>) -> LocationKeyItem {
        let location = self.location.resource_location_id;
        LocationKeyItem { digest, provider: self.provider, location, until }
    }
}

impl Transaction {
    /// Ends the keys of a location: the present one after the overlap, and all before it now. Gives
    /// the one that lives on.
    fn retire(
        &mut self,
        before: &LocationItem,
        overlap: TimeDelta,
        at: Instant,
    ) -> Result<Option<String>, StoreError> {
        let Some((present, older)) = before.keys.split_last() else { return Ok(None) };
        for digest in older {
            self.delete(keys::location_key(digest), &Condition::none());
        }
        if overlap <= TimeDelta::zero() {
            self.delete(keys::location_key(present), &Condition::none());
            return Ok(None);
        }
        let item = before.opened_by(present.clone(), Some(at + overlap));
        self.put(&item, &Condition::present())?;
        Ok(Some(present.clone()))
    }

    /// Counts something that comes to a resource location of the provider, or leaves it. It is there:
    /// nothing is at one that is not.
    pub(super) fn count_at(
        &mut self,
        provider: AccountId,
        location: ResourceLocationId,
        what: &str,
        by: i64,
    ) {
        let update = Update::default().add(what, by);
        self.update(keys::location(provider, location), update, &Condition::present());
    }
}

fn event(action: Action, id: ResourceLocationId, at: Instant) -> Event {
    Event::new(at, action, "resource-location", id)
}
