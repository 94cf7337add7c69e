//! Notifications of an account, and those that follow the connection workflow (P8).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use crate::{
    ids::{AccountId, ConnectionId, NotificationId},
    locale::LocalizedText,
    text::DisplayName,
    time::Instant,
    visibility::Visibility,
};

/// How long a notification is kept.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(90);

impl NotificationId {
    /// The least id of a notification that is still kept: an id is minted with the notification's own
    /// instant, so it tells by itself, to the millisecond, whenever the table deletes it.
    pub fn oldest_kept(now: Instant) -> Self {
        Self::first_of(now - KEPT_FOR + TimeDelta::milliseconds(1))
    }

    /// The id as far as it can reach at an instant: minted by a clock that was ahead, it would otherwise
    /// cover what comes later.
    #[must_use]
    pub fn by(self, now: Instant) -> Self {
        self.min(Self::first_of(now + TimeDelta::milliseconds(1)))
    }

    /// Whether the notification is still kept.
    pub fn is_kept(self, now: Instant) -> bool {
        Self::oldest_kept(now) <= self
    }
}

/// How much a notification matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    /// For knowing.
    Information,
    /// For acting soon.
    Warning,
    /// For acting now.
    Error,
}

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Related {
    /// The kind of the thing, such as `connection`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The account on the other side, where there is one.
    pub counterpart: Option<Counterpart>,
}

/// The account on the other side, by the name that it had at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Counterpart {
    /// Its id.
    pub account_id: AccountId,
    /// Its name at that time.
    pub display_name: DisplayName,
}

/// A notification of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its id; newer ones sort later.
    pub notification_id: NotificationId,
    /// Whose it is.
    pub account_id: AccountId,
    /// How much it matters.
    pub severity: Severity,
    /// Which part of the system speaks, such as `connections`.
    pub source: String,
    /// What happened, as a stable code.
    pub code: String,
    /// The headline.
    pub title: LocalizedText,
    /// The text.
    pub message: LocalizedText,
    /// Who may see it.
    pub visibility: Visibility,
    /// What it is about.
    pub related: Option<Related>,
    /// When it was made.
    pub created_at: Instant,
    /// When the account dismissed it. Not kept before that, so that it can be set only once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dismissed_at: Option<Instant>,
}

impl Notification {
    /// From when on it is no longer shown.
    pub fn expires_at(&self) -> Instant {
        self.created_at + KEPT_FOR
    }
}

/// What happened to a connection, told to the side that did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum ConnectionNotice {
    /// The customer accepted; told to the partner.
    ConnectionCreated,
    /// The customer ended it; told to the partner.
    ConnectionEndedByCustomer,
    /// The partner ended it; told to the customer.
    ConnectionEndedByPartner,
    /// The customer changed what it shares; told to the partner.
    ConnectionSharesChanged,
}

impl ConnectionNotice {
    /// The notification for `to` about its connection with `counterpart`, at `now`.
    ///
    /// Workflow notices are the account's alone, so that one partner never learns of another (T10).
    pub fn notify(
        self,
        to: AccountId,
        connection: ConnectionId,
        counterpart: Counterpart,
        now: Instant,
    ) -> Notification {
        Notification {
            notification_id: NotificationId::mint(now),
            account_id: to,
            severity: self.severity(),
            source: "connections".to_owned(),
            code: self.to_string(),
            title: self.title(),
            message: self.message(&counterpart.display_name),
            visibility: Visibility::Account,
            related: Some(Related {
                kind: "connection".to_owned(),
                id: connection.to_string(),
                counterpart: Some(counterpart),
            }),
            created_at: now,
            dismissed_at: None,
        }
    }

    fn severity(self) -> Severity {
        match self {
            Self::ConnectionCreated | Self::ConnectionSharesChanged => Severity::Information,
            Self::ConnectionEndedByCustomer | Self::ConnectionEndedByPartner => Severity::Warning,
        }
    }

    fn title(self) -> LocalizedText {
        let (ja, en) = match self {
            Self::ConnectionCreated => ("顧客と接続しました", "Customer connected"),
            Self::ConnectionEndedByCustomer => {
                ("顧客が接続を終了しました", "Customer ended the connection")
            }
            Self::ConnectionEndedByPartner => {
                ("パートナーが接続を終了しました", "Partner ended the connection")
            }
            Self::ConnectionSharesChanged => {
                ("顧客が共有の範囲を変更しました", "Customer changed what it shares")
            }
        };
        LocalizedText { ja: ja.to_owned(), en: en.to_owned() }
    }

    fn message(self, name: &DisplayName) -> LocalizedText {
        let (ja, en) = match self {
            Self::ConnectionCreated => (
                format!("{name} が招待を承諾しました。顧客ダッシュボードに表示されます。"),
                format!("{name} accepted your invitation and is now on your customer dashboard."),
            ),
            Self::ConnectionEndedByCustomer => (
                format!("{name} が接続を終了したため、情報は表示されなくなりました。"),
                format!("{name} ended the connection; you no longer see its information."),
            ),
            Self::ConnectionEndedByPartner => (
                format!("{name} が接続を終了したため、情報は共有されなくなりました。"),
                format!("{name} ended the connection and no longer sees your information."),
            ),
            Self::ConnectionSharesChanged => (
                format!("{name} が、共有する情報の範囲を変更しました。"),
                format!("{name} changed which information it shares with you."),
            ),
        };
        LocalizedText { ja, en }
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::*;

    #[test]
    fn given_any_instant_then_a_notification_is_kept_for_ninety_days_to_the_millisecond() {
        for at in ["2026-03-01T00:00:00Z", "2026-03-01T00:00:00.001Z", "2026-12-31T23:59:59.999Z"] {
            let at: Instant = at.parse().expect("an instant");
            let id = NotificationId::mint(at);
            assert!(id.is_kept(at));
            assert!(id.is_kept(at + KEPT_FOR - TimeDelta::milliseconds(1)));
            assert!(!id.is_kept(at + KEPT_FOR));
        }
    }

    #[test]
    fn given_an_id_of_a_clock_that_is_ahead_then_it_reaches_as_far_as_now() {
        let now: Instant = "2026-03-01T00:00:00Z".parse().expect("an instant");
        let later = now + TimeDelta::milliseconds(1);
        let ahead = NotificationId::mint(now + TimeDelta::days(1));
        assert!(ahead.by(now) >= NotificationId::mint(now));
        assert!(ahead.by(now) < NotificationId::mint(later));
        let past = NotificationId::mint(now);
        assert_eq!(past.by(now), past);
    }

    #[test]
    fn workflow_notices_name_the_counterpart_in_both_languages_and_stay_private() {
        let now: Instant = "2026-03-01T00:00:00Z".parse().expect("an instant");
        for notice in ConnectionNotice::VARIANTS {
            let counterpart = Counterpart {
                account_id: AccountId::mint(now),
                display_name: "株式会社みなと".parse().expect("a name"),
            };
            let to = AccountId::mint(now);
            let notification = notice.notify(to, ConnectionId::mint(now), counterpart, now);
            assert_eq!(notification.visibility, Visibility::Account);
            assert_eq!(notification.code, notice.to_string());
            assert!(notification.message.ja.contains("株式会社みなと"));
            assert!(notification.message.en.contains("株式会社みなと"));
            assert_ne!(notification.title.ja, notification.title.en);
        }
    }

    #[test]
    fn the_codes_are_those_of_the_contract() {
        let codes: Vec<_> = ConnectionNotice::VARIANTS.iter().map(ToString::to_string).collect();
        assert_eq!(
            codes,
            [
                "connection-created",
                "connection-ended-by-customer",
                "connection-ended-by-partner",
                "connection-shares-changed"
            ]
        );
    }
}
