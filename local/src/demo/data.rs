//! Who is in the demo data, and what happened when. Every company is invented; the addresses are of
//! domains that RFC 2606 keeps free for examples.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The `externalId` that the last partner has when everything else is there.
pub(crate) const COMPLETE: &str = "demo-complete";
/// How many days ago it all begins.
pub(crate) const FIRST_DAY: i64 = 396;
/// How many customers come at once, and how many days pass until the next ones do.
const COHORT: i64 = 4;
const PACE: i64 = 37;

/// An organization with one account and one administrator.
pub(crate) struct Company {
    pub(crate) external_id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) organization: &'static str,
    pub(crate) email: &'static str,
    pub(crate) country: &'static str,
    pub(crate) time_zone: &'static str,
}

/// Partner programs by code.
pub(crate) type Programs = &'static [&'static str];

/// A company with badges.
pub(crate) struct Partner {
    pub(crate) company: Company,
    pub(crate) programs: Programs,
}

/// A service of the catalogue.
pub(crate) struct Service {
    id: &'static str,
    ja: &'static str,
    en: &'static str,
    model: &'static str,
    program: Option<&'static str>,
}

/// One customer and one partner, by their places in the lists below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) customer: usize,
    pub(crate) partner: usize,
}

/// Who ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Partner,
    Customer,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Provision { customer: usize },
    SignIn { customer: usize },
    Connect(Plan),
    Mark { plan: Plan, marks: Value },
    Narrow { plan: Plan, shares: &'static [&'static str] },
    End { plan: Plan, by: End },
}

const fn company(
    external_id: &'static str,
    name: &'static str,
    organization: &'static str,
    email: &'static str,
    country: &'static str,
    time_zone: &'static str,
) -> Company {
    Company { external_id, name, organization, email, country, time_zone }
}

/// The partners; the last one carries the mark of completion.
pub(crate) const PARTNERS: [Partner; 2] = [
    Partner {
        company: company(
            "demo-partner-1",
            "Brightwater Solutions",
            "Brightwater Solutions, Inc.",
            "partner@example.com",
            "US",
            "America/New_York",
        ),
        programs: &["CSA"],
    },
    Partner {
        company: company(
            "demo-partner-2",
            "ひかりクラウドサービス",
            "ひかりクラウドサービス株式会社",
            "partner@example.jp",
            "JP",
            "Asia/Tokyo",
        ),
        programs: &["CSA", "CSP"],
    },
];

/// The catalogue.
pub(crate) const SERVICES: [Service; 3] = [
    Service {
        id: "daas",
        ja: "仮想デスクトップ",
        en: "Virtual desktops",
        model: "user-device",
        program: None,
    },
    Service {
        id: "endpoint-management",
        ja: "エンドポイント管理",
        en: "Endpoint management",
        model: "user",
        program: None,
    },
    Service {
        id: "hosted-apps",
        ja: "ホスト型アプリ",
        en: "Hosted apps",
        model: "user",
        program: Some("CSP"),
    },
];

/// The path segment and the body of a service.
pub(crate) fn service(service: &Service) -> (&'static str, Value) {
    let mut body = json!({"name": {"ja": service.ja, "en": service.en}, "model": service.model});
    if let Some(program) = service.program {
        body["requiredProgram"] = json!(program);
    }
    (service.id, body)
}

/// The customers, Japanese and English names in turn.
#[rustfmt::skip]
pub(crate) const CUSTOMERS: [Company; 40] = [
    company("demo-customer-01", "青葉商事", "青葉商事株式会社", "aoba@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-02", "Alder & Finch", "Alder & Finch Ltd", "alder@example.com", "GB", "Europe/London"),
    company("demo-customer-03", "北浜精機", "北浜精機株式会社", "kitahama@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-04", "Blue Heron Labs", "Blue Heron Laboratories, Inc.", "blueheron@example.com", "US", "America/New_York"),
    company("demo-customer-05", "さくら薬局", "株式会社さくら薬局", "sakura@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-06", "Cedar Clinic", "Cedar Clinic Group", "cedar@example.com", "CA", "America/Toronto"),
    company("demo-customer-07", "みなと物流", "みなと物流株式会社", "minato@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-08", "Dunmore Hotels", "Dunmore Hotels plc", "dunmore@example.com", "IE", "Europe/Dublin"),
    company("demo-customer-09", "東雲設計", "株式会社東雲設計事務所", "shinonome@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-10", "Eastgate Legal", "Eastgate Legal LLP", "eastgate@example.com", "GB", "Europe/London"),
    company("demo-customer-11", "ひばり幼稚園", "学校法人ひばり学園", "hibari@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-12", "Fernhill School", "Fernhill School Trust", "fernhill@example.com", "NZ", "Pacific/Auckland"),
    company("demo-customer-13", "大和食品", "大和食品工業株式会社", "yamato@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-14", "Granite Works", "Granite Works GmbH", "granite@example.com", "DE", "Europe/Berlin"),
    company("demo-customer-15", "瀬戸内フェリー", "瀬戸内フェリー株式会社", "setouchi@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-16", "Harbor Freightlines", "Harbor Freightlines, Inc.", "harbor@example.com", "US", "America/Los_Angeles"),
    company("demo-customer-17", "光栄印刷", "光栄印刷株式会社", "koei@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-18", "Ivy Lane Design", "Ivy Lane Design Pty Ltd", "ivylane@example.com", "AU", "Australia/Sydney"),
    company("demo-customer-19", "つばめ交通", "つばめ交通株式会社", "tsubame@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-20", "Juniper Foods", "Juniper Foods B.V.", "juniper@example.com", "NL", "Europe/Amsterdam"),
    company("demo-customer-21", "白樺リゾート", "株式会社白樺リゾート", "shirakaba@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-22", "Kestrel Air", "Kestrel Air Charter AB", "kestrel@example.com", "SE", "Europe/Stockholm"),
    company("demo-customer-23", "あかり電気", "有限会社あかり電気", "akari@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-24", "Lakeside Bank", "Lakeside Savings Bank", "lakeside@example.com", "US", "America/Chicago"),
    company("demo-customer-25", "富士見会計", "富士見会計事務所", "fujimi@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-26", "Maple Motors", "Maple Motors Inc.", "maple@example.com", "CA", "America/Vancouver"),
    company("demo-customer-27", "若葉歯科", "医療法人若葉会", "wakaba@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-28", "Northwind Energy", "Northwind Energy A/S", "northwind@example.com", "DK", "Europe/Copenhagen"),
    company("demo-customer-29", "浜松楽器", "浜松楽器株式会社", "hamamatsu@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-30", "Orchard Media", "Orchard Media Pte Ltd", "orchard@example.com", "SG", "Asia/Singapore"),
    company("demo-customer-31", "日向農園", "株式会社日向農園", "hyuga@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-32", "Pinecrest Homes", "Pinecrest Homes LLC", "pinecrest@example.com", "US", "America/Denver"),
    company("demo-customer-33", "雪国酒造", "雪国酒造株式会社", "yukiguni@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-34", "Quarry Games", "Quarry Games Oy", "quarry@example.com", "FI", "Europe/Helsinki"),
    company("demo-customer-35", "ミライ工房", "株式会社ミライ工房", "mirai@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-36", "Redwood Insurance", "Redwood Mutual Insurance", "redwood@example.com", "US", "America/Los_Angeles"),
    company("demo-customer-37", "カモメ水産", "カモメ水産株式会社", "kamome@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-38", "Silverline Rail", "Silverline Rail SA", "silverline@example.com", "CH", "Europe/Zurich"),
    company("demo-customer-39", "ほしぞら書店", "株式会社ほしぞら書店", "hoshizora@example.jp", "JP", "Asia/Tokyo"),
    company("demo-customer-40", "Thistle Textiles", "Thistle Textiles Ltd", "thistle@example.com", "GB", "Europe/London"),
];

/// Everything that happened after the partners were there, by how many days ago, oldest first.
pub(crate) fn plan() -> Vec<(i64, Vec<Step>)> {
    let mut days: BTreeMap<i64, Vec<Step>> = BTreeMap::new();
    for (days_ago, step) in (0..CUSTOMERS.len()).flat_map(journey) {
        days.entry(days_ago).or_default().push(step);
    }
    days.into_iter().rev().collect()
}

/// What one customer did. Some never connect; some have both partners; some share less after a
/// while, some end it, and of some the partner lets go.
fn journey(customer: usize) -> Vec<(i64, Step)> {
    let place = i64::try_from(customer).unwrap_or_default();
    let begin = FIRST_DAY - 1 - place / COHORT * PACE;
    let mut steps = vec![(begin, Step::Provision { customer })];
    let partners: &[usize] = match customer % 10 {
        9 => &[],
        0 | 3 | 6 => &[0, 1],
        1 | 4 | 7 => &[0],
        _ => &[1],
    };
    if partners.is_empty() {
        steps.push((begin - 2, Step::SignIn { customer }));
    }
    for &partner in partners {
        let plan = Plan { customer, partner };
        // One day apart, so that no two steps of one day touch the same customer.
        let connected = begin - 2 - i64::from(partner != 0);
        steps.push((connected, Step::Connect(plan)));
        if customer % 3 != 2 {
            steps.push((connected - 4, Step::Mark { plan, marks: marks(plan) }));
        }
        if customer % 7 == 3 {
            let shares = &["account", "licenses", "tickets"];
            steps.push((connected - 14, Step::Narrow { plan, shares }));
        }
        let by = match (customer % 12, partner) {
            (4, 0) | (6, 1) => Some(End::Customer),
            (2, 1) | (0, 0) => Some(End::Partner),
            _ => None,
        };
        if let Some(by) = by {
            steps.push((connected - 21, Step::End { plan, by }));
        }
    }
    // What would lie in the future has not happened.
    steps.retain(|(days_ago, _)| *days_ago >= 0);
    steps
}

fn marks(plan: Plan) -> Value {
    let region = if CUSTOMERS[plan.customer].country == "JP" { "国内" } else { "overseas" };
    let size = ["enterprise", "mid-market", "small"][plan.customer % 3];
    json!({
        "reference": format!("{}-{:04}", ["BW", "HK"][plan.partner], 1001 + plan.customer),
        "tags": [region, size],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(wanted: impl Fn(&Step) -> bool) -> usize {
        plan().iter().flat_map(|(_, steps)| steps).filter(|step| wanted(step)).count()
    }

    #[test]
    fn given_the_plan_when_counted_then_there_is_something_of_everything() {
        assert_eq!(count(|step| matches!(step, Step::Provision { .. })), 40);
        let connected = count(|step| matches!(step, Step::Connect(_)));
        assert!(connected > 40, "{connected}");
        for by in [End::Partner, End::Customer] {
            assert!(count(|step| matches!(step, Step::End { by: ended, .. } if *ended == by)) >= 3);
        }
        assert!(count(|step| matches!(step, Step::Narrow { .. })) >= 4);
    }

    #[test]
    fn given_the_plan_when_read_then_it_is_in_order_and_within_thirteen_months() {
        let days: Vec<_> = plan().iter().map(|(days_ago, _)| *days_ago).collect();
        assert!(days.windows(2).all(|pair| pair[0] > pair[1]));
        assert!(days.iter().all(|days_ago| (0..FIRST_DAY).contains(days_ago)));
        assert!(days.last().is_some_and(|last| *last < 60));
    }

    #[test]
    fn given_one_day_when_read_then_no_two_steps_touch_the_same_customer() {
        for (_, steps) in plan() {
            let mut customers: Vec<_> = steps.iter().map(customer_of).collect();
            customers.sort_unstable();
            assert!(customers.windows(2).all(|pair| pair[0] != pair[1]), "{steps:?}");
        }
    }

    fn customer_of(step: &Step) -> usize {
        match step {
            Step::Provision { customer } | Step::SignIn { customer } => *customer,
            Step::Connect(plan)
            | Step::Mark { plan, .. }
            | Step::Narrow { plan, .. }
            | Step::End { plan, .. } => plan.customer,
        }
    }

    #[test]
    fn given_the_companies_when_compared_then_each_is_itself() {
        let all: Vec<_> =
            CUSTOMERS.iter().chain(PARTNERS.iter().map(|partner| &partner.company)).collect();
        let different = |part: fn(&Company) -> &str| {
            all.iter().map(|company| part(company)).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert_eq!(different(|company| company.external_id), 42);
        assert_eq!(different(|company| company.email), 42);
        assert_eq!(different(|company| company.organization), 42);
    }
}
