//! The service catalogue.

use std::time::Duration;

use tokio::time::Instant as Tick;
use tsunagu_domain::{service::Service, vendor::ServiceCode};

use crate::{
    Stated, Store,
    condition::Condition,
    error::{StoreError, WriteError},
    items::ServiceItem,
    keys,
    query::Query,
    settle::{Attempt, until_settled},
    transaction::{Outcome, Transaction},
};

/// How old the remembered catalogue may be. It is measured by the machine's own monotonic time: it
/// bounds an environment's memory and decides nothing that a promise hangs on.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);

/// Why a service is not put into the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceRefusal {
    /// It is no longer as its reader saw it.
    Changed,
    /// What its licences count never changes: figures of before and after would not compare.
    OtherModel,
}

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
        let query = Query::whole(keys::SERVICES_PARTITION.to_owned());
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

    /// One service of the catalogue: as remembered, and as the table has it where it is not: nothing
    /// is refused for being new.
    pub async fn known_service(&self, code: &ServiceCode) -> Result<Option<Service>, StoreError> {
        let services = self.services().await?;
        match services.into_iter().find(|service| service.code == *code) {
            Some(service) => Ok(Some(service)),
            None => self.service(code).await,
        }
    }

    /// Puts a service into the catalogue.
    ///
    /// `still` says whether the service is as its reader saw it, `None` where there is none.
    pub async fn put_service(
        &self,
        service: &Service,
        still: impl Fn(Option<&Service>) -> bool,
    ) -> Result<Stated<Service>, WriteError<ServiceRefusal>> {
        let stated = until_settled(async || self.put_service_once(service, &still).await).await?;
        *self.remembered.catalogue.write().await = None;
        Ok(stated)
    }

    async fn put_service_once(
        &self,
        service: &Service,
        still: &impl Fn(Option<&Service>) -> bool,
    ) -> Result<Attempt<Stated<Service>>, WriteError<ServiceRefusal>> {
        let before = self.table.get::<ServiceItem>(keys::service(&service.code)).await?;
        if !still(before.as_ref().map(|item| &item.service)) {
            return Err(WriteError::Refused(ServiceRefusal::Changed));
        }
        if before.as_ref().is_some_and(|before| before.service.model != service.model) {
            return Err(WriteError::Refused(ServiceRefusal::OtherModel));
        }
        let stated = Stated { value: service.clone(), is_new: before.is_none() };
        let (rev, unchanged) = match before {
            Some(before) if before.service == *service => return Ok(Attempt::Done(stated)),
            Some(before) => (before.rev + 1, Condition::present().and_equals("rev", before.rev)?),
            None => (1, Condition::absent()),
        };
        let mut transaction = Transaction::default();
        transaction.put(&ServiceItem { service: service.clone(), rev }, &unchanged)?;
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(Attempt::Done(stated)),
            Outcome::Refused(_) => Ok(Attempt::Stale),
        }
    }
}
