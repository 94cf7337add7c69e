//! The routes of a function.
//!
//! Each is an `utoipa::path` operation, listed once. What the document says of it is made only with the
//! feature `document`, for the tool and the tests that write `openapi.json`: a function that is deployed
//! neither carries nor makes it when it starts.

use std::fmt;

use axum::{Router, handler::Handler, response::IntoResponse, routing::Route};
use http::Request;
use tower::{Layer, Service};

use crate::App;

#[cfg(feature = "document")]
type Inner = utoipa_axum::router::OpenApiRouter<App>;
#[cfg(not(feature = "document"))]
type Inner = Router<App>;

/// The operations of one path, as [`routes!`](crate::routes!) gives them: with what the document says of
/// them.
#[cfg(feature = "document")]
pub type Operations = utoipa_axum::router::UtoipaMethodRouter<App>;
/// The operations of one path, as [`routes!`](crate::routes!) gives them.
#[cfg(not(feature = "document"))]
pub type Operations = (String, axum::routing::MethodRouter<App>);

/// The routes of a function.
#[derive(Clone, Default)]
pub struct Routes(Inner);

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Routes")
    }
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the operations of one more path.
    #[must_use]
    pub fn routes(self, operations: Operations) -> Self {
        #[cfg(feature = "document")]
        let with = self.0.routes(operations);
        #[cfg(not(feature = "document"))]
        let with = self.0.route(&operations.0, operations.1);
        Self(with)
    }

    /// With a route that no document tells of.
    #[cfg(test)]
    pub(crate) fn route(self, path: &str, answers: axum::routing::MethodRouter<App>) -> Self {
        Self(self.0.route(path, answers))
    }

    /// With all routes of another list.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self(self.0.merge(other.0))
    }

    /// With an answer to what matches none of them.
    #[must_use]
    pub fn fallback<H: Handler<T, App>, T: 'static>(self, handler: H) -> Self {
        Self(self.0.fallback(handler))
    }

    /// With something around each of them.
    #[must_use]
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request<axum::body::Body>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<axum::body::Body>>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request<axum::body::Body>>>::Error:
            Into<std::convert::Infallible> + 'static,
        <L::Service as Service<Request<axum::body::Body>>>::Future: Send + 'static,
    {
        Self(self.0.layer(layer))
    }

    /// What the document says of them.
    #[cfg(feature = "document")]
    pub fn into_openapi(self) -> utoipa::openapi::OpenApi {
        self.0.into_openapi()
    }
}

impl From<Routes> for Router<App> {
    #[cfg_attr(
        not(feature = "document"),
        expect(
            clippy::useless_conversion,
            reason = "with the document it is a router of another kind"
        )
    )]
    fn from(routes: Routes) -> Self {
        routes.0.into()
    }
}

/// The operations of one path: `routes!(get_thing::get_thing, change_thing::change_thing)`.
#[cfg(feature = "document")]
#[macro_export]
macro_rules! routes {
    ($($handler:path),+ $(,)?) => { $crate::utoipa_axum::routes!($($handler),+) };
}

/// The operations of one path: `routes!(get_thing::get_thing, change_thing::change_thing)`.
#[cfg(not(feature = "document"))]
#[macro_export]
macro_rules! routes {
    (@on $router:expr, $handler:path) => {{
        use $crate::utoipa_axum::PathItemExt;
        // It hands the handler's path on word by word, as the inner macro wants to read it.
        $crate::utoipa_axum::paste! {
            $crate::utoipa_axum::routes!(@path [methods()] of $handler)
                .iter()
                .fold($router, |router, method| router.on(method.to_method_filter(), $handler))
        }
    }};
    ($first:path $(, $handler:path)* $(,)?) => {{
        let operations = $crate::routes!(@on ::axum::routing::MethodRouter::new(), $first);
        $(let operations = $crate::routes!(@on operations, $handler);)*
        let path = $crate::utoipa_axum::paste! {
            $crate::utoipa_axum::routes!(@path [path()] of $first)
        };
        (path, operations)
    }};
}
