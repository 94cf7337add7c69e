//! Reading connections: the dashboard, both sides' lists, the history.

use std::collections::HashMap;

use tsunagu_domain::{
    account::Account,
    ids::{AccountId, OrgId},
    program::Badges,
    share::part,
    time::Instant,
};

use super::Marks;
use crate::{
    Acting, ConnectedCustomer, Page, Place, Shared, Store,
    error::StoreError,
    item::Item,
    items::{
        AccountItem, CustomerEpisodeItem, CustomerItem, Episode, Names, NoteItem, OrganizationItem,
        PartnerEpisodeItem, PartnerItem, PastCustomerItem, PastPartnerItem,
    },
    keys::{self, prefix},
    query::Query,
};

/// A customer with all of the partner's own marks.
#[derive(Clone, Debug)]
pub struct Marked {
    /// The connection, on the partner's side.
    pub item: CustomerItem,
    /// The partner's note.
    pub note: Option<tsunagu_domain::text::Note>,
}

impl Marked {
    /// The partner's marks.
    pub fn marks(&self) -> Marks {
        Marks {
            reference: self.item.reference.clone(),
            tags: self.item.tags.clone(),
            note: self.note.clone(),
        }
    }

    pub(super) fn put(&mut self, marks: Marks) {
        self.item.reference = marks.reference;
        self.item.tags = marks.tags;
        self.item.rev += 1;
        self.note = marks.note;
    }
}

/// A partner as its customers are shown it: by what its account says now.
#[derive(Clone, Debug)]
pub struct PartnerOnRecord {
    /// Its names.
    pub names: Names,
    /// Its badges at the time of the request.
    pub badges: Badges,
}

impl PartnerOnRecord {
    /// A partner whose account was deleted, in the list of past connections: what is left of it is
    /// its organization.
    fn gone(item: &OrganizationItem) -> Result<Self, StoreError> {
        let organization_name = item.organization.name.clone();
        let org_id = item.organization.org_id;
        let display_name = match &organization_name {
            Some(name) => name.clone(),
            None => org_id.to_string().parse().map_err(|_| StoreError::corrupt("an ORGID"))?,
        };
        let names = Names { display_name, organization_name, org_id };
        Ok(Self { names, badges: Badges::default() })
    }
}

impl Store {
    /// A page of the partner's customers by customer id: one query, whatever their number.
    ///
    /// Suspended ones are among them; the dashboard leaves them out.
    pub async fn customers(
        &self,
        partner: &Acting,
        after: Option<AccountId>,
        limit: Option<usize>,
    ) -> Result<Page<CustomerItem>, StoreError> {
        let after = after.map(|customer| Place::at(keys::customer(partner.account_id(), customer)));
        self.list(partner, prefix::CUSTOMERS, after, limit).await
    }

    /// The same for the list of all connections, which goes on at a place.
    pub async fn active_customers(
        &self,
        partner: &Acting,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<CustomerItem>, StoreError> {
        self.list(partner, prefix::CUSTOMERS, after, Some(limit)).await
    }

    /// A page of what an account keeps under a prefix, by the id of the other side; as much as
    /// DynamoDB gives where there is no limit.
    pub(crate) async fn list<I: Item>(
        &self,
        account: &Acting,
        prefix: &str,
        after: Option<Place>,
        limit: Option<usize>,
    ) -> Result<Page<I>, StoreError> {
        let partition = keys::account_partition(account.account_id());
        let query = Query::prefix(partition, prefix).after(after);
        let query = match limit {
            Some(limit) => query.limit(limit),
            None => query,
        };
        self.table.query(query).await
    }

    /// A connected customer, as the permission check read it, with the partner's note.
    pub async fn customer(&self, customer: &ConnectedCustomer) -> Result<Marked, StoreError> {
        let key = keys::note(customer.partner, customer.customer);
        let note = self.table.get::<NoteItem>(key).await?.map(|item| item.note);
        Ok(Marked { item: CustomerItem::clone(customer), note })
    }

    pub(super) async fn marked(
        &self,
        partner: AccountId,
        customer: AccountId,
    ) -> Result<Option<Marked>, StoreError> {
        let wanted = [keys::customer(partner, customer), keys::note(partner, customer)];
        let mut found = self.table.batch_get(&wanted).await?;
        let Some(item) = found.take::<CustomerItem>(&wanted[0])? else { return Ok(None) };
        let note = found.take::<NoteItem>(&wanted[1])?.map(|item| item.note);
        Ok(Some(Marked { item, note }))
    }

    /// What a partner is about to end, as it marked it. Takes no connected customer, since a partner
    /// ends connections without a badge too: what comes back is for `If-Match` alone.
    pub async fn customer_to_end(
        &self,
        partner: &Acting,
        customer: AccountId,
    ) -> Result<Option<Marked>, StoreError> {
        self.marked(partner.account_id(), customer).await
    }

    /// The account of a customer that shares basic account information.
    pub async fn account_of_customer(
        &self,
        customer: &Shared<'_, part::Account>,
    ) -> Result<Account, StoreError> {
        let key = keys::account(customer.customer_id());
        let item = self.table.get::<AccountItem>(key).await?;
        item.map(|item| item.account)
            .ok_or_else(|| StoreError::corrupt("a connection without its customer"))
    }

    /// A page of the customer's active partners, by partner id.
    pub async fn partners(
        &self,
        customer: &Acting,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<PartnerItem>, StoreError> {
        self.list(customer, prefix::PARTNERS, after, Some(limit)).await
    }

    /// One active partner.
    pub async fn partner(
        &self,
        customer: &Acting,
        partner: AccountId,
    ) -> Result<Option<PartnerItem>, StoreError> {
        self.table.get(keys::partner(customer.account_id(), partner)).await
    }

    /// A page of the partner's ended connections, by customer id.
    pub async fn past_customers(
        &self,
        partner: &Acting,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<PastCustomerItem>, StoreError> {
        self.list(partner, prefix::PAST_CUSTOMERS, after, Some(limit)).await
    }

    /// A page of the customer's ended connections, by partner id.
    pub async fn past_partners(
        &self,
        customer: &Acting,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<PastPartnerItem>, StoreError> {
        self.list(customer, prefix::PAST_PARTNERS, after, Some(limit)).await
    }

    /// Partners by what their accounts say now: two reads each, in two round trips for all.
    pub async fn partners_on_record(
        &self,
        partners: impl IntoIterator<Item = (AccountId, OrgId)>,
        now: Instant,
    ) -> Result<HashMap<AccountId, PartnerOnRecord>, StoreError> {
        let partners: HashMap<AccountId, OrgId> = partners.into_iter().collect();
        let mut wanted: Vec<_> = partners.keys().map(|id| keys::account(*id)).collect();
        wanted.extend(partners.values().map(|org| keys::organization(*org)));
        wanted.sort_unstable();
        // Two partners can be of one organization.
        wanted.dedup();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut organizations = HashMap::<OrgId, OrganizationItem>::new();
        for org in partners.values() {
            if let Some(item) = found.take(&keys::organization(*org))? {
                organizations.insert(*org, item);
            }
        }
        let mut on_record = HashMap::new();
        for (id, org) in partners {
            let missing = || StoreError::corrupt("a connection without its partner");
            let organization = organizations.get(&org).ok_or_else(missing)?;
            let on = match found.take::<AccountItem>(&keys::account(id))? {
                Some(account) => {
                    let badges = organization.organization.memberships.badges(now);
                    PartnerOnRecord { names: Names::of(&account, organization), badges }
                }
                None => PartnerOnRecord::gone(organization)?,
            };
            on_record.insert(id, on);
        }
        Ok(on_record)
    }

    /// A page of the acting partner's episodes with a customer, newest first; none while the
    /// customer is connected and suspended, since partners do not see it then.
    pub async fn episodes_with_customer(
        &self,
        partner: &Acting,
        customer: AccountId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<Episode>, StoreError> {
        let key = keys::customer(partner.account_id(), customer);
        if self.table.get::<CustomerItem>(key).await?.is_some_and(|item| item.suspended) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let partition = keys::account_partition(partner.account_id());
        let query = Query::prefix(partition, keys::customer_episodes(customer));
        let query = query.after(after).limit(limit).newest_first();
        Ok(self.table.query::<CustomerEpisodeItem>(query).await?.map(|item| item.episode))
    }

    /// A page of the acting customer's episodes with a partner, newest first.
    pub async fn episodes_with_partner(
        &self,
        customer: &Acting,
        partner: AccountId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<Episode>, StoreError> {
        let partition = keys::account_partition(customer.account_id());
        let query = Query::prefix(partition, keys::partner_episodes(partner));
        let query = query.after(after).limit(limit).newest_first();
        Ok(self.table.query::<PartnerEpisodeItem>(query).await?.map(|item| item.episode))
    }
}
