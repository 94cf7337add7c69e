//! The licences of an account, service by service.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use tsunagu_api::{
    Problem, Text,
    csv::{Csv, cell, instant},
};
use tsunagu_domain::{
    calendar::Month,
    licenses::{
        entitlement::Entitlement,
        figures::{Active, Current, Span},
        tally::{Tally, ratio},
    },
    locale::{Language, TimeZone},
    service::Service,
    vendor::ServiceCode,
};
use tsunagu_store::{
    Services,
    licenses::{Days, LicensesOnRecord},
};
use utoipa::ToSchema;

use crate::tally::{TALLY_HEADINGS, TallyBody};

/// The licences of an account.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Licenses)]
pub(crate) struct LicensesBody {
    /// The services that may be used or are used, by their codes.
    pub items: Vec<LicenseBody>,
    /// Up to when usage is counted: the scheduled time of the last completed run, the same for
    /// everything; `null` before the first.
    #[schema(required = true)]
    pub as_of: Option<DateTime<Utc>>,
    /// Decides what a day and a month are.
    pub time_zone: TimeZone,
}

/// The licences of a service.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = License)]
pub(crate) struct LicenseBody {
    /// Bought against assigned.
    #[serde(flatten)]
    pub tally: TallyBody,
    /// Since when the assigned are so.
    pub breakdown: BreakdownBody,
    /// Active in the 30 days up to the day of `asOf`.
    pub monthly_active: ActiveBody,
    /// Active on the day of `asOf`.
    pub daily_active: ActiveBody,
}

/// Since when the assigned are so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Breakdown)]
pub(crate) struct BreakdownBody {
    /// Since before the month of `asOf`.
    previously_assigned: u64,
    /// Since that month.
    newly_assigned: u64,
}

/// How many were active.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ActiveUsers)]
pub(crate) struct ActiveBody {
    /// Distinct users, or what the model counts.
    users: u64,
    /// As a fraction of the purchased; `null` where that is 0 or unlimited.
    #[schema(required = true, example = 0.4)]
    ratio: Option<f64>,
    /// The first day.
    from: NaiveDate,
    /// The last day, included.
    to: NaiveDate,
}

impl ActiveBody {
    fn new(active: Active, purchased: Option<u64>) -> Self {
        let Active { users, from, to } = active;
        Self { users, ratio: ratio(users, purchased), from, to }
    }
}

impl LicensesBody {
    /// What an account has, by the catalogue.
    pub(crate) fn new(
        licenses: &LicensesOnRecord,
        days: &Days,
        catalogue: &Services,
        language: Language,
    ) -> Result<Self, Problem> {
        let mut items = Vec::new();
        for code in services(licenses) {
            let service = catalogue.on_record(code)?;
            items.extend(LicenseBody::of(service, licenses, days, language));
        }
        Ok(Self { items, as_of: days.as_of, time_zone: days.time_zone })
    }

    /// As a spreadsheet.
    pub(crate) fn file(&self, language: Language) -> Csv {
        let headings = [&TALLY_HEADINGS[..], &HEADINGS].concat();
        let mut csv = Csv::titled("licenses", NAME, &headings, language);
        for item in &self.items {
            csv.row(item.tally.cells().into_iter().chain(item.cells(self)));
        }
        csv
    }
}

/// Every service of which anything is known, by code.
pub(crate) fn services(licenses: &LicensesOnRecord) -> Vec<&ServiceCode> {
    let entitled = licenses.entitlements.iter().map(|entitlement| &entitlement.service);
    let used = licenses.current.iter().map(|(service, _)| service);
    let mut services: Vec<_> = entitled.chain(used).collect();
    services.sort_unstable();
    services.dedup();
    services
}

impl LicenseBody {
    /// A service, unless there is nothing to say of it: nothing counts as purchased, nothing is
    /// assigned and nobody was active.
    fn of(
        service: &Service,
        licenses: &LicensesOnRecord,
        days: &Days,
        language: Language,
    ) -> Option<Self> {
        let current = licenses.current.iter().find(|(code, _)| *code == service.code);
        let current = current.map(|(_, current)| current.clone()).unwrap_or_default();
        let entitlements = licenses.entitlements.iter().filter(|one| one.service == service.code);
        let body = Self::new(service, entitlements.clone(), &current, days, language);
        let is_entitled = entitlements.into_iter().any(|one| one.state(days.today).counts());
        let is_used = body.tally.assigned > 0 || body.monthly_active.users > 0;
        (is_entitled || is_used).then_some(body)
    }

    fn new<'a>(
        service: &Service,
        entitlements: impl Iterator<Item = &'a Entitlement> + Clone,
        current: &Current,
        days: &Days,
        language: Language,
    ) -> Self {
        let model = service.model;
        let tally = Tally::of(entitlements, current.assigned(model), days.today);
        let newly_assigned =
            current.newly_assigned(model, Month::of(days.counted)).min(tally.assigned);
        let active =
            |span| ActiveBody::new(current.active(model, span, days.counted), tally.purchased);
        Self {
            breakdown: BreakdownBody {
                previously_assigned: tally.assigned - newly_assigned,
                newly_assigned,
            },
            monthly_active: active(Span::Month),
            daily_active: active(Span::Day),
            tally: TallyBody::new(service, &tally, language),
        }
    }

    fn cells(&self, of: &LicensesBody) -> [String; HEADINGS.len()] {
        let (monthly, daily) = (&self.monthly_active, &self.daily_active);
        [
            self.breakdown.previously_assigned.to_string(),
            self.breakdown.newly_assigned.to_string(),
            monthly.users.to_string(),
            cell(monthly.ratio),
            monthly.from.to_string(),
            monthly.to.to_string(),
            daily.users.to_string(),
            cell(daily.ratio),
            daily.to.to_string(),
            instant(of.as_of),
            of.time_zone.to_string(),
        ]
    }
}

const NAME: Text = Text::new("ライセンス", "licenses");

const HEADINGS: [Text; 11] = [
    Text::new("以前からの割り当て", "Previously assigned"),
    Text::new("新規の割り当て", "Newly assigned"),
    Text::new("月次アクティブユーザー", "Monthly active users"),
    Text::new("月次アクティブ率", "Monthly active ratio"),
    Text::new("月次の最初の日", "Monthly from"),
    Text::new("月次の最後の日", "Monthly to"),
    Text::new("日次アクティブユーザー", "Daily active users"),
    Text::new("日次アクティブ率", "Daily active ratio"),
    Text::new("日次の日", "Daily on"),
    Text::new("集計日時", "As of"),
    Text::new("タイムゾーン", "Time zone"),
];

#[cfg(test)]
mod tests;
