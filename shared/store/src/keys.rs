//! Every key of the table, in one place, each built from borrowed ids.
//!
//! Partition keys begin with a tenant (`A#`, `AUDIT#`, `IDEM#`, `PEND#`, `LIC#`) or a digest of a
//! secret (`INVITE#`, `LOCKEY#`, `SESSION#`, `LAUNCH#`), except those that no tenant's request can enumerate.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tsunagu_domain::{
    administrator::Subject,
    email::EmailAddress,
    ids::{AccountId, AuditId, NotificationId, OrgId},
    time::Instant,
    vendor::{ExternalId, ServiceCode},
};

mod federation;
mod feed;
mod licenses;
mod tickets;
mod workspaces;

pub use federation::*;
pub use feed::*;
pub use licenses::*;
pub use tickets::*;
pub use workspaces::*;

/// The names of the table's key attributes.
pub mod attribute {
    /// Partition key.
    pub const PK: &str = "PK";
    /// Sort key.
    pub const SK: &str = "SK";
    /// Partition key of the first index.
    pub const GSI1PK: &str = "GSI1PK";
    /// Sort key of the first index.
    pub const GSI1SK: &str = "GSI1SK";
    /// Partition key of the second index.
    pub const GSI2PK: &str = "GSI2PK";
    /// Sort key of the second index.
    pub const GSI2SK: &str = "GSI2SK";
    /// When DynamoDB may delete the item, in epoch seconds.
    pub const TTL: &str = "ttl";
    /// The kind of an item.
    pub const ENTITY: &str = "entity";
    /// The version of its form.
    pub const VERSION: &str = "v";
}

/// Sort key prefixes that lists ask for.
pub mod prefix {
    /// Administrators and invitations of an account.
    pub const ADMINISTRATORS: &str = "ADMIN#";
    /// Customers of a partner: active connections.
    pub const CUSTOMERS: &str = "CUST#";
    /// Partners of a customer: active connections.
    pub const PARTNERS: &str = "PARTNER#";
    /// Customers whose connection has ended.
    pub const PAST_CUSTOMERS: &str = "PAST#";
    /// Partners whose connection has ended.
    pub const PAST_PARTNERS: &str = "PASTPARTNER#";
    /// Customers that a partner blocks.
    pub const BLOCKED: &str = "BLOCKED#";
    /// Notifications of an account.
    pub const NOTIFICATIONS: &str = "NTF#";
    /// Marks up to which an account has dismissed its notifications.
    pub const DISMISSED: &str = "NTFSEEN#";
    /// Accounts of an organization, of a person, of an address.
    pub const ACCOUNTS: &str = "A#";
    /// Orders of an account.
    pub const ORDERS: &str = "ORDER#";
    /// Entitlements of an account.
    pub const ENTITLEMENTS: &str = "ENT#";
    /// Licence figures of an account's services, as they stand.
    pub const CURRENT_FIGURES: &str = "LIC#";
    /// Tickets of an account, and their copies in a partner's feed.
    pub const TICKETS: &str = "TKT#";
    /// Tickets of an account with which somebody still has something to do.
    pub const OPEN_TICKETS: &str = "TKTOPEN#";
    /// Tickets of an account with which nobody has.
    pub const DONE_TICKETS: &str = "TKTDONE#";
    /// What a partner keeps of its customers' licences.
    pub const CUSTOMER_LICENSES: &str = "LICS#";
    /// Resource locations of a provider.
    pub const LOCATIONS: &str = "LOC#";
    /// Domains of a provider.
    pub const DOMAINS: &str = "DOM#";
    /// Domains that are federated to a customer.
    pub const FEDERATED_DOMAINS: &str = "FEDERATED#";
    /// Workspaces of an account.
    pub const WORKSPACES: &str = "HOST#";
    /// Launches of an account's members.
    pub const LAUNCHES: &str = "LAUNCH#";
    /// Apps and desktops of a provider.
    pub const RESOURCES: &str = "RES#";
}

/// A sort key behind all that begin with a prefix and go on with an id.
pub(crate) fn end_of(prefix: &str) -> String {
    format!("{prefix}~")
}

/// The key of an item, or of its place in an index.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl Key {
    fn new(pk: impl fmt::Display, sk: impl fmt::Display) -> Self {
        Self { pk: pk.to_string(), sk: sk.to_string() }
    }
}

fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// Partition of everything that belongs to an account.
pub fn account_partition(account: AccountId) -> String {
    format!("A#{account}")
}

/// The account itself.
pub fn account(account: AccountId) -> Key {
    Key::new(account_partition(account), "PROFILE")
}

/// An account's place among those of its organization.
pub fn account_of_organization(org: OrgId, account: AccountId) -> Key {
    Key::new(organization_partition(org), account_partition(account))
}

/// Partition of an organization.
pub fn organization_partition(org: OrgId) -> String {
    format!("ORG#{org}")
}

/// An account's place under the vendor's own number.
pub fn account_of_external_id(external: &ExternalId, account: AccountId) -> Key {
    Key::new(external_id_partition(external), account_partition(account))
}

/// Partition of the accounts under one of the vendor's numbers.
pub fn external_id_partition(external: &ExternalId) -> String {
    format!("EXT#{external}")
}

/// An organization, with its program memberships.
pub fn organization(org: OrgId) -> Key {
    Key::new(organization_partition(org), "PROGRAMS")
}

/// An administrator of an account.
pub fn administrator(account: AccountId, subject: &Subject) -> Key {
    Key::new(account_partition(account), format!("ADMIN#S#{}", subject.as_str()))
}

/// An invitation to become one.
pub fn invitation(account: AccountId, email: &EmailAddress) -> Key {
    Key::new(account_partition(account), format!("ADMIN#INVITED#{}", digest(email.as_str())))
}

/// An invitation's place among those of its address.
pub fn invitation_of_address(email: &EmailAddress, account: AccountId) -> Key {
    Key::new(address_partition(email), account_partition(account))
}

/// Partition of the invitations of an address.
pub fn address_partition(email: &EmailAddress) -> String {
    format!("MAIL#{}", digest(email.as_str()))
}

/// How many administrators of an account have full access.
pub fn full_administrators(account: AccountId) -> Key {
    Key::new(account_partition(account), "ADMINS")
}

/// Partition of a person.
pub fn subject_partition(subject: &Subject) -> String {
    format!("SUB#{}", subject.as_str())
}

/// That a person is an administrator of an account.
pub fn membership(subject: &Subject, account: AccountId) -> Key {
    Key::new(subject_partition(subject), account_partition(account))
}

/// How many accounts a person has registered.
pub fn registered_count(subject: &Subject) -> Key {
    Key::new(subject_partition(subject), "MADE")
}

/// Partition of the service catalogue.
pub const SERVICES_PARTITION: &str = "SERVICES";

/// A service of the catalogue.
pub fn service(code: &ServiceCode) -> Key {
    Key::new(SERVICES_PARTITION, code)
}

/// A partner's invite link.
pub fn invite_link(partner: AccountId) -> Key {
    Key::new(account_partition(partner), "INVITE")
}

/// The same, found by the digest of its secret.
pub fn invite_token(digest: &str) -> Key {
    Key::new(format!("INVITE#{digest}"), "INVITE")
}

/// An active connection, on the partner's side.
pub fn customer(partner: AccountId, customer: AccountId) -> Key {
    Key::new(account_partition(partner), format!("{}{customer}", prefix::CUSTOMERS))
}

/// An active connection, on the customer's side.
pub fn partner(customer: AccountId, partner: AccountId) -> Key {
    Key::new(account_partition(customer), format!("{}{partner}", prefix::PARTNERS))
}

/// The partner's own note on a customer; it outlives the connection.
pub fn note(partner: AccountId, customer: AccountId) -> Key {
    Key::new(account_partition(partner), format!("NOTE#{customer}"))
}

/// An ended connection, on the partner's side.
pub fn past_customer(partner: AccountId, customer: AccountId) -> Key {
    Key::new(account_partition(partner), format!("{}{customer}", prefix::PAST_CUSTOMERS))
}

/// An ended connection, on the customer's side.
pub fn past_partner(customer: AccountId, partner: AccountId) -> Key {
    Key::new(account_partition(customer), format!("{}{partner}", prefix::PAST_PARTNERS))
}

/// That a partner blocks a customer.
pub fn blocked(partner: AccountId, customer: AccountId) -> Key {
    Key::new(account_partition(partner), format!("{}{customer}", prefix::BLOCKED))
}

/// Sort key prefix of the episodes with a customer, on the partner's side.
pub fn customer_episodes(customer: AccountId) -> String {
    format!("EPISODE#{customer}#")
}

/// Sort key prefix of the episodes with a partner, on the customer's side. An account can be both
/// the partner and the customer of another, so the two sides differ.
pub fn partner_episodes(partner: AccountId) -> String {
    format!("EPISODEWITH#{partner}#")
}

/// An episode, on the partner's side.
pub fn customer_episode(partner: AccountId, customer: AccountId, number: u32) -> Key {
    let sk = format!("{}{number:08}", customer_episodes(customer));
    Key::new(account_partition(partner), sk)
}

/// An episode, on the customer's side.
pub fn partner_episode(customer: AccountId, partner: AccountId, number: u32) -> Key {
    Key::new(account_partition(customer), format!("{}{number:08}", partner_episodes(partner)))
}

/// A notification of an account.
pub fn notification(account: AccountId, id: NotificationId) -> Key {
    Key::new(account_partition(account), format!("{}{id}", prefix::NOTIFICATIONS))
}

/// That an account has dismissed everything up to a notification.
pub fn dismissed_up_to(account: AccountId, up_to: NotificationId) -> Key {
    Key::new(account_partition(account), format!("{}{up_to}", prefix::DISMISSED))
}

/// An entry of an account's audit trail; one partition a month (UTC), so that none grows for ever.
pub fn audit(account: AccountId, at: Instant, id: AuditId) -> Key {
    Key::new(audit_partition(account, at), id)
}

/// Partition of an account's audit trail of the month (UTC) in which an instant falls.
pub fn audit_partition(account: AccountId, at: Instant) -> String {
    format!("AUDIT#{account}#{}", at.format("%Y-%m"))
}

/// That a part of a delivery of the log was counted. The digest that names the delivery is made of
/// what the log service gave it.
pub fn counted_reads(batch: &str, part: usize) -> Key {
    Key::new(format!("READS#{batch}"), format!("{part:05}"))
}

/// The answer to a creating request, under the caller's idempotency key.
pub fn answer(caller: &str, route: &str, account: Option<AccountId>, key_digest: &str) -> Key {
    let account = account.map_or_else(|| "-".to_owned(), |account| account.to_string());
    Key::new(format!("IDEM#{caller}#{route}"), format!("{account}#{key_digest}"))
}

/// The secret from which the edge derives its keys.
pub fn edge_secret() -> Key {
    Key::new("KEYS", "edge")
}
