//! What of an account's file goes back into the table, decided before anything is written.

use std::collections::BTreeMap;

use tsunagu_domain::{
    connection::{Pair, Role},
    ids::{AccountId, DomainId},
    time::Instant,
};

use super::{
    RawItem, RestoreError,
    connected::{KeptCustomer, restored_partner},
    export::{may_be_carried, profile},
    history::History,
    own::Others,
    restore::LeftOut,
};
use crate::{
    Store,
    error::StoreError,
    items::{
        AccountItem, AuditItem, CustomerItem, DomainItem, FederatedCustomerItem,
        FederatedDomainItem, OrganizationItem, PartnerItem, ResourceCustomerItem,
    },
    keys,
};

/// The other side has no such connection (any more).
const ENDED: &str = "the other side has no such connection";
/// It belongs to a connection that is not put back.
const WITH_CONNECTION: &str = "its connection is left out";

/// What goes back.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) account: AccountItem,
    /// As the table has it, or else the file.
    pub(super) organization: OrganizationItem,
    /// What must be absent, or as it is here.
    pub(super) items: Vec<RawItem>,
    /// What stays as it is where it is there: the trail, the organization, connections.
    pub(super) yielding: Vec<RawItem>,
    /// The connections that go back, each with its episode and the account's role in it.
    pub(super) connections: Vec<(Pair, u32, Role)>,
    pub(super) left_out: Vec<LeftOut>,
    /// How many items are over by their `ttl`.
    pub(super) expired: u64,
}

impl Plan {
    fn new(account: AccountItem, organization: OrganizationItem, expired: u64) -> Self {
        Self {
            account,
            organization,
            items: Vec::new(),
            yielding: Vec::new(),
            connections: Vec::new(),
            left_out: Vec::new(),
            expired,
        }
    }

    pub(super) fn episode_with(&self, other: AccountId, own: Role) -> Option<u32> {
        let is_with = |(pair, _, role): &&(Pair, u32, Role)| {
            let with = if own == Role::Partner { pair.customer } else { pair.partner };
            *role == own && with == other
        };
        self.connections.iter().find(is_with).map(|(_, episode, _)| *episode)
    }

    fn leave_out(&mut self, item: &RawItem, other: AccountId, why: &'static str) {
        let kind = item.entity().to_owned();
        self.left_out.push(LeftOut { kind, other, why });
    }
}

impl Store {
    /// Decides on each item of a file; nothing is written.
    pub(super) async fn plan(
        &self,
        mut items: Vec<RawItem>,
        now: Instant,
    ) -> Result<Plan, RestoreError> {
        let account = profile(&items)?.ok_or(RestoreError::NoAccount)?;
        let id = account.account.account_id;
        if let Some(foreign) = items.iter().find(|item| !may_be_carried(item, id)) {
            return Err(RestoreError::Foreign(foreign.key().clone()));
        }
        let before = items.len();
        items.retain(|item| !item.is_over(now));
        let expired = u64::try_from(before - items.len()).unwrap_or_default();
        let organization = self.organization_of_file(&account, &items).await?;
        let mut plan = Plan::new(account, organization, expired);
        let (mut rest, mut history) = (Vec::new(), History::default());
        let others = Others::of(&items)?;
        for item in items {
            if history.note(&item)? {
                continue;
            }
            if item.is::<CustomerItem>() || item.is::<PartnerItem>() {
                self.plan_connection(&mut plan, &item, now).await?;
            } else if item.is::<AuditItem>() {
                plan.yielding.push(item);
            } else if item.is::<OrganizationItem>() {
                if item.key() == &keys::organization(plan.account.account.org_id) {
                    plan.yielding.push(item);
                } else {
                    return Err(RestoreError::Foreign(item.key().clone()));
                }
            } else if !item.is::<AccountItem>() {
                rest.push(item);
            }
        }
        for item in rest {
            self.plan_item(&mut plan, item).await?;
        }
        self.plan_history(&mut plan, history, others).await?;
        recount(&mut plan)?;
        Ok(plan)
    }

    async fn organization_of_file(
        &self,
        account: &AccountItem,
        items: &[RawItem],
    ) -> Result<OrganizationItem, RestoreError> {
        let org = account.account.org_id;
        if let Some(item) = self.organization_item(org).await? {
            return Ok(item);
        }
        for item in items {
            let found = item.as_kind::<OrganizationItem>()?;
            if let Some(found) = found.filter(|found| found.organization.org_id == org) {
                return Ok(found);
            }
        }
        Err(RestoreError::NoOrganization(org))
    }

    /// A connection goes back where the other side has it, in the episode in which that has it.
    async fn plan_connection(
        &self,
        plan: &mut Plan,
        item: &RawItem,
        now: Instant,
    ) -> Result<(), RestoreError> {
        let own = plan.account.account.account_id;
        if let Some(kept) = KeptCustomer::of(item)? {
            let customer = kept.customer()?;
            let pair = Pair { partner: own, customer };
            let mirror = self.table.get::<PartnerItem>(keys::partner(customer, own)).await?;
            let on_record = self.account_item(customer).await?;
            let (Some(mirror), Some(account)) = (mirror, on_record) else {
                plan.leave_out(item, customer, ENDED);
                return Ok(());
            };
            let organization = self.organization_item(account.account.org_id).await?;
            let missing = || StoreError::corrupt("an account without its organization");
            let organization = organization.ok_or_else(missing)?;
            let restored = kept.restored(&mirror, &account, &organization);
            plan.connections.push((pair, restored.episode, Role::Partner));
            plan.yielding.push(RawItem::of(&restored)?);
        } else if let Some(kept) = item.as_kind::<PartnerItem>()? {
            let pair = Pair { partner: kept.partner, customer: own };
            let mirror = self.table.get::<CustomerItem>(keys::customer(pair.partner, own)).await?;
            let Some(mirror) = mirror else {
                plan.leave_out(item, pair.partner, ENDED);
                return Ok(());
            };
            // What the partner has copied is never newer than the account.
            plan.account.rev = plan.account.rev.max(mirror.copied_rev);
            let zone = plan.account.account.time_zone;
            let restored = restored_partner(&kept, &mirror, zone, now);
            plan.connections.push((pair, restored.episode, Role::Customer));
            plan.yielding.push(RawItem::of(&restored)?);
        }
        Ok(())
    }

    /// What belongs to a connection goes with it.
    async fn plan_item(&self, plan: &mut Plan, item: RawItem) -> Result<(), RestoreError> {
        if let Some(federated) = item.as_kind::<FederatedCustomerItem>()? {
            let (customer, episode) = (federated.customer, federated.episode);
            plan.keep_with(item, customer, Role::Partner, episode);
        } else if let Some(allowed) = item.as_kind::<ResourceCustomerItem>()? {
            let (customer, episode) = (allowed.customer, allowed.episode);
            plan.keep_with(item, customer, Role::Partner, episode);
        } else if let Some(domain) = item.as_kind::<FederatedDomainItem>()? {
            let (provider, episode) = (domain.provider, domain.episode);
            let key = keys::federated_customer(provider, domain.domain_id, domain.customer);
            let mirror = self.table.get::<FederatedCustomerItem>(key).await?;
            if mirror.is_some_and(|mirror| mirror.episode == episode) {
                plan.keep_with(item, provider, Role::Customer, episode);
            } else {
                plan.leave_out(&item, provider, ENDED);
            }
        } else {
            plan.items.push(item);
        }
        Ok(())
    }
}

impl Plan {
    fn keep_with(&mut self, item: RawItem, other: AccountId, own: Role, episode: u32) {
        if self.episode_with(other, own) == Some(episode) {
            self.items.push(item);
        } else {
            self.leave_out(&item, other, WITH_CONNECTION);
        }
    }
}

/// A domain counts the customers that go back with it.
fn recount(plan: &mut Plan) -> Result<(), StoreError> {
    let mut customers = BTreeMap::<DomainId, u32>::new();
    for item in &plan.items {
        if let Some(federated) = item.as_kind::<FederatedCustomerItem>()? {
            *customers.entry(federated.domain_id).or_default() += 1;
        }
    }
    for item in &mut plan.items {
        if let Some(mut domain) = item.as_kind::<DomainItem>()? {
            domain.customers = customers.get(&domain.domain_id).copied().unwrap_or_default();
            *item = RawItem::of(&domain)?;
        }
    }
    Ok(())
}
