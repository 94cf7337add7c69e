//! What is promised on paper and what runs are one: the OpenAPI document, the deployment's template,
//! the architecture.

mod answers;
mod architecture;
mod audited;
mod document;
mod events;
mod heard;
mod policies;
mod roles;
mod routes;
mod runbooks;
mod schema;
mod template;
mod traces;
mod uses;

use std::path::PathBuf;

/// A file of the project by its path from the root.
fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Its text.
fn read(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
