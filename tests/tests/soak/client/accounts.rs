//! Accounts: somebody registers, gives itself another name, is suspended and opened again.

use serde_json::json;
use tsunagu_tests::product::Tenant;

use super::{CUSTOMERS, Client};
use crate::ledger::Customer;

impl Client {
    /// Somebody signs in for the first time and registers an account.
    pub(super) async fn register(&mut self) {
        if self.customers.len() >= CUSTOMERS {
            return;
        }
        let email = format!("customer{}@soak.example", self.next());
        let wanted = json!({"email": email});
        let told = self.asker.post("sign in", &self.stage.nobody, "/dev/token", &wanted).await;
        let Some(token) = told.expect(&[200]) else { return };
        let admin = (self.bearing)(token["accessToken"].as_str().unwrap_or_default());
        let name = format!("顧客 {}", self.next());
        let body = json!({"displayName": name, "country": "JP", "timeZone": "Asia/Tokyo"});
        let told = self.asker.post("register", &admin, "/v1/accounts", &body).await;
        let Some(account) = told.expect(&[201]) else { return };
        let text = |field: &str| account[field].as_str().unwrap_or_default().to_owned();
        let tenant = Tenant { id: text("accountId"), org: text("orgId"), email, admin };
        self.customers.push(Customer::new(tenant, name, self.stage.partners.len()));
    }

    /// Its partners get the new name by the stream.
    pub(super) async fn rename(&mut self) {
        let customer = self.any();
        let name = format!("顧客 {}", self.next());
        let (tenant, body) = (self.tenant(customer), json!({"displayName": name}));
        let told = self.asker.patch("rename", &tenant.admin, &tenant.at(""), &body).await;
        if told.expect(&[200]).is_some() {
            self.customers[customer].name = name;
        }
    }

    /// No partner sees it while it is suspended, from the next request on.
    pub(super) async fn suspend(&mut self) {
        let customer = self.any();
        let tenant = self.tenant(customer);
        let (path, platform) = (tenant.platform_path(), self.stage.platform.clone());
        let partners = self.stage.partners.iter();
        let _changing: Vec<_> =
            partners.map(|it| self.stage.changes.begin(&it.tenant, &tenant)).collect();
        for (status, seen) in [("suspended", 404), ("active", 200)] {
            let body = json!({"status": status});
            let told = self.asker.put("suspend and reopen", &platform, &path, &body).await;
            if told.expect(&[200]).is_none() {
                return;
            }
            self.customers[customer].is_suspended = status == "suspended";
            let Some(partner) = self.any_connected(customer) else { continue };
            let partner = &self.partner(partner).tenant;
            let path = partner.customer(&tenant);
            self.asker.get("look", &partner.admin, &path).await.expect(&[seen]);
        }
    }
}
