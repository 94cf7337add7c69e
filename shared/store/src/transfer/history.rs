//! What was between an account and others, as they have it: both sides keep the same, and the other
//! side went on while the account was away.

use std::collections::BTreeMap;

use tsunagu_domain::{
    connection::Role,
    ids::{AccountId, OrgId},
};

use super::{RawItem, connected::KeptCustomer, own::Others, plan::Plan};
use crate::{
    Store,
    error::StoreError,
    items::{
        CustomerEpisodeItem, Episode, Kept, PartnerEpisodeItem, PartnerItem, Past,
        PastCustomerItem, PastPartnerItem,
    },
    keys,
    query::Query,
};

/// What a file says of it.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Episodes by whether the account is the partner, the other side, and their numbers.
    episodes: BTreeMap<(bool, AccountId, u32), Episode>,
    /// How connections had ended, by the same.
    past: BTreeMap<(bool, AccountId), Past>,
    /// What the account keeps of its customers, and by which ORGID it knows its partners.
    kept: BTreeMap<AccountId, Kept>,
    orgs: BTreeMap<AccountId, OrgId>,
}

impl History {
    /// Notes what an item tells; whether it is of the history alone.
    pub(super) fn note(&mut self, item: &RawItem) -> Result<bool, StoreError> {
        if let Some(kept) = KeptCustomer::of(item)? {
            self.kept.insert(kept.customer()?, kept.kept());
            return Ok(false);
        }
        if let Some(PartnerItem { partner, partner_org, .. }) = item.as_kind()? {
            self.orgs.insert(partner, partner_org);
            return Ok(false);
        }
        if let Some(PastCustomerItem { customer, past, kept, .. }) = item.as_kind()? {
            self.past.insert((true, customer), past);
            self.kept.insert(customer, kept);
        } else if let Some(PastPartnerItem { partner, past, partner_org, .. }) = item.as_kind()? {
            self.past.insert((false, partner), past);
            self.orgs.insert(partner, partner_org);
        } else if let Some(CustomerEpisodeItem { episode }) = item.as_kind()? {
            self.episodes.insert((true, episode.customer, episode.episode), episode);
        } else if let Some(PartnerEpisodeItem { episode }) = item.as_kind()? {
            self.episodes.insert((false, episode.partner, episode.episode), episode);
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

impl Store {
    /// Decides on the history with everybody whom the file names.
    pub(super) async fn plan_history(
        &self,
        plan: &mut Plan,
        mut history: History,
        others: Others,
    ) -> Result<(), StoreError> {
        let own = plan.account.account.account_id;
        for partner in others.partners {
            let range =
                Query::prefix(keys::account_partition(partner), keys::customer_episodes(own));
            for CustomerEpisodeItem { episode } in self.table.query_all(range).await? {
                history.episodes.insert((false, partner, episode.episode), episode);
            }
            let theirs = self.table.get::<PastCustomerItem>(keys::past_customer(partner, own));
            if let Some(theirs) = theirs.await? {
                history.past.insert((false, partner), theirs.past);
            }
        }
        for customer in others.customers {
            let range =
                Query::prefix(keys::account_partition(customer), keys::partner_episodes(own));
            for PartnerEpisodeItem { episode } in self.table.query_all(range).await? {
                history.episodes.insert((true, customer, episode.episode), episode);
            }
            let theirs = self.table.get::<PastPartnerItem>(keys::past_partner(customer, own));
            if let Some(theirs) = theirs.await? {
                history.past.insert((true, customer), theirs.past);
            }
        }
        plan.put_history(history)
    }
}

impl Plan {
    fn put_history(&mut self, history: History) -> Result<(), StoreError> {
        let own = self.account.account.account_id;
        for ((as_partner, other, number), episode) in history.episodes {
            let role = if as_partner { Role::Partner } else { Role::Customer };
            let stands = self.episode_with(other, role) == Some(number);
            // Nobody knows any more when it ended: the other side is gone too.
            if episode.ended_at.is_none() && !stands {
                continue;
            }
            self.items.push(if as_partner {
                RawItem::of(&CustomerEpisodeItem { episode })?
            } else {
                RawItem::of(&PartnerEpisodeItem { episode })?
            });
        }
        for ((as_partner, other), past) in history.past {
            let role = if as_partner { Role::Partner } else { Role::Customer };
            if self.episode_with(other, role).is_some() {
                continue;
            }
            let kept = history.kept.get(&other).cloned().filter(|_| as_partner);
            let org = history.orgs.get(&other).copied().filter(|_| !as_partner);
            if let Some(kept) = kept {
                let item = PastCustomerItem { partner: own, customer: other, past, kept };
                self.items.push(RawItem::of(&item)?);
            } else if let Some(partner_org) = org {
                let item = PastPartnerItem { customer: own, partner: other, past, partner_org };
                self.items.push(RawItem::of(&item)?);
            }
        }
        Ok(())
    }
}
