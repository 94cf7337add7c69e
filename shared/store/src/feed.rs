//! A partner's feed: the notifications and tickets of all its customers in one place.
//!
//! The table's stream tells what changed, and each change is brought to the partners that it
//! concerns in [`Step`]s. A copy is one transaction on condition that the connection stands in the
//! same episode, and of a ticket that it is as it was read: so a record that comes twice, late or out
//! of order changes nothing, and nothing is copied behind an end.
//!
//! Readers do not rely on any of that. Whether a connection is active, what it shares and what is
//! dismissed is looked up when a feed is read (P7, T9): the stream may lag, and leaks nothing.

mod carry;
mod clear;
mod count;
mod dismiss;
mod fill;
mod find;
mod marks;
mod read;
mod record;
mod step;
mod sweep;

pub use count::Tally;
pub use dismiss::DismissAll;
pub use marks::{Mark, Marks};
pub use read::{CustomerNotification, CustomerTicket, FeedFilter, TicketFeedFilter};
pub use record::{FeedChange, Image, StreamRecord};
pub use step::Step;

/// How many partners, entries or customers one step looks at.
const PAGE: usize = 100;
/// How many of them are written at once.
const AT_ONCE: usize = 16;
