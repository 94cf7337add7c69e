//! Accounts on a store, and what they do to each other: the language of the storage tests.

use std::sync::Arc;

use chrono::TimeDelta;
use tsunagu_api::{App, Settings, Task, TaskError};
use tsunagu_domain::{
    access::{BadgeDemand, CustomerDemand, Demand, Right},
    account::AccountStatus,
    administrator::Subject,
    connection::{AcceptRefusal, Pair},
    ids::{AccountId, OrgId},
    locale::LocalizedText,
    program::{Membership, MembershipStatus, Program, Window},
    service::{LicenseModel, Service},
    share::Shares,
    time::{Clock, Instant},
};
use tsunagu_local::clock::MovableClock;
use tsunagu_store::{
    Acceptance, Accepted, Acting, AdmitError, Caller, Changed, ConnectedCustomer, Deadline,
    Invitation, LinkAfterwards, Marked, Page, Place, RecordedAnswer, Store, StoreError, Version,
    WriteError,
    items::{AccountItem, Episode, OrganizationItem, PartnerItem},
    keys,
    licenses::FoldLimits,
};

use usage_aggregation::{Event, Rebuild, Report};

use crate::{
    clock,
    engine::{Database, Engine},
    seed,
    stored::Stored,
    world::CONSOLE,
};

/// An account with its one administrator.
#[derive(Clone, Debug)]
pub struct Party {
    /// The account.
    pub id: AccountId,
    /// Its organization.
    pub org: OrgId,
    /// Its administrator, with full access.
    pub caller: Caller,
}

/// A store over a table of its own.
pub struct Stage {
    /// The store.
    pub store: Store,
    /// The table behind it.
    pub database: Database,
    /// What is in the table.
    pub stored: Stored,
    /// The clock; it stands still.
    pub clock: Arc<MovableClock>,
    /// How much a fold of the scheduled function takes at once.
    pub fold_limits: FoldLimits,
}

/// The pair of a partner and a customer.
pub fn pair(partner: &Party, customer: &Party) -> Pair {
    Pair::new(partner.id, customer.id).expect("two accounts")
}

impl Stage {
    /// An empty stage; `None` where the engine is left out.
    pub async fn open(engine: Engine) -> Option<Self> {
        Some(Self::over(engine.open().await?))
    }

    /// An empty stage over a table with its stream.
    pub async fn open_with_stream(engine: Engine) -> Option<Self> {
        Some(Self::over(engine.open_with_stream().await?))
    }

    fn over(database: Database) -> Self {
        let (store, stored) = (database.store(), database.stored());
        let fold_limits = FoldLimits::default();
        Self { store, stored, database, clock: clock::frozen(), fold_limits }
    }

    /// What a function that no request starts is made of, in an environment of its own.
    pub(crate) fn app(&self) -> App {
        let zone = "Asia/Tokyo".parse().expect("a zone");
        let settings = Settings::new(CONSOLE, zone).expect("an address");
        let store = self.database.store().with_fold_limits(self.fold_limits);
        App::new(store, self.clock.clone(), settings)
    }

    /// The scheduled function runs, up to the present.
    pub async fn aggregate(&self) -> Result<Report, TaskError> {
        self.aggregate_up_to(self.now()).await
    }

    /// The scheduled function runs, for this scheduled time.
    pub async fn aggregate_up_to(&self, at: Instant) -> Result<Report, TaskError> {
        let event = Event { scheduled_time: Some(at), rebuild: None };
        usage_aggregation::task(self.app()).run(event, Deadline::default()).await
    }

    /// The scheduled function runs until its time is up.
    pub async fn aggregate_until(&self, deadline: Deadline) -> Result<Report, TaskError> {
        let event = Event { scheduled_time: Some(self.now()), rebuild: None };
        usage_aggregation::task(self.app()).run(event, deadline).await
    }

    /// The figures of a service are computed anew.
    pub async fn rebuild(&self, party: &Party, service: &Service) -> Result<Report, TaskError> {
        let rebuild = Rebuild { account_id: party.id, service: service.code.clone() };
        let event = Event { scheduled_time: None, rebuild: Some(rebuild) };
        usage_aggregation::task(self.app()).run(event, Deadline::default()).await
    }

    /// A service of the catalogue.
    pub async fn service(&self, code: &str, model: LicenseModel) -> Service {
        let name =
            LocalizedText { ja: format!("サービス {code}"), en: format!("Service {code}") };
        let code = code.parse().expect("a code");
        let service = Service { code, name, model, required_program: None };
        self.store.put_service(&service, |_| true).await.expect("is put");
        service
    }

    /// What the clock shows.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Moves the clock on.
    pub fn wait(&self, step: TimeDelta) {
        clock::advance(&self.clock, step);
    }

    /// An account of a service provider.
    pub async fn partner(&self, name: &str) -> Party {
        self.party(name, &[Program::Csp]).await
    }

    /// An account without any badge.
    pub async fn customer(&self, name: &str) -> Party {
        self.party(name, &[]).await
    }

    /// An account without any badge in a time zone.
    pub async fn customer_in(&self, name: &str, zone: &str) -> Party {
        self.party_in(name, &[], zone).await
    }

    /// An account of an organization of the same name, a member of these programs.
    pub async fn party(&self, name: &str, programs: &[Program]) -> Party {
        self.party_in(name, programs, "Asia/Tokyo").await
    }

    async fn party_in(&self, name: &str, programs: &[Program], zone: &str) -> Party {
        let now = self.now();
        let organization = seed::organization(name, programs, now);
        let mut account = seed::account(name, organization.organization.org_id, now);
        account.account.time_zone = zone.parse().expect("a zone");
        let id = account.account.account_id;
        let email = format!("{}@example.com", id.to_string().to_ascii_lowercase());
        let subject = Subject::of("https://issuer.example", &email);
        let (administrator, membership, full) =
            seed::administrator(&account, &email, &subject, now);
        self.stored.put(&organization).await;
        self.stored.put(&account).await;
        self.stored.put(&administrator).await;
        self.stored.put(&membership).await;
        self.stored.put(&full).await;
        let email = administrator.administrator.email;
        let caller = Caller { subject, verified_email: email.clone(), email };
        Party { id, org: organization.organization.org_id, caller }
    }

    /// The administrator acting for his account, as the permission check admits him.
    pub async fn acting(&self, party: &Party) -> Acting {
        let demand = Demand {
            right: Right::Any,
            reads_own: true,
            badge: BadgeDemand::None,
            customer: CustomerDemand::None,
        };
        let admitted = self.store.admit(&party.caller, party.id, None, &demand, self.now()).await;
        admitted.expect("the administrator is admitted").acting
    }

    /// The customer as the permission check hands it to its partner.
    pub async fn connected(
        &self,
        partner: &Party,
        customer: &Party,
    ) -> Result<ConnectedCustomer, AdmitError> {
        let demand = Demand {
            right: Right::FullAccess,
            reads_own: false,
            badge: BadgeDemand::Any,
            customer: CustomerDemand::Connected,
        };
        let (caller, now) = (&partner.caller, self.now());
        let admitted =
            self.store.admit(caller, partner.id, Some(customer.id), &demand, now).await?;
        Ok(admitted.customer.expect("was demanded"))
    }

    /// The partner's invitation, by its link.
    pub async fn invitation(&self, partner: &Party) -> Invitation {
        let acting = self.acting(partner).await;
        let link = self.store.invite_link(&acting, self.now()).await.expect("a link");
        let found = self.store.invitation(&link.token, self.now()).await;
        found.expect("the table answers").expect("the link leads somewhere")
    }

    /// The customer accepts everything.
    pub async fn accept(
        &self,
        customer: &Party,
        partner: &Party,
    ) -> Result<Accepted, WriteError<AcceptRefusal>> {
        self.accept_as(customer, partner, Shares::all(), None, None).await
    }

    /// The customer accepts, on its terms.
    pub async fn accept_as(
        &self,
        customer: &Party,
        partner: &Party,
        shares: Shares,
        version: Option<&str>,
        record: Option<RecordedAnswer>,
    ) -> Result<Accepted, WriteError<AcceptRefusal>> {
        let acting = self.acting(customer).await;
        let invitation = self.invitation(partner).await;
        let acceptance = Acceptance { customer: &acting, shares, version, now: self.now() };
        self.store.accept(invitation, &acceptance, |_| Ok(record.clone())).await
    }

    /// A new connection that shares everything.
    pub async fn connect(&self, customer: &Party, partner: &Party) -> Accepted {
        let accepted = self.accept(customer, partner).await.expect("accepts");
        assert!(accepted.is_new, "they were not connected before");
        accepted
    }

    /// One side ends the connection of a pair.
    pub async fn end(&self, by: &Party, pair: Pair) -> Result<bool, WriteError<Changed>> {
        self.end_as_seen(by, pair, None).await
    }

    /// A connected customer with the partner's marks, as they are now.
    pub async fn marked(&self, partner: &Party, customer: &Party) -> Marked {
        let connected = self.connected(partner, customer).await.expect("connected");
        self.store.customer(&connected).await.expect("answers")
    }

    /// One side ends the connection, provided that it is as that side saw it.
    pub async fn end_as_seen(
        &self,
        by: &Party,
        pair: Pair,
        seen: Option<Version>,
    ) -> Result<bool, WriteError<Changed>> {
        let (acting, now) = (self.acting(by).await, self.now());
        if by.id == pair.partner {
            let link = LinkAfterwards::Works;
            self.store.end_as_partner(&acting, pair.customer, link, seen, now).await
        } else {
            self.store.end_as_customer(&acting, pair.partner, seen, now).await
        }
    }

    /// A page of the history as one side keeps it.
    pub async fn episodes(
        &self,
        of: &Party,
        pair: Pair,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page<Episode>, StoreError> {
        let acting = self.acting(of).await;
        if of.id == pair.partner {
            self.store.episodes_with_customer(&acting, pair.customer, after, limit).await
        } else {
            self.store.episodes_with_partner(&acting, pair.partner, after, limit).await
        }
    }

    /// The partner ends the connection and blocks the customer.
    pub async fn block(&self, partner: &Party, pair: Pair) -> Result<bool, WriteError<Changed>> {
        let acting = self.acting(partner).await;
        let link = LinkAfterwards::Blocked;
        self.store.end_as_partner(&acting, pair.customer, link, None, self.now()).await
    }

    /// The customer sets what it shares.
    pub async fn share(
        &self,
        customer: &Party,
        pair: Pair,
        shares: Shares,
    ) -> Result<Option<PartnerItem>, WriteError<Changed>> {
        let acting = self.acting(customer).await;
        self.store.change_shares(&acting, pair.partner, shares, None, self.now()).await
    }

    /// The vendor suspends an account, or opens it again.
    pub async fn set_status(&self, party: &Party, status: AccountStatus) {
        self.change_account(party, |item| item.account.status = status).await;
    }

    /// An account changes, as its `rev` tells.
    pub async fn change_account(&self, party: &Party, change: impl FnOnce(&mut AccountItem)) {
        let key = keys::account(party.id);
        let mut item: AccountItem = self.stored.get(key).await.expect("the account");
        change(&mut item);
        item.rev += 1;
        self.stored.put(&item).await;
    }

    /// The vendor ends an organization's membership of its program, or renews it.
    pub async fn declare(&self, party: &Party, status: MembershipStatus) {
        let key = keys::organization(party.org);
        let mut item: OrganizationItem = self.stored.get(key).await.expect("the organization");
        let memberships = &mut item.organization.memberships;
        let before = memberships.of(Program::Csp).cloned();
        let window = Window::default();
        let membership = Membership::declare(before.as_ref(), status, window, self.now());
        memberships.put(Program::Csp, membership);
        item.rev += 1;
        self.stored.put(&item).await;
    }
}
