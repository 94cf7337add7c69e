//! An account's own, to be carried away.

use std::collections::BTreeMap;

use tsunagu_domain::{ids::AccountId, time::Instant};

use super::{
    RawItem,
    connected::{deny, empty_list, without_copies},
    own::Others,
};
use crate::{
    Store,
    error::StoreError,
    item::Item,
    items::{
        AccountItem, CustomerItem, CustomerLicensesItem, DirectorySecretItem, DismissedForAllItem,
        DismissedForCustomerItem, DomainItem, LaunchItem, LocationItem, OrganizationItem,
    },
    keys,
    query::Query,
};

/// What is an account's own.
#[derive(Clone, Debug)]
pub struct AccountExport {
    /// The items, in the order of their keys.
    pub items: Vec<RawItem>,
    /// How many items of which kinds were left out, of those under the account's key.
    pub left_out: BTreeMap<String, u64>,
}

/// What becomes of an item of an account's partition.
enum Carried {
    AsItIs,
    /// It opens something, or it is another account's.
    LeftOut,
}

impl Store {
    /// Everything that is an account's own, without what opens anything and what belongs to others;
    /// `None` where there is no such account. What is over by its `ttl` is left out too.
    pub async fn export_account(
        &self,
        account: AccountId,
        now: Instant,
    ) -> Result<Option<AccountExport>, StoreError> {
        let Some(profile) = self.account_item(account).await? else { return Ok(None) };
        let own = self.partition(keys::account_partition(account)).await?;
        let mut all = self.whole_trail(account, Some(profile.account.created_at), now).await?;
        for partition in self.usage_partitions(account, &own).await? {
            all.extend(self.partition(partition).await?);
        }
        all.extend(self.dismissals(account, &Others::of(&own)?).await?);
        let organization = self.organization_item(profile.account.org_id).await?;
        all.extend(organization.as_ref().map(RawItem::of).transpose()?);
        let mut left_out = BTreeMap::new();
        for mut item in own {
            match carry(&mut item) {
                Carried::AsItIs => all.push(item),
                Carried::LeftOut => {
                    *left_out.entry(item.entity().to_owned()).or_default() += 1;
                }
            }
        }
        all.retain(|item| !item.is_over(now));
        all.sort_unstable_by(|one, other| one.key().cmp(other.key()));
        Ok(Some(AccountExport { items: all, left_out }))
    }

    /// Up to where a partner has dismissed its customers' notifications; the notifications themselves
    /// are its customers'.
    async fn dismissals(
        &self,
        partner: AccountId,
        others: &Others,
    ) -> Result<Vec<RawItem>, StoreError> {
        let of_all = keys::dismissed_for_all(partner);
        let of_each = others.customers.iter().map(|id| keys::dismissed_for_customer(partner, *id));
        let mut found = Vec::new();
        for key in std::iter::once(of_all).chain(of_each) {
            found.extend(self.range(Query::between(key.pk, key.sk.clone(), key.sk)).await?);
        }
        Ok(found)
    }
}

/// Decides by the kind. What is left in the item opens nothing, and is nobody else's.
fn carry(item: &mut RawItem) -> Carried {
    match item.entity() {
        // What opens something: a directory, an app. And what is copied of customers: the next run
        // copies it anew.
        DirectorySecretItem::ENTITY | LaunchItem::ENTITY | CustomerLicensesItem::ENTITY => {
            return Carried::LeftOut;
        }
        LocationItem::ENTITY => empty_list(item, "keys"),
        DomainItem::ENTITY => deny(item, "hasSecret"),
        CustomerItem::ENTITY => without_copies(item),
        _ => {}
    }
    Carried::AsItIs
}

/// Whether an item may be in the file of an account, by its key and kind.
pub(super) fn may_be_carried(item: &RawItem, account: AccountId) -> bool {
    let pk = item.key().pk.as_str();
    let below = |prefix: &str| {
        let prefix = format!("{prefix}#{account}#");
        pk.starts_with(&prefix)
    };
    if pk == keys::account_partition(account) {
        return !matches!(
            item.entity(),
            DirectorySecretItem::ENTITY | LaunchItem::ENTITY | CustomerLicensesItem::ENTITY
        );
    }
    let is_mark = item.is::<DismissedForAllItem>() || item.is::<DismissedForCustomerItem>();
    let is_feed = pk == keys::feed_partition(account) || below("FEED");
    below("AUDIT")
        || below("PEND")
        || below("LIC")
        || (is_feed && is_mark)
        || item.is::<OrganizationItem>()
}

/// The account that a file is of.
pub(super) fn profile(items: &[RawItem]) -> Result<Option<AccountItem>, StoreError> {
    for item in items {
        if let Some(account) = item.as_kind::<AccountItem>()? {
            return Ok(Some(account));
        }
    }
    Ok(None)
}
