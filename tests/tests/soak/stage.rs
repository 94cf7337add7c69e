//! Who is there before the load begins: the vendor, partners that all clients share, and what is on
//! offer.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::json;
use tsunagu_tests::{
    laptop::{Laptop, invite_token},
    product::{Person, Tenant},
};

use crate::dismissals::{Changes, Dismissals};

/// The services: a code, and how it is counted.
pub(crate) const SERVICES: [(&str, &str); 2] = [("daas", "user-device"), ("mail", "user")];

/// A partner, the secret of its link, and the domain to which it adds customers.
pub(crate) struct Partner {
    pub(crate) tenant: Tenant,
    pub(crate) token: String,
    pub(crate) domain: String,
    pub(crate) resource: String,
}

/// What everybody shares.
pub(crate) struct Stage {
    pub(crate) platform: Person,
    pub(crate) nobody: Person,
    pub(crate) partners: Vec<Partner>,
    /// What partners are about to see no more.
    pub(crate) changes: Changes,
    dismissals: Mutex<BTreeMap<String, Dismissals>>,
}

impl Stage {
    /// Before any fault.
    pub(crate) async fn set(laptop: &Laptop, partners: usize) -> Self {
        let platform = laptop.platform().await;
        for (service, model) in SERVICES {
            let body = json!({"name": {"ja": service, "en": service}, "model": model});
            platform.put(&format!("/v1/platform/services/{service}"), &body).await.expect(201);
        }
        let mut all = Vec::new();
        for number in 0..partners {
            let email = format!("partner{number}@soak.example");
            let tenant = laptop.partner(&email, &format!("パートナー{number}"), "CSP").await;
            all.push(Partner::set(tenant).await);
        }
        let nobody = laptop.nobody();
        let (changes, dismissals) = (Changes::default(), Mutex::default());
        Self { platform, nobody, partners: all, changes, dismissals }
    }

    fn dismissals(&self) -> MutexGuard<'_, BTreeMap<String, Dismissals>> {
        self.dismissals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a partner has dismissed up to now.
    pub(crate) fn dismissed_by(&self, partner: &Tenant) -> Dismissals {
        self.dismissals().get(&partner.id).cloned().unwrap_or_default()
    }

    /// Notes what a partner has dismissed, or asks for.
    pub(crate) fn note(&self, partner: &Tenant, note: impl FnOnce(&mut Dismissals)) {
        note(self.dismissals().entry(partner.id.clone()).or_default());
    }
}

impl Partner {
    async fn set(tenant: Tenant) -> Self {
        let text = |json: &serde_json::Value, field: &str| {
            json[field].as_str().expect("the contract has it").to_owned()
        };
        let token = invite_token(&tenant).await;
        let (admin, name) = (&tenant.admin, json!({"name": "大阪"}));
        let location = admin.post(&tenant.at("/resource-locations"), &name).await.expect(201);
        let location = text(&location, "resourceLocationId");
        let directory = json!({
            "kind": "ldap", "url": "ldaps://ldap.example.com", "baseDn": "dc=example,dc=com",
            "bind": "upn",
        });
        let body = json!({
            "name": "corp.example.com", "resourceLocationId": location, "directory": directory,
        });
        let domain = admin.post(&tenant.at("/domains"), &body).await.expect(201);
        let body = json!({
            "name": "会計", "kind": "app", "service": "mail", "resourceLocationId": location,
            "launchUrl": "https://apps.example.com/open",
        });
        let resource = admin.post(&tenant.at("/resources"), &body).await.expect(201);
        let (domain, resource) = (text(&domain, "domainId"), text(&resource, "resourceId"));
        Self { tenant, token, domain, resource }
    }
}
