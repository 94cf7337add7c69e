//! What changes an account, a connection or what hangs on them is an entry of an audit trail, written
//! in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tsunagu_tests::{
    measured::Measured,
    meter::{Meter, Metered},
    record::Operation,
    round::{Asked, Round, STARTED_BY_EVENTS, Watch},
};

/// Every route that changes something, and what the trail says of it.
const AUDITED: &[(&str, &[&str])] = &[
    ("POST /v1/accounts", &["account-registered"]),
    ("PATCH /v1/accounts/{accountId}", &["account-changed"]),
    ("POST /v1/accounts/{accountId}/administrators", &["administrator-invited"]),
    ("PATCH /v1/accounts/{accountId}/administrators/{adminId}", &["administrator-changed"]),
    ("DELETE /v1/accounts/{accountId}/administrators/{adminId}", &["administrator-removed"]),
    ("PUT /v1/platform/organizations/{orgId}", &["organization-changed"]),
    ("PUT /v1/platform/organizations/{orgId}/programs/{program}", &["membership-changed"]),
    ("PUT /v1/platform/accounts/{accountId}", &["account-provisioned"]),
    ("POST /v1/invitations/{token}/accept", &["connection-created"]),
    ("DELETE /v1/accounts/{partner}/customers/{customer}", &["connection-ended"]),
    ("DELETE /v1/accounts/{customer}/partners/{partner}", &["connection-ended"]),
    ("PATCH /v1/accounts/{customer}/partners/{partner}", &["connection-shares-changed"]),
    ("DELETE /v1/accounts/{partner}/blocked-customers/{customer}", &["customer-unblocked"]),
    ("PUT /v1/platform/accounts/{accountId}/entitlements/{entitlementId}", &["entitlement-stated"]),
    ("POST /v1/platform/entitlements", &["entitlement-stated"]),
    ("POST /v1/accounts/{account}/trials", &["trial-requested"]),
    ("POST /v1/platform/accounts/{accountId}/trials/{entitlementId}/approve", &["trial-approved"]),
    ("POST /v1/platform/accounts/{accountId}/trials/{entitlementId}/decline", &["trial-declined"]),
    (
        "POST /v1/accounts/{account}/licenses/{service}/users/{holderId}/release",
        &["license-released"],
    ),
    (
        "POST /v1/accounts/{account}/licenses/{service}/devices/{holderId}/release",
        &["license-released"],
    ),
    ("POST /v1/accounts/{account}/tickets", &["ticket-opened"]),
    ("PATCH /v1/accounts/{account}/tickets/{ticketId}", &["ticket-changed"]),
    ("POST /v1/accounts/{account}/tickets/{ticketId}/comments", &["ticket-commented"]),
    ("POST /v1/accounts/{partner}/customers/{customer}/tickets", &["ticket-opened"]),
    ("PATCH /v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}", &["ticket-changed"]),
    (
        "POST /v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}/comments",
        &["ticket-commented"],
    ),
    (
        "POST /v1/platform/accounts/{accountId}/tickets/{ticketId}/updates",
        &["ticket-changed", "ticket-commented"],
    ),
    (
        "POST /v1/accounts/{account}/notifications/{notificationId}/dismiss",
        &["notifications-dismissed"],
    ),
    ("POST /v1/accounts/{account}/notifications/dismiss", &["notifications-dismissed"]),
    (
        "POST /v1/accounts/{partner}/customer-notifications/{notificationId}/dismiss",
        &["notifications-dismissed"],
    ),
    ("POST /v1/accounts/{partner}/customer-notifications/dismiss", &["notifications-dismissed"]),
    ("POST /v1/platform/accounts/{accountId}/notifications", &["notification-published"]),
    ("POST /v1/platform/notifications", &["notification-published"]),
    ("POST /v1/accounts/{csp}/resource-locations", &["resource-location-created"]),
    (
        "PATCH /v1/accounts/{csp}/resource-locations/{resourceLocationId}",
        &["resource-location-changed"],
    ),
    (
        "DELETE /v1/accounts/{csp}/resource-locations/{resourceLocationId}",
        &["resource-location-deleted"],
    ),
    (
        "POST /v1/accounts/{csp}/resource-locations/{resourceLocationId}/rotate-key",
        &["resource-location-key-rotated"],
    ),
    ("POST /v1/accounts/{csp}/domains", &["domain-created"]),
    ("PATCH /v1/accounts/{csp}/domains/{domainId}", &["directory-changed"]),
    ("DELETE /v1/accounts/{csp}/domains/{domainId}", &["domain-deleted"]),
    (
        "PUT /v1/accounts/{csp}/domains/{domainId}/customers/{customer}",
        &["federated-customer-added", "federated-customer-changed"],
    ),
    (
        "DELETE /v1/accounts/{csp}/domains/{domainId}/customers/{customer}",
        &["federated-customer-removed"],
    ),
    ("PUT /v1/accounts/{account}/workspaces/{host}", &["workspace-created", "workspace-changed"]),
    ("DELETE /v1/accounts/{account}/workspaces/{host}", &["workspace-deleted"]),
    ("PUT /v1/accounts/{csp}/customers/{customer}/workspaces/{host}", &["workspace-created"]),
    ("DELETE /v1/accounts/{csp}/customers/{customer}/workspaces/{host}", &["workspace-deleted"]),
    ("POST /v1/accounts/{csp}/resources", &["resource-created"]),
    ("PATCH /v1/accounts/{csp}/resources/{resourceId}", &["resource-changed"]),
    ("DELETE /v1/accounts/{csp}/resources/{resourceId}", &["resource-deleted"]),
    (
        "PUT /v1/accounts/{csp}/resources/{resourceId}/customers/{customer}",
        &["customer-resources-changed"],
    ),
    (
        "DELETE /v1/accounts/{csp}/resources/{resourceId}/customers/{customer}",
        &["customer-resources-changed"],
    ),
    ("PUT /v1/accounts/{csp}/customers/{customer}/resources", &["customer-resources-changed"]),
    ("POST /v1/accounts/{csp}/domains/{domainId}/sessions/end", &["sessions-ended"]),
    ("DELETE /v1/accounts/{account}/sessions", &["sessions-ended"]),
    ("POST /v1/accounts/{csp}/domains/{domainId}/test", &["domain-tested"]),
];

/// What changes nothing that an account has or that anybody else sees: the catalogue, orders (which
/// are shown and give nothing), usage, a partner's own
/// marks on its dashboard, and what users of workspaces do: no trail names them.
const OUTSIDE: &[&str] = &[
    "PUT /v1/platform/services/{service}",
    "PUT /v1/platform/accounts/{accountId}/orders/{orderId}",
    "POST /v1/platform/orders",
    "POST /v1/platform/usage-events",
    "PATCH /v1/accounts/{partner}/customers/{customer}",
    "POST /v1/workspaces/{host}/sign-in",
    "POST /v1/workspaces/{host}/resources/{resourceId}/launch",
    "POST /v1/workspaces/{host}/sign-out",
    "POST /v1/launches/redeem",
];

/// What may be written by reading: who is invited joins by coming, the link is made on first use.
const BY_COMING: &[&str] = &["administrator-joined", "invite-link-created"];

/// Items of a connection or of an administrator: who writes them without an entry is at fault.
const GUARDED: &[&str] = &["PARTNER#", "EPISODE", "ADMIN#", "BLOCKED#", "PAST"];

struct Auditor<'p> {
    product: &'p Measured,
    seen: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Watch for Auditor<'_> {
    async fn before(&mut self, _: &'static str) {
        self.product.meter.take();
    }

    async fn after(&mut self, asked: &Asked) {
        let calls = self.product.meter.take();
        // What the software brings up to a change by itself is no act of anybody.
        if STARTED_BY_EVENTS.contains(&asked.route) {
            return;
        }
        let seen = self.seen.entry(asked.route).or_default();
        for call in calls.iter().filter(|call| call.status == 200 && !call.is_read()) {
            let written = written(call);
            let entries: Vec<_> = written.iter().filter_map(Written::entry).collect();
            let guarded = written.iter().find(|one| one.is_guarded());
            assert!(
                guarded.is_none() || !entries.is_empty(),
                "{}: {guarded:?} without an entry",
                asked.name
            );
            // An entry alone would be another transaction's.
            let others = written.iter().filter(|one| one.entry().is_none()).count();
            assert!(entries.is_empty() || others > 0, "{}: entries alone", asked.name);
            seen.extend(entries);
        }
    }
}

/// Something that a call writes: a whole item, or the key of one that changes or goes.
#[derive(Debug)]
struct Written<'c>(&'c Value);

impl Written<'_> {
    fn key(&self, name: &str) -> &str {
        self.0[name]["S"].as_str().unwrap_or_default()
    }

    /// The action of an audit entry.
    fn entry(&self) -> Option<String> {
        let action = self.0["action"]["S"].as_str()?;
        self.key("PK").starts_with("AUDIT#").then(|| action.to_owned())
    }

    fn is_guarded(&self) -> bool {
        GUARDED.iter().any(|prefix| self.key("SK").starts_with(prefix))
    }
}

fn written(call: &Metered) -> Vec<Written<'_>> {
    match call.operation {
        Operation::TransactWriteItems => {
            let actions = call.input["TransactItems"].as_array().into_iter().flatten();
            let places = ["/Put/Item", "/Update/Key", "/Delete/Key"];
            let item = actions.filter_map(|action| places.iter().find_map(|at| action.pointer(at)));
            item.map(Written).collect()
        }
        Operation::PutItem => vec![Written(&call.input["Item"])],
        Operation::UpdateItem | Operation::DeleteItem => vec![Written(&call.input["Key"])],
        _ => Vec::new(),
    }
}

/// Given a walk through all routes, then every one that changes something writes what it did into a
/// trail, with the change; and of the others it is said here why they need not.
#[tokio::test(start_paused = true)]
async fn given_a_walk_through_all_routes_then_every_change_is_an_entry_in_its_transaction() {
    let product = Measured::open(Meter::paused_time()).await;
    let mut auditor = Auditor { product: &product, seen: BTreeMap::new() };
    Round::new(&product, &mut auditor, 1).walk().await;
    let audited: BTreeMap<_, _> = AUDITED.iter().copied().collect();
    for (route, told) in &auditor.seen {
        if route.starts_with("GET ") || OUTSIDE.contains(route) {
            let other: Vec<_> =
                told.iter().filter(|one| !BY_COMING.contains(&one.as_str())).collect();
            assert!(other.is_empty(), "{route}: {other:?}");
            continue;
        }
        let expected = audited.get(route).unwrap_or_else(|| panic!("{route} is in no list here"));
        for action in *expected {
            assert!(told.contains(*action), "{route}: {action} is not among {told:?}");
        }
    }
    let walked = |route: &str| auditor.seen.contains_key(route);
    let missing: Vec<_> = audited.keys().filter(|route| !walked(route)).collect();
    assert!(missing.is_empty(), "the round does not come by {missing:?}");
}
