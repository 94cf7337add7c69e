use serde_json::{Value, json};
use tsunagu_domain::{
    licenses::{
        entitlement::{EntitlementKind, Stage, Terms},
        figures::Holders,
    },
    locale::LocalizedText,
    service::LicenseModel,
};

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// The 2nd of March; usage is counted up to the 1st.
fn days() -> Days {
    Days {
        time_zone: "Asia/Tokyo".parse().expect("a zone"),
        as_of: "2026-03-01T06:00:00Z".parse().ok(),
        counted: day("2026-03-01"),
        today: day("2026-03-02"),
    }
}

fn service(code: &str, model: LicenseModel) -> Service {
    let name = LocalizedText { ja: format!("サービス{code}"), en: format!("Service {code}") };
    Service { code: code.parse().expect("a code"), name, model, required_program: None }
}

fn entitlement(service: &str, quantity: Option<u32>, ends_on: Option<&str>) -> Entitlement {
    let starts_on = day("2026-01-01");
    let terms = Terms { from: starts_on, quantity, starts_on, ends_on: ends_on.map(day) };
    Entitlement {
        entitlement_id: format!("ent-{service}").parse().expect("a number"),
        service: service.parse().expect("a code"),
        kind: EntitlementKind::Purchased,
        stage: Stage::Stated,
        terms: vec![terms],
        auto_renew: false,
        order_id: None,
    }
}

/// Ten are assigned, three of them since March; six were active, the last on these days.
fn users() -> Holders {
    Holders {
        assigned: 10,
        last_active: [("2026-01-30", 1), ("2026-01-31", 2), ("2026-03-01", 3)]
            .map(|(on, count)| (day(on), count))
            .into(),
        newly: [("2026-02", 2), ("2026-03", 3)]
            .map(|(month, count)| (month.parse().expect("a month"), count))
            .into(),
    }
}

fn shown(licenses: &LicensesOnRecord, catalogue: Vec<Service>) -> Value {
    let catalogue = catalogue.into_iter().collect();
    let body = LicensesBody::new(licenses, &days(), &catalogue, Language::En).expect("known");
    serde_json::to_value(body).expect("JSON")
}

fn code(code: &str) -> ServiceCode {
    code.parse().expect("a code")
}

#[test]
fn given_bought_and_used_licences_then_all_figures_are_told() {
    let current = Current { users: users(), devices: Holders::default() };
    let licenses = LicensesOnRecord {
        entitlements: vec![entitlement("mail", Some(20), Some("2026-05-31"))],
        current: vec![(code("mail"), current)],
    };
    let body = shown(&licenses, vec![service("mail", LicenseModel::User)]);
    let expected = json!({
        "items": [{
            "service": "mail", "name": "Service mail", "model": "user", "purchased": 20,
            "ofWhichTrial": 0, "assigned": 10, "available": 10, "overage": 0, "utilization": 0.5,
            "level": "ok", "nextExpiry": "2026-05-31", "expiringSoon": true,
            "breakdown": {"previouslyAssigned": 7, "newlyAssigned": 3},
            "monthlyActive":
                {"users": 5, "ratio": 0.25, "from": "2026-01-31", "to": "2026-03-01"},
            "dailyActive": {"users": 3, "ratio": 0.15, "from": "2026-03-01", "to": "2026-03-01"},
        }],
        "asOf": "2026-03-01T06:00:00Z",
        "timeZone": "Asia/Tokyo",
    });
    assert_eq!(body, expected);
}

#[test]
fn given_a_service_of_users_and_devices_then_the_fewer_count() {
    let devices = Holders { assigned: 4, ..Holders::default() };
    let current = Current { users: users(), devices };
    let licenses =
        LicensesOnRecord { entitlements: Vec::new(), current: vec![(code("daas"), current)] };
    let body = shown(&licenses, vec![service("daas", LicenseModel::UserDevice)]);
    let item = &body["items"][0];
    assert_eq!((&item["assigned"], &item["overage"]), (&json!(4), &json!(4)));
    assert_eq!(item["breakdown"], json!({"previouslyAssigned": 4, "newlyAssigned": 0}));
    assert_eq!(item["monthlyActive"]["users"], 0);
}

#[test]
fn given_services_then_those_are_listed_of_which_there_is_something_to_say() {
    let active_alone = Holders { assigned: 0, ..users() };
    let idle = Holders { last_active: [(day("2026-01-30"), 1)].into(), ..Holders::default() };
    let of = |users| Current { users, devices: Holders::default() };
    let licenses = LicensesOnRecord {
        entitlements: vec![
            entitlement("unlimited", None, None),
            entitlement("in-grace", Some(1), Some("2026-02-28")),
            entitlement("over", Some(1), Some("2026-01-15")),
        ],
        current: vec![(code("active"), of(active_alone)), (code("idle"), of(idle))],
    };
    let known = ["unlimited", "in-grace", "over", "active", "idle"];
    let known = known.map(|code| service(code, LicenseModel::User)).to_vec();
    let body = shown(&licenses, known);
    let items = body["items"].as_array().expect("a list");
    let codes: Vec<_> = items.iter().map(|item| item["service"].clone()).collect();
    assert_eq!(codes, ["active", "in-grace", "unlimited"]);
}

#[test]
fn given_a_spreadsheet_then_it_has_a_heading_for_each_cell() {
    let licenses = LicensesOnRecord {
        entitlements: vec![entitlement("mail", None, None)],
        current: Vec::new(),
    };
    let catalogue = [service("mail", LicenseModel::User)].into_iter().collect();
    let body = LicensesBody::new(&licenses, &days(), &catalogue, Language::Ja).expect("known");
    // A row of another length panics.
    let _ = body.file(Language::Ja);
    let cells = body.items[0].cells(&body);
    let expected = [
        "0",
        "0",
        "0",
        "",
        "2026-01-31",
        "2026-03-01",
        "0",
        "",
        "2026-03-01",
        "2026-03-01T06:00:00Z",
        "Asia/Tokyo",
    ];
    assert_eq!(cells, expected);
}
