//! Reading the figures of an account: for itself and, through what it shares, for its partners.

use chrono::NaiveDate;
use tsunagu_domain::{
    calendar::Month,
    ids::AccountId,
    licenses::{
        entitlement::Entitlement,
        figures::Current,
        trend::{Past, Range},
    },
    locale::TimeZone,
    share::part,
    time::Instant,
    vendor::ServiceCode,
};

use crate::{
    Readable, Store,
    error::StoreError,
    items::{CurrentFiguresItem, DayFiguresItem, MonthFiguresItem},
    keys::{self, prefix},
    query::Query,
};

/// The days that count for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// Decides what a day and a month are for it.
    pub time_zone: TimeZone,
    /// The scheduled time of the last completed run, if there was one.
    pub as_of: Option<Instant>,
    /// The day of that time; today, where there was none.
    pub counted: NaiveDate,
    /// Today.
    pub today: NaiveDate,
}

/// The licences of an account as the table has them.
#[derive(Clone, Debug)]
pub struct LicensesOnRecord {
    /// All entitlements.
    pub entitlements: Vec<Entitlement>,
    /// The figures of every service that was ever used.
    pub current: Vec<(ServiceCode, Current)>,
}

/// One service of an account as the table has it.
#[derive(Clone, Debug)]
pub struct ServiceOnRecord {
    /// Its entitlements.
    pub entitlements: Vec<Entitlement>,
    /// How it stands.
    pub current: Current,
    /// How it came there, as far as a range needs it.
    pub past: Past,
}

impl Store {
    /// The days that count for an account at `now`.
    pub async fn days<P>(&self, account: &Readable<P>, now: Instant) -> Result<Days, StoreError> {
        let (zone, as_of) = futures::try_join!(self.time_zone(account.account_id()), self.as_of())?;
        let as_of = as_of.of(account.account_id());
        let time_zone = zone.ok_or_else(|| StoreError::corrupt("an account that vanished"))?;
        let today = time_zone.day_of(now);
        // A reader's clock may be behind the run's: nobody's days end in his future.
        let counted = as_of.map_or(today, |as_of| time_zone.day_of(as_of).min(today));
        Ok(Days { time_zone, as_of, counted, today })
    }

    /// The licences of an account.
    pub async fn licenses(
        &self,
        account: &Readable<part::Licenses>,
    ) -> Result<LicensesOnRecord, StoreError> {
        let account = account.account_id();
        let (entitlements, current) =
            futures::try_join!(self.all_entitlements(account), self.all_current(account))?;
        let current = current.into_iter().map(|item| (item.service, item.current)).collect();
        Ok(LicensesOnRecord { entitlements, current })
    }

    /// The licences of one service of an account, and their past as far as a range needs it.
    pub async fn licenses_of_service(
        &self,
        account: &Readable<part::Licenses>,
        service: &ServiceCode,
        range: Range,
    ) -> Result<ServiceOnRecord, StoreError> {
        let account = account.account_id();
        let key = keys::current_figures(account, service);
        let (mut entitlements, current, past) = futures::try_join!(
            self.all_entitlements(account),
            self.table.get::<CurrentFiguresItem>(key),
            self.past(account, service, range)
        )?;
        entitlements.retain(|entitlement| entitlement.service == *service);
        let current = current.map(|item| item.current).unwrap_or_default();
        Ok(ServiceOnRecord { entitlements, current, past })
    }

    pub(super) async fn all_current(
        &self,
        account: AccountId,
    ) -> Result<Vec<CurrentFiguresItem>, StoreError> {
        let partition = keys::account_partition(account);
        self.table.query_all(Query::prefix(partition, prefix::CURRENT_FIGURES)).await
    }

    /// What happened in a range, and in all months after it.
    async fn past(
        &self,
        account: AccountId,
        service: &ServiceCode,
        range: Range,
    ) -> Result<Past, StoreError> {
        let partition = keys::account_partition(account);
        let months_from = |first: Month| {
            let (from, to) = keys::months_from(service, first);
            self.table.query_all::<MonthFiguresItem>(Query::between(partition.clone(), from, to))
        };
        let (months, days) = match range {
            Range::Months(from, _) => (months_from(from).await?, Vec::new()),
            Range::Days(from, to) => {
                let (first, last) = (Month::of(from), Month::of(to));
                let (from, to) = keys::days_between(service, first, last);
                let days = Query::between(partition.clone(), from, to);
                let days = self.table.query_all::<DayFiguresItem>(days);
                futures::try_join!(months_from(last.next()), days)?
            }
        };
        Ok(Past {
            months: months.into_iter().map(|item| (item.month, item.counts)).collect(),
            days: days.into_iter().flat_map(|item| item.days).collect(),
        })
    }
}
