//! Licences: orders, entitlements, usage, trends (P10–P13, P16).

use tsunagu_api::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this function.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
