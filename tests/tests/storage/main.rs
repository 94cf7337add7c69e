//! The store on both engines: what it promises, under races too, and the form of what it keeps.

mod accepting;
mod answers;
mod audit;
mod documented;
mod ending;
mod feed_crowd;
mod feed_model;
mod feed_work;
mod feeds;
mod forms;
mod invite_links;
mod lists;
mod marks;
mod model;
mod notifications;
mod overtaken;
mod reading_on;
mod reads;
mod runs;
mod sharing;
mod stream;
mod tail;
mod ticket_model;
mod tickets;
mod usage_model;
mod vendors_tickets;
