//! What an account is told of its entitlements, and the days on which something turns.

use chrono::NaiveDate;
use strum::{Display, EnumString};

use super::{
    GRACE_DAYS, SOON_DAYS,
    entitlement::{Entitlement, EntitlementKind, Terms, after, before},
};
use crate::{
    ids::{AccountId, NotificationId},
    locale::LocalizedText,
    notification::{Notification, Related, Severity},
    time::Instant,
    visibility::Visibility,
};

/// How many days before an end the account is told of it.
pub const THRESHOLDS: [u64; 5] = [90, 60, 30, 7, 1];

const _: () = assert!(
    is_threshold(SOON_DAYS),
    "what partners keep is brought up to date on the days on which something turns: the day from which \
     an end is soon must be one of them"
);

const fn is_threshold(days: u64) -> bool {
    let mut place = 0;
    while place < THRESHOLDS.len() {
        if THRESHOLDS[place] == days {
            return true;
        }
        place += 1;
    }
    false
}

/// What happened to an entitlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum LicenseNotice {
    /// The vendor granted a trial.
    TrialApproved,
    /// The vendor did not grant a trial.
    TrialDeclined,
    /// A trial is over.
    TrialExpired,
    /// It ends in so many days.
    EntitlementExpiring {
        /// How many, from today.
        days_left: i64,
    },
    /// It is over, its grace included.
    EntitlementEnded,
}

impl Entitlement {
    /// The first day after `day` on which something about it turns by itself; `None` where nothing
    /// ever will.
    pub fn next_turn(&self, day: NaiveDate) -> Option<NaiveDate> {
        if !self.stage.is_stated() {
            return None;
        }
        self.terms.iter().flat_map(turns).filter(|turn| day < *turn).min()
    }

    /// What the account is told on `today`, having been told of everything up to `told`. Where a run
    /// comes late and several things have turned, the last of them is told.
    pub fn notice(&self, told: NaiveDate, today: NaiveDate) -> Option<LicenseNotice> {
        let ends_on = self.terms_on(today).filter(|_| self.stage.is_stated())?.ends_on?;
        let reached = |turn: NaiveDate| told < turn && turn <= today;
        if self.kind == EntitlementKind::Trial && reached(after(ends_on, 1)) {
            return Some(LicenseNotice::TrialExpired);
        }
        if self.kind != EntitlementKind::Trial && reached(after(ends_on, GRACE_DAYS + 1)) {
            return Some(LicenseNotice::EntitlementEnded);
        }
        let near = THRESHOLDS.iter().any(|days| reached(before(ends_on, *days)));
        (near && self.expiry(today).is_some())
            .then(|| LicenseNotice::EntitlementExpiring { days_left: (ends_on - today).num_days() })
    }
}

/// The days on which something turns by these terms.
fn turns(terms: &Terms) -> impl Iterator<Item = NaiveDate> {
    let of_end = |end: NaiveDate| {
        let near = THRESHOLDS.into_iter().map(move |days| before(end, days));
        near.chain([after(end, 1), after(end, GRACE_DAYS + 1)])
    };
    [terms.from, terms.starts_on].into_iter().chain(terms.ends_on.into_iter().flat_map(of_end))
}

impl LicenseNotice {
    /// The notification for the account of an entitlement, on `today` of it and at `now`. Partners that
    /// are shown notifications see it too.
    pub fn notify(
        self,
        to: AccountId,
        entitlement: &Entitlement,
        service: &LocalizedText,
        today: NaiveDate,
        now: Instant,
    ) -> Notification {
        Notification {
            notification_id: NotificationId::mint(now),
            account_id: to,
            severity: self.severity(),
            source: "licenses".to_owned(),
            code: self.to_string(),
            title: self.title(),
            message: self.message(&Subject::of(entitlement, service, today)),
            visibility: Visibility::Shared,
            related: Some(Related {
                kind: "entitlement".to_owned(),
                id: entitlement.entitlement_id.to_string(),
                counterpart: None,
            }),
            created_at: now,
            dismissed_at: None,
        }
    }

    fn severity(self) -> Severity {
        match self {
            Self::TrialApproved => Severity::Information,
            Self::EntitlementExpiring { days_left } if days_left > 30 => Severity::Information,
            Self::TrialDeclined | Self::TrialExpired | Self::EntitlementExpiring { .. } => {
                Severity::Warning
            }
            Self::EntitlementEnded => Severity::Error,
        }
    }

    fn title(self) -> LocalizedText {
        let (ja, en) = match self {
            Self::TrialApproved => ("トライアルが承認されました", "Trial approved"),
            Self::TrialDeclined => ("トライアルは承認されませんでした", "Trial declined"),
            Self::TrialExpired => ("トライアルが終了しました", "Trial expired"),
            Self::EntitlementExpiring { .. } => {
                ("使用権の有効期限が近づいています", "Entitlement expiring")
            }
            Self::EntitlementEnded => ("使用権が終了しました", "Entitlement ended"),
        };
        LocalizedText { ja: ja.to_owned(), en: en.to_owned() }
    }

    /// With the day and not the days that are left: a notification is read for 90 days.
    fn message(self, subject: &Subject) -> LocalizedText {
        let Subject { name: LocalizedText { ja, en }, starts_on, ends_on } = subject;
        let (ja, en) = match self {
            Self::TrialApproved => (
                format!("{ja}を {starts_on} から {ends_on} まで利用できます。"),
                format!("{en} may be used from {starts_on} to {ends_on}."),
            ),
            Self::TrialDeclined => (
                format!("{ja}の申請は承認されませんでした。"),
                format!("{en} that was asked for was not granted."),
            ),
            Self::EntitlementExpiring { .. } => {
                (format!("{ja}は {ends_on} に終了します。"), format!("{en} ends on {ends_on}."))
            }
            Self::TrialExpired => {
                (format!("{ja}は {ends_on} に終了しました。"), format!("{en} ended on {ends_on}."))
            }
            Self::EntitlementEnded => (
                format!("{ja}は {ends_on} に終了し、猶予期間も過ぎました。"),
                format!("{en} ended on {ends_on}, and its grace period is over."),
            ),
        };
        LocalizedText { ja, en }
    }
}

/// What a notice is about, in words.
struct Subject {
    name: LocalizedText,
    starts_on: String,
    ends_on: String,
}

impl Subject {
    fn of(entitlement: &Entitlement, service: &LocalizedText, today: NaiveDate) -> Self {
        let LocalizedText { ja, en } = service;
        let (ja, en) = match entitlement.kind {
            EntitlementKind::Trial => (format!("{ja} のトライアル"), format!("The trial of {en}")),
            _ => (format!("{ja} の使用権"), format!("The entitlement to {en}")),
        };
        let terms = entitlement.terms_on(today);
        let (ja, en) = match terms.map(|terms| terms.quantity) {
            Some(Some(1)) => (format!("{ja}（1 ライセンス）"), format!("{en} (1 licence)")),
            Some(Some(quantity)) => {
                (format!("{ja}（{quantity} ライセンス）"), format!("{en} ({quantity} licences)"))
            }
            Some(None) => (format!("{ja}（無制限）"), format!("{en} (unlimited)")),
            None => (ja, en),
        };
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        Self {
            name: LocalizedText { ja, en },
            starts_on: day(terms.map(|terms| terms.starts_on)),
            ends_on: day(terms.and_then(|terms| terms.ends_on)),
        }
    }
}

#[cfg(test)]
mod tests;
