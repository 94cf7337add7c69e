//! What the licences of a service come to, as every list shows it.

use chrono::NaiveDate;
use serde::Serialize;
use tsunagu_api::{Text, csv::cell};
use tsunagu_domain::{
    licenses::tally::{Level, Tally},
    locale::Language,
    service::{LicenseModel, Service},
    vendor::ServiceCode,
};
use utoipa::ToSchema;

/// Bought against assigned.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Tally)]
pub(crate) struct TallyBody {
    /// The service.
    pub service: ServiceCode,
    /// Its name, in the language asked for.
    pub name: String,
    /// What its licences count.
    pub model: LicenseModel,
    /// What is active or in grace, trials included; `null` is unlimited, 0 is none.
    #[schema(required = true)]
    pub purchased: Option<u64>,
    /// How much of it are trials; `null` is unlimited.
    #[schema(required = true)]
    pub of_which_trial: Option<u64>,
    /// How many are assigned.
    pub assigned: u64,
    /// How many more may be assigned; `null` is unlimited.
    #[schema(required = true)]
    pub available: Option<u64>,
    /// How many are assigned beyond what is purchased.
    pub overage: u64,
    /// The assigned as a fraction of the purchased; `null` where that is 0 or unlimited.
    #[schema(required = true, example = 0.4)]
    pub utilization: Option<f64>,
    /// `near` from 0.9, `over` where more is assigned than purchased.
    pub level: Level,
    /// The earliest end that somebody should mind: what renews by itself or is in grace is left out.
    #[schema(required = true)]
    pub next_expiry: Option<NaiveDate>,
    /// Whether something ends within 90 days.
    pub expiring_soon: bool,
}

impl TallyBody {
    /// What a service comes to.
    pub(crate) fn new(service: &Service, tally: &Tally, language: Language) -> Self {
        Self {
            service: service.code.clone(),
            name: service.name.in_language(language).to_owned(),
            model: service.model,
            purchased: tally.purchased,
            of_which_trial: tally.of_which_trial,
            assigned: tally.assigned,
            available: tally.available(),
            overage: tally.overage(),
            utilization: tally.utilization(),
            level: tally.level(),
            next_expiry: tally.next_expiry,
            expiring_soon: tally.expiring_soon > 0,
        }
    }

    /// Its cells under [`TALLY_HEADINGS`]. What is unlimited or not known is empty.
    pub(crate) fn cells(&self) -> [String; TALLY_HEADINGS.len()] {
        [
            self.service.to_string(),
            self.name.clone(),
            self.model.to_string(),
            cell(self.purchased),
            cell(self.of_which_trial),
            self.assigned.to_string(),
            cell(self.available),
            self.overage.to_string(),
            cell(self.utilization),
            self.level.to_string(),
            cell(self.next_expiry),
            self.expiring_soon.to_string(),
        ]
    }
}

/// The headings of a service's figures in a spreadsheet.
pub(crate) const TALLY_HEADINGS: [Text; 12] = [
    Text::new("サービス", "Service"),
    Text::new("サービス名", "Name"),
    Text::new("モデル", "Model"),
    Text::new("購入済み", "Purchased"),
    Text::new("うちトライアル", "Of which trial"),
    Text::new("割り当て済み", "Assigned"),
    Text::new("残り", "Available"),
    Text::new("超過", "Overage"),
    Text::new("使用率", "Utilization"),
    Text::new("レベル", "Level"),
    Text::new("次の有効期限", "Next expiry"),
    Text::new("まもなく期限", "Expiring soon"),
];

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};
    use tsunagu_domain::locale::LocalizedText;

    use super::*;

    fn body(purchased: Option<u64>, assigned: u64, language: Language) -> TallyBody {
        let service = Service {
            code: "daas".parse().expect("a code"),
            name: LocalizedText {
                ja: "仮想デスクトップ".to_owned(), en: "Desktops".to_owned()
            },
            model: LicenseModel::UserDevice,
            required_program: None,
        };
        let tally = Tally {
            purchased,
            of_which_trial: Some(0),
            assigned,
            next_expiry: "2026-04-01".parse().ok(),
            expiring_soon: 2,
        };
        TallyBody::new(&service, &tally, language)
    }

    #[test]
    fn given_figures_then_names_and_null_are_the_contracts() {
        let shown = serde_json::to_value(body(Some(10), 4, Language::Ja)).expect("JSON");
        let expected = json!({
            "service": "daas", "name": "仮想デスクトップ", "model": "user-device",
            "purchased": 10, "ofWhichTrial": 0, "assigned": 4, "available": 6, "overage": 0,
            "utilization": 0.4, "level": "ok", "nextExpiry": "2026-04-01", "expiringSoon": true,
        });
        assert_eq!(shown, expected);
    }

    #[rstest]
    #[case::unlimited(None, 4, json!({"available": null, "overage": 0, "utilization": null, "level": "ok"}))]
    #[case::of_nothing(Some(0), 1, json!({"available": 0, "overage": 1, "utilization": null, "level": "over"}))]
    #[case::near(Some(10), 9, json!({"available": 1, "overage": 0, "utilization": 0.9, "level": "near"}))]
    fn given_limits_then_they_are_told(
        #[case] purchased: Option<u64>,
        #[case] assigned: u64,
        #[case] expected: Value,
    ) {
        let shown = serde_json::to_value(body(purchased, assigned, Language::En)).expect("JSON");
        for (field, value) in expected.as_object().expect("fields") {
            assert_eq!(&shown[field], value, "{field}");
        }
    }

    #[test]
    fn given_a_spreadsheet_then_every_cell_has_its_heading() {
        let cells = body(None, 4, Language::En).cells();
        let expected = [
            "daas",
            "Desktops",
            "user-device",
            "",
            "0",
            "4",
            "",
            "0",
            "",
            "ok",
            "2026-04-01",
            "true",
        ];
        assert_eq!(cells, expected);
    }
}
