//! The service catalogue.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, stream};
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
    transaction::Transaction,
};

/// How old the remembered catalogue may be. It is measured by the machine's own monotonic time: it
/// bounds an environment's memory and decides nothing that a promise hangs on.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);

/// How many services that are not remembered are read at the same time.
const AT_ONCE: usize = 8;

/// Why a service is not put into the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceRefusal {
    /// It is no longer as its reader saw it.
    Changed,
    /// What its licences count never changes: figures of before and after would not compare.
    OtherModel,
}

/// Services by their codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services(BTreeMap<ServiceCode, Service>);

impl FromIterator<Service> for Services {
    fn from_iter<I: IntoIterator<Item = Service>>(services: I) -> Self {
        Self(services.into_iter().map(|service| (service.code.clone(), service)).collect())
    }
}

impl Services {
    /// A service; `None` where there is none of this code.
    pub fn find(&self, code: &ServiceCode) -> Option<&Service> {
        self.0.get(code)
    }

    /// A service that something in the table is about: it is there, as nothing goes out of the
    /// catalogue.
    pub fn on_record(&self, code: &ServiceCode) -> Result<&Service, StoreError> {
        let missing = || StoreError::corrupt(format_args!("the service {code} is in no catalogue"));
        self.find(code).ok_or_else(missing)
    }

    /// All of them, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Service> {
        self.0.values()
    }
}

/// The catalogue as an environment remembers it.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    services: Arc<Services>,
    read_at: Tick,
}

impl Store {
    /// The catalogue; up to a minute old.
    pub async fn services(&self) -> Result<Arc<Services>, StoreError> {
        if let Some(catalogue) = &*self.remembered.catalogue.read().await
            && catalogue.read_at.elapsed() < REMEMBERED_FOR
        {
            return Ok(Arc::clone(&catalogue.services));
        }
        let query = Query::whole(keys::SERVICES_PARTITION.to_owned());
        let items = self.table.query_all::<ServiceItem>(query).await?;
        let services: Arc<Services> = Arc::new(items.into_iter().map(|it| it.service).collect());
        let fresh = Catalogue { services: Arc::clone(&services), read_at: Tick::now() };
        *self.remembered.catalogue.write().await = Some(fresh);
        Ok(services)
    }

    /// One service as the table has it now.
    pub async fn service(&self, code: &ServiceCode) -> Result<Option<Service>, StoreError> {
        let item = self.table.get::<ServiceItem>(keys::service(code)).await?;
        Ok(item.map(|item| item.service))
    }

    /// The services of these codes, as far as they exist: as remembered, and as the table has them
    /// where they are not. Nothing is refused for being new.
    pub async fn services_of(
        &self,
        codes: impl IntoIterator<Item = &ServiceCode>,
    ) -> Result<Services, StoreError> {
        let codes: BTreeSet<_> = codes.into_iter().collect();
        if codes.is_empty() {
            return Ok(Services::default());
        }
        let remembered = self.services().await?;
        let known = codes.iter().filter_map(|code| remembered.find(code));
        let mut services: Services = known.cloned().collect();
        let unknown = codes.into_iter().filter(|code| remembered.find(code).is_none());
        let reads: Vec<_> = unknown.map(|code| self.service(code)).collect();
        let fresh: Vec<_> = stream::iter(reads).buffer_unordered(AT_ONCE).try_collect().await?;
        let fresh = fresh.into_iter().flatten();
        services.0.extend(fresh.map(|service| (service.code.clone(), service)));
        Ok(services)
    }

    /// One of them.
    pub async fn known_service(&self, code: &ServiceCode) -> Result<Option<Service>, StoreError> {
        Ok(self.services_of([code]).await?.0.remove(code))
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
        if before.as_ref().is_some_and(|before| before.service == *service) {
            return Ok(Attempt::Done(stated));
        }
        let known = before.map(|before| before.rev);
        let rev = known.unwrap_or_default() + 1;
        let item = ServiceItem { service: service.clone(), rev };
        let mut transaction = Transaction::default();
        transaction.put(&item, &Condition::unchanged(known)?)?;
        Ok(self.table.transact(transaction).await?.or_stale(stated))
    }
}
