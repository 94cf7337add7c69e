//! What each route demands: the contract, one row a route.

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Everybody, without any token.
    Public,
    /// Whoever holds a secret of this scheme, which no token of the issuer's is.
    Secret(&'static str),
    /// Any signed-in person.
    Person,
    /// The vendor's machines.
    Platform,
    /// An administrator of the account, who has this right.
    Account(Right),
}

/// What an administrator must be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Being an administrator is enough.
    Any,
    /// A permission.
    Permission(&'static str),
    /// Two permissions, of which the first is named where both are missing.
    Both(&'static str, &'static str),
    /// Full access.
    Full,
}

/// The account on the other side, where the path names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Other {
    /// The path names none, or one that need not be connected.
    Nobody,
    /// A customer that has to be connected.
    Customer,
    /// A customer that is or was connected: a suspended or ended one has a past all the same.
    FormerCustomer,
    /// A customer that is to be left: a suspended one too.
    LeavingCustomer,
    /// A partner that has to be connected.
    Partner,
    /// A partner that is or was connected.
    FormerPartner,
}

/// One route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Method and path as in the document.
    pub(crate) route: &'static str,
    /// Who may call it.
    pub(crate) demand: Demand,
    /// Whether the account needs a badge.
    pub(crate) badge: bool,
    /// Whether it needs that of service providers in particular.
    pub(crate) program: bool,
    /// Whether a suspended account still may.
    pub(crate) reads_own: bool,
    /// Who has to be on the other side.
    pub(crate) other: Other,
    /// What the other side has to share.
    pub(crate) share: Option<&'static str>,
    /// The body to send.
    pub(crate) body: Body,
    /// The answer to whoever is admitted. Where the call would change something, it is one that only
    /// whoever is admitted gets to see: 412 for a stale `If-Match`, 422 for a body without sense.
    pub(crate) admitted: u16,
}

/// The body of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// None.
    None,
    /// This JSON.
    Json(&'static str),
    /// The account as one that accepts its own link.
    OwnAcceptance,
    /// What the vendor sends again and again.
    Provision,
}

const NOTHING: Row = Row {
    route: "",
    demand: Demand::Person,
    badge: false,
    program: false,
    reads_own: false,
    other: Other::Nobody,
    share: None,
    body: Body::None,
    admitted: 200,
};

pub(crate) const fn own(route: &'static str, right: Right) -> Row {
    Row { route, demand: Demand::Account(right), reads_own: true, ..NOTHING }
}

pub(crate) const fn badged(route: &'static str, permission: &'static str) -> Row {
    let demand = Demand::Account(Right::Permission(permission));
    Row { route, demand, badge: true, ..NOTHING }
}

const fn shared(route: &'static str, share: &'static str) -> Row {
    Row { other: Other::Customer, share: Some(share), ..badged(route, "licenses.view") }
}

const fn shared_tickets(route: &'static str, permission: &'static str) -> Row {
    Row { other: Other::Customer, share: Some("tickets"), ..badged(route, permission) }
}

const fn over_all(route: &'static str) -> Row {
    let demand = Demand::Account(Right::Both("customer-dashboard.view", "licenses.view"));
    Row { route, demand, badge: true, ..NOTHING }
}

pub(crate) const fn change(route: &'static str, right: Right, body: Body, admitted: u16) -> Row {
    Row { route, demand: Demand::Account(right), body, admitted, ..NOTHING }
}

const fn in_session(route: &'static str) -> Row {
    Row { route, demand: Demand::Secret("session"), ..NOTHING }
}

const fn platform(route: &'static str, body: Body) -> Row {
    Row { route, demand: Demand::Platform, body, ..NOTHING }
}

const MANAGE: Right = Right::Permission("connections.manage");
const DISMISS: Right = Right::Permission("notifications.dismiss");
const NAME: Body = Body::Json(r#"{"displayName": "x"}"#);
pub(crate) const SENSELESS: Body = Body::Json(r#"{"senseless": 1}"#);
const CUSTOM: Body = Body::Json(r#"{"access": "custom", "permissions": []}"#);
const SERVICE: Body = Body::Json(r#"{"name": {"ja": "一", "en": "One"}, "model": "user-device"}"#);
const SEE: Right = Right::Permission("licenses.view");
const RELEASE: Right = Right::Permission("licenses.manage");
const ORDER: Body = Body::Json(
    r#"{"orderedOn": "2026-03-01", "lines": [{"service": "one", "quantity": 1}], "status": "open"}"#,
);
const ENTITLEMENT: Body = Body::Json(
    r#"{"service": "one", "kind": "granted", "quantity": 1, "startsOn": "2026-03-01",
        "endsOn": null, "autoRenew": false}"#,
);
const GRANT: Body =
    Body::Json(r#"{"quantity": 1, "startsOn": "2026-03-01", "endsOn": "2026-03-31"}"#);

const SEE_TICKETS: Right = Right::Permission("tickets.view");
const MANAGE_TICKETS: Right = Right::Permission("tickets.manage");
const SEVERITY: Body = Body::Json(r#"{"severity": "low"}"#);

/// The contract.
pub(crate) const ROWS: &[Row] = &[
    // accounts
    Row { route: "GET /v1/me", ..NOTHING },
    Row { route: "POST /v1/accounts", body: SENSELESS, admitted: 422, ..NOTHING },
    Row { route: "GET /v1/services", ..NOTHING },
    own("GET /v1/accounts/{accountId}", Right::Any),
    change("PATCH /v1/accounts/{accountId}", Right::Permission("account.manage"), NAME, 412),
    own("GET /v1/accounts/{accountId}/services", Right::Any),
    own("GET /v1/accounts/{accountId}/administrators", Right::Full),
    change("POST /v1/accounts/{accountId}/administrators", Right::Full, SENSELESS, 422),
    own("GET /v1/accounts/{accountId}/administrators/{adminId}", Right::Full),
    change("PATCH /v1/accounts/{accountId}/administrators/{adminId}", Right::Full, CUSTOM, 412),
    change(
        "DELETE /v1/accounts/{accountId}/administrators/{adminId}",
        Right::Full,
        Body::None,
        412,
    ),
    platform("GET /v1/platform/services/{service}", Body::None),
    platform("PUT /v1/platform/services/{service}", SERVICE),
    platform("GET /v1/platform/organizations/{orgId}", Body::None),
    platform("PUT /v1/platform/organizations/{orgId}", Body::Json(r#"{"name": "Minato K.K."}"#)),
    platform("GET /v1/platform/organizations/{orgId}/programs/{program}", Body::None),
    platform(
        "PUT /v1/platform/organizations/{orgId}/programs/{program}",
        Body::Json(r#"{"status": "active"}"#),
    ),
    platform("GET /v1/platform/accounts", Body::None),
    platform("GET /v1/platform/accounts/{accountId}", Body::None),
    platform("PUT /v1/platform/accounts/{accountId}", Body::Provision),
    // invite-accept
    badged("GET /v1/accounts/{partner}/invite-link", "connections.manage"),
    Row { route: "GET /v1/invitations/{token}", demand: Demand::Public, ..NOTHING },
    change("POST /v1/invitations/{token}/accept", MANAGE, Body::OwnAcceptance, 409),
    // workspaces
    Row { route: "GET /v1/workspaces/{host}", demand: Demand::Public, admitted: 404, ..NOTHING },
    Row {
        route: "POST /v1/workspaces/{host}/sign-in",
        demand: Demand::Public,
        body: SENSELESS,
        admitted: 422,
        ..NOTHING
    },
    in_session("GET /v1/workspaces/{host}/session"),
    in_session("GET /v1/workspaces/{host}/resources"),
    in_session("POST /v1/workspaces/{host}/resources/{resourceId}/launch"),
    in_session("POST /v1/workspaces/{host}/sign-out"),
    Row { route: "POST /v1/launches/redeem", demand: Demand::Secret("location"), ..NOTHING },
    Row {
        program: true,
        body: Body::Json("{}"),
        admitted: 404,
        ..badged("POST /v1/accounts/{csp}/domains/{domainId}/test", "federation.manage")
    },
    // connections
    badged("GET /v1/accounts/{partner}/customers", "customer-dashboard.view"),
    Row {
        other: Other::Customer,
        ..badged("GET /v1/accounts/{partner}/customers/{customer}", "customer-dashboard.view")
    },
    Row {
        other: Other::Customer,
        body: Body::Json(r#"{"reference": "x"}"#),
        admitted: 412,
        ..badged("PATCH /v1/accounts/{partner}/customers/{customer}", "connections.manage")
    },
    Row {
        other: Other::LeavingCustomer,
        ..change("DELETE /v1/accounts/{partner}/customers/{customer}", MANAGE, Body::None, 412)
    },
    Row {
        other: Other::FormerCustomer,
        ..badged(
            "GET /v1/accounts/{partner}/customers/{customer}/history",
            "customer-dashboard.view",
        )
    },
    own("GET /v1/accounts/{partner}/blocked-customers", MANAGE),
    change("DELETE /v1/accounts/{partner}/blocked-customers/{customer}", MANAGE, Body::None, 204),
    own("GET /v1/accounts/{customer}/partners", Right::Any),
    Row {
        other: Other::Partner,
        ..own("GET /v1/accounts/{customer}/partners/{partner}", Right::Any)
    },
    Row {
        other: Other::Partner,
        ..change(
            "PATCH /v1/accounts/{customer}/partners/{partner}",
            MANAGE,
            Body::Json(r#"{"shares": ["account"]}"#),
            412,
        )
    },
    Row {
        other: Other::Partner,
        ..change("DELETE /v1/accounts/{customer}/partners/{partner}", MANAGE, Body::None, 412)
    },
    Row {
        other: Other::FormerPartner,
        ..own("GET /v1/accounts/{customer}/partners/{partner}/history", Right::Any)
    },
    own("GET /v1/accounts/{account}/connections", Right::Any),
    // licenses
    own("GET /v1/accounts/{account}/orders", SEE),
    own("GET /v1/accounts/{account}/entitlements", SEE),
    own("GET /v1/accounts/{account}/licenses", SEE),
    own("GET /v1/accounts/{account}/licenses/{service}/trends", SEE),
    own("GET /v1/accounts/{account}/licenses/{service}/users", SEE),
    own("GET /v1/accounts/{account}/licenses/{service}/devices", SEE),
    change(
        "POST /v1/accounts/{account}/licenses/{service}/users/{holderId}/release",
        RELEASE,
        Body::None,
        409,
    ),
    change(
        "POST /v1/accounts/{account}/licenses/{service}/devices/{holderId}/release",
        RELEASE,
        Body::None,
        409,
    ),
    own("GET /v1/accounts/{account}/trials", SEE),
    change("POST /v1/accounts/{account}/trials", RELEASE, SENSELESS, 422),
    shared("GET /v1/accounts/{partner}/customers/{customer}/orders", "orders"),
    shared("GET /v1/accounts/{partner}/customers/{customer}/entitlements", "entitlements"),
    shared("GET /v1/accounts/{partner}/customers/{customer}/licenses", "licenses"),
    shared("GET /v1/accounts/{partner}/customers/{customer}/licenses/{service}/trends", "licenses"),
    over_all("GET /v1/accounts/{partner}/overview"),
    over_all("GET /v1/accounts/{partner}/customer-licenses"),
    over_all("GET /v1/accounts/{partner}/customer-entitlements"),
    platform("GET /v1/platform/accounts/{accountId}/orders/{orderId}", Body::None),
    platform("PUT /v1/platform/accounts/{accountId}/orders/{orderId}", ORDER),
    platform("GET /v1/platform/accounts/{accountId}/entitlements/{entitlementId}", Body::None),
    platform("PUT /v1/platform/accounts/{accountId}/entitlements/{entitlementId}", ENTITLEMENT),
    Row { admitted: 422, ..platform("POST /v1/platform/orders", SENSELESS) },
    Row { admitted: 422, ..platform("POST /v1/platform/entitlements", SENSELESS) },
    platform("GET /v1/platform/trials", Body::None),
    Row {
        admitted: 404,
        ..platform("POST /v1/platform/accounts/{accountId}/trials/{entitlementId}/approve", GRANT)
    },
    Row {
        admitted: 404,
        ..platform(
            "POST /v1/platform/accounts/{accountId}/trials/{entitlementId}/decline",
            Body::None,
        )
    },
    Row { admitted: 422, ..platform("POST /v1/platform/usage-events", SENSELESS) },
    // notifications
    own("GET /v1/accounts/{account}/notifications", Right::Permission("notifications.view")),
    change("POST /v1/accounts/{account}/notifications/dismiss", DISMISS, SENSELESS, 422),
    change(
        "POST /v1/accounts/{account}/notifications/{notificationId}/dismiss",
        DISMISS,
        Body::None,
        204,
    ),
    own("GET /v1/accounts/{account}/audit", Right::Permission("audit.view")),
    Row {
        admitted: 422,
        ..platform("POST /v1/platform/accounts/{accountId}/notifications", SENSELESS)
    },
    Row { admitted: 422, ..platform("POST /v1/platform/notifications", SENSELESS) },
    // the partner's feed
    badged("GET /v1/accounts/{partner}/customer-notifications", "notifications.view"),
    badged("GET /v1/accounts/{partner}/customer-tickets", "tickets.view"),
    Row {
        admitted: 404,
        ..badged(
            "POST /v1/accounts/{partner}/customer-notifications/{notificationId}/dismiss",
            "notifications.dismiss",
        )
    },
    Row {
        body: SENSELESS,
        admitted: 422,
        ..badged(
            "POST /v1/accounts/{partner}/customer-notifications/dismiss",
            "notifications.dismiss",
        )
    },
    // tickets
    own("GET /v1/accounts/{account}/tickets", SEE_TICKETS),
    change("POST /v1/accounts/{account}/tickets", MANAGE_TICKETS, SENSELESS, 422),
    own("GET /v1/accounts/{account}/tickets/{ticketId}", SEE_TICKETS),
    change("PATCH /v1/accounts/{account}/tickets/{ticketId}", MANAGE_TICKETS, SEVERITY, 412),
    own("GET /v1/accounts/{account}/tickets/{ticketId}/comments", SEE_TICKETS),
    change(
        "POST /v1/accounts/{account}/tickets/{ticketId}/comments",
        MANAGE_TICKETS,
        SENSELESS,
        422,
    ),
    shared_tickets("GET /v1/accounts/{partner}/customers/{customer}/tickets", "tickets.view"),
    Row {
        body: SENSELESS,
        admitted: 422,
        ..shared_tickets(
            "POST /v1/accounts/{partner}/customers/{customer}/tickets",
            "tickets.manage",
        )
    },
    shared_tickets(
        "GET /v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}",
        "tickets.view",
    ),
    Row {
        body: SEVERITY,
        admitted: 412,
        ..shared_tickets(
            "PATCH /v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}",
            "tickets.manage",
        )
    },
    shared_tickets(
        "GET /v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}/comments",
        "tickets.view",
    ),
    Row {
        body: SENSELESS,
        admitted: 422,
        ..shared_tickets(
            "POST /v1/accounts/{partner}/customers/{customer}/tickets/{ticketId}/comments",
            "tickets.manage",
        )
    },
    platform("GET /v1/platform/tickets", Body::None),
    platform("GET /v1/platform/accounts/{accountId}/tickets/{ticketId}", Body::None),
    platform("GET /v1/platform/accounts/{accountId}/tickets/{ticketId}/comments", Body::None),
    Row {
        admitted: 422,
        ..platform("POST /v1/platform/accounts/{accountId}/tickets/{ticketId}/updates", SENSELESS)
    },
];
