//! Connections, episodes, notices and trails.

use tsunagu_tests::stored::{Attributes, Contents};

use crate::edit::{change, copy, find, number, put, replace, says, take, text};

use super::{Breakage, NOBODY, any, breakage};

fn of_aozora(item: &Attributes) -> bool {
    says(item, "n", "青空")
}

/// What the customer has to its partner, by its name at the partner.
fn ids(world: &Contents, name: &str) -> (String, String) {
    let key = find(world, "customer", |item| says(item, "n", name));
    (key.pk.replace("A#", ""), key.sk.replace("CUST#", ""))
}

pub(super) fn breakages() -> Vec<Breakage> {
    let mut breakages = sides();
    breakages.extend(episodes());
    breakages.extend(told());
    breakages
}

fn sides() -> Vec<Breakage> {
    vec![
        breakage("a customer does not know of its partner", &["connection-mirror"], |world| {
            take(world, "partner", any);
        }),
        breakage("both sides know other shares", &["connection-mirror"], |world| {
            change(world, "partner", any, |item| {
                item.insert("sh".to_owned(), number(1));
            });
        }),
        breakage("a customer does not know of its past", &["past-mirror"], |world| {
            take(world, "past-partner", any);
        }),
        breakage("both sides know another end", &["past-mirror"], |world| {
            change(world, "past-partner", any, |item| {
                item.insert("eb".to_owned(), text("customer"));
            });
        }),
        breakage("a pair is connected and was", &["one-state"], |world| {
            let (_, ume) = {
                let key = find(world, "past-customer", any);
                (key.pk, key.sk.replace("PAST#", ""))
            };
            let (_, aozora) = ids(world, "青空");
            copy(world, "past-customer", any, &ume, &aozora);
            copy(world, "past-partner", any, &ume, &aozora);
        }),
        breakage("a partner has an old name", &["copies"], |world| {
            change(world, "customer", of_aozora, |item| {
                item.insert("n".to_owned(), text("青空"));
            });
        }),
        breakage("a partner does not know of a suspension", &["copies"], |world| {
            change(
                world,
                "account",
                |item| says(item, "displayName", "青空"),
                |item| {
                    item.insert("status".to_owned(), text("suspended"));
                },
            );
        }),
        breakage("licences are of an earlier episode", &["licenses-mirror"], |world| {
            change(world, "customer-licenses", any, |item| {
                item.insert("ep".to_owned(), number(1));
            });
        }),
        breakage("a link leads nowhere", &["invite-link"], |world| {
            take(world, "invite-token", any);
        }),
        breakage("a note is on a stranger", &["mark"], |world| {
            let (partner, sakura) = ids(world, "さくら");
            let mut note = take(world, "note", any);
            for value in note.values_mut() {
                replace(value, &partner, NOBODY);
                replace(value, &sakura, &partner);
                replace(value, NOBODY, &sakura);
            }
            put(world, note);
        }),
        breakage("a block is of somebody connected", &["mark"], |world| {
            let ume = find(world, "blocked-customer", any).sk.replace("BLOCKED#", "");
            let (_, aozora) = ids(world, "青空");
            copy(world, "blocked-customer", any, &ume, &aozora);
        }),
    ]
}

fn episodes() -> Vec<Breakage> {
    vec![
        breakage("a customer has no episode", &["episode-mirror"], |world| {
            take(world, "partner-episode", any);
        }),
        breakage(
            "an episode is missing on both sides, of which there were a notice and entries",
            &["episode-numbers", "notice", "trail-connection"],
            |world| {
                let ended_by_customer = |item: &Attributes| says(item, "endedBy", "customer");
                take(world, "customer-episode", ended_by_customer);
                take(world, "partner-episode", ended_by_customer);
            },
        ),
        breakage("a connection began earlier than its episode", &["episode-state"], |world| {
            let (_, aozora) = ids(world, "青空");
            let begin = |item: &mut Attributes| {
                let at: i64 = item["at"].as_n().expect("a number").parse().expect("one");
                item.insert("at".to_owned(), number(at - 1));
            };
            change(world, "customer", of_aozora, begin);
            change(world, "partner", |item| says(item, "PK", &aozora), begin);
        }),
        breakage(
            "an earlier episode has not ended, of which there were a notice and entries",
            &["episode-state", "notice", "trail-connection"],
            |world| {
                for side in ["customer-episode", "partner-episode"] {
                    change(
                        world,
                        side,
                        |item| says(item, "endedBy", "customer"),
                        |item| {
                            item.remove("endedAt");
                            item.remove("endedBy");
                        },
                    );
                }
            },
        ),
    ]
}

fn told() -> Vec<Breakage> {
    fn of(code: &'static str) -> impl Fn(&Attributes) -> bool {
        move |item| says(item, "code", code)
    }
    vec![
        breakage("a beginning was told twice", &["notice"], |world| {
            let id = find(world, "notification", of("connection-created")).sk;
            let id = id.replace("NTF#ntf_", "");
            copy(world, "notification", of("connection-created"), &id, &near(&id));
        }),
        breakage("a partner was not told of an end", &["notice"], |world| {
            take(world, "notification", of("connection-ended-by-customer"));
        }),
        breakage("a customer was not told of an end", &["notice"], |world| {
            take(world, "notification", of("connection-ended-by-partner"));
        }),
        breakage("a change of shares was not told", &["notice-shares"], |world| {
            take(world, "notification", of("connection-shares-changed"));
        }),
        breakage(
            "a decision on a trial was not told, and a partner has it in its feed",
            &["notice-trial", "feed-notification"],
            |world| {
                take(world, "notification", of("trial-approved"));
            },
        ),
        breakage("a beginning stands in one trail", &["trail-connection"], |world| {
            take(world, "audit", |item| says(item, "action", "connection-created"));
        }),
        breakage("what was published stands in no trail", &["trail-published"], |world| {
            take(world, "audit", |item| says(item, "action", "notification-published"));
        }),
        breakage("a comment stands in a trail twice", &["trail-ticket"], |world| {
            let of_comment = |item: &Attributes| {
                says(item, "action", "ticket-commented")
                    && !format!("{item:?}").contains("customer")
            };
            let id = find(world, "audit", of_comment).sk.replace("aud_", "");
            copy(world, "audit", of_comment, &id, &near(&id));
        }),
    ]
}

/// Another id of the same instant.
fn near(id: &str) -> String {
    let last = if id.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &id[..id.len() - 1])
}
