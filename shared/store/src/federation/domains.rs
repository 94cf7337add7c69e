//! Domains and their directories.

use tsunagu_domain::{
    audit::{Action, Actor},
    connection::Role,
    federation::{
        address::AddressPolicy,
        directory::Directory,
        domain_name::DomainName,
        draft::{DirectoryChange, DirectoryDraft},
    },
    ids::{DomainId, ResourceLocationId},
    time::Instant,
};

use super::{FederationRefusal, Written, refuse, standing::Standing};
use crate::{
    Acting, Page, Place, RecordedAnswer, Store, Version,
    audit::{Event, change},
    condition::{Condition, Update},
    error::StoreError,
    item::Item,
    items::{DirectorySecretItem, DomainItem, DomainNameItem, Sealed},
    keys::{self, prefix},
    settle::{Attempt, until_settled},
    transaction::Transaction,
};

/// A domain that is to be.
#[derive(Clone, Debug)]
pub struct NewDomain {
    /// Its id, for which the password was sealed.
    pub domain_id: DomainId,
    /// Its name.
    pub name: DomainName,
    /// Where it lives.
    pub location: ResourceLocationId,
    /// Whom it asks for its users.
    pub directory: Directory,
    /// The password of the directory's service bind.
    pub sealed: Option<Sealed>,
    /// When it is made.
    pub at: Instant,
}

/// What becomes of the password of a directory's service bind.
#[derive(Clone, Debug, Default)]
pub enum PasswordChange {
    /// It stays, unless it would go somewhere else from now on (T22).
    #[default]
    Left,
    /// It is forgotten.
    Removed,
    /// Another one.
    Set(Sealed),
}

/// How a domain is to be different.
#[derive(Clone, Debug, Default)]
pub struct DomainChange {
    /// Where it lives.
    pub location: Option<ResourceLocationId>,
    /// Whom it asks for its users, and how.
    pub directory: DirectoryChange,
    /// The password of the service bind.
    pub password: PasswordChange,
    /// Where its directory may be.
    pub policy: AddressPolicy,
}

impl NewDomain {
    /// The domain as it will be kept.
    pub fn item(&self, provider: &Acting) -> DomainItem {
        DomainItem {
            provider: provider.account_id(),
            domain_id: self.domain_id,
            name: self.name.clone(),
            location: self.location,
            directory: self.directory.clone(),
            directory_rev: 0,
            verified: false,
            created_at: self.at,
            has_secret: self.sealed.is_some(),
            customers: 0,
            workspaces: 0,
            members_rev: 0,
            rev: 1,
        }
    }
}

impl Store {
    /// Makes a domain; the answer is recorded with it.
    pub async fn create_domain(
        &self,
        provider: &Acting,
        new: &NewDomain,
        answer: Option<RecordedAnswer>,
    ) -> Written<()> {
        let item = new.item(provider);
        let name = DomainNameItem {
            provider: item.provider,
            name: new.name.clone(),
            domain_id: new.domain_id,
        };
        let event = event(Action::DomainCreated, new.domain_id, new.at).with([
            change("name", None::<String>, Some(&new.name)),
            change("directory", None::<String>, Some(new.directory.url.host())),
        ]);
        until_settled(async || {
            self.demand_location(provider, new.location).await?;
            if self.table.get::<DomainNameItem>(name.key()).await?.is_some() {
                return refuse(FederationRefusal::NameTaken);
            }
            let mut transaction = Transaction::default();
            let recording = transaction.record(answer.clone())?;
            transaction.put(&item, &Condition::absent())?;
            transaction.put(&name, &Condition::absent())?;
            if let Some(sealed) = &new.sealed {
                transaction.put(&item.secret(sealed.clone()), &Condition::none())?;
            }
            transaction.count_at(item.provider, new.location, "domains", 1);
            transaction.audit(item.provider, provider.actor(), &event)?;
            self.attempt_recording(transaction, recording, ()).await
        })
        .await
    }

    /// One of the provider's domains.
    pub async fn domain(
        &self,
        provider: &Acting,
        domain: DomainId,
    ) -> Result<Option<DomainItem>, StoreError> {
        self.table.get(keys::domain(provider.account_id(), domain)).await
    }

    /// A page of them, in the order in which they were made.
    pub async fn domains(
        &self,
        provider: &Acting,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<DomainItem>, StoreError> {
        self.list(provider, prefix::DOMAINS, after, Some(limit)).await
    }

    /// Changes where a domain lives, and its directory. Who is federated to it is told of another
    /// directory (T22).
    pub async fn change_domain(
        &self,
        provider: &Acting,
        domain: DomainId,
        asked: &DomainChange,
        seen: Option<Version>,
        now: Instant,
    ) -> Written<DomainItem> {
        Box::pin(until_settled(async || {
            let before = self.domain_as_seen(provider, domain, seen).await?;
            let after = before.changed(asked)?;
            let secret = asked.secret(&before, &after);
            if after.same_as(&before) && secret == Secret::Stays {
                return Ok(Attempt::Done(before));
            }
            if after.location != before.location {
                self.demand_location(provider, after.location).await?;
            }
            let told = if after.directory == before.directory && secret == Secret::Stays {
                Vec::new()
            } else {
                self.federated_to_domain(&before).await?.standing
            };
            let change = Changing { provider, before: &before, after: &after, now };
            let transaction = change.transaction(secret, &told)?;
            let after = DomainItem { rev: before.rev + 1, ..after };
            Ok(self.table.transact(transaction).await?.or_stale(after))
        }))
        .await
    }

    pub(super) async fn domain_as_seen(
        &self,
        provider: &Acting,
        domain: DomainId,
        seen: Option<Version>,
    ) -> Written<DomainItem> {
        match self.domain(provider, domain).await? {
            None => refuse(FederationRefusal::Unknown),
            Some(item) if !item.version().is(seen) => refuse(FederationRefusal::Changed),
            Some(item) => Ok(item),
        }
    }
}

/// What is done with the secret that is kept.
#[derive(Clone, PartialEq, Eq)]
enum Secret {
    Stays,
    Goes,
    Becomes(Sealed),
}

impl DomainChange {
    fn secret(&self, before: &DomainItem, after: &DomainItem) -> Secret {
        match &self.password {
            PasswordChange::Set(sealed) => Secret::Becomes(sealed.clone()),
            PasswordChange::Left if after.has_secret || !before.has_secret => Secret::Stays,
            PasswordChange::Removed if !before.has_secret => Secret::Stays,
            PasswordChange::Left | PasswordChange::Removed => Secret::Goes,
        }
    }
}

impl DomainItem {
    /// The domain as it would be.
    fn changed(&self, asked: &DomainChange) -> Written<Self> {
        let is_set = matches!(asked.password, PasswordChange::Set(_));
        let draft = DirectoryDraft::from(&self.directory).with(asked.directory.clone());
        let directory = match draft.check(is_set, &asked.policy) {
            Ok(directory) => directory,
            Err(flaws) => return refuse(FederationRefusal::Directory(flaws)),
        };
        let keeps = directory.keeps_secret_of(&self.directory);
        let has_secret = match asked.password {
            PasswordChange::Set(_) => true,
            PasswordChange::Removed => false,
            PasswordChange::Left => self.has_secret && keeps,
        };
        let verified = self.verified
            && directory == self.directory
            && !is_set
            && has_secret == self.has_secret;
        let location = asked.location.unwrap_or(self.location);
        let directory_rev = self.directory_rev + u64::from(directory != self.directory);
        Ok(Self { location, directory, directory_rev, verified, has_secret, ..self.clone() })
    }

    fn same_as(&self, other: &Self) -> bool {
        self.location == other.location && self.directory == other.directory
    }

    fn secret(&self, sealed: Sealed) -> DirectorySecretItem {
        DirectorySecretItem { provider: self.provider, domain_id: self.domain_id, sealed }
    }
}

/// A change on its way.
struct Changing<'a> {
    provider: &'a Acting,
    before: &'a DomainItem,
    after: &'a DomainItem,
    now: Instant,
}

impl Changing<'_> {
    fn transaction(&self, secret: Secret, told: &[Standing]) -> Result<Transaction, StoreError> {
        let Self { before, after, .. } = *self;
        let mut transaction = Transaction::default();
        let update = Update::default()
            .set("location", after.location)?
            .set("directory", &after.directory)?
            .set("directoryRev", after.directory_rev)?
            .set("verified", after.verified)?
            .set("hasSecret", after.has_secret)?
            .add("rev", 1);
        let unchanged =
            Condition::unchanged(Some(before.rev))?.and_equals("membersRev", before.members_rev)?;
        transaction.update(before.key(), update, &unchanged);
        let is_same_secret = secret == Secret::Stays;
        match secret {
            Secret::Stays => {}
            Secret::Goes => {
                let key = keys::directory_secret(before.provider, before.domain_id);
                transaction.delete(key, &Condition::none());
            }
            Secret::Becomes(sealed) => {
                transaction.put(&after.secret(sealed), &Condition::none())?;
            }
        }
        if before.location != after.location {
            transaction.count_at(before.provider, before.location, "domains", -1);
            transaction.count_at(before.provider, after.location, "domains", 1);
            self.tell_location(&mut transaction)?;
        }
        if before.directory != after.directory || !is_same_secret {
            self.tell_directory(&mut transaction, told)?;
        }
        Ok(transaction)
    }

    fn tell_location(&self, transaction: &mut Transaction) -> Result<(), StoreError> {
        let (from, to) = (self.before.location, self.after.location);
        let event = event(Action::DomainChanged, self.before.domain_id, self.now).with([change(
            "resourceLocationId",
            Some(from),
            Some(to),
        )]);
        transaction.audit(self.before.provider, self.provider.actor(), &event)
    }

    /// Tells of the directory by its host alone, on both sides.
    fn tell_directory(
        &self,
        transaction: &mut Transaction,
        told: &[Standing],
    ) -> Result<(), StoreError> {
        let Self { before, after, .. } = *self;
        let host = |item: &DomainItem| item.directory.url.host().to_owned();
        let event = event(Action::DirectoryChanged, before.domain_id, self.now).with([change(
            "host",
            Some(host(before)),
            Some(host(after)),
        )]);
        transaction.audit(before.provider, self.provider.actor(), &event)?;
        let by = Actor::other_side(Role::Partner, before.provider);
        told.iter().try_for_each(|customer| {
            transaction.audit(customer.federated.customer, by.clone(), &event)
        })
    }
}

pub(super) fn event(action: Action, id: DomainId, at: Instant) -> Event {
    Event::new(at, action, "domain", id)
}

#[cfg(test)]
mod tests {
    use tsunagu_domain::federation::directory::Bind;

    use super::*;

    #[test]
    fn given_a_sealed_password_when_what_holds_it_is_debugged_then_it_is_not_shown() {
        let sealed = Sealed::from("c2VhbGVk".to_owned());
        let at = Instant::default();
        let new = NewDomain {
            domain_id: DomainId::mint(at),
            name: "corp.example.com".parse().expect("a name"),
            location: ResourceLocationId::mint(at),
            directory: Directory {
                url: "ldaps://ldap.example.com".parse().expect("an address"),
                start_tls: false,
                base_dn: "dc=example,dc=com".parse().expect("a place"),
                bind: Bind::Upn,
                ca_certificate: None,
            },
            sealed: Some(sealed.clone()),
            at,
        };
        let shown = format!("{new:?} {:?}", PasswordChange::Set(sealed));
        assert!(shown.contains("Sealed(…)") && !shown.contains("c2VhbGVk"), "{shown}");
    }
}
