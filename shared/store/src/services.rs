//! The service catalogue.

use std::time::{Duration, Instant as Tick};

use tsunagu_domain::{service::Service, vendor::ServiceCode};

use crate::{
    Store,
    condition::Condition,
    error::StoreError,
    items::ServiceItem,
    keys,
    query::Query,
    transaction::{Rejected, Transaction},
};

/// How old the remembered catalogue may be. It is measured by the machine's own monotonic time: it
/// bounds an environment's memory and decides nothing that a promise hangs on.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);

/// The catalogue as an environment remembers it.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    services: Vec<Service>,
    read_at: Tick,
}

impl Store {
    /// All services, by code; up to a minute old.
    pub async fn services(&self) -> Result<Vec<Service>, StoreError> {
        if let Some(catalogue) = &*self.remembered.catalogue.read().await
            && catalogue.read_at.elapsed() < REMEMBERED_FOR
        {
            return Ok(catalogue.services.clone());
        }
        let query = Query::prefix(keys::SERVICES_PARTITION.to_owned(), "");
        let items = self.table.query_all::<ServiceItem>(query).await?;
        let services: Vec<_> = items.into_iter().map(|item| item.service).collect();
        let fresh = Catalogue { services: services.clone(), read_at: Tick::now() };
        *self.remembered.catalogue.write().await = Some(fresh);
        Ok(services)
    }

    /// One service as the table has it now.
    pub async fn service(&self, code: &ServiceCode) -> Result<Option<Service>, StoreError> {
        let item = self.table.get::<ServiceItem>(keys::service(code)).await?;
        Ok(item.map(|item| item.service))
    }

    /// Puts a service into the catalogue; tells whether it is new there.
    pub async fn put_service(&self, service: Service) -> Result<bool, StoreError> {
        let is_new = self.service(&service.code).await?.is_none();
        let mut transaction = Transaction::default();
        transaction.put(&ServiceItem { service }, &Condition::none())?;
        match self.table.transact(transaction).await {
            Ok(()) => {}
            Err(Rejected::Store(error)) => return Err(error),
            Err(Rejected::Conditions(_)) => return Err(StoreError::corrupt("no condition")),
        }
        *self.remembered.catalogue.write().await = None;
        Ok(is_new)
    }
}
