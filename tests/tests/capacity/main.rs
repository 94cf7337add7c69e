//! What requests cost: in the engine's units, checked against AWS's rules, within the budgets of the
//! data model. A dearer access pattern shows here.

mod dashboard;
mod log;
mod requests;
