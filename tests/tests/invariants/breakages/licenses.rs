//! Usage, its figures, and what partners keep of licences.

use serde_json::json;

use crate::edit::{change, find, inner, item, number, put, says, take};

use super::{Breakage, any, breakage};

pub(super) fn breakages() -> Vec<Breakage> {
    vec![
        breakage("a reason to count is left", &["usage-pending"], |world| {
            let account = find(world, "account", any).pk.replace("A#", "");
            let id = account.parse().expect("an id");
            let key = tsunagu_store::keys::dirty(id, None);
            put(
                world,
                item(&json!({
                    "PK": key.pk, "SK": key.sk, "accountId": account, "reason": "1",
                    "entity": "dirty", "v": 1,
                })),
            );
        }),
        breakage("a fact is left", &["usage-pending"], |world| {
            let current = find(world, "current-figures", any);
            let account = current.pk.replace("A#", "");
            let service = "daas".parse().expect("a code");
            let fact = tsunagu_store::items::UsageFactItem {
                account_id: account.parse().expect("an id"),
                service,
                user_id: "user-1".parse().expect("an id"),
                source: tsunagu_domain::licenses::holder::Source::Reported,
                device_id: None,
                day: "2026-03-01".parse().expect("a day"),
            };
            put(world, tsunagu_tests::seed::attributes(&fact));
        }),
        breakage("a month counts a user more", &["figures"], |world| {
            change(world, "month-figures", any, |item| {
                item.insert("ua".to_owned(), number(4));
            });
        }),
        breakage("a day counts a device less", &["figures"], |world| {
            change(world, "day-figures", any, |item| {
                item.insert("da01".to_owned(), number(0));
            });
        }),
        breakage("a holder is gone", &["figures"], |world| {
            take(world, "holder", |item| says(item, "kind", "user"));
        }),
        breakage(
            "one more is assigned, which partners do not know",
            &["figures", "summary", "held"],
            |world| {
                change(world, "current-figures", any, |item| {
                    item.insert("ua".to_owned(), number(4));
                    item.insert("da".to_owned(), number(4));
                });
            },
        ),
        breakage("a pending request is not found", &["trial-request"], |world| {
            take(world, "trial-request", any);
        }),
        breakage("a partner counts other licences", &["summary"], |world| {
            change(
                world,
                "customer",
                |item| says(item, "n", "さくら"),
                |item| {
                    inner(item, "sm").insert("p".to_owned(), number(11));
                },
            );
        }),
        breakage("a partner keeps other licences", &["held"], |world| {
            change(world, "customer-licenses", any, |item| {
                inner(item, "a").insert("daas".to_owned(), number(9));
            });
        }),
        breakage("a partner keeps no licences", &["held"], |world| {
            take(world, "customer-licenses", any);
        }),
    ]
}
