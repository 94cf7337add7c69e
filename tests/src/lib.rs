//! What crosses functions: journeys, tenancy, contract, faults, on both DynamoDB engines.
//!
//! A test names its engine and gets a database of its own ([`Database`]), with a layer in front of
//! it that records every call and makes those go wrong that a [`faults::Faults`] plan names. On it
//! stands either a [`Stage`], which drives the store alone, or a [`World`], which drives the whole
//! product through the gateway.
//!
//! Time is a value here too: the clock stands still until a test moves it, and what waits (retries,
//! time limits) waits in Tokio's paused time, so that nothing sleeps by the wall clock.

// Helpers of tests fail the test they serve; each `expect` says why it holds.
#![allow(clippy::missing_panics_doc)]

pub mod background;
pub mod clock;
mod connector;
pub mod contract;
pub mod corp;
pub mod crowd;
pub mod desk;
pub mod elsewhere;
mod engine;
pub mod events;
pub mod faults;
pub mod federated;
pub mod feeds;
pub mod invariants;
pub mod laptop;
pub mod licensed;
pub mod measured;
pub mod meter;
pub mod office;
pub mod product;
pub mod reads;
pub mod record;
pub mod round;
pub mod sample;
pub mod secrets;
pub mod seed;
pub mod stage;
pub mod stored;
pub mod tickets;
pub mod units;
pub mod usage;
pub mod vendor;
pub mod wire;
pub mod world;

pub use engine::{Database, Engine, both_engines, dynamodb_local};
pub use rstest_reuse;
pub use stage::{Party, Stage};
pub use stored::Stored;
pub use world::{Response, World};
