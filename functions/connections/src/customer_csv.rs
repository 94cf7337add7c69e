//! The dashboard as a spreadsheet.

use strum::VariantArray;
use tsunagu_api::{
    csv::{Csv, cell, instant},
    texts::Text,
};
use tsunagu_domain::{locale::Language, share::Share};
use tsunagu_store::items::{AsOf, CustomerItem};

const HEADINGS: [Text; 21] = [
    Text::new("アカウントID", "Account ID"),
    Text::new("表示名", "Display name"),
    Text::new("組織名", "Organization"),
    Text::new("組織ID", "ORGID"),
    Text::new("参照", "Reference"),
    Text::new("タグ", "Tags"),
    Text::new("接続日時", "Connected at"),
    Text::new("共有", "Shares"),
    Text::new("サービス数", "Services"),
    Text::new("購入済み", "Purchased"),
    Text::new("割り当て済み", "Assigned"),
    Text::new("超過", "Overage"),
    Text::new("最大使用率", "Highest utilization"),
    Text::new("次の有効期限", "Next expiry"),
    Text::new("90日以内に期限", "Expiring within 90 days"),
    Text::new("未解決チケット", "Open tickets"),
    Text::new("重大なチケット", "Critical tickets"),
    Text::new("通知", "Active notifications"),
    Text::new("利用中のトライアル", "Active trials"),
    Text::new("申請中のトライアル", "Pending trials"),
    Text::new("集計日時", "As of"),
];

const NAME: Text = Text::new("顧客", "customers");

/// All customers given, a row each. What is not shared or not known is an empty cell.
pub(crate) fn table(items: &[CustomerItem], as_of: &AsOf, language: Language) -> Csv {
    let mut csv = Csv::titled("customers", NAME, &HEADINGS, language);
    for item in items {
        csv.row(cells(item, as_of));
    }
    csv
}

fn cells(item: &CustomerItem, as_of: &AsOf) -> [String; HEADINGS.len()] {
    let summary = item.summary(as_of);
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

fn listed<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
