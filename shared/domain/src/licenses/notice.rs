//! What an account is told of its entitlements, and the days on which something turns.

use chrono::NaiveDate;
use strum::Display;

use super::{
    GRACE_DAYS, SOON_DAYS,
    entitlement::{Entitlement, EntitlementKind, Terms, after, before},
};
use crate::{
    ids::{AccountId, NotificationId},
    locale::LocalizedText,
    notification::{Notification, Related, Severity, Visibility},
    time::Instant,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
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
    /// The notification for the account of an entitlement, at `now`. Partners that are shown
    /// notifications see it too.
    pub fn notify(
        self,
        to: AccountId,
        entitlement: &Entitlement,
        service: &LocalizedText,
        now: Instant,
    ) -> Notification {
        Notification {
            notification_id: NotificationId::mint(now),
            account_id: to,
            severity: self.severity(),
            source: "licenses".to_owned(),
            code: self.to_string(),
            title: self.title(),
            message: self.message(service),
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

    fn message(self, service: &LocalizedText) -> LocalizedText {
        let LocalizedText { ja, en } = service;
        let (ja, en) = match self {
            Self::TrialApproved => (
                format!("{ja} のトライアルを利用できます。"),
                format!("The trial of {en} may be used."),
            ),
            Self::TrialDeclined => (
                format!("{ja} のトライアルの申請は承認されませんでした。"),
                format!("The trial of {en} that was asked for was not granted."),
            ),
            Self::TrialExpired => (
                format!("{ja} のトライアルは終了しました。"),
                format!("The trial of {en} is over."),
            ),
            Self::EntitlementExpiring { days_left: 1 } => (
                format!("{ja} の使用権はあと 1 日で終了します。"),
                format!("The entitlement to {en} ends in 1 day."),
            ),
            Self::EntitlementExpiring { days_left } => (
                format!("{ja} の使用権はあと {days_left} 日で終了します。"),
                format!("The entitlement to {en} ends in {days_left} days."),
            ),
            Self::EntitlementEnded => (
                format!("{ja} の使用権は猶予期間を含めて終了しました。"),
                format!("The entitlement to {en} is over, its grace period included."),
            ),
        };
        LocalizedText { ja, en }
    }
}

#[cfg(test)]
mod tests;
