//! The service that a ticket is about.

use tsunagu_api::{App, Problem};
use tsunagu_domain::vendor::ServiceCode;

/// Refuses unless the service, where there is one, is in the catalogue.
pub(crate) async fn demand(app: &App, service: Option<&ServiceCode>) -> Result<(), Problem> {
    let Some(service) = service else { return Ok(()) };
    match app.store.known_service(service).await? {
        Some(_) => Ok(()),
        None => Err(Problem::unknown_service(["/service"])),
    }
}
