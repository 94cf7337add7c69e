//! Journeys through the whole product, on both engines: everything by the routes of the contract,
//! through the gateway, with signed tokens, in Japanese and English.

mod administrators;
mod audit;
mod badge;
mod bodies;
mod bulk;
mod connect;
mod dashboard;
mod ending;
mod etags;
mod expiry;
mod federation;
mod feeds;
mod idempotency;
mod licenses;
mod long_tickets;
mod notices;
mod organizations;
mod outage;
mod overview;
mod paging;
mod publishing;
mod queries;
mod races;
mod reads;
mod removal;
mod summary;
mod suspension;
mod tickets;
mod trends;
mod trials;
mod workspaces;
