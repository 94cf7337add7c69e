//! Bringing the figures that partners keep up to what an account has.
//!
//! Figures are *set*, never added up, and only where they differ. Each carries how often it was
//! written, on which the next write is conditioned; and what an account has is read after that: so
//! of two who write at once, the one who read earlier does not overwrite the other.
//!
//! One who read earlier could still come in late, after another who found nothing to write. So what
//! is written is written under a claim that stood after the figures were read; whoever takes that
//! claim over writes even where nothing differs, and by that counts on.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt, stream};
use tsunagu_domain::{
    dashboard::Summary,
    ids::AccountId,
    licenses::dashboard::{Holdings, summary},
    locale::TimeZone,
    time::Instant,
};

use super::Claim;
use crate::{
    Deadline, Store,
    condition::{Condition, Update},
    error::StoreError,
    items::{
        CurrentFiguresItem, CustomerItem, CustomerLicensesItem, Figures, PartnerItem, assigned,
        entitlements,
    },
    keys::{self, prefix},
    query::Query,
    table::waits,
    transaction::{Outcome, Transaction},
};

/// How many partners are read together.
const PAGE: usize = 50;
/// How many partners are written to at once.
const AT_ONCE: usize = 8;

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
struct Refresh<'a> {
    account: AccountId,
    time_zone: TimeZone,
    today: NaiveDate,
    claims: &'a [Claim],
    /// Write even where nothing differs: another run may still be about to write.
    anyway: bool,
}

/// How far bringing figures came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// All partners have them.
    Through,
    /// Another run has taken over: it brings them.
    TakenOver,
    /// The time was up, or others wrote the same again and again: a later run begins anew.
    Unfinished,
}

impl Store {
    /// Brings the figures of all partners of an account up to what it has on the day of `at`, under
    /// the claims of one account.
    pub async fn refresh_partners(
        &self,
        claims: &[Claim],
        at: Instant,
        deadline: &Deadline,
    ) -> Result<Refreshed, StoreError> {
        let Some(account) = claims.first().map(Claim::account_id) else {
            return Ok(Refreshed::Through);
        };
        let Some(time_zone) = self.time_zone(account).await? else {
            return Ok(Refreshed::Through);
        };
        let anyway = claims.iter().any(Claim::is_takeover);
        let today = time_zone.day_of(at);
        let refresh = Refresh { account, time_zone, today, claims, anyway };
        let mut after = None;
        while !deadline.has_passed() {
            let partition = keys::account_partition(account);
            let query = Query::prefix(partition, prefix::PARTNERS).after(after).limit(PAGE);
            let page = self.table.query::<PartnerItem>(query).await?;
            let partners = page.items.into_iter().map(|item| item.partner).collect();
            match self.refresh_some(refresh, partners).await? {
                Refreshed::Through => {}
                other => return Ok(other),
            }
            after = page.next;
            if after.is_none() {
                return Ok(Refreshed::Through);
            }
        }
        Ok(Refreshed::Unfinished)
    }

    async fn refresh_some(
        &self,
        refresh: Refresh<'_>,
        mut partners: Vec<AccountId>,
    ) -> Result<Refreshed, StoreError> {
        let mut tries = waits();
        loop {
            match self.refresh_once(refresh, &partners).await? {
                None => return Ok(Refreshed::TakenOver),
                Some(again) if again.is_empty() => return Ok(Refreshed::Through),
                Some(again) => partners = again,
            }
            let Some(wait) = tries.next() else { return Ok(Refreshed::Unfinished) };
            tokio::time::sleep(wait).await;
        }
    }

    /// Tries once; gives back the partners for whom somebody else was faster, `None` where another run
    /// has taken over.
    async fn refresh_once(
        &self,
        refresh: Refresh<'_>,
        partners: &[AccountId],
    ) -> Result<Option<Vec<AccountId>>, StoreError> {
        let kept = self.kept_by(refresh.account, partners).await?;
        if kept.is_empty() {
            return Ok(Some(Vec::new()));
        }
        // After what is kept: see above.
        let fresh = self.holdings(refresh).await?;
        let stale: Vec<_> = kept.iter().filter(|kept| refresh.is_due(kept, &fresh)).collect();
        if stale.is_empty() {
            return Ok(Some(Vec::new()));
        }
        if !self.stand(refresh.claims).await? {
            return Ok(None);
        }
        let writes = stale.into_iter().map(|kept| async {
            let done = self.bring(refresh, kept, &fresh).await?;
            Ok::<_, StoreError>((!done).then_some(kept.customer.partner))
        });
        let writes: Vec<_> = writes.collect();
        let writes = stream::iter(writes).buffer_unordered(AT_ONCE);
        let again: Vec<Option<AccountId>> = writes.try_collect().await?;
        Ok(Some(again.into_iter().flatten().collect()))
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
    async fn holdings(&self, refresh: Refresh<'_>) -> Result<Fresh, StoreError> {
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
        refresh: Refresh<'_>,
        kept: &Kept,
        fresh: &Fresh,
    ) -> Result<bool, StoreError> {
        Ok(self.bring_licenses(refresh, kept, fresh).await?
            && self.bring_summary(refresh, &kept.customer, fresh).await?)
    }

    async fn bring_summary(
        &self,
        refresh: Refresh<'_>,
        customer: &CustomerItem,
        fresh: &Fresh,
    ) -> Result<bool, StoreError> {
        let summary = fresh.summary_of(customer);
        if !refresh.anyway && customer.figures.as_ref() == Some(&summary) {
            return Ok(true);
        }
        let update = Update::default().set("sm", Figures(&summary))?.add("sq", 1);
        let condition = Condition::figures_as_read(customer.episode, customer.figures_written)?;
        let key = keys::customer(customer.partner, customer.customer);
        self.table.update(key, update, condition).await
    }

    async fn bring_licenses(
        &self,
        refresh: Refresh<'_>,
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
        let condition = Condition::figures_as_read(before.episode, before.written)?;
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

impl Fresh {
    /// A partner's summary of the customer; what is not of licences stays.
    fn summary_of(&self, customer: &CustomerItem) -> Summary {
        let before = customer.figures.clone().unwrap_or_default();
        Summary {
            open_tickets: before.open_tickets,
            active_notifications: before.active_notifications,
            ..self.summary.clone()
        }
    }
}

impl Refresh<'_> {
    /// Whether there is something to write.
    fn is_due(&self, kept: &Kept, fresh: &Fresh) -> bool {
        let nothing = Holdings::default();
        let holdings = kept.licenses.as_ref().map_or(&nothing, |item| &item.holdings);
        self.anyway
            || *holdings != fresh.holdings
            || kept.customer.figures.as_ref() != Some(&fresh.summary_of(&kept.customer))
    }
}
