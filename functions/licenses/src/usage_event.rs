//! One event of use: what it must be to be counted. Nothing here tells a user or a device (P13).

use std::collections::HashMap;

use chrono::{DateTime, Months, TimeDelta, Utc};
use deserr::Deserr;
use serde::Serialize;
use serde_json::Value;
use tsunagu_api::{InputErrors, Problem, Text};
use tsunagu_domain::{
    Invalid,
    ids::AccountId,
    licenses::{
        MAX_MONTHS,
        holder::{DeviceId, HolderKind, Source, UserId},
    },
    locale::{Language, TimeZone},
    time::Instant,
    vendor::ServiceCode,
};
use tsunagu_store::{Services, licenses::Usage};
use utoipa::ToSchema;

/// The longest mark of the sender, in characters.
const MAX_MARK: usize = 64;
/// How far clocks may be apart.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// How many mistakes of one event are told: a call has many events.
const MISTAKES_TOLD: usize = 3;

const _: () = assert!(MAX_MONTHS == 13 && AHEAD.num_minutes() == 5, "the texts name the numbers");

/// That a user used a service.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct UsageEvent {
    /// The sender's own mark, for finding a rejected event: at most 64 characters.
    #[schema(max_length = 64)]
    id: String,
    /// Whose user it was.
    pub(crate) account_id: AccountId,
    /// What was used.
    pub(crate) service: ServiceCode,
    /// Who used it, as the service knows him.
    user_id: UserId,
    /// On which device; the user is its own where none is told. Without a meaning for services whose
    /// licences count users.
    #[deserr(default)]
    device_id: Option<DeviceId>,
    /// When: the day of the account's time zone counts.
    occurred_at: DateTime<Utc>,
}

/// Why an event is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RejectionCode {
    /// It lacks a field, or has a wrong one.
    Malformed,
    /// There is no such account.
    UnknownAccount,
    /// There is no such service.
    UnknownService,
    /// It is to happen in more than five minutes.
    Future,
    /// It is more than 13 months old.
    TooOld,
}

/// Why an event is not counted, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) code: RejectionCode,
    mistakes: Option<InputErrors>,
}

impl From<RejectionCode> for Rejection {
    fn from(code: RejectionCode) -> Self {
        Self { code, mistakes: None }
    }
}

impl From<InputErrors> for Rejection {
    fn from(mistakes: InputErrors) -> Self {
        Self { code: RejectionCode::Malformed, mistakes: Some(mistakes) }
    }
}

impl Rejection {
    /// Why, in words: the fields that are wrong, never what stood in them.
    pub(crate) fn detail(&self, language: Language) -> String {
        match &self.mistakes {
            Some(mistakes) => told(mistakes.clone(), language),
            None => self.code.text().in_language(language).to_owned(),
        }
    }
}

fn told(mistakes: InputErrors, language: Language) -> String {
    let errors = Problem::from(mistakes).body(language, "").errors;
    let told = errors.iter().take(MISTAKES_TOLD).map(|error| {
        let field = error.pointer.trim_start_matches('/');
        if field.is_empty() { error.detail.clone() } else { format!("{field}: {}", error.detail) }
    });
    told.collect::<Vec<_>>().join(" ")
}

impl RejectionCode {
    const fn text(self) -> Text {
        match self {
            Self::Malformed => {
                Text::new("形式が正しくありません。", "Is not of the expected form.")
            }
            Self::UnknownAccount => {
                Text::new("このアカウントはありません。", "There is no such account.")
            }
            Self::UnknownService => {
                Text::new("カタログにないサービスです。", "The service is not in the catalogue.")
            }
            Self::Future => Text::new(
                "occurredAt が現在より 5 分を超えて先です。",
                "occurredAt is more than 5 minutes ahead.",
            ),
            Self::TooOld => Text::new(
                "occurredAt がアカウントの今日より 13 か月を超えて前です。",
                "occurredAt is more than 13 months before the account's today.",
            ),
        }
    }
}

impl UsageEvent {
    /// Reads an event as far as it can be understood by itself.
    pub(crate) fn read(sent: Value) -> Result<Self, Rejection> {
        let event = deserr::deserialize::<Self, _, InputErrors>(sent)?;
        if event.id.chars().count() > MAX_MARK {
            return Err(InputErrors::one("/id", Invalid::TooLong { max: MAX_MARK }).into());
        }
        Ok(event)
    }
}

/// What events are judged by.
#[derive(Debug)]
pub(crate) struct Known {
    /// The accounts that there are.
    pub(crate) zones: HashMap<AccountId, TimeZone>,
    /// The services that there are.
    pub(crate) services: Services,
    /// The present instant.
    pub(crate) now: Instant,
}

impl Known {
    /// The usage that an event tells of.
    pub(crate) fn judge(&self, event: UsageEvent) -> Result<Usage, Rejection> {
        let UsageEvent { account_id, service, user_id, device_id, occurred_at, .. } = event;
        let zone = self.zones.get(&account_id).ok_or(RejectionCode::UnknownAccount)?;
        let known = self.services.find(&service).ok_or(RejectionCode::UnknownService)?;
        if occurred_at > self.now + AHEAD {
            return Err(RejectionCode::Future.into());
        }
        let (day, today) = (zone.day_of(occurred_at), zone.day_of(self.now));
        let oldest = today.checked_sub_months(Months::new(MAX_MONTHS));
        if oldest.is_some_and(|oldest| day < oldest) {
            return Err(RejectionCode::TooOld.into());
        }
        let device_id = device_id.filter(|_| known.model.counts(HolderKind::Device));
        Ok(Usage { account_id, service, user_id, source: Source::Reported, device_id, day })
    }
}

#[cfg(test)]
mod tests;
