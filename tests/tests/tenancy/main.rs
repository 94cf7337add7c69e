//! The tenancy matrix: every route of the OpenAPI document, for every kind of caller, on both
//! engines. What is expected follows from one row for each route (`rows.rs`); a route without a row
//! fails.

mod callers;
mod cast;
mod federation;
mod matrix;
mod not_found;
mod rows;
