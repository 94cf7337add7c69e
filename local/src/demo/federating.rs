//! The service provider of the demo lets the users of two of its customers sign in with its own
//! directory: the first at a workspace of its own, both at the provider's.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{
    DemoError, Known, Seeding,
    data::PARTNERS,
    done,
    people::{BASE, BRANCHES, Branch, DOMAIN, READER},
    text,
};

/// The first customer's workspace, and the provider's.
pub(crate) const HOSTS: [&str; 2] = ["demo-dedicated", "demo-shared"];
/// The workspaces, and who signs in there.
pub(crate) fn entrances() -> [(String, String); 2] {
    let users = |branches: &[Branch]| {
        branches.iter().flat_map(Branch::users).collect::<Vec<_>>().join(", ")
    };
    let [dedicated, shared] = HOSTS.map(ToOwned::to_owned);
    [(dedicated, users(&BRANCHES[..1])), (shared, users(&BRANCHES[..2]))]
}

/// The provider among the partners.
const PROVIDER: usize = 1;

impl Seeding<'_> {
    /// A resource location with a domain, two customers in it, two workspaces, an app and a desktop.
    pub(super) async fn federate(&self, directory: SocketAddr) -> Result<(), DemoError> {
        let provider = self.known(&PARTNERS[PROVIDER].company);
        let customers = self.sharing(provider).await?;
        let location = json!({"name": "大阪"});
        let location = self.once(provider, Made::LOCATION, location).await?;
        let domain = json!({
            "name": DOMAIN,
            "resourceLocationId": location,
            "directory": {
                "kind": "ldap",
                "url": format!("ldap://{directory}"),
                "baseDn": BASE,
                "bind": "search",
                "bindDn": READER.0,
                "bindPassword": READER.1,
            },
        });
        let domain = self.once(provider, Made::DOMAIN, domain).await?;
        for (customer, branch) in customers.iter().zip(&BRANCHES) {
            let path = at(provider, &format!("domains/{domain}/customers/{customer}"));
            let members = json!({"members": {"baseDn": branch.dn()}});
            done("members", &provider.administrator.put(&path, &members).await)?;
        }
        self.workspaces(provider, &customers[0], &domain).await?;
        self.resources(provider, &customers, &location).await
    }

    /// Two customers that share federation.
    async fn sharing(&self, provider: &Known) -> Result<[String; 2], DemoError> {
        let path = at(provider, "customers?limit=100");
        let found = done("customers", &provider.administrator.get(&path).await)?;
        two_that_share(&found)
    }

    async fn workspaces(
        &self,
        provider: &Known,
        customer: &str,
        domain: &str,
    ) -> Result<(), DemoError> {
        let [dedicated, shared] = HOSTS;
        let body = |kind: &str, name: &str| json!({"kind": kind, "displayName": name, "domains": [domain], "enabled": true});
        let path = at(provider, &format!("customers/{customer}/workspaces/{dedicated}"));
        let own = body("dedicated", "専用ワークスペース");
        done("a workspace", &provider.administrator.put(&path, &own).await)?;
        let path = at(provider, &format!("workspaces/{shared}"));
        let own = body("shared", "ひかりワークスペース");
        done("a workspace", &provider.administrator.put(&path, &own).await).map(|_| ())
    }

    /// An app for both customers, a desktop for the first.
    async fn resources(
        &self,
        provider: &Known,
        customers: &[String; 2],
        location: &str,
    ) -> Result<(), DemoError> {
        let resource = |name: &str, kind: &str, service: &str, path: &str| {
            json!({
                "name": name, "kind": kind, "service": service, "resourceLocationId": location,
                "launchUrl": format!("https://apps.hikari.example.jp/{path}"),
            })
        };
        let ledger = resource("会計台帳", "app", "hosted-apps", "ledger");
        let desktop = resource("標準デスクトップ", "desktop", "daas", "desktop");
        let ledger = self.once(provider, Made::LEDGER, ledger).await?;
        let desktop = self.once(provider, Made::DESKTOP, desktop).await?;
        let allowed = [vec![&ledger, &desktop], vec![&ledger]];
        for (customer, resources) in customers.iter().zip(allowed) {
            let path = at(provider, &format!("customers/{customer}/resources"));
            let body = json!({ "resourceIds": resources });
            done("resources", &provider.administrator.put(&path, &body).await)?;
        }
        Ok(())
    }

    /// Makes something of the provider's, once; gives its id.
    async fn once(&self, provider: &Known, made: Made, body: Value) -> Result<String, DemoError> {
        let Made { what, mark, id } = made;
        let answer = provider.administrator.post_once(mark, &at(provider, what), &body).await;
        Ok(text(&done(what, &answer)?[id]))
    }
}

/// Something that the provider makes: on which list, under which mark, and what its id is called.
struct Made {
    what: &'static str,
    mark: &'static str,
    id: &'static str,
}

impl Made {
    const LOCATION: Self =
        Self { what: "resource-locations", mark: "demo-location", id: "resourceLocationId" };
    const DOMAIN: Self = Self { what: "domains", mark: "demo-domain", id: "domainId" };
    const LEDGER: Self = Self { what: "resources", mark: "demo-ledger", id: "resourceId" };
    const DESKTOP: Self = Self { what: "resources", mark: "demo-desktop", id: "resourceId" };
}

/// The first two of a list of customers that share federation.
fn two_that_share(found: &Value) -> Result<[String; 2], DemoError> {
    let shares = |item: &&Value| {
        let mut shares = item["shares"].as_array().into_iter().flatten();
        shares.any(|share| share == "federation")
    };
    let items = found["items"].as_array().into_iter().flatten().filter(shares);
    let mut accounts = items.filter_map(|item| item["customer"]["accountId"].as_str());
    match (accounts.next(), accounts.next()) {
        (Some(one), Some(other)) => Ok([one, other].map(ToOwned::to_owned)),
        _ => Err(DemoError::Missing("two customers that share federation")),
    }
}

fn at(provider: &Known, rest: &str) -> String {
    format!("/v1/accounts/{}/{rest}", provider.account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_fewer_than_two_that_share_when_looked_for_then_that_is_said() {
        let item = |account: &str, share: &str| json!({"customer": {"accountId": account}, "shares": [share]});
        let found = json!({"items": [item("a", "federation"), item("b", "licenses")]});
        let missing = two_that_share(&found).expect_err("one alone");
        assert_eq!(
            missing.to_string(),
            "demo data: two customers that share federation are missing"
        );
        let found = json!({"items": [item("a", "federation"), item("b", "federation")]});
        assert_eq!(two_that_share(&found).expect("two"), ["a", "b"]);
    }
}
