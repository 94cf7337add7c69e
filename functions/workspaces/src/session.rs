//! Who holds the token of a session.

use axum::extract::FromRequestParts;
use http::request::Parts;
use tsunagu_api::{App, Bearer, Code, PathIds, Problem, claims::Identified};
use tsunagu_domain::federation::secrets::SessionToken;
use tsunagu_store::workspaces::OpenSession;

use crate::Workspaces;

/// A user in a session of the workspace in the path, all of which still stands: it is looked at anew
/// with each request.
#[derive(Debug)]
pub(crate) struct InSession(pub(crate) OpenSession);

impl FromRequestParts<App> for InSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let nobody = || Problem::new(Code::Unauthenticated);
        let Bearer(token) = Bearer::<SessionToken>::from_request_parts(parts, app).await?;
        // No session is one of what cannot be a host.
        let ids = PathIds::from_request_parts(parts, app).await?;
        let host = ids.get("host").map_err(|_| nobody())?;
        let workspaces: &Workspaces = parts
            .extensions
            .get()
            .ok_or_else(|| Problem::internal("a route of workspaces without its settings"))?;
        let session = app.store.session(&host, &token, workspaces.terms(), app.now()).await?;
        session.map(Self).ok_or_else(nobody)
    }
}

impl Identified for InSession {
    fn digest(&self) -> &str {
        self.0.digest()
    }
}
