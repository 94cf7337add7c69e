//! Federated domains and workspaces: a provider's directory lets the users of its customers in (P19).
//!
//! Rules only: what a name, a directory, a member and a workspace are. Who asks a directory is the
//! function `workspaces`, alone.

pub mod address;
pub mod certificate;
pub mod directory;
pub mod dn;
pub mod domain_name;
pub mod draft;
pub mod host;
pub mod launch_url;
pub mod login;
pub mod members;
pub mod networks;
pub mod resource;
pub mod secrets;
pub mod session;
pub mod throttle;
pub mod workspace;

#[cfg(test)]
mod fuzzed;
