//! Function `workspaces`: what users and machines of workspaces call. It alone reaches directories and
//! opens their secrets (P19).

use tsunagu_api::{Routes, routes};

mod bodies;
pub mod directory;
mod floor;
mod launch_resource;
mod list_resources;
mod redeem_launch;
mod session;
mod settings;
mod show_session;
mod show_workspace;
mod sign_in;
mod sign_out;
mod test_domain;
mod throttle;
mod typed;

pub use settings::Workspaces;

/// The routes of this function. Handlers take [`Workspaces`] as an extension.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(show_workspace::show_workspace))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(show_session::show_session))
        .routes(routes!(list_resources::list_available_resources))
        .routes(routes!(launch_resource::launch_resource))
        .routes(routes!(sign_out::sign_out))
        .routes(routes!(redeem_launch::redeem_launch))
        .routes(routes!(test_domain::test_domain))
}
