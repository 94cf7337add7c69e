//! T10: providers who have domains in one workspace of a customer, and learn nothing of each other.

use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};
use tsunagu_tests::{
    Engine, Response, both_engines,
    corp::{Corp, domain, group, location},
    product::{Tenant, column},
};

fn told(response: &Response) -> (u16, Option<&str>) {
    (response.status.as_u16(), response.code())
}

fn statement(name: &str, enabled: bool, domains: &[&String]) -> Value {
    json!({"kind": "dedicated", "displayName": name, "enabled": enabled, "domains": domains})
}

/// A customer of two providers, both of which have a domain to which it is federated.
struct Rivals {
    corp: Corp,
    rival: Tenant,
    /// The rival's domain.
    theirs: String,
}

impl Rivals {
    async fn open(engine: Engine) -> Option<Self> {
        let corp = Corp::open(engine).await?;
        let rival = corp.product.partner("admin@rival.example", "Rival").await;
        corp.product.connect(&corp.customer, &rival).await;
        corp.add(&corp.customer, &group("aozora")).await.expect(201);
        let mut rivals = Self { corp, rival, theirs: String::new() };
        rivals.theirs = rivals.domain("rival.example").await;
        Some(rivals)
    }

    /// A domain of the rival's, to which the customer is federated.
    async fn domain(&self, name: &str) -> String {
        let Self { corp, rival, .. } = self;
        let (place, _) = location(rival).await;
        let made = domain(rival, &place, name).await;
        let path = rival.at(&format!("/domains/{made}/customers/{}", corp.customer.id));
        rival.admin.put(&path, &group("aozora")).await.expect(201);
        made
    }

    /// The path of a workspace as the customer manages it.
    fn own(&self, host: &str) -> String {
        self.corp.customer.at(&format!("/workspaces/{host}"))
    }

    /// The path of a workspace as a provider manages it.
    fn of(&self, provider: &Tenant, host: &str) -> String {
        format!("{}/workspaces/{host}", provider.customer(&self.corp.customer))
    }

    /// What stands in a tenant's trail of workspaces, the newest first: the action, and what changed.
    async fn trail(&self, tenant: &Tenant) -> Vec<(Value, Value)> {
        let audit = tenant.admin.get(&tenant.at("/audit?limit=100")).await.expect(200);
        let entries = audit["items"].as_array().expect("items").iter();
        let entries = entries.filter(|entry| entry["target"]["type"] == "workspace");
        entries.map(|entry| (entry["action"].clone(), entry["changes"].clone())).collect()
    }
}

/// A provider sees of its customer's workspaces what has domains of its own, and of these those.
#[apply(both_engines)]
async fn t10_a_provider_learns_of_no_other_by_its_customers_workspaces(engine: Engine) {
    let Some(rivals) = Rivals::open(engine).await else { return };
    let Rivals { corp, theirs, .. } = &rivals;
    let admin = &corp.customer.admin;
    let both = statement("x", true, &[&corp.domain, theirs]);
    admin.put(&rivals.own("aozora-mixed"), &both).await.expect(201);
    admin.put(&rivals.own("aozora-rivals"), &statement("x", true, &[theirs])).await.expect(201);
    let base = format!("{}/workspaces", corp.provider.customer(&corp.customer));
    let seen = corp.provider.admin.get(&base).await.expect(200);
    assert!(!seen.to_string().contains(theirs) && !seen.to_string().contains("aozora-rivals"));
    assert_eq!(column(&seen, "/host"), ["aozora-mixed"]);
    corp.provider.admin.get(&format!("{base}/aozora-rivals")).await.expect(404);
    corp.provider.admin.delete(&format!("{base}/aozora-rivals")).await.expect(404);
    // What it puts keeps the other's domain, unseen; what it deletes leaves it.
    let path = rivals.of(&corp.provider, "aozora-mixed");
    let put = corp.provider.admin.put(&path, &statement("x", true, &[&corp.domain])).await;
    assert_eq!(put.expect(200)["domains"], json!([corp.domain]));
    let kept = admin.get(&rivals.own("aozora-mixed")).await.expect(200);
    assert_eq!(kept["domains"].as_array().map(Vec::len), Some(2));
    corp.provider.admin.delete(&path).await.expect(204);
    corp.provider.admin.get(&path).await.expect(404);
    let left = admin.get(&rivals.own("aozora-mixed")).await.expect(200);
    assert_eq!((&left["domains"], &left["enabled"]), (&json!([theirs]), &json!(true)));
}

/// A workspace in which a provider has nothing is not its to take, to name or to close.
#[apply(both_engines)]
async fn t10_a_provider_takes_no_workspace_of_its_customers_that_it_does_not_see(engine: Engine) {
    let Some(rivals) = Rivals::open(engine).await else { return };
    let Rivals { corp, rival, theirs } = &rivals;
    let set_up = rivals.of(rival, "aozora-rivals");
    rival.admin.put(&set_up, &statement("x", true, &[theirs])).await.expect(201);
    let path = rivals.of(&corp.provider, "aozora-rivals");
    for enabled in [true, false] {
        let grab = statement("y", enabled, &[&corp.domain]);
        let taken = corp.provider.admin.put(&path, &grab).await;
        assert_eq!(told(&taken), (409, Some("host-taken")));
    }
    let kept = corp.customer.admin.get(&rivals.own("aozora-rivals")).await.expect(200);
    assert_eq!(kept["displayName"], "x");
    assert_eq!(kept["domains"], json!([theirs]));
    // Where the customer lets both in, who set it up names it, whoever else is there.
    let both = statement("x", true, &[&corp.domain, theirs]);
    corp.customer.admin.put(&rivals.own("aozora-rivals"), &both).await.expect(200);
    for other in [
        statement("y", true, &[&corp.domain]),
        statement("x", false, &[&corp.domain]),
    ] {
        let refused = corp.provider.admin.put(&path, &other).await;
        assert_eq!(told(&refused), (409, Some("conflict")));
    }
    rival.admin.put(&set_up, &statement("y", true, &[theirs])).await.expect(200);
    let seen = corp.provider.admin.get(&path).await.expect(200);
    assert_eq!(seen["displayName"], "y");
}

/// Whatever is done to a workspace stands in the trail of everybody who has a domain there, as far as
/// it is theirs, and never by whom of the others.
#[apply(both_engines)]
async fn t10_trails_tell_each_provider_of_a_workspace_what_it_sees(engine: Engine) {
    let Some(rivals) = Rivals::open(engine).await else { return };
    let Rivals { corp, rival, theirs } = &rivals;
    let (product, admin) = (&corp.product, &corp.customer.admin);
    let own = rivals.own("aozora-mixed");
    let set_up = rivals.of(rival, "aozora-mixed");
    // Given a workspace that the rival set up
    rival.admin.put(&set_up, &statement("x", true, &[theirs])).await.expect(201);
    product.tick();
    // When the customer adds the provider's domain, the rival renames it, and the provider leaves
    admin.put(&own, &statement("x", true, &[&corp.domain, theirs])).await.expect(200);
    product.tick();
    rival.admin.put(&set_up, &statement("y", true, &[theirs])).await.expect(200);
    product.tick();
    corp.provider.admin.delete(&rivals.of(&corp.provider, "aozora-mixed")).await.expect(204);
    product.tick();
    admin.delete(&own).await.expect(204);
    // Then each trail says so much of it
    let trail = rivals.trail(&corp.provider).await;
    let actions: Vec<_> = trail.iter().map(|(action, _)| action.clone()).collect();
    assert_eq!(actions, ["workspace-deleted", "workspace-changed", "workspace-created"]);
    assert_eq!(trail[1].1["displayName"], json!({"from": "x", "to": "y"}));
    assert_eq!(trail[2].1["domains"]["to"], json!(corp.domain));
    let trail = rivals.trail(rival).await;
    let actions: Vec<_> = trail.iter().map(|(action, _)| action.clone()).collect();
    assert_eq!(actions, ["workspace-deleted", "workspace-changed", "workspace-created"]);
    let trail = rivals.trail(&corp.customer).await;
    let actions: Vec<_> = trail.iter().map(|(action, _)| action.clone()).collect();
    let expected = ["deleted", "changed", "changed", "changed", "created"];
    assert_eq!(actions, expected.map(|done| format!("workspace-{done}")));
    for (tenant, other, domain) in
        [(&corp.provider, rival, theirs), (rival, &corp.provider, &corp.domain)]
    {
        let audit = tenant.admin.get(&tenant.at("/audit?limit=100")).await.expect(200).to_string();
        for trace in [&other.id, &other.org, domain] {
            assert!(!audit.contains(trace.as_str()), "{trace}: {audit}");
        }
    }
}

/// Two domains of one name would leave it open which is meant, so that nobody could sign in.
#[apply(both_engines)]
async fn t21_no_workspace_has_two_domains_of_one_name(engine: Engine) {
    let Some(rivals) = Rivals::open(engine).await else { return };
    let Rivals { corp, theirs, .. } = &rivals;
    let alike = rivals.domain("corp.example.com").await;
    let own = rivals.own("aozora-alike");
    let admin = &corp.customer.admin;
    let at = |refused: Response| {
        let refused = refused.expect(422);
        (refused["errors"][0]["pointer"].clone(), refused["errors"][0]["code"].clone())
    };
    // Given both at once
    let both = statement("x", true, &[theirs, &corp.domain, &alike]);
    let refused = admin.put(&own, &both).await;
    assert_eq!(at(refused), (json!("/domains/2"), json!("same-name")));
    // Given one that is there already, also when its customer is out of it by now
    admin.put(&own, &statement("x", true, &[&corp.domain])).await.expect(201);
    corp.provider.admin.delete(&corp.federated(&corp.customer)).await.expect(204);
    let refused = admin.put(&own, &statement("x", true, &[&corp.domain, &alike])).await;
    assert_eq!(at(refused), (json!("/domains/1"), json!("same-name")));
    // Given that it goes
    admin.put(&own, &statement("x", true, &[&alike])).await.expect(200);
}
