//! The laptop: API Gateway, issuer and table stand-ins around the real functions, in one process.
//!
//! [`gateway::Gateway`] is the heart: it reads routes and scopes from `template.yaml`, verifies
//! tokens as API Gateway's JWT authorizer does, makes an HTTP API event of each request and calls
//! the function's own handler. Tests drive it without a socket; [`serve`] puts it on one.

mod answer;
pub mod arguments;
pub mod authorizer;
pub mod binaries;
pub mod client;
pub mod clock;
mod console;
pub mod cors;
pub mod demo;
mod dev;
pub mod directory;
mod directory_key;
pub mod engine;
mod event;
pub mod function;
pub mod functions;
#[cfg(test)]
mod fuzzed;
pub mod gateway;
pub mod guard;
mod intrinsics;
pub mod issuer;
pub mod pattern;
mod private;
mod random;
pub mod reads;
pub mod routes;
pub mod schedule;
pub mod serve;
pub mod server;
pub mod settings;
pub mod source;
pub mod stream;
pub mod table;
pub mod tail;
pub mod template;
pub mod tokens;

pub use dev::Probe;
pub use event::SourceIp;
