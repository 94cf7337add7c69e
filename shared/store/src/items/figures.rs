//! A customer's figures in the form in which `CUST#` keeps them: the dashboard pays for every byte,
//! so names are a letter and parts that belong together are lists.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tsunagu_domain::dashboard::{ActiveNotifications, OpenTickets, Summary, Trials};

#[derive(Serialize, Deserialize)]
struct Compact {
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    services: Option<u32>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    purchased: Option<u64>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    assigned: Option<u64>,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    overage: Option<u64>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    max_utilization: Option<f64>,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    next_expiry: Option<NaiveDate>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    expiring: Option<u32>,
    /// Total and critical.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    open_tickets: Option<[u32; 2]>,
    /// Total, error, warning, information.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    notifications: Option<[u32; 4]>,
    /// Active, pending, expired.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    trials: Option<[u32; 3]>,
}

/// Figures as they are written alone.
pub(crate) struct Figures<'a>(pub(crate) &'a Summary);

impl Serialize for Figures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        compact(self.0).serialize(serializer)
    }
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
pub(super) fn serialize<S: Serializer>(
    figures: &Option<Summary>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    figures.as_ref().map(compact).serialize(serializer)
}

fn compact(figures: &Summary) -> Compact {
    Compact {
        services: figures.services,
        purchased: figures.purchased,
        assigned: figures.assigned,
        overage: figures.overage,
        max_utilization: figures.max_utilization,
        next_expiry: figures.next_expiry,
        expiring: figures.expiring_within90_days,
        open_tickets: figures.open_tickets.map(|t| [t.total, t.critical]),
        notifications: figures
            .active_notifications
            .map(|n| [n.total, n.error, n.warning, n.information]),
        trials: figures.trials.map(|t| [t.active, t.pending, t.expired]),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Summary>, D::Error> {
    let compact = Option::<Compact>::deserialize(deserializer)?;
    Ok(compact.map(|compact| Summary {
        services: compact.services,
        purchased: compact.purchased,
        assigned: compact.assigned,
        overage: compact.overage,
        max_utilization: compact.max_utilization,
        next_expiry: compact.next_expiry,
        expiring_within90_days: compact.expiring,
        open_tickets: compact.open_tickets.map(|[total, critical]| OpenTickets { total, critical }),
        active_notifications: compact.notifications.map(|[total, error, warning, information]| {
            ActiveNotifications { total, error, warning, information }
        }),
        trials: compact.trials.map(|[active, pending, expired]| Trials {
            active,
            pending,
            expired,
        }),
        // The same for all customers: read with the last run, not kept with each.
        as_of: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Kept(#[serde(with = "super")] Option<Summary>);

    #[test]
    fn given_all_figures_when_kept_then_they_read_back_and_are_small() {
        let figures = Summary {
            services: Some(12),
            purchased: Some(12_345),
            assigned: Some(12_000),
            overage: Some(120),
            max_utilization: Some(1.25),
            next_expiry: NaiveDate::from_ymd_opt(2027, 3, 31),
            expiring_within90_days: Some(3),
            open_tickets: Some(OpenTickets { total: 7, critical: 1 }),
            active_notifications: Some(ActiveNotifications {
                total: 9,
                error: 1,
                warning: 2,
                information: 6,
            }),
            trials: Some(Trials { active: 1, pending: 2, expired: 3 }),
            as_of: None,
        };
        let kept = serde_json::to_string(&Kept(Some(figures.clone()))).expect("plain");
        assert!(kept.len() <= 150, "{} bytes: {kept}", kept.len());
        let read: Kept = serde_json::from_str(&kept).expect("reads back");
        assert_eq!(read.0, Some(figures));
    }

    #[test]
    fn given_figures_that_are_not_known_then_they_stay_unknown() {
        let kept = serde_json::to_value(Kept(Some(Summary::default()))).expect("plain");
        assert_eq!(kept, serde_json::json!({}));
        let read: Kept = serde_json::from_value(kept).expect("reads back");
        assert_eq!(read.0, Some(Summary::default()));
    }
}
