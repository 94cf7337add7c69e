//! The services that something is about.

use std::collections::{BTreeSet, HashMap};

use tsunagu_api::{App, Problem, bulk};
use tsunagu_domain::{service::Service, vendor::ServiceCode};

/// Services by their codes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue(HashMap<ServiceCode, Service>);

impl Catalogue {
    /// Those of these codes, as far as they exist. One that the environment does not remember is read
    /// from the table.
    pub(crate) async fn of<'a>(
        app: &App,
        codes: impl IntoIterator<Item = &'a ServiceCode>,
    ) -> Result<Self, Problem> {
        let codes: BTreeSet<_> = codes.into_iter().collect();
        if codes.is_empty() {
            return Ok(Self::default());
        }
        let mut catalogue: Self = app.store.services().await?.into_iter().collect();
        let fresh = codes.into_iter().filter(|code| catalogue.find(code).is_none());
        let fresh = fresh.map(|code| (code, code)).collect::<Vec<_>>();
        let read = bulk::for_each(fresh, |code| app.store.service(code)).await;
        for service in read {
            catalogue.0.extend(service?.map(|service| (service.code.clone(), service)));
        }
        Ok(catalogue)
    }

    /// A service; `None` where there is none of this code.
    pub(crate) fn find(&self, code: &ServiceCode) -> Option<&Service> {
        self.0.get(code)
    }

    /// A service that something in the table is about.
    pub(crate) fn service(&self, code: &ServiceCode) -> Result<&Service, Problem> {
        let missing = || Problem::internal(format!("the service {code} is in no catalogue"));
        self.find(code).ok_or_else(missing)
    }

    /// Refuses unless all of these are there, by the pointers at which they stand.
    pub(crate) async fn demand(
        app: &App,
        services: &[(String, &ServiceCode)],
    ) -> Result<Self, Problem> {
        let known = Self::of(app, services.iter().map(|(_, code)| *code)).await?;
        let is_unknown = |(_, code): &&(String, &ServiceCode)| known.find(code).is_none();
        let unknown: Vec<_> = services.iter().filter(is_unknown).map(|(at, _)| at).collect();
        if unknown.is_empty() { Ok(known) } else { Err(Problem::unknown_service(unknown)) }
    }
}

impl FromIterator<Service> for Catalogue {
    fn from_iter<I: IntoIterator<Item = Service>>(services: I) -> Self {
        Self(services.into_iter().map(|service| (service.code.clone(), service)).collect())
    }
}
