//! Apps and desktops of a provider.

use tsunagu_domain::{
    audit::Action,
    federation::{
        launch_url::LaunchUrl,
        resource::{Resource, ResourceKind},
    },
    ids::{ResourceId, ResourceLocationId},
    text::{DisplayName, ResourceDescription},
    time::Instant,
    vendor::ServiceCode,
};

use super::{FederationRefusal, Written, refuse};
use crate::{
    Acting, Page, Place, RecordedAnswer, Store, Version,
    audit::{Changes, Event, change},
    condition::Condition,
    error::StoreError,
    item::Item,
    items::ResourceItem,
    keys::{self, prefix},
    settle::{Attempt, until_settled},
    transaction::Transaction,
};

/// How an app or a desktop is to be different; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ResourceChange {
    /// What users call it.
    pub name: Option<DisplayName>,
    /// What is opened.
    pub kind: Option<ResourceKind>,
    /// The service whose licence its use counts for.
    pub service: Option<ServiceCode>,
    /// Where its machine is.
    pub location: Option<ResourceLocationId>,
    /// Where it is opened.
    pub launch_url: Option<LaunchUrl>,
    /// What it is for, or nothing.
    pub description: Option<Option<ResourceDescription>>,
}

impl ResourceChange {
    fn of(&self, before: &Resource) -> Resource {
        let before = before.clone();
        Resource {
            resource_id: before.resource_id,
            name: self.name.clone().unwrap_or(before.name),
            kind: self.kind.unwrap_or(before.kind),
            service: self.service.clone().unwrap_or(before.service),
            resource_location_id: self.location.unwrap_or(before.resource_location_id),
            launch_url: self.launch_url.clone().unwrap_or(before.launch_url),
            description: self.description.clone().unwrap_or(before.description),
            created_at: before.created_at,
        }
    }
}

impl Store {
    /// Makes an app or a desktop; the answer is recorded with it.
    pub async fn create_resource(
        &self,
        provider: &Acting,
        resource: &Resource,
        answer: Option<RecordedAnswer>,
    ) -> Written<()> {
        let item =
            ResourceItem { provider: provider.account_id(), resource: resource.clone(), rev: 1 };
        let location = resource.resource_location_id;
        let event =
            event(Action::ResourceCreated, resource.resource_id, resource.created_at).with([
                change("name", None::<String>, Some(&resource.name)),
                change("service", None::<String>, Some(&resource.service)),
            ]);
        until_settled(async || {
            self.demand_location(provider, location).await?;
            let mut transaction = Transaction::default();
            let recording = transaction.record(answer.clone())?;
            transaction.put(&item, &Condition::absent())?;
            transaction.count_at(item.provider, location, "resources", 1);
            transaction.audit(item.provider, provider.actor(), &event)?;
            self.attempt_recording(transaction, recording, ()).await
        })
        .await
    }

    /// One of the provider's apps and desktops.
    pub async fn resource(
        &self,
        provider: &Acting,
        resource: ResourceId,
    ) -> Result<Option<ResourceItem>, StoreError> {
        self.table.get(keys::resource(provider.account_id(), resource)).await
    }

    /// A page of them, in the order in which they were made.
    pub async fn resources(
        &self,
        provider: &Acting,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<ResourceItem>, StoreError> {
        self.list(provider, prefix::RESOURCES, after, Some(limit)).await
    }

    /// Changes an app or a desktop.
    pub async fn change_resource(
        &self,
        provider: &Acting,
        resource: ResourceId,
        asked: &ResourceChange,
        seen: Option<Version>,
        now: Instant,
    ) -> Written<ResourceItem> {
        until_settled(async || {
            let before = self.resource_as_seen(provider, resource, seen).await?;
            let changed = asked.of(&before.resource);
            if changed == before.resource {
                return Ok(Attempt::Done(before));
            }
            let (from, to) = (before.resource.resource_location_id, changed.resource_location_id);
            let mut transaction = Transaction::default();
            if from != to {
                self.demand_location(provider, to).await?;
                transaction.count_at(before.provider, from, "resources", -1);
                transaction.count_at(before.provider, to, "resources", 1);
            }
            let event = event(Action::ResourceChanged, resource, now)
                .with(changes(&before.resource, &changed));
            transaction.audit(before.provider, provider.actor(), &event)?;
            let unchanged = Condition::unchanged(Some(before.rev))?;
            let after = ResourceItem { resource: changed, rev: before.rev + 1, ..before };
            transaction.put(&after, &unchanged)?;
            Ok(self.table.transact(transaction).await?.or_stale(after))
        })
        .await
    }

    /// Deletes an app or a desktop. Who could use it loses it with that.
    pub async fn delete_resource(
        &self,
        provider: &Acting,
        resource: ResourceId,
        seen: Option<Version>,
        now: Instant,
    ) -> Written<()> {
        until_settled(async || {
            let before = self.resource_as_seen(provider, resource, seen).await?;
            let location = before.resource.resource_location_id;
            let mut transaction = Transaction::default();
            transaction.delete(before.key(), &Condition::unchanged(Some(before.rev))?);
            transaction.count_at(before.provider, location, "resources", -1);
            let event = event(Action::ResourceDeleted, resource, now).with([change(
                "name",
                Some(&before.resource.name),
                None::<String>,
            )]);
            transaction.audit(before.provider, provider.actor(), &event)?;
            Ok(self.table.transact(transaction).await?.or_stale(()))
        })
        .await?;
        Ok(self.forget_users_of(provider, resource).await?)
    }

    async fn resource_as_seen(
        &self,
        provider: &Acting,
        resource: ResourceId,
        seen: Option<Version>,
    ) -> Written<ResourceItem> {
        match self.resource(provider, resource).await? {
            None => refuse(FederationRefusal::Unknown),
            Some(item) if !item.version().is(seen) => refuse(FederationRefusal::Changed),
            Some(item) => Ok(item),
        }
    }
}

fn event(action: Action, id: ResourceId, at: Instant) -> Event {
    Event::new(at, action, "resource", id)
}

/// What is different, by field. Where it is opened and what it is for are told to have changed alone:
/// an address may hold more than it should.
fn changes(before: &Resource, after: &Resource) -> Changes {
    let mut changes = Changes::new();
    if before.name != after.name {
        changes.extend([change("name", Some(&before.name), Some(&after.name))]);
    }
    if before.kind != after.kind {
        changes.extend([change("kind", Some(before.kind), Some(after.kind))]);
    }
    if before.service != after.service {
        changes.extend([change("service", Some(&before.service), Some(&after.service))]);
    }
    if before.resource_location_id != after.resource_location_id {
        let (from, to) = (before.resource_location_id, after.resource_location_id);
        changes.extend([change("resourceLocationId", Some(from), Some(to))]);
    }
    if before.launch_url != after.launch_url {
        changes.extend([change("launchUrl", None::<String>, None::<String>)]);
    }
    if before.description != after.description {
        changes.extend([change("description", None::<String>, None::<String>)]);
    }
    changes
}
