//! Representations that several functions answer with.

mod badge;
mod connection;

pub use badge::BadgeBody;
pub use connection::{ConnectionBody, PartnerBody, PartyBody, Stage};
