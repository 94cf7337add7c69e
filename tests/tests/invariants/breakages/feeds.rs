//! Tickets and feeds.

use serde_json::json;
use tsunagu_tests::stored::{Attributes, Contents};

use crate::edit::{change, copy, find, inner, item, number, put, says, take, text};

use super::{Breakage, any, breakage};

/// Not dismissed.
fn shown(item: &Attributes) -> bool {
    !item.contains_key("dismissedAt")
}

pub(super) fn breakages() -> Vec<Breakage> {
    let mut breakages = tickets();
    breakages.extend(entries());
    breakages.extend(counts());
    breakages
}

fn tickets() -> Vec<Breakage> {
    vec![
        breakage("a ticket has no place", &["ticket-place"], |world| {
            take(world, "ticket-place", any);
        }),
        breakage("a place tells of another status", &["ticket-place"], |world| {
            change(
                world,
                "ticket-place",
                |item| says(item, "SK", "TKTDONE#"),
                |item| {
                    item.insert("status".to_owned(), text("resolved"));
                    item.remove("ttl");
                },
            );
        }),
        breakage("a ticket counts a comment more", &["comment"], |world| {
            change(world, "ticket", any, |item| {
                inner(item, "activity").insert("commentCount".to_owned(), number(9));
            });
        }),
        breakage("a comment is gone", &["comment", "trail-ticket"], |world| {
            take(world, "comment", any);
        }),
    ]
}

fn entries() -> Vec<Breakage> {
    vec![
        breakage(
            "a notification is not in a feed",
            &["feed-notification", "feed-count"],
            |world| {
                take(world, "feed-notification", shown);
            },
        ),
        breakage("a feed says something else", &["feed-notification"], |world| {
            change(world, "feed-notification", shown, |item| {
                inner(item, "notification").insert("source".to_owned(), text("somebody"));
            });
        }),
        breakage("a feed has what nobody was told", &["feed-notification"], |world| {
            let id = find(world, "feed-notification", |item| !shown(item)).sk;
            let id = id.replace("NTF#", "");
            let other = format!("{}Z", &id[..id.len() - 1]);
            copy(world, "feed-notification", |item| !shown(item), &id, &other);
        }),
        breakage("a ticket is not in a feed", &["feed-ticket"], |world| {
            take(world, "feed-ticket", any);
        }),
        breakage("a ticket in a feed is an old one", &["feed-ticket"], |world| {
            change(world, "feed-ticket", any, |item| {
                inner(item, "ticket").insert("severity".to_owned(), text("medium"));
            });
        }),
        breakage("a hidden ticket is still in a feed", &["feed-ticket", "feed-count"], |world| {
            hide(world);
        }),
        breakage("something of an ended connection is in a feed", &["feed-left"], |world| {
            let shared_with = find(world, "feed-ticket", any).pk;
            let sakura = shared_with.rsplit('#').next().expect("a customer").to_owned();
            let ume = find(world, "past-customer", any).sk.replace("PAST#", "");
            copy(world, "feed-ticket", any, &sakura, &ume);
        }),
        breakage(
            "what was dismissed of a customer ends with the connection",
            &["feed-mark"],
            |world| {
                take(world, "dismissed-for-customer", any);
            },
        ),
        breakage("work on feeds is left", &["feed-step"], |world| {
            let account = find(world, "account", any).pk.replace("A#", "");
            let step = json!({"kind": "rename", "account": account, "after": null});
            put(
                world,
                item(&json!({
                    "PK": "STEP#1", "SK": "STEP", "id": "1", "step": step, "entity": "feed-step",
                    "v": 1, "at": "2026-03-02T03:00:00Z", "ttl": 1_775_012_400,
                })),
            );
        }),
    ]
}

/// An open ticket becomes its account's own, and its place too.
fn hide(world: &mut Contents) {
    let hidden = |item: &mut Attributes| {
        item.insert("visibility".to_owned(), text("account"));
    };
    change(world, "ticket", |item| says(item, "status", "open"), hidden);
    change(world, "ticket-place", |item| says(item, "status", "open"), hidden);
}

fn counts() -> Vec<Breakage> {
    fn figure(world: &mut Contents, name: &str, numbers: &[i64]) {
        change(world, "customer", any, |item| {
            let numbers = numbers.iter().map(|one| number(*one)).collect();
            let list = aws_sdk_dynamodb::types::AttributeValue::L(numbers);
            inner(item, "sm").insert(name.to_owned(), list);
        });
    }
    vec![
        breakage("a partner counts other tickets", &["feed-count"], |world| {
            figure(world, "t", &[7, 1]);
        }),
        breakage("a partner counts other notifications", &["feed-count"], |world| {
            figure(world, "n", &[7, 1, 2, 4]);
        }),
        breakage("a partner counts nothing", &["feed-count", "summary"], |world| {
            change(
                world,
                "customer",
                |item| says(item, "n", "さくら"),
                |item| {
                    item.remove("sm");
                },
            );
        }),
    ]
}
