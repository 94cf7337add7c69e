//! Forms, accounts, and answers.

use crate::edit::{change, copy, find, number, says, take, text};

use super::{NOBODY, Way, any, way};

pub(super) fn ways() -> Vec<Way> {
    vec![
        way("an item is of no kind", &["form"], |world| {
            change(world, "order", any, |item| {
                item.insert("entity".to_owned(), text("nothing"));
            });
        }),
        way("an item does not read back", &["form"], |world| {
            change(world, "order", any, |item| {
                item.remove("status");
            });
        }),
        way("an item stands in an index where it does not belong", &["form"], |world| {
            change(world, "order", any, |item| {
                item.insert("GSI1PK".to_owned(), text("ORG#1"));
            });
        }),
        way("an item goes earlier than it should", &["form"], |world| {
            change(world, "answer", any, |item| {
                item.insert("ttl".to_owned(), number(1));
            });
        }),
        way("an order is of no account", &["orphan"], |world| {
            let of = find(world, "order", any).pk.replace("A#acc_", "");
            copy(world, "order", any, &of, NOBODY);
        }),
        way("an organization is gone", &["organization"], |world| {
            let ume = find(world, "account", |item| says(item, "displayName", "梅商店"));
            let org = world.items[&ume]["orgId"].as_s().expect("a text").clone();
            take(world, "organization", |item| says(item, "orgId", &org));
        }),
        way("a person does not know of its account", &["administrator"], |world| {
            take(world, "membership", any);
        }),
        way("an account counts one administrator more", &["full-administrators"], |world| {
            change(world, "full-administrators", any, |item| {
                item.insert("full".to_owned(), number(2));
            });
        }),
        way("a person counts one account more", &["registered"], |world| {
            change(world, "registered-count", any, |item| {
                item.insert("count".to_owned(), number(2));
            });
        }),
        way("an answer tells of a ticket that is not there", &["answer"], |world| {
            let of_ticket = |item: &tsunagu_tests::stored::Attributes| says(item, "body", "tkt_");
            change(world, "answer", of_ticket, |item| {
                item.insert("body".to_owned(), text(r#"{"ticketId":"tkt_1"}"#));
            });
        }),
    ]
}
