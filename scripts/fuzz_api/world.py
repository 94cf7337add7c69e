"""What the demo data has and a run can name: callers, objects, and spare ones that may be broken."""

CUSTOMER = "fuzz-customer@example.com"
PARTNER = "partner@example.com"
PROVIDER = "partner@example.jp"
VENDOR = "vendor@example.com"
PASSWORD = "tsunagu-demo"
LINE = {"service": "daas", "quantity": 3, "unit": "user", "startsOn": "2026-01-01", "endsOn": "2027-12-31"}


def prepared(anyone):
    """Everything that the hooks need to know, as JSON; `anyone` has no token."""
    vendor = anyone.signed_in(VENDOR, "tsunagu/platform")
    provider, partner = anyone.signed_in(PROVIDER), anyone.signed_in(PARTNER)
    customer = anyone.signed_in(CUSTOMER)
    csp, csa = account_of(provider), account_of(partner)
    domain = provider.items(f"/v1/accounts/{csp}/domains")[0]
    first = provider.items(f"/v1/accounts/{csp}/domains/{domain['domainId']}/customers")[0]
    account = first["customer"]["accountId"]
    join(vendor, account, customer)
    connect(customer, account, [provider, partner])
    sessions = [session(anyone, user) for user in ("hanako", "taro")]
    world = World(vendor, provider, partner, customer, csp, csa, account, domain)
    values, only = world.values(), world.spare()
    return {
        "callers": {csp: provider.token, csa: partner.token, account: customer.token},
        "console": customer.token,
        "platform": vendor.token,
        "session": sessions[0],
        # Signing out takes one that nobody else uses.
        "sign_out": sessions[1],
        "location": only.pop("key"),
        "values": values,
        "only": only,
        "bodies": world.bodies(values["notificationId"]),
    }


def account_of(caller):
    return caller.get("/v1/me")["accounts"][0]["accountId"]


def session(anyone, user):
    body = {"username": user, "password": PASSWORD}
    return anyone.post("/v1/workspaces/demo-dedicated/sign-in", body)["sessionToken"]


def join(vendor, account, customer):
    """Makes the caller an administrator of a demo customer."""
    known = vendor.get(f"/v1/platform/accounts/{account}")
    body = {name: known[name] for name in ("orgId", "displayName", "country")}
    body["administrators"] = [{"email": CUSTOMER, "access": "full"}]
    vendor.put(f"/v1/platform/accounts/{account}", body)
    customer.get("/v1/me")


def connect(customer, account, sellers):
    """Connects the customer to both partners, with everything shared."""
    for seller in sellers:
        own = account_of(seller)
        token = seller.get(f"/v1/accounts/{own}/invite-link")["token"]
        customer.post(f"/v1/invitations/{token}/accept", {"accountId": account})
        shares = seller.get(f"/v1/invitations/{token}")["shares"]
        customer.ask("PATCH", f"/v1/accounts/{account}/partners/{own}", {"shares": shares})


class World:
    """The objects of the demo data, looked up and added to."""

    def __init__(self, vendor, provider, partner, customer, csp, csa, account, domain):
        self.vendor, self.provider, self.partner, self.customer = vendor, provider, partner, customer
        self.csp, self.csa, self.account, self.domain = csp, csa, account, domain
        self.base = f"/v1/accounts/{account}"
        self.own = f"/v1/accounts/{csp}"

    def values(self):
        """Values of parameters and fields by name, wherever nothing more special is said."""
        tickets = [self.ticket(n) for n in range(2)]
        orders = self.customer.items(f"{self.base}/orders")
        entitlements = self.customer.items(f"{self.base}/entitlements")
        notices = self.customer.items(f"{self.base}/notifications")
        administrators = self.customer.items(f"{self.base}/administrators")
        resources = self.provider.items(f"{self.own}/resources")
        invitations = [
            seller.get(f"/v1/accounts/{own}/invite-link")["token"]
            for seller, own in ((self.provider, self.csp), (self.partner, self.csa))
        ]
        return {
            "accountId": [self.account],
            "account": [self.account],
            "customer": [self.account],
            "csp": [self.csp],
            "partner": [self.csp],
            "adminId": [one["adminId"] for one in administrators],
            "service": ["daas", "endpoint-management"],
            "ticketId": tickets,
            "orderId": ["so-fuzz"] + [one["orderId"] for one in orders][:2],
            "entitlementId": ["ent-fuzz"] + [one["entitlementId"] for one in entitlements][:2],
            "notificationId": [one["notificationId"] for one in notices][:3],
            "domainId": [self.domain["domainId"]],
            "resourceId": [one["resourceId"] for one in resources],
            "resourceLocationId": [self.domain["resourceLocationId"]],
            "host": ["demo-dedicated"],
            "token": invitations,
            "orgId": [self.customer.get(self.base)["orgId"]],
            "program": ["CSA", "CSP"],
        }

    def spare(self):
        """Values for single operations: what they would break is used by no other."""
        location = self.provider.post(f"{self.own}/resource-locations", {"name": "Spare"})
        key = location["key"]
        rotated = self.provider.post(f"{self.own}/resource-locations", {"name": "Rotated"})
        doomed = self.provider.post(f"{self.own}/resource-locations", {"name": "Doomed"})
        domains = [self.spare_domain(n, location) for n in range(2)]
        resources = [self.spare_resource(n, location) for n in range(2)]
        hosts = [self.spare_host(n) for n in range(3)]
        trials = [self.spare_trial(service) for service in ("daas", "endpoint-management")]
        accounts = [self.spare_account(n) for n in range(3)]
        connections = [self.spare_connection(account) for account in accounts[1:]]
        offer = f"{self.own}/resources/{resources[0]}/customers/{connections[1]}"
        self.provider.put(offer, None)
        invited = [self.invited(n) for n in range(3)]
        others = [self.csa, self.csp]
        return {
            "key": self.real_key(),
            "change_administrator": {"adminId": invited[:1]},
            "remove_administrator": {"adminId": invited[1:]},
            "get_partner": {"partner": others},
            "partner_history": {"partner": others},
            "change_shares": {"partner": [self.csa]},
            "end_as_customer": {"partner": [self.csa]},
            "end_as_partner": {"customer": connections[:1]},
            "unblock_customer": {"customer": connections[:1]},
            "put_federated_customer": {"domainId": domains[:1]},
            "remove_federated_customer": {"domainId": domains[:1]},
            "change_domain": {"domainId": domains[:1]},
            "delete_domain": {"domainId": domains[1:]},
            "rename_location": {"resourceLocationId": [rotated["resourceLocationId"]]},
            "rotate_key": {"resourceLocationId": [rotated["resourceLocationId"]]},
            "delete_location": {"resourceLocationId": [doomed["resourceLocationId"]]},
            "change_resource": {"resourceId": resources[:1]},
            "delete_resource": {"resourceId": resources[1:]},
            "allow_resource": {"resourceId": resources[:1]},
            "withdraw_resource": {"resourceId": resources[:1], "customer": connections[1:]},
            "put_workspace": {"host": hosts[:1], "kind": ["dedicated"]},
            "put_workspace_for_customer": {"host": hosts[:1], "kind": ["dedicated"]},
            "delete_workspace": {"host": hosts[1:2]},
            "delete_workspace_of_customer": {"host": hosts[2:]},
            "put_account": {"accountId": accounts[:1], "orgId": [self.org_of(accounts[0])]},
            "put_organization": {"orgId": [self.org_of(accounts[0])]},
            "put_program": {"orgId": [self.org_of(accounts[0])]},
            "get_program": {"orgId": [self.org_of(self.csp)]},
            "put_service": {"service": ["spare-service"]},
            "approve_trial": {"entitlementId": trials[:1]},
            "decline_trial": {"entitlementId": trials[1:]},
            "release_license_user": {"holderId": self.holders("users"), "service": ["daas"]},
            "release_license_device": {"holderId": self.holders("devices"), "service": ["daas"]},
        }

    def bodies(self, notices):
        """Whole bodies, where one field decides what another may be."""
        some = [{"ids": notices[:1]}, {"ids": notices}, {"all": True, "upTo": notices[0]}]
        return {
            "dismiss_notifications": some,
            "dismiss_customer_notifications": some + [some[2] | {"customer": self.account}],
        }

    def real_key(self):
        """A key of the location whose resources are launched; the old one goes on for a day."""
        path = f"{self.own}/resource-locations/{self.domain['resourceLocationId']}/rotate-key"
        return self.provider.post(path, {"overlapSeconds": 86400})["key"]

    def ticket(self, number):
        body = {"subject": f"Fuzz {number}", "description": "Something.", "severity": "low"}
        return self.customer.post(f"{self.base}/tickets", body)["ticketId"]

    def holders(self, kind):
        service = "daas"
        return [one["holderId"] for one in self.customer.items(f"{self.base}/licenses/{service}/{kind}")][:2]

    def org_of(self, account):
        return self.vendor.get(f"/v1/platform/accounts/{account}")["orgId"]

    def invited(self, number):
        body = {"email": f"spare-{number}@example.com", "access": "custom", "permissions": ["audit.view"]}
        return self.customer.post(f"{self.base}/administrators", body)["adminId"]

    def spare_account(self, number):
        owner = self.customer.signed_in(f"spare-owner-{number}@example.com")
        return owner.post("/v1/accounts", {"displayName": f"Spare {number}", "country": "JP"})["accountId"]

    def spare_connection(self, account):
        number = self.vendor.get(f"/v1/platform/accounts/{account}")["displayName"].split()[-1]
        owner = self.customer.signed_in(f"spare-owner-{number}@example.com")
        connect(owner, account, [self.provider])
        return account

    def spare_domain(self, number, location):
        directory = {"kind": "ldap", "url": self.domain["directory"]["url"], "bind": "upn", "baseDn": "dc=x"}
        body = {
            "name": f"spare-{number}.example.jp",
            "resourceLocationId": location["resourceLocationId"],
            "directory": directory,
        }
        return self.provider.post(f"{self.own}/domains", body)["domainId"]

    def spare_resource(self, number, location):
        body = {
            "name": f"Spare {number}",
            "kind": "app",
            "service": "daas",
            "resourceLocationId": location["resourceLocationId"],
            "launchUrl": "https://apps.example.com/spare",
        }
        return self.provider.post(f"{self.own}/resources", body)["resourceId"]

    def spare_host(self, number):
        host = f"spare-desk-{number}"
        body = {
            "kind": "dedicated",
            "displayName": f"Spare {number}",
            "domains": [self.domain["domainId"]],
            "enabled": True,
        }
        self.customer.put(f"{self.base}/workspaces/{host}", body)
        return host

    def spare_trial(self, service):
        return self.customer.post(f"{self.base}/trials", {"service": service})["entitlementId"]
