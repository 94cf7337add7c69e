//! Keys of what is bought, of usage, and of what the scheduled run works on.

use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use tsunagu_domain::{
    calendar::Month,
    ids::AccountId,
    licenses::holder::{HolderId, HolderKind},
    vendor::{EntitlementId, OrderId, ServiceCode},
};

use super::{Key, account_partition, end_of, prefix};

/// Over how many partitions what is to fold is spread.
pub const DIRTY_SHARDS: u8 = 4;
/// Over how many partitions of the index what turns by itself is spread. An idle run asks each of
/// these, and each of those to fold.
pub const DUE_SHARDS: u8 = 8;
/// Partition of the index that holds trial requests.
pub const TRIALS_PARTITION: &str = "TRIALS";

/// An order.
pub fn order(account: AccountId, id: &OrderId) -> Key {
    Key::new(account_partition(account), format_args!("{}{id}", prefix::ORDERS))
}

/// An entitlement.
pub fn entitlement(account: AccountId, id: &EntitlementId) -> Key {
    Key::new(account_partition(account), format_args!("{}{id}", prefix::ENTITLEMENTS))
}

/// The number of the entitlement at a sort key; `None` where something else is there.
pub fn entitlement_at(sk: &str) -> Option<EntitlementId> {
    sk.strip_prefix(prefix::ENTITLEMENTS)?.parse().ok()
}

/// That an account waits for a trial of a service.
pub fn trial_request(account: AccountId, service: &ServiceCode) -> Key {
    Key::new(account_partition(account), format_args!("TRIALREQ#{service}"))
}

/// Partition of the usage of a service that is not folded yet.
pub fn pending_partition(account: AccountId, service: &ServiceCode) -> String {
    format!("PEND#{account}#{service}")
}

/// Sort key prefix of what is pending of one holder.
pub fn pending_of(kind: HolderKind, holder: &HolderId) -> String {
    format!("{}{holder}#", kind_prefix(kind))
}

/// Sort keys, both included, of the usage of a user that is pending from a day on: behind all days
/// stands a release.
pub fn pending_usage_from(user: &HolderId, first: NaiveDate) -> (String, String) {
    let of_user = pending_of(HolderKind::User, user);
    (format!("{of_user}{first}"), format!("{of_user}:"))
}

/// That a user, on a device where one is told, was active on a day.
pub fn usage_fact(
    account: AccountId,
    service: &ServiceCode,
    user: &HolderId,
    day: NaiveDate,
    device: Option<&HolderId>,
) -> Key {
    let user = pending_of(HolderKind::User, user);
    let sk = match device {
        Some(device) => format!("{user}{day}#{device}"),
        None => format!("{user}{day}"),
    };
    Key::new(pending_partition(account, service), sk)
}

/// That a holder's licence is to be released; behind all its days.
pub fn pending_release(
    account: AccountId,
    service: &ServiceCode,
    kind: HolderKind,
    holder: &HolderId,
) -> Key {
    let sk = format!("{}release", pending_of(kind, holder));
    Key::new(pending_partition(account, service), sk)
}

/// Partition of the holders of a service.
pub fn holders_partition(account: AccountId, service: &ServiceCode) -> String {
    format!("LIC#{account}#{service}")
}

/// Sort key prefix of a kind of holders.
pub const fn kind_prefix(kind: HolderKind) -> &'static str {
    match kind {
        HolderKind::User => "U#",
        HolderKind::Device => "D#",
    }
}

/// A holder.
pub fn holder(
    account: AccountId,
    service: &ServiceCode,
    kind: HolderKind,
    holder: &HolderId,
) -> Key {
    let sk = format!("{}{holder}", kind_prefix(kind));
    Key::new(holders_partition(account, service), sk)
}

/// The licence figures of a service as they stand.
pub fn current_figures(account: AccountId, service: &ServiceCode) -> Key {
    Key::new(account_partition(account), format_args!("{}{service}", prefix::CURRENT_FIGURES))
}

/// Sort key prefix of the figures of a service by month.
pub fn months_of(service: &ServiceCode) -> String {
    format!("FIG#{service}#M#")
}

/// Sort key prefix of the figures of a service by day, a month at a time.
pub fn days_of(service: &ServiceCode) -> String {
    format!("FIG#{service}#D#")
}

/// Sort keys, both included, of the figures of a service by month, from a month on.
pub fn months_from(service: &ServiceCode, first: Month) -> (String, String) {
    let months = months_of(service);
    (format!("{months}{first}"), end_of(&months))
}

/// Sort keys, both included, of the figures of a service by day, a month at a time.
pub fn days_between(service: &ServiceCode, first: Month, last: Month) -> (String, String) {
    let days = days_of(service);
    (format!("{days}{first}"), format!("{days}{last}"))
}

/// The figures of a service in a month.
pub fn month_figures(account: AccountId, service: &ServiceCode, month: Month) -> Key {
    Key::new(account_partition(account), format_args!("{}{month}", months_of(service)))
}

/// The figures of a service on the days of a month.
pub fn day_figures(account: AccountId, service: &ServiceCode, month: Month) -> Key {
    Key::new(account_partition(account), format_args!("{}{month}", days_of(service)))
}

/// Partition of what the scheduled run has to look at.
pub fn dirty_partition(shard: u8) -> String {
    format!("DIRTY#{shard}")
}

/// That a service of an account is to be looked at, or what its partners keep. All of an account
/// stand together.
pub fn dirty(account: AccountId, service: Option<&ServiceCode>) -> Key {
    let service = service.map(ServiceCode::as_str).unwrap_or_default();
    Key::new(dirty_partition_of(account), format_args!("{}{service}", dirty_of(account)))
}

/// Partition of what is to be looked at of an account.
pub fn dirty_partition_of(account: AccountId) -> String {
    dirty_partition(shard(account, DIRTY_SHARDS))
}

/// Sort key prefix of what is to be looked at of an account.
pub fn dirty_of(account: AccountId) -> String {
    format!("{account}#")
}

/// The account that is to be looked at, by the sort key of that.
pub(crate) fn dirty_account(sk: &str) -> Option<AccountId> {
    sk.split_once('#').and_then(|(account, _)| account.parse().ok())
}

/// Partition of the index that holds what turns by itself.
pub fn due_partition(shard: u8) -> String {
    format!("DUE#{shard}")
}

/// Where what turns by itself in an account is found. `at` sorts as the instant that it is.
pub fn due(account: AccountId, at: &str) -> Key {
    Key::new(due_partition(shard(account, DUE_SHARDS)), at)
}

/// The place of a trial request among all of them: oldest first.
pub fn trial_requests(id: &EntitlementId) -> Key {
    Key::new(TRIALS_PARTITION, id)
}

/// The last completed run over the usage.
pub fn last_run() -> Key {
    Key::new("RUN", "usage-aggregation")
}

/// What a partner keeps of a customer's licences.
pub fn customer_licenses(partner: AccountId, customer: AccountId) -> Key {
    let sk = format!("{}{customer}", prefix::CUSTOMER_LICENSES);
    Key::new(account_partition(partner), sk)
}

pub(super) fn shard(account: AccountId, shards: u8) -> u8 {
    Sha256::digest(account.to_string())[0] % shards
}
