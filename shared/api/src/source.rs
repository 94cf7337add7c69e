//! Where a request came from.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::{App, problem::Problem};

/// The address that a request came from, as the gateway says: never a header, which anybody can send
/// (T20). `None` where the gateway says none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceAddress(pub Option<IpAddr>);

impl SourceAddress {
    pub(crate) fn of(context: Option<&str>) -> Self {
        Self(context.and_then(|address| address.parse().ok()))
    }
}

impl FromRequestParts<App> for SourceAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(None)))
    }
}
