//! Invite links: the partner copies its one link, the customer opens it and accepts (P14, P15).

use tsunagu_api::{Routes, routes};

mod accept_invitation;
mod get_invite_link;
mod refusal;
mod show_invitation;

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(get_invite_link::get_invite_link))
        .routes(routes!(show_invitation::show_invitation))
        .routes(routes!(accept_invitation::accept_invitation))
}
