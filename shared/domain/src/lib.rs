//! The rules of Tsunagu: plain types and functions.
//!
//! Nothing here knows AWS or HTTP, and nothing asks a clock: instants, time zones and everything
//! read from the table come in as values. Strings that travel inside are newtypes, parsed once at
//! the edge; whatever fails to parse says why as [`Invalid`].

pub mod access;
pub mod account;
pub mod administrator;
pub mod audit;
pub mod calendar;
pub mod connection;
pub mod dashboard;
pub mod email;
pub mod federation;
pub mod ids;
mod invalid;
pub mod invitation;
pub mod licenses;
pub mod locale;
pub mod notification;
pub mod organization;
pub mod program;
pub mod publication;
mod schema;
mod secret;
pub mod service;
pub mod share;
pub mod text;
pub mod ticket;
pub mod time;
pub mod vendor;
pub mod visibility;

pub use invalid::Invalid;
