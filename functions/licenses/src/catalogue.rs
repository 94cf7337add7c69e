//! The services that a body names.

use tsunagu_api::{App, Problem};
use tsunagu_domain::vendor::ServiceCode;
use tsunagu_store::Services;

/// The services that stand at these pointers; refuses unless all of them are in the catalogue.
pub(crate) async fn demand(
    app: &App,
    services: &[(String, &ServiceCode)],
) -> Result<Services, Problem> {
    let known = app.store.services_of(services.iter().map(|(_, code)| *code)).await?;
    let is_unknown = |(_, code): &&(String, &ServiceCode)| known.find(code).is_none();
    let unknown: Vec<_> = services.iter().filter(is_unknown).map(|(at, _)| at).collect();
    if unknown.is_empty() { Ok(known) } else { Err(Problem::unknown_service(unknown)) }
}
