//! Launches: an app or a desktop is opened, and that is usage.
//!
//! The launch is kept before its usage is taken, and its ticket is given when that is durable. An
//! answer that was lost is asked for again under the same idempotency key: the usage is taken again,
//! of the day that the launch keeps, which changes nothing where it was. So no launch that anybody
//! can open goes uncounted, and none is counted on two days.

use tsunagu_domain::{
    federation::secrets::LaunchTicket,
    ids::LaunchId,
    licenses::holder::Source,
    time::Instant,
};

use super::{resources::LaunchableResource, sessions::OpenSession};
use crate::{
    RecordedAnswer, Store,
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    items::{LaunchItem, LaunchTicketItem},
    keys::{self, attribute},
    licenses::Usage,
    transaction::{Outcome, Transaction},
};

/// A launch that a session asks for.
#[derive(Clone, Debug)]
pub struct NewLaunch {
    /// Its id.
    pub launch_id: LaunchId,
    /// What is opened, and for whom.
    pub resource: LaunchableResource,
}

/// A launch whose usage is durable, with the one ticket that opens it now.
#[derive(Clone, Debug)]
pub struct Launched {
    /// Its id.
    pub launch_id: LaunchId,
    /// What opens it, once.
    pub ticket: LaunchTicket,
    /// Until when it does.
    pub until: Instant,
}

/// Why nothing is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaunchRefusal {
    /// What was to be opened, or the launch whose answer is asked for again, is not there (any more).
    Gone,
}

impl Store {
    /// Opens something, and takes its usage.
    pub async fn launch(
        &self,
        session: &OpenSession,
        new: &NewLaunch,
        record: Option<RecordedAnswer>,
        now: Instant,
    ) -> Result<Launched, WriteError<LaunchRefusal>> {
        let NewLaunch { launch_id, resource: launchable } = new;
        let LaunchableResource { resource, customer, allowed_at } = launchable;
        let refused = WriteError::Refused(LaunchRefusal::Gone);
        let zone = self.time_zone(*customer).await?.ok_or(refused)?;
        let ticket = LaunchTicket::random();
        let launch = LaunchItem {
            launch_id: *launch_id,
            customer: *customer,
            provider: session.provider(),
            resource_id: resource.resource_id,
            allowed_at: *allowed_at,
            location: resource.resource_location_id,
            session: session.digest().to_owned(),
            service: resource.service.clone(),
            user_id: session.item.user_id.clone(),
            day: zone.day_of(now),
            ticket: Some(ticket.digest()),
            until: now + LaunchTicket::LIVES,
        };
        let mut transaction = Transaction::default();
        transaction.put(&launch, &Condition::absent())?;
        transaction.put(&ticket_of(&launch, &ticket), &Condition::absent())?;
        let recording = transaction.record(record)?;
        if let Outcome::Refused(failed) = self.table.transact(transaction).await? {
            recording.check(&failed)?;
            return Err(StoreError::Internal("an id was minted twice".to_owned()).into());
        }
        self.take_launch(&launch).await?;
        Ok(Launched { launch_id: launch.launch_id, ticket, until: launch.until })
    }

    /// The answer of a launch once more: with another ticket, and the ones before void. The session
    /// must be the one that launched it. Once a ticket was redeemed the answer was not lost, and there is
    /// no other: each opening is a launch of its own, and counted (T30).
    pub async fn launch_again(
        &self,
        session: &OpenSession,
        launch: LaunchId,
        resource: &LaunchableResource,
        now: Instant,
    ) -> Result<Launched, WriteError<LaunchRefusal>> {
        let refused = || WriteError::Refused(LaunchRefusal::Gone);
        let key = keys::launch(resource.customer, launch);
        let item = self.table.get::<LaunchItem>(key.clone()).await?;
        let own = item.filter(|item| {
            item.session == session.digest() && item.ticket.is_some() && item.opens(resource)
        });
        let mut item = own.ok_or_else(refused)?;
        self.take_launch(&item).await?;
        let ticket = LaunchTicket::random();
        item.until = now + LaunchTicket::LIVES;
        let mut transaction = Transaction::default();
        let ttl = crate::item::Item::expires_at(&item).map(|at| at.timestamp());
        let update = Update::default()
            .set("ticket", ticket.digest())?
            .set("until", item.until)?
            .put(attribute::TTL, ttl)?;
        transaction.update(key, update, &Condition::present().and_present("ticket"));
        transaction.put(&ticket_of(&item, &ticket), &Condition::absent())?;
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(Launched { launch_id: launch, ticket, until: item.until }),
            Outcome::Refused(_) => Err(refused()),
        }
    }

    /// The usage that a launch is, marked as what a provider's directory says (T31).
    async fn take_launch(&self, launch: &LaunchItem) -> Result<(), StoreError> {
        let usage = Usage {
            account_id: launch.customer,
            service: launch.service.clone(),
            user_id: launch.user_id.clone(),
            source: Source::Federation,
            device_id: None,
            day: launch.day,
        };
        self.take_usage([usage]).await
    }
}

impl LaunchItem {
    /// Whether this is what was launched, allowed ever since (T25).
    pub(super) fn opens(&self, resource: &LaunchableResource) -> bool {
        self.resource_id == resource.resource.resource_id && self.allowed_at == resource.allowed_at
    }
}

fn ticket_of(launch: &LaunchItem, ticket: &LaunchTicket) -> LaunchTicketItem {
    LaunchTicketItem {
        digest: ticket.digest(),
        customer: launch.customer,
        launch_id: launch.launch_id,
        until: launch.until,
    }
}
