//! Registering: a person makes an account, with an ORGID of its own.

use tsunagu_domain::{
    account::{Account, AccountStatus, MAX_REGISTERED_BY_ONE_PERSON},
    administrator::{Access, Administrator},
    audit::{Action, Actor},
    ids::{AccountId, AdminId, OrgId},
    locale::{CountryCode, TimeZone},
    organization::Organization,
    program::Memberships,
    text::DisplayName,
    time::Instant,
};

use crate::{
    Caller, RecordedAnswer, Store,
    audit::Event,
    condition::{Condition, Update},
    error::{StoreError, WriteError},
    item::Item,
    items::{
        AccountItem, AdministratorItem, FullAdministratorsItem, MembershipItem, OrganizationItem,
        RegisteredCountItem,
    },
    keys::{self, attribute},
    transaction::{ActionId, Outcome, Transaction},
};

/// The person has registered as many accounts as one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyAccounts;

/// What a person says of the account that it registers.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The name that it gives itself.
    pub display_name: DisplayName,
    /// Where it is.
    pub country: CountryCode,
    /// Decides what a day and a month are for it.
    pub time_zone: TimeZone,
}

/// An account about to be registered, with its ids.
#[derive(Clone, Debug)]
pub struct Registration {
    account: AccountItem,
    organization: OrganizationItem,
    administrator: AdministratorItem,
}

impl Registration {
    /// A new account with a new ORGID: nobody brings one of his own choice (T6).
    pub fn new(caller: &Caller, wanted: NewAccount, now: Instant) -> Self {
        let NewAccount { display_name, country, time_zone } = wanted;
        let org_id = OrgId::mint(now);
        let account_id = AccountId::mint(now);
        let account = Account {
            account_id,
            org_id,
            display_name,
            country,
            time_zone,
            address: None,
            contact: None,
            status: AccountStatus::Active,
            external_id: None,
            created_at: now,
        };
        let memberships = Memberships::default();
        let administrator = Administrator {
            admin_id: AdminId::mint(now),
            // Others are shown this address beside what the person does: an unverified one could
            // be anybody's.
            email: caller.verified_email.clone(),
            access: Access::Full,
            invited_by: None,
            joined_at: now,
        };
        Self {
            account: AccountItem { account, rev: 1 },
            organization: OrganizationItem {
                organization: Organization { org_id, name: None, memberships },
                rev: 1,
            },
            administrator: AdministratorItem {
                account_id,
                subject: caller.subject.clone(),
                administrator,
                rev: 1,
            },
        }
    }

    /// The account as it will be.
    pub fn account(&self) -> &Account {
        &self.account.account
    }

    /// Its organization as it will be.
    pub fn organization(&self) -> &Organization {
        &self.organization.organization
    }
}

impl Store {
    /// Registers an account; the caller becomes its administrator with full access.
    pub async fn register(
        &self,
        registration: &Registration,
        record: Option<RecordedAnswer>,
    ) -> Result<(), WriteError<TooManyAccounts>> {
        let mut transaction = Transaction::default();
        let recording = transaction.record(record)?;
        let counted = transaction.count_registered(&registration.administrator)?;
        transaction.register(registration)?;
        match self.table.transact(transaction).await? {
            Outcome::Done => Ok(()),
            Outcome::Refused(failed) => {
                recording.check(&failed)?;
                if failed.contains(counted) {
                    return Err(WriteError::Refused(TooManyAccounts));
                }
                Err(StoreError::corrupt("an id that was minted twice").into())
            }
        }
    }
}

impl Transaction {
    /// Counts one more account of a person, as long as one more is allowed.
    fn count_registered(&mut self, by: &AdministratorItem) -> Result<ActionId, StoreError> {
        // Also makes the item where there is none.
        let update = Update::default()
            .set("subject", &by.subject)?
            .set(attribute::ENTITY, RegisteredCountItem::ENTITY)?
            .set(attribute::VERSION, RegisteredCountItem::VERSION)?
            .add("count", 1);
        let below = Condition::none().and_missing_or("count", "<", MAX_REGISTERED_BY_ONE_PERSON)?;
        Ok(self.update(keys::registered_count(&by.subject), update, &below))
    }

    fn register(&mut self, registration: &Registration) -> Result<(), StoreError> {
        let Registration { account, organization, administrator } = registration;
        let account_id = account.account.account_id;
        let absent = Condition::absent();
        self.put(account, &absent)?;
        self.put(organization, &absent)?;
        self.put(administrator, &absent)?;
        let subject = administrator.subject.clone();
        self.put(&MembershipItem { subject, account_id }, &absent)?;
        self.put(&FullAdministratorsItem { account_id, full: 1 }, &absent)?;
        let Administrator { admin_id, email, joined_at, .. } = administrator.administrator.clone();
        let event = Event::new(joined_at, Action::AccountRegistered, "account", account_id);
        self.audit(account_id, Actor::Administrator { admin_id, email }, &event)
    }
}
