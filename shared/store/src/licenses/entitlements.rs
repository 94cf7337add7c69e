//! Entitlements: the vendor's word, and the lists of them.

use chrono::NaiveDate;
use tsunagu_domain::{
    audit::{Action, Actor, Change},
    ids::AccountId,
    licenses::entitlement::{Entitlement, EntitlementFilter, Statement},
    locale::TimeZone,
    share::part,
    time::Instant,
    vendor::EntitlementId,
};

use super::{Attempt, StatementRefusal, until_settled};
use crate::{
    Page, Place, Readable, Stated, Store,
    audit::{Event, change},
    condition::Condition,
    error::{StoreError, WriteError},
    items::EntitlementItem,
    keys::{self, prefix},
    query::Query,
    transaction::Transaction,
};

/// How many entitlements a read takes where a filter may leave many out.
const FILTERED_AT_ONCE: usize = 200;

/// An entitlement, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitlementOnRecord {
    /// Whose it is.
    pub account_id: AccountId,
    /// The entitlement.
    pub entitlement: Entitlement,
    /// Today, for its account.
    pub today: NaiveDate,
}

/// Why the vendor's word on an entitlement is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateError {
    /// The rules refuse it.
    Rules(StatementRefusal),
    /// It is no longer as its reader saw it.
    Changed,
}

impl EntitlementItem {
    /// An entitlement after `before`, of which the account has been told up to `told`.
    pub(super) fn next(
        before: Option<&Self>,
        account: AccountId,
        entitlement: Entitlement,
        told: NaiveDate,
        zone: TimeZone,
    ) -> Self {
        let due = entitlement.next_turn(told).map(|day| zone.start_of(day));
        let rev = before.map_or(0, |before| before.rev) + 1;
        Self { account, entitlement, told, due, rev }
    }

    /// Holds while it is as it was read.
    pub(super) fn unchanged(before: Option<&Self>) -> Result<Condition, StoreError> {
        Condition::unchanged(before.map(|before| before.rev))
    }
}

/// Up to which day an account counts as told of an entitlement after the vendor's word on `today`:
/// what turns from today on is told, and what would have turned earlier is not, since nobody knew.
fn told(before: Option<&EntitlementItem>, after: &Entitlement, today: NaiveDate) -> NaiveDate {
    let yesterday = today.pred_opt().unwrap_or(today);
    let Some(before) = before else { return yesterday };
    let end = |entitlement: &Entitlement| entitlement.terms_on(today).and_then(|one| one.ends_on);
    if end(&before.entitlement) == end(after) { before.told } else { before.told.max(yesterday) }
}

impl Store {
    /// An entitlement of an account.
    pub async fn entitlement(
        &self,
        account: AccountId,
        id: &EntitlementId,
    ) -> Result<Option<Entitlement>, StoreError> {
        Ok(self.entitlement_item(account, id).await?.map(|item| item.entitlement))
    }

    pub(super) async fn entitlement_item(
        &self,
        account: AccountId,
        id: &EntitlementId,
    ) -> Result<Option<EntitlementItem>, StoreError> {
        self.table.get(keys::entitlement(account, id)).await
    }

    /// Takes the vendor's word on an entitlement of an account in this time zone. Partners' figures
    /// follow with the next run.
    ///
    /// `still` says whether the entitlement is as its reader saw it, `None` where there is none.
    pub async fn state_entitlement(
        &self,
        account: AccountId,
        zone: TimeZone,
        id: &EntitlementId,
        said: &Statement,
        now: Instant,
        still: impl Fn(Option<&Entitlement>) -> bool,
    ) -> Result<Stated<Entitlement>, WriteError<StateError>> {
        let today = zone.day_of(now);
        until_settled(async || {
            let before = self.entitlement_item(account, id).await?;
            let known = before.as_ref().map(|item| &item.entitlement);
            if !still(known) {
                return Err(WriteError::Refused(StateError::Changed));
            }
            let after = Entitlement::state_terms(id.clone(), known, said.clone(), today)
                .map_err(|refusal| WriteError::Refused(StateError::Rules(refusal)))?;
            let stated = Stated { value: after.clone(), is_new: before.is_none() };
            if known == Some(&after) {
                return Ok(Attempt::Done(stated));
            }
            let told = told(before.as_ref(), &after, today);
            let event = event_of(Action::EntitlementStated, known, &after, now, today);
            let item = EntitlementItem::next(before.as_ref(), account, after, told, zone);
            let mut transaction = Transaction::default();
            transaction.put(&item, &EntitlementItem::unchanged(before.as_ref())?)?;
            transaction.make_dirty(account, &item.entitlement.service)?;
            transaction.audit(account, Actor::Platform, &event)?;
            Ok(self.table.transact(transaction).await?.or_stale(stated))
        })
        .await
    }

    /// A page of an account's entitlements that a filter shows, by their numbers. Where it leaves many
    /// out a page may be short, even empty, and still not be the last.
    pub async fn entitlements(
        &self,
        account: &Readable<part::Entitlements>,
        filter: &EntitlementFilter,
        after: Option<Place>,
        limit: usize,
        today: NaiveDate,
    ) -> Result<Page<Entitlement>, StoreError> {
        let partition = keys::account_partition(account.account_id());
        let at_once = if *filter == EntitlementFilter::default() {
            limit + 1
        } else {
            FILTERED_AT_ONCE.max(limit + 1)
        };
        let range = Query::prefix(partition, prefix::ENTITLEMENTS).after(after);
        let is_shown = |item: &EntitlementItem| filter.admits(&item.entitlement, today);
        let page = self.table.read_on(range, at_once, limit, is_shown).await?;
        Ok(page.map(|item| item.entitlement))
    }

    /// All entitlements of an account.
    pub(super) async fn all_entitlements(
        &self,
        account: AccountId,
    ) -> Result<Vec<Entitlement>, StoreError> {
        let query = Query::prefix(keys::account_partition(account), prefix::ENTITLEMENTS);
        let items = self.table.query_all::<EntitlementItem>(query).await?;
        Ok(items.into_iter().map(|item| item.entitlement).collect())
    }
}

/// What the trail tells of a change of an entitlement.
pub(super) fn event_of(
    action: Action,
    before: Option<&Entitlement>,
    after: &Entitlement,
    now: Instant,
    today: NaiveDate,
) -> Event {
    let changes = differences(before, after, today);
    Event::new(now, action, "entitlement", &after.entitlement_id).with(changes)
}

fn differences(
    before: Option<&Entitlement>,
    after: &Entitlement,
    today: NaiveDate,
) -> Vec<(String, Change)> {
    let fields = |entitlement: Option<&Entitlement>| {
        let last = entitlement.and_then(|one| one.terms.last());
        [
            ("service", entitlement.map(|one| one.service.to_string())),
            ("kind", entitlement.map(|one| one.kind.to_string())),
            ("state", entitlement.map(|one| one.state(today).to_string())),
            ("quantity", last.and_then(|terms| terms.quantity).map(|count| count.to_string())),
            ("effectiveOn", last.map(|terms| terms.from.to_string())),
            ("startsOn", last.map(|terms| terms.starts_on.to_string())),
            ("endsOn", last.and_then(|terms| terms.ends_on).map(|end| end.to_string())),
            ("autoRenew", entitlement.map(|one| one.auto_renew.to_string())),
        ]
    };
    fields(before)
        .into_iter()
        .zip(fields(Some(after)))
        .filter(|((_, from), (_, to))| from != to)
        .map(|((field, from), (_, to))| change(field, from, to))
        .collect()
}
