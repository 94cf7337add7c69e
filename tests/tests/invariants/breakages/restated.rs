//! One break for each rule of the product that the checker says once more in its own words.

use serde_json::json;
use tsunagu_domain::{ids::NotificationId, ticket::Status, time::Instant};
use tsunagu_store::{
    Item,
    feed::Mark,
    items::{DismissedForAllItem, EntitlementItem, FeedTicketItem, TicketItem},
};
use tsunagu_tests::{seed::attributes, stored::Contents};

use crate::edit::{change, inner, item, number, put, says};

use super::{Breakage, any, breakage};

pub(super) fn breakages() -> Vec<Breakage> {
    let mut breakages = seen();
    breakages.extend(dismissed());
    breakages.extend(bought());
    breakages
}

/// The items of a kind, read.
fn all<I: Item>(world: &Contents) -> Vec<I> {
    world.of_kind::<I>("")
}

fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

/// Changes the ticket that is over, as its account has it.
fn over(world: &mut Contents, how: fn(&mut TicketItem)) {
    let tickets = all::<TicketItem>(world).into_iter();
    let mut over = tickets.filter(|item| item.ticket.status == Status::Closed);
    let mut ticket = over.next().expect("the world has one");
    how(&mut ticket);
    let mut written = attributes(&ticket);
    // Whatever an index or the time to live says stays as it was.
    let key = ticket.key();
    for (name, value) in &world.items[&key] {
        written.entry(name.clone()).or_insert_with(|| value.clone());
    }
    put(world, written);
}

fn seen() -> Vec<Breakage> {
    vec![
        breakage("a partner sees which other one opened a ticket", &["feed-ticket"], |world| {
            let stranger = json!({"role": "partner", "partner": {
                "accountId": "acc_01AAAAAAAAAAAAAAAAAAAAAAAA", "displayName": "海原",
            }});
            let stranger = item(&json!({"openedBy": stranger}));
            let entry = &all::<FeedTicketItem>(world)[0];
            let id = entry.ticket_id.to_string();
            for ticket in world.items.values_mut().filter(|it| says(it, "SK", &id)) {
                let is_entry = ticket.contains_key("ticket");
                let of = if is_entry { inner(ticket, "ticket") } else { ticket };
                if of.contains_key("openedBy") {
                    of.extend(stranger.clone());
                }
            }
        }),
        breakage("a partner sees what moved for the account alone", &["feed-ticket"], |world| {
            change(world, "feed-ticket", any, |item| {
                let activity = inner(inner(item, "ticket"), "activity");
                activity.insert("commentCount".to_owned(), number(2));
            });
        }),
        breakage("what was over before the connection is in a feed", &["feed-ticket"], |world| {
            over(world, |item| item.ticket.shared_activity.updated_at = at("2020-01-01T00:00:00Z"));
        }),
        breakage(
            "what has ended since the connection is not in a feed",
            &["feed-ticket"],
            |world| {
                let entries = all::<FeedTicketItem>(world).into_iter();
                let mut over = entries.filter(|entry| entry.ticket.status == Status::Closed);
                let key = over.next().expect("the world has one").key();
                world.items.remove(&key);
            },
        ),
    ]
}

/// One mark more for all customers.
fn mark(world: &mut Contents, up_to: &str, made: &str) {
    let item = all::<DismissedForAllItem>(world).remove(0);
    let mark = Mark { up_to: NotificationId::first_of(at(up_to)), at: at(made) };
    let item = DismissedForAllItem { marks: item.marks.with(mark), ..item };
    put(world, attributes(&item));
}

fn dismissed() -> Vec<Breakage> {
    vec![
        breakage("a mark covers what a partner counts", &["feed-count"], |world| {
            mark(world, "2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z");
        }),
        breakage("a mark from before the connection covers nothing", &[], |world| {
            mark(world, "2026-12-01T00:00:00Z", "2026-01-01T00:00:00Z");
        }),
    ]
}

/// Changes what was bought.
fn entitled(world: &mut Contents, how: fn(&mut EntitlementItem)) {
    let all = all::<EntitlementItem>(world).into_iter();
    let mut stated = all.filter(|it| it.entitlement.entitlement_id.as_str().starts_with("EN-"));
    let mut item = stated.next().expect("the world has one");
    how(&mut item);
    put(world, attributes(&item));
}

fn bought() -> Vec<Breakage> {
    vec![
        breakage("more was bought than partners know", &["summary", "held"], |world| {
            entitled(world, |item| item.entitlement.terms[0].quantity = Some(11));
        }),
        breakage("what was bought is over", &["summary", "held"], |world| {
            entitled(world, |item| {
                item.entitlement.terms[0].ends_on = "2026-01-30".parse().ok();
            });
        }),
        breakage("what was bought renews by itself", &["held"], |world| {
            entitled(world, |item| item.entitlement.auto_renew = true);
        }),
        breakage("users alone are more, of which devices are the fewer", &["figures"], |world| {
            change(world, "current-figures", any, |item| {
                item.insert("ua".to_owned(), number(4));
            });
        }),
        breakage("a user was there on another day too", &["figures"], |world| {
            change(
                world,
                "holder",
                |item| says(item, "kind", "user"),
                |item| {
                    inner(item, "days").insert("2026-03".to_owned(), number(0b11));
                },
            );
        }),
        breakage("a licence was released, which nobody counted", &["figures"], |world| {
            change(
                world,
                "holder",
                |item| says(item, "kind", "user"),
                |holder| {
                    let segments = json!([{"b": "2026-03-01", "r": "2026-03-02"}]);
                    // Of no licence any more, it goes some day.
                    let ttl = 1_815_609_600;
                    holder.extend(item(&json!({"segments": segments, "ttl": ttl})));
                },
            );
        }),
    ]
}
