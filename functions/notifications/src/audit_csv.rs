//! The audit trail as a spreadsheet.

use std::collections::BTreeMap;

use tsunagu_api::{
    Csv, Text,
    csv::{cell, instant},
};
use tsunagu_domain::{
    audit::{Actor, AuditEntry, Change},
    locale::Language,
};

const HEADINGS: [Text; 10] = [
    Text::new("監査ID", "Audit ID"),
    Text::new("日時", "At"),
    Text::new("操作", "Action"),
    Text::new("実行者の種類", "Actor"),
    Text::new("管理者ID", "Administrator ID"),
    Text::new("メールアドレス", "Email"),
    Text::new("相手のアカウントID", "Account ID of the other side"),
    Text::new("対象の種類", "Target"),
    Text::new("対象のID", "Target ID"),
    Text::new("変更内容", "Changes"),
];

const NAME: Text = Text::new("監査証跡", "audit");

/// All entries given, a row each.
pub(crate) fn table(entries: &[AuditEntry], language: Language) -> Csv {
    let mut csv = Csv::titled("audit", NAME, &HEADINGS, language);
    for entry in entries {
        csv.row(cells(entry));
    }
    csv
}

fn cells(entry: &AuditEntry) -> [String; HEADINGS.len()] {
    let (admin, email, account) = match &entry.actor {
        Actor::Administrator { admin_id, email } => (Some(admin_id), email.as_ref(), None),
        Actor::Partner { account_id } | Actor::Customer { account_id } => {
            (None, None, Some(account_id))
        }
        Actor::Platform | Actor::System => (None, None, None),
    };
    [
        entry.audit_id.to_string(),
        instant(Some(entry.at)),
        entry.action.to_string(),
        entry.actor.kind().to_string(),
        cell(admin),
        cell(email),
        cell(account),
        entry.target.kind.clone(),
        entry.target.id.clone(),
        changes(&entry.changes),
    ]
}

/// `field: before → after`, a line each; nothing stands for a value that there is not.
fn changes(changes: &BTreeMap<String, Change>) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_default();
    let lines = changes
        .iter()
        .map(|(field, change)| format!("{field}: {} → {}", value(&change.from), value(&change.to)));
    lines.collect::<Vec<_>>().join("\n")
}
