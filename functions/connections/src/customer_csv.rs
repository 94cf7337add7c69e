//! The dashboard as a spreadsheet.

use strum::VariantArray;
use tsunagu_api::csv::Csv;
use tsunagu_domain::{locale::Language, share::Share};
use tsunagu_store::items::CustomerItem;

const HEADINGS: [(&str, &str); 21] = [
    ("アカウントID", "Account ID"),
    ("表示名", "Display name"),
    ("組織名", "Organization"),
    ("組織ID", "ORGID"),
    ("参照", "Reference"),
    ("タグ", "Tags"),
    ("接続日時", "Connected at"),
    ("共有", "Shares"),
    ("サービス数", "Services"),
    ("購入済み", "Purchased"),
    ("割り当て済み", "Assigned"),
    ("超過", "Overage"),
    ("最大使用率", "Highest utilization"),
    ("次の有効期限", "Next expiry"),
    ("90日以内に期限", "Expiring within 90 days"),
    ("未解決チケット", "Open tickets"),
    ("重大なチケット", "Critical tickets"),
    ("通知", "Active notifications"),
    ("利用中のトライアル", "Active trials"),
    ("申請中のトライアル", "Pending trials"),
    ("集計日時", "As of"),
];

/// All customers given, a row each. What is not shared or not known is an empty cell.
pub(crate) fn table(items: &[CustomerItem], language: Language) -> Csv {
    let headings = HEADINGS.map(|(ja, en)| match language {
        Language::Ja => ja,
        Language::En => en,
    });
    let shown_name = match language {
        Language::Ja => "顧客",
        Language::En => "customers",
    };
    let mut csv = Csv::new("customers", shown_name, &headings);
    for item in items {
        csv.row(cells(item));
    }
    csv
}

fn cells(item: &CustomerItem) -> [String; HEADINGS.len()] {
    let summary = item.summary();
    let shares = Share::VARIANTS.iter().filter(|share| item.shares.contains(**share));
    [
        item.customer.to_string(),
        item.names.display_name.to_string(),
        cell(item.names.organization_name.as_ref()),
        item.names.org_id.to_string(),
        cell(item.reference.as_ref()),
        listed(&item.tags),
        instant(Some(item.connected_at)),
        listed(&shares.collect::<Vec<_>>()),
        cell(summary.services),
        cell(summary.purchased),
        cell(summary.assigned),
        cell(summary.overage),
        cell(summary.max_utilization),
        cell(summary.next_expiry),
        cell(summary.expiring_within90_days),
        cell(summary.open_tickets.map(|tickets| tickets.total)),
        cell(summary.open_tickets.map(|tickets| tickets.critical)),
        cell(summary.active_notifications.map(|notifications| notifications.total)),
        cell(summary.trials.map(|trials| trials.active)),
        cell(summary.trials.map(|trials| trials.pending)),
        instant(summary.as_of),
    ]
}

fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// As the JSON has it: RFC 3339, UTC, `Z`.
fn instant(at: Option<tsunagu_domain::time::Instant>) -> String {
    cell(at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)))
}

fn listed<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
