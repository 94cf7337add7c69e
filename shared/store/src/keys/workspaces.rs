//! Keys of sessions, launches and throttles.

use tsunagu_domain::{
    federation::login::UserName,
    ids::{AccountId, DomainId, LaunchId},
    time::Instant,
};

use super::{Key, account_partition, digest, prefix};

/// A session, by the digest of its token.
pub fn session(digest: &str) -> Key {
    Key::new(format_args!("SESSION#{digest}"), "SESSION")
}

/// A user of a domain, by a digest of the name: names stand in no key.
pub fn domain_user(domain: DomainId, user: &UserName) -> String {
    // An id has no NUL, so no two of these are one text.
    digest(&format!("{domain}\0{}", user.as_str()))
}

/// Partition of the sessions of a domain's users.
pub fn sessions_of_domain(domain: DomainId) -> String {
    format!("SESSIONS#{domain}")
}

/// Partition of the sessions of a customer's members.
pub fn sessions_of_customer(customer: AccountId) -> String {
    format!("SESSIONS#{customer}")
}

/// Sort key prefix of the sessions of one user.
pub fn sessions_of_user(user: &str) -> String {
    format!("{user}#")
}

/// A session's place in one of these partitions.
pub fn session_place(partition: String, user: &str, digest: &str) -> Key {
    Key { pk: partition, sk: format!("{}{digest}", sessions_of_user(user)) }
}

/// That the sessions of a domain's user were ended.
pub fn ended_user(domain: DomainId, user: &str) -> Key {
    Key::new(format_args!("ENDED#{domain}"), user)
}

/// A launch.
pub fn launch(customer: AccountId, launch: LaunchId) -> Key {
    Key::new(account_partition(customer), format_args!("{}{launch}", prefix::LAUNCHES))
}

/// Which launch a ticket opens, by the digest of the ticket.
pub fn launch_ticket(digest: &str) -> Key {
    Key::new(format_args!("LAUNCH#{digest}"), "LAUNCH")
}

/// What is counted of `whom` in the window that began then.
pub fn throttle(whom: &str, window: Instant) -> Key {
    Key::new(format_args!("THR#{whom}"), format_args!("{:013}", window.timestamp_millis()))
}
