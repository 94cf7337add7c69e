//! The trend of a service as it is shown.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::{
    Text,
    csv::{Csv, cell, instant},
};
use tsunagu_domain::{
    licenses::trend::{Course, Interval, Point, Range},
    locale::{Language, TimeZone},
    service::Service,
    vendor::ServiceCode,
};
use tsunagu_store::licenses::{Days, ServiceOnRecord};
use utoipa::ToSchema;

/// The licences of a service month by month or day by day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Trend)]
pub(crate) struct TrendBody {
    /// The service.
    service: ServiceCode,
    /// How long a period is.
    interval: Interval,
    /// The first period.
    #[schema(example = "2025-04")]
    from: String,
    /// The last period.
    #[schema(example = "2026-03")]
    to: String,
    /// Up to when usage is counted; `null` before the first run.
    #[schema(required = true)]
    as_of: Option<DateTime<Utc>>,
    /// Decides what a day and a month are.
    time_zone: TimeZone,
    /// One for every period.
    points: Vec<PointBody>,
}

/// A month or a day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TrendPoint)]
pub(crate) struct PointBody {
    /// The month or day.
    #[schema(example = "2026-03")]
    period: String,
    /// What was purchased at its end; `null` is unlimited.
    #[schema(required = true)]
    purchased: Option<u64>,
    /// What was assigned at its end.
    assigned: u64,
    /// The assigned as a fraction of the purchased; `null` where that is 0 or unlimited.
    #[schema(required = true)]
    utilization: Option<f64>,
    /// How many of the assigned were so before it.
    previously_assigned: u64,
    /// How many of the assigned are so since it.
    newly_assigned: u64,
    /// How many were released in it.
    released: u64,
    /// Distinct users of it, or what the model counts.
    active_users: u64,
    /// Whether it is over, and counted to its end.
    complete: bool,
}

impl From<Point> for PointBody {
    fn from(point: Point) -> Self {
        Self {
            period: point.period,
            purchased: point.purchased,
            assigned: point.assigned,
            utilization: point.utilization,
            previously_assigned: point.previously_assigned,
            newly_assigned: point.newly_assigned,
            released: point.released,
            active_users: point.active_users,
            complete: point.complete,
        }
    }
}

impl TrendBody {
    /// A service's course over a range.
    pub(crate) fn new(
        service: &Service,
        known: &ServiceOnRecord,
        days: &Days,
        range: Range,
    ) -> Self {
        let course = Course {
            model: service.model,
            entitlements: &known.entitlements,
            current: &known.current,
            past: &known.past,
            as_of: days.counted,
            today: days.today,
        };
        let (from, to) = range.ends();
        Self {
            service: service.code.clone(),
            interval: range.interval(),
            from,
            to,
            as_of: days.as_of,
            time_zone: days.time_zone,
            points: course.points(range).into_iter().map(PointBody::from).collect(),
        }
    }

    /// As a spreadsheet. What is unlimited or not known is empty.
    pub(crate) fn file(&self, language: Language) -> Csv {
        let mut csv = Csv::titled("usage-trends", NAME, &HEADINGS, language);
        for point in &self.points {
            csv.row(self.cells(point));
        }
        csv
    }

    fn cells(&self, point: &PointBody) -> [String; HEADINGS.len()] {
        [
            self.service.to_string(),
            point.period.clone(),
            cell(point.purchased),
            point.assigned.to_string(),
            cell(point.utilization),
            point.previously_assigned.to_string(),
            point.newly_assigned.to_string(),
            point.released.to_string(),
            point.active_users.to_string(),
            point.complete.to_string(),
            instant(self.as_of),
            self.time_zone.to_string(),
        ]
    }
}

const NAME: Text = Text::new("使用状況の傾向", "usage-trends");

const HEADINGS: [Text; 12] = [
    Text::new("サービス", "Service"),
    Text::new("期間", "Period"),
    Text::new("購入済み", "Purchased"),
    Text::new("割り当て済み", "Assigned"),
    Text::new("使用率", "Utilization"),
    Text::new("以前からの割り当て", "Previously assigned"),
    Text::new("新規の割り当て", "Newly assigned"),
    Text::new("解放", "Released"),
    Text::new("アクティブユーザー", "Active users"),
    Text::new("確定", "Complete"),
    Text::new("集計日時", "As of"),
    Text::new("タイムゾーン", "Time zone"),
];

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use serde_json::json;
    use tsunagu_domain::{
        licenses::{figures::Current, trend::Past},
        locale::LocalizedText,
        service::LicenseModel,
    };

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn given_a_service_that_was_never_used_then_every_period_is_there_with_zeros() {
        let service = Service {
            code: "daas".parse().expect("a code"),
            name: LocalizedText { ja: "名".to_owned(), en: "name".to_owned() },
            model: LicenseModel::User,
            required_program: None,
        };
        let known = ServiceOnRecord {
            entitlements: Vec::new(),
            current: Current::default(),
            past: Past::default(),
        };
        let days = Days {
            time_zone: "Asia/Tokyo".parse().expect("a zone"),
            as_of: None,
            counted: day("2026-03-02"),
            today: day("2026-03-02"),
        };
        let range = Range::Days(day("2026-03-01"), day("2026-03-02"));
        let body = TrendBody::new(&service, &known, &days, range);
        let point = |period: &str, complete: bool| {
            json!({
                "period": period, "purchased": 0, "assigned": 0, "utilization": null,
                "previouslyAssigned": 0, "newlyAssigned": 0, "released": 0, "activeUsers": 0,
                "complete": complete,
            })
        };
        let expected = json!({
            "service": "daas", "interval": "day", "from": "2026-03-01", "to": "2026-03-02",
            "asOf": null, "timeZone": "Asia/Tokyo",
            "points": [point("2026-03-01", true), point("2026-03-02", false)],
        });
        assert_eq!(serde_json::to_value(&body).expect("JSON"), expected);
        // A row of another length panics.
        let _ = body.file(Language::Ja);
        let cells = body.cells(&body.points[0]);
        let expected =
            ["daas", "2026-03-01", "0", "0", "", "0", "0", "0", "0", "true", "", "Asia/Tokyo"];
        assert_eq!(cells, expected);
    }
}
