//! What the vendor publishes to an account.

use crate::{
    ids::{AccountId, NotificationId},
    licenses::notice::LicenseNotice,
    locale::LocalizedText,
    notification::{ConnectionNotice, Notification, Severity},
    time::Instant,
    vendor::{NotificationCode, NotificationSource},
    visibility::Visibility,
};

/// What the vendor has to tell an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// How much it matters.
    pub severity: Severity,
    /// Which part of the vendor's systems speaks.
    pub source: NotificationSource,
    /// What happened.
    pub code: NotificationCode,
    /// The headline.
    pub title: LocalizedText,
    /// The text.
    pub message: LocalizedText,
    /// Who may see it.
    pub visibility: Visibility,
}

impl Publication {
    /// The notification of this id for an account, at `now`.
    pub fn notify(self, id: NotificationId, to: AccountId, now: Instant) -> Notification {
        Notification {
            notification_id: id,
            account_id: to,
            severity: self.severity,
            source: self.source.into(),
            code: self.code.into(),
            title: self.title,
            message: self.message,
            visibility: self.visibility,
            related: None,
            created_at: now,
            dismissed_at: None,
        }
    }
}

impl NotificationCode {
    /// Whether the software itself says this of connections or licences: clients act on these codes,
    /// so nobody else may say them.
    pub fn is_the_softwares_own(&self) -> bool {
        self.as_str().parse::<ConnectionNotice>().is_ok()
            || self.as_str().parse::<LicenseNotice>().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("connection-created", true)]
    #[case("connection-ended-by-customer", true)]
    #[case("connection-ended-by-partner", true)]
    #[case("connection-shares-changed", true)]
    #[case("trial-approved", true)]
    #[case("trial-declined", true)]
    #[case("trial-expired", true)]
    #[case("entitlement-expiring", true)]
    #[case("entitlement-ended", true)]
    #[case("maintenance-planned", false)]
    #[case("connection", false)]
    fn codes_of_workflows_are_the_softwares_own(#[case] code: &str, #[case] own: bool) {
        let code: NotificationCode = code.parse().expect("a code");
        assert_eq!(code.is_the_softwares_own(), own);
    }
}
