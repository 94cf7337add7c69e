//! What several changes of a connection write alike.

use tsunagu_domain::{
    account::Account,
    connection::{Connection, EndedConnection, Pair},
    ids::{AccountId, ConnectionId},
    notification::{ConnectionNotice, Counterpart},
    share::Shares,
    time::Instant,
};

use crate::{
    Acting,
    condition::{Condition, Update},
    error::StoreError,
    invite_links::Invitation,
    items::{
        AccountItem, CustomerEpisodeItem, CustomerItem, Episode, Kept, Names, NotificationItem,
        OrganizationItem, PartnerEpisodeItem, PartnerItem, Past, PastCustomerItem, PastPartnerItem,
    },
    keys,
    transaction::Transaction,
};

impl Names {
    /// The names of an account.
    pub(crate) fn of(account: &AccountItem, organization: &OrganizationItem) -> Self {
        Self {
            display_name: account.account.display_name.clone(),
            organization_name: organization.organization.name.clone(),
            org_id: account.account.org_id,
        }
    }
}

/// An account as the other side is told of it.
pub(crate) fn counterpart(account: &Account) -> Counterpart {
    Counterpart { account_id: account.account_id, display_name: account.display_name.clone() }
}

/// Shares as the audit trail lists them.
pub(crate) fn listed(shares: Shares) -> String {
    shares.iter().map(|share| share.to_string()).collect::<Vec<_>>().join(" ")
}

impl Transaction {
    /// Begins an episode on both sides: the connection, its history, and no past any more.
    pub(super) fn begin(
        &mut self,
        connection: &Connection,
        past: Option<&PastCustomerItem>,
        customer: &Acting,
        invitation: &Invitation,
    ) -> Result<(), StoreError> {
        let absent = Condition::absent();
        self.put(&customer_item(connection, past, customer), &absent)?;
        self.put(&partner_item(connection, invitation), &absent)?;
        let episode = episode(connection, invitation);
        self.put(&CustomerEpisodeItem { episode: episode.clone() }, &absent)?;
        self.put(&PartnerEpisodeItem { episode }, &absent)?;
        let Pair { partner, customer } = connection.pair;
        let unchanged = match past {
            Some(past) => Condition::present().and_equals("ep", past.past.episode)?,
            None => absent,
        };
        self.delete(keys::past_customer(partner, customer), &unchanged);
        if past.is_some() {
            self.delete(keys::past_partner(customer, partner), &Condition::none());
        }
        Ok(())
    }

    /// Ends an episode on both sides, provided that nothing has changed since it was read.
    pub(super) fn end(
        &mut self,
        ended: &EndedConnection,
        customer_item: &CustomerItem,
        partner_item: &PartnerItem,
    ) -> Result<(), StoreError> {
        let Pair { partner, customer } = ended.last.pair;
        let number = ended.last.episode;
        self.delete(
            keys::customer(partner, customer),
            &Condition::present().and_equals("ep", number)?.and_equals("r", customer_item.rev)?,
        );
        self.delete(
            keys::partner(customer, partner),
            &Condition::present().and_equals("ep", number)?.and_equals("r", partner_item.rev)?,
        );
        // What the partner kept of its licences goes with it, if there was anything.
        self.delete(keys::customer_licenses(partner, customer), &Condition::none());
        let kept = Kept {
            names: customer_item.names.clone(),
            reference: customer_item.reference.clone(),
            tags: customer_item.tags.clone(),
        };
        let past = Past::of(ended);
        let past_customer = PastCustomerItem { partner, customer, past: past.clone(), kept };
        self.put(&past_customer, &Condition::none())?;
        let partner_org = partner_item.partner_org;
        let past_partner = PastPartnerItem { customer, partner, past, partner_org };
        self.put(&past_partner, &Condition::none())?;
        for key in [
            keys::customer_episode(partner, customer, number),
            keys::partner_episode(customer, partner, number),
        ] {
            let update =
                Update::default().set("endedAt", ended.ended_at)?.set("endedBy", ended.ended_by)?;
            self.update(key, update, &Condition::present());
        }
        Ok(())
    }

    /// Tells one side what the other did.
    pub(crate) fn notify(
        &mut self,
        notice: ConnectionNotice,
        to: AccountId,
        connection: ConnectionId,
        counterpart: Counterpart,
        now: Instant,
    ) -> Result<(), StoreError> {
        let notification = notice.notify(to, connection, counterpart, now);
        self.put(&NotificationItem { notification }, &Condition::absent()).map(|_| ())
    }

    /// The account is as it was read: neither suspended nor renamed since.
    pub(super) fn check_account(&mut self, account: &AccountItem) -> Result<(), StoreError> {
        let unchanged = Condition::unchanged(Some(account.rev))?;
        self.check(keys::account(account.account.account_id), &unchanged);
        Ok(())
    }

    /// Both organizations are as they were read: memberships and names. Where both sides are of
    /// one, it is named once, as DynamoDB demands.
    pub(super) fn check_organizations(
        &mut self,
        one: &OrganizationItem,
        other: &OrganizationItem,
    ) -> Result<(), StoreError> {
        self.check_organization(one)?;
        if one.organization.org_id == other.organization.org_id && one.rev == other.rev {
            return Ok(());
        }
        self.check_organization(other)
    }

    fn check_organization(&mut self, organization: &OrganizationItem) -> Result<(), StoreError> {
        let unchanged = Condition::unchanged(Some(organization.rev))?;
        self.check(keys::organization(organization.organization.org_id), &unchanged);
        Ok(())
    }
}

fn customer_item(
    connection: &Connection,
    past: Option<&PastCustomerItem>,
    customer: &Acting,
) -> CustomerItem {
    CustomerItem {
        partner: connection.pair.partner,
        customer: connection.pair.customer,
        connection_id: connection.connection_id,
        episode: connection.episode,
        shares: connection.shares,
        connected_at: connection.connected_at,
        names: Names::of(customer.account_item(), customer.organization_item()),
        suspended: false,
        copied_rev: customer.account_item().rev,
        reference: past.and_then(|past| past.kept.reference.clone()),
        tags: past.map(|past| past.kept.tags.clone()).unwrap_or_default(),
        figures: None,
        figures_written: 0,
        dismissed_up_to: None,
        federation_withdrawn: 0,
        rev: 1,
    }
}

fn partner_item(connection: &Connection, invitation: &Invitation) -> PartnerItem {
    PartnerItem {
        customer: connection.pair.customer,
        partner: connection.pair.partner,
        connection_id: connection.connection_id,
        episode: connection.episode,
        shares: connection.shares,
        connected_at: connection.connected_at,
        partner_org: invitation.partner.account.org_id,
        begun: connection.begun,
        due: Some(connection.connected_at),
        rev: 1,
    }
}

fn episode(connection: &Connection, invitation: &Invitation) -> Episode {
    Episode {
        partner: connection.pair.partner,
        customer: connection.pair.customer,
        connection_id: connection.connection_id,
        episode: connection.episode,
        connected_at: connection.connected_at,
        ended_at: None,
        ended_by: None,
        shares: connection.shares,
        shown: invitation.shown.clone(),
    }
}
