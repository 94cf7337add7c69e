//! Customers of a provider's domain, what they may open, and their workspaces.

use serde_json::json;

use super::Client;

impl Client {
    /// A customer that shares `federation` is added or removed, or gets a workspace.
    pub(super) async fn federate(&mut self) {
        let customer = self.any();
        let Some(number) = self.any_connected(customer) else { return };
        if !self.customers[customer].pairs[number].shares("federation") {
            return;
        }
        let (tenant, stage) = (self.tenant(customer), self.stage.clone());
        let partner = &stage.partners[number];
        let admin = &partner.tenant.admin;
        if self.asker.dice.chance(300) {
            let resources =
                if self.asker.dice.chance(700) { vec![&partner.resource] } else { Vec::new() };
            let path = format!("{}/resources", partner.tenant.customer(&tenant));
            let body = json!({"resourceIds": resources});
            let told = self.asker.put("set resources", admin, &path, &body).await;
            if told.expect(&[200, 204]).is_some() {
                self.pair(customer, number).may_open = !resources.is_empty();
            }
            return;
        }
        let domain = &partner.domain;
        let path = partner.tenant.at(&format!("/domains/{domain}/customers/{}", tenant.id));
        if self.customers[customer].pairs[number].federated {
            if self.asker.dice.chance(700) {
                return self.host(customer, domain).await;
            }
            let told = self.asker.delete("leave a domain", admin, &path).await;
            if told.expect_or(&[204], &[404]).is_some() {
                self.pair(customer, number).federated = false;
            }
            return;
        }
        let base = format!("ou={},dc=example,dc=com", tenant.id);
        let body = json!({"members": {"baseDn": base}});
        let told = self.asker.put("join a domain", admin, &path, &body).await;
        if told.expect(&[200, 201]).is_some() {
            self.pair(customer, number).federated = true;
        }
    }

    /// The customer's own workspace, or it goes.
    async fn host(&mut self, customer: usize, domain: &str) {
        let tenant = self.tenant(customer);
        let host = format!("soak-{}-{customer}-desktops", self.number);
        let path = tenant.at(&format!("/workspaces/{host}"));
        if self.customers[customer].workspaces.contains(&host) && self.asker.dice.chance(400) {
            let told = self.asker.delete("delete a workspace", &tenant.admin, &path).await;
            if told.expect_or(&[204], &[404]).is_some() {
                self.customers[customer].workspaces.remove(&host);
            }
            return;
        }
        let body = json!({
            "kind": "dedicated", "displayName": "Desktops", "domains": [domain], "enabled": true,
        });
        let told = self.asker.put("put a workspace", &tenant.admin, &path, &body).await;
        if told.expect(&[200, 201]).is_some() {
            self.customers[customer].workspaces.insert(host);
        }
    }
}
