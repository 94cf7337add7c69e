//! Bringing the figures that partners keep up to what an account has.
//!
//! Figures are *set*, never added up, and only where they differ. Each carries how often it was
//! written, on which the next write is conditioned; and what an account has is read after that: so
//! of two who write at once, the one who read earlier does not overwrite the other.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use tsunagu_domain::{
    dashboard::Summary,
    ids::AccountId,
    licenses::dashboard::{Holdings, summary},
    locale::TimeZone,
    time::Instant,
};

use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    items::{
        CurrentFiguresItem, CustomerItem, CustomerLicensesItem, Figures, PartnerItem, assigned,
        entitlements,
    },
    keys::{self, attribute, prefix},
    query::Query,
    table::waits,
    transaction::{Outcome, Transaction},
};

/// What a customer has, and what it comes to.
struct Fresh {
    holdings: Holdings,
    summary: Summary,
    time_zone: TimeZone,
}

/// What a partner keeps of a customer.
struct Kept {
    customer: CustomerItem,
    licenses: Option<CustomerLicensesItem>,
}

/// Whom to bring up to date, and with what.
#[derive(Clone, Copy, Debug)]
struct Refresh {
    account: AccountId,
    time_zone: TimeZone,
    today: NaiveDate,
    /// Write even where nothing differs: another run may have ended half-way.
    anyway: bool,
}

impl Store {
    /// Brings the figures of all partners of an account up to what it has on the day of `at`.
    ///
    /// `anyway` writes even where nothing differs, so that a writer who read earlier and was cut off
    /// cannot come in later.
    pub async fn refresh_partners(
        &self,
        account: AccountId,
        at: Instant,
        anyway: bool,
    ) -> Result<(), StoreError> {
        let Some(refresh) = self.refresh_of(account, at, anyway).await? else { return Ok(()) };
        let mut after = None;
        loop {
            let partition = keys::account_partition(account);
            let query = Query::prefix(partition, prefix::PARTNERS).after(after).limit(50);
            let page = self.table.query::<PartnerItem>(query).await?;
            let partners = page.items.into_iter().map(|item| item.partner).collect();
            self.refresh_some(refresh, partners).await?;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Brings a new partner what its customer has on the day of `at`. It is found again until that is
    /// done.
    pub async fn welcome_partner(
        &self,
        partner: &PartnerItem,
        at: Instant,
    ) -> Result<(), StoreError> {
        if let Some(refresh) = self.refresh_of(partner.customer, at, true).await? {
            self.refresh_some(refresh, vec![partner.partner]).await?;
        }
        let key = keys::partner(partner.customer, partner.partner);
        let welcomed = Update::default().remove(attribute::GSI2PK).remove(attribute::GSI2SK);
        let same = Condition::present().and_equals("ep", partner.episode)?;
        self.table.update(key, welcomed, same).await.map(|_| ())
    }

    async fn refresh_of(
        &self,
        account: AccountId,
        at: Instant,
        anyway: bool,
    ) -> Result<Option<Refresh>, StoreError> {
        let zone = self.time_zone(account).await?;
        Ok(zone.map(|time_zone| Refresh {
            account,
            time_zone,
            today: time_zone.day_of(at),
            anyway,
        }))
    }

    async fn refresh_some(
        &self,
        refresh: Refresh,
        mut partners: Vec<AccountId>,
    ) -> Result<(), StoreError> {
        let mut tries = waits();
        loop {
            partners = self.refresh_once(refresh, &partners).await?;
            if partners.is_empty() {
                return Ok(());
            }
            let why = "others write the same figures again and again";
            let wait = tries.next().ok_or_else(|| StoreError::Unavailable(why.to_owned()))?;
            tokio::time::sleep(wait).await;
        }
    }

    /// Tries once; gives back the partners for whom somebody else was faster.
    async fn refresh_once(
        &self,
        refresh: Refresh,
        partners: &[AccountId],
    ) -> Result<Vec<AccountId>, StoreError> {
        let kept = self.kept_by(refresh.account, partners).await?;
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        // After what is kept: see above.
        let fresh = self.holdings(refresh).await?;
        let mut again = Vec::new();
        for kept in kept {
            if !self.bring(refresh, &kept, &fresh).await? {
                again.push(kept.customer.partner);
            }
        }
        Ok(again)
    }

    /// What partners keep of a customer; nothing of those whose connection has ended.
    async fn kept_by(
        &self,
        customer: AccountId,
        partners: &[AccountId],
    ) -> Result<Vec<Kept>, StoreError> {
        let keys = partners.iter().flat_map(|partner| {
            [keys::customer(*partner, customer), keys::customer_licenses(*partner, customer)]
        });
        let keys: Vec<_> = keys.collect();
        let mut found = self.table.batch_get(&keys).await?;
        let mut kept = Vec::new();
        for pair in keys.chunks_exact(2) {
            let licenses = found.take(&pair[1])?;
            if let Some(customer) = found.take(&pair[0])? {
                kept.push(Kept { customer, licenses });
            }
        }
        Ok(kept)
    }

    /// What an account has.
    async fn holdings(&self, refresh: Refresh) -> Result<Fresh, StoreError> {
        let Refresh { account, today, time_zone, .. } = refresh;
        let (entitlements, current) =
            futures::try_join!(self.all_entitlements(account), self.all_current(account))?;
        let mut assigned = BTreeMap::new();
        for CurrentFiguresItem { service, current, .. } in current {
            // Figures are of services of the catalogue, out of which nothing goes.
            let Some(known) = self.known_service(&service).await? else { continue };
            let count = current.assigned(known.model);
            if count > 0 {
                assigned.insert(service, count);
            }
        }
        let summary = summary(&entitlements, &assigned, today);
        let holdings = Holdings::new(&entitlements, assigned, today);
        Ok(Fresh { holdings, summary, time_zone })
    }

    /// Brings one partner up to date; `false` where somebody else was faster.
    async fn bring(
        &self,
        refresh: Refresh,
        kept: &Kept,
        fresh: &Fresh,
    ) -> Result<bool, StoreError> {
        Ok(self.bring_licenses(refresh, kept, fresh).await?
            && self.bring_summary(refresh, &kept.customer, fresh).await?)
    }

    async fn bring_summary(
        &self,
        refresh: Refresh,
        customer: &CustomerItem,
        fresh: &Fresh,
    ) -> Result<bool, StoreError> {
        let before = customer.figures.clone().unwrap_or_default();
        let summary = Summary {
            open_tickets: before.open_tickets,
            active_notifications: before.active_notifications,
            ..fresh.summary.clone()
        };
        if !refresh.anyway && customer.figures.as_ref() == Some(&summary) {
            return Ok(true);
        }
        let update = Update::default().set("sm", Figures(&summary))?.add("sq", 1);
        let condition = written(customer.episode, customer.figures_written)?;
        let key = keys::customer(customer.partner, customer.customer);
        self.table.update(key, update, condition).await
    }

    async fn bring_licenses(
        &self,
        refresh: Refresh,
        kept: &Kept,
        fresh: &Fresh,
    ) -> Result<bool, StoreError> {
        let Some(before) = &kept.licenses else {
            return self.begin_licenses(&kept.customer, fresh).await;
        };
        if !refresh.anyway && before.holdings == fresh.holdings {
            return Ok(true);
        }
        let (name, entitlements) = entitlements(&fresh.holdings);
        let update = Update::default().put(name, entitlements)?;
        let (name, assigned) = assigned(&fresh.holdings);
        let update = update.put(name, assigned)?.add("sq", 1);
        let condition = written(before.episode, before.written)?;
        let key = keys::customer_licenses(before.partner, before.customer);
        self.table.update(key, update, condition).await
    }

    /// Makes what there is not yet, as the connection stands: from then on, whoever changes the
    /// connection changes both.
    async fn begin_licenses(
        &self,
        customer: &CustomerItem,
        fresh: &Fresh,
    ) -> Result<bool, StoreError> {
        if fresh.holdings == Holdings::default() {
            return Ok(true);
        }
        let CustomerItem { partner, customer: id, episode, rev, copied_rev, .. } = *customer;
        let item = CustomerLicensesItem::new(customer, fresh.time_zone, fresh.holdings.clone());
        let as_read = Condition::present()
            .and_equals("ep", episode)?
            .and_equals("r", rev)?
            .and_equals("cr", copied_rev)?;
        let mut transaction = Transaction::default();
        transaction.put(&item, &Condition::absent())?;
        transaction.check(keys::customer(partner, id), &as_read);
        Ok(matches!(self.table.transact(transaction).await?, Outcome::Done))
    }
}

/// Holds while an episode's figures were written so often.
fn written(episode: u32, times: u64) -> Result<Condition, StoreError> {
    let condition = Condition::present().and_equals("ep", episode)?;
    match times {
        0 => Ok(condition.and_missing("sq")),
        times => condition.and_equals("sq", times),
    }
}
