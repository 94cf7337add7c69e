//! A machine at a resource location asks what a ticket opens.

use chrono::TimeDelta;
use tsunagu_domain::{
    federation::{domain_name::DomainName, login::UserName, secrets::LaunchTicket},
    ids::{AccountId, LaunchId, ResourceId, ResourceLocationId},
    time::Instant,
};

use super::resources::LaunchableResource;
use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    items::{LaunchItem, LaunchTicketItem, LocationKeyItem},
    keys,
};

/// A resource location whose key somebody has: its machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    provider: AccountId,
    location: ResourceLocationId,
}

/// What a ticket opened.
#[derive(Clone, Debug)]
pub struct Redeemed {
    /// The launch.
    pub launch_id: LaunchId,
    /// The app or desktop.
    pub resource_id: ResourceId,
    /// The user's name within the domain.
    pub user: UserName,
    /// The domain.
    pub domain_name: DomainName,
    /// For which customer it is opened.
    pub customer: AccountId,
}

impl Store {
    /// The resource location whose key has this digest; a key that was rotated away opens it until its
    /// overlap is over (T32).
    pub async fn location_of_key(
        &self,
        digest: &str,
        now: Instant,
    ) -> Result<Option<Location>, StoreError> {
        let item = self.table.get::<LocationKeyItem>(keys::location_key(digest)).await?;
        let item = item.filter(|key| key.until.is_none_or(|until| now < until));
        Ok(item.map(|key| Location { provider: key.provider, location: key.location }))
    }

    /// Redeems a ticket, once: `None` where it is unknown, late, used, replaced by another one, of
    /// another location, or of a session that does not stand.
    pub async fn redeem(
        &self,
        location: Location,
        ticket: &LaunchTicket,
        grace: TimeDelta,
        now: Instant,
    ) -> Result<Option<Redeemed>, StoreError> {
        let digest = ticket.digest();
        let found = self.table.get::<LaunchTicketItem>(keys::launch_ticket(&digest)).await?;
        let Some(found) = found.filter(|ticket| now < ticket.until) else { return Ok(None) };
        let key = keys::launch(found.customer, found.launch_id);
        let Some(launch) = self.table.get::<LaunchItem>(key.clone()).await? else {
            return Ok(None);
        };
        let of_location =
            (launch.provider, launch.location) == (location.provider, location.location);
        if !of_location || launch.ticket.as_ref() != Some(&digest) {
            return Ok(None);
        }
        let Some(session) = self.session_of_digest(&launch.session, grace, now).await? else {
            return Ok(None);
        };
        let (resource, customer) = (launch.resource_id, launch.customer);
        let still = self.launchable_resource(&session, resource, Some(customer)).await?;
        let at_location = |still: &LaunchableResource| {
            still.resource.resource_location_id == location.location
        };
        if !still.is_ok_and(|still| launch.opens(&still) && at_location(&still)) {
            return Ok(None);
        }
        let present = Condition::present().and_equals("ticket", &digest)?;
        let redeemed = self.table.update(key, Update::default().remove("ticket"), present).await?;
        let item = session.item;
        Ok(redeemed.then_some(Redeemed {
            launch_id: launch.launch_id,
            resource_id: resource,
            user: item.user,
            domain_name: item.domain_name,
            customer,
        }))
    }
}
