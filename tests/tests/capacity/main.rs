//! What requests cost: in the engine's units, checked against AWS's rules, within the budgets of the
//! data model. A dearer access pattern shows here.

#![expect(clippy::float_cmp, reason = "units are halves, which compare exactly")]

mod dashboard;
mod feeds;
mod fold;
mod licenses;
mod log;
mod requests;
