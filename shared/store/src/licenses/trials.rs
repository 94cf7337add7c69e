//! Trial requests: asked for by an account, decided by the vendor.

use std::collections::BTreeSet;

use tsunagu_domain::{
    audit::{Action, Actor},
    ids::AccountId,
    licenses::{
        entitlement::{Entitlement, Grant, Stage},
        notice::LicenseNotice,
    },
    locale::TimeZone,
    service::Service,
    time::Instant,
    vendor::EntitlementId,
};

use super::{EntitlementOnRecord, entitlements::event_of, until_settled};
use crate::{
    Acting, Page, Place, RecordedAnswer, Store,
    condition::Condition,
    error::{StoreError, WriteError},
    items::{EntitlementItem, NotificationItem, TrialRequestItem},
    keys,
    query::{Index, Query},
    transaction::{Outcome, Transaction},
};

/// A trial that an account asks for, before it is written.
#[derive(Clone, Debug)]
pub struct PendingTrial {
    entitlement: Entitlement,
    at: Instant,
}

impl PendingTrial {
    /// A trial of a service, asked for at `at`.
    pub fn new(service: &Service, at: Instant) -> Self {
        Self { entitlement: Entitlement::request_trial(service.code.clone(), at), at }
    }

    /// The entitlement that it may become.
    pub fn entitlement(&self) -> &Entitlement {
        &self.entitlement
    }
}

/// Why a trial is not asked for, or not decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialRefusal {
    /// There is a request for the service already.
    AskedAlready,
    /// There is no such request.
    Unknown,
    /// It is decided.
    Decided,
}

/// The vendor's answer to a trial request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialDecision {
    /// Yes.
    Approve(Grant),
    /// No.
    Decline,
}

impl Store {
    /// Asks for a trial; the answer is recorded with it.
    pub async fn request_trial(
        &self,
        account: &Acting,
        trial: &PendingTrial,
        answer: Option<RecordedAnswer>,
    ) -> Result<(), WriteError<TrialRefusal>> {
        let PendingTrial { entitlement, at } = trial;
        let id = account.account_id();
        let today = account.account().time_zone.day_of(*at);
        let request = TrialRequestItem {
            account_id: id,
            service: entitlement.service.clone(),
            entitlement_id: entitlement.entitlement_id.clone(),
            requested_at: *at,
        };
        let zone = account.account().time_zone;
        let item = EntitlementItem::next(None, id, entitlement.clone(), today, zone);
        let mut transaction = Transaction::default();
        let recording = transaction.record(answer)?;
        let only = transaction.put(&request, &Condition::absent())?;
        transaction.put(&item, &Condition::absent())?;
        transaction.make_dirty(id, &entitlement.service)?;
        let event = event_of(Action::TrialRequested, None, entitlement, *at, today);
        transaction.audit(id, account.actor(), &event)?;
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(()),
            Outcome::Refused(failed) => {
                recording.check(&failed)?;
                if failed.contains(only) {
                    return Err(WriteError::Refused(TrialRefusal::AskedAlready));
                }
                Err(StoreError::Internal("an id was minted twice".to_owned()).into())
            }
        }
    }

    /// A page of the trial requests of all accounts that wait for the vendor, oldest first. What the
    /// index found is read again: one that was decided a moment ago waits no more.
    pub async fn pending_trials(
        &self,
        after: Option<Place>,
        limit: usize,
        now: Instant,
    ) -> Result<Page<EntitlementOnRecord>, StoreError> {
        let query = Query::whole(keys::TRIALS_PARTITION.to_owned()).on(Index::Gsi2);
        let page = self.table.query::<TrialRequestItem>(query.after(after).limit(limit)).await?;
        let accounts: BTreeSet<_> = page.items.iter().map(|item| item.account_id).collect();
        let zones = self.time_zones(&accounts).await?;
        let wanted: Vec<_> = page
            .items
            .iter()
            .map(|item| keys::entitlement(item.account_id, &item.entitlement_id))
            .collect();
        let mut found = self.table.batch_get(&wanted).await?;
        let mut items = Vec::new();
        for key in &wanted {
            let Some(item) = found.take::<EntitlementItem>(key)? else { continue };
            let (account_id, entitlement) = (item.account, item.entitlement);
            let gone = || StoreError::corrupt("an account that vanished");
            let today = zones.get(&account_id).ok_or_else(gone)?.day_of(now);
            if entitlement.stage == Stage::Requested {
                items.push(EntitlementOnRecord { account_id, entitlement, today });
            }
        }
        Ok(Page { items, next: page.next })
    }

    /// Decides a trial request of an account in this time zone: the account is told, its partners'
    /// figures follow with the next run.
    pub async fn decide_trial(
        &self,
        account: AccountId,
        zone: TimeZone,
        id: &EntitlementId,
        decision: TrialDecision,
        now: Instant,
    ) -> Result<Entitlement, WriteError<TrialRefusal>> {
        until_settled(async || {
            let Some(before) = self.entitlement_item(account, id).await? else {
                return Err(WriteError::Refused(TrialRefusal::Unknown));
            };
            if before.entitlement.stage != Stage::Requested {
                // Other entitlements were never asked for.
                let refusal = if before.entitlement.stage.was_requested() {
                    TrialRefusal::Decided
                } else {
                    TrialRefusal::Unknown
                };
                return Err(WriteError::Refused(refusal));
            }
            let (transaction, after) = self.decision(&before, zone, decision, now).await?;
            Ok(self.table.transact(transaction).await?.or_stale(after))
        })
        .await
    }

    async fn decision(
        &self,
        before: &EntitlementItem,
        zone: TimeZone,
        decision: TrialDecision,
        now: Instant,
    ) -> Result<(Transaction, Entitlement), StoreError> {
        let account = before.account;
        let today = zone.day_of(now);
        let asked = before.entitlement.clone();
        let (after, action, notice) = match decision {
            TrialDecision::Approve(grant) => {
                (asked.granted(grant), Action::TrialApproved, LicenseNotice::TrialApproved)
            }
            TrialDecision::Decline => {
                (asked.declined(), Action::TrialDeclined, LicenseNotice::TrialDeclined)
            }
        };
        let services = self.services_of([&after.service]).await?;
        let service = services.on_record(&after.service)?;
        let yesterday = today.pred_opt().unwrap_or(today);
        let item = EntitlementItem::next(Some(before), account, after.clone(), yesterday, zone);
        let mut transaction = Transaction::default();
        transaction.put(&item, &EntitlementItem::unchanged(Some(before))?)?;
        let same = Condition::present().and_equals("entitlementId", &after.entitlement_id)?;
        transaction.delete(keys::trial_request(account, &after.service), &same);
        transaction.make_dirty(account, &after.service)?;
        let notification = notice.notify(account, &after, &service.name, today, now);
        transaction.put(&NotificationItem { notification }, &Condition::absent())?;
        let event = event_of(action, Some(&before.entitlement), &after, now, today);
        transaction.audit(account, Actor::Platform, &event)?;
        Ok((transaction, after))
    }
}
