//! The store on both engines: what it promises, under races too, and the form of what it keeps.

mod accepting;
mod answers;
mod documented;
mod ending;
mod feed_model;
mod forms;
mod invite_links;
mod lists;
mod marks;
mod model;
mod notifications;
mod overtaken;
mod reading_on;
mod runs;
mod sharing;
mod stream;
mod tail;
mod ticket_model;
mod tickets;
mod usage_model;
mod vendors_tickets;
