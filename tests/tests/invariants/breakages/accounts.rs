//! Forms, accounts, and answers.

use crate::edit::{change, copy, find, number, says, take, text};

use super::{Breakage, NOBODY, any, breakage};

pub(super) fn breakages() -> Vec<Breakage> {
    vec![
        breakage("an item is of no kind", &["form"], |world| {
            change(world, "order", any, |item| {
                item.insert("entity".to_owned(), text("nothing"));
            });
        }),
        breakage("an item does not read back", &["form"], |world| {
            change(world, "order", any, |item| {
                item.remove("status");
            });
        }),
        breakage("an item stands in an index where it does not belong", &["form"], |world| {
            change(world, "order", any, |item| {
                item.insert("GSI1PK".to_owned(), text("ORG#1"));
            });
        }),
        breakage("an item goes earlier than it should", &["form"], |world| {
            change(world, "answer", any, |item| {
                item.insert("ttl".to_owned(), number(1));
            });
        }),
        breakage("an order is of no account", &["orphan"], |world| {
            let of = find(world, "order", any).pk.replace("A#acc_", "");
            copy(world, "order", any, &of, NOBODY);
        }),
        breakage("an organization is gone", &["organization"], |world| {
            let ume = find(world, "account", |item| says(item, "displayName", "梅商店"));
            let org = world.items[&ume]["orgId"].as_s().expect("a text").clone();
            take(world, "organization", |item| says(item, "orgId", &org));
        }),
        breakage("a person does not know of its account", &["administrator"], |world| {
            take(world, "membership", any);
        }),
        breakage("an account counts one administrator more", &["full-administrators"], |world| {
            change(world, "full-administrators", any, |item| {
                item.insert("full".to_owned(), number(2));
            });
        }),
        breakage("a person counts one account more", &["registered"], |world| {
            change(world, "registered-count", any, |item| {
                item.insert("count".to_owned(), number(2));
            });
        }),
        breakage("an answer tells of a ticket that is not there", &["answer"], |world| {
            let of_ticket = |item: &tsunagu_tests::stored::Attributes| says(item, "body", "tkt_");
            change(world, "answer", of_ticket, |item| {
                item.insert("body".to_owned(), text(r#"{"ticketId":"tkt_1"}"#));
            });
        }),
    ]
}
