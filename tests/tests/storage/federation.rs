//! What providers and customers manage, where several do so at once.

use chrono::TimeDelta;
use futures::future::{join, join_all};
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    audit::Action,
    federation::{
        address::AddressPolicy,
        draft::{BindKind, DirectoryChange},
        members::Members,
        resource::ResourceLocation,
        secrets::LocationKey,
        workspace::WorkspaceKind,
    },
    ids::{DomainId, ResourceLocationId},
    share::part,
};
use tsunagu_store::{
    Acting, ConnectedCustomer, Stated, WriteError,
    federation::{
        DomainChange, FederatedCustomer, FederationRefusal, NewDomain, NewLocationKey,
        PasswordChange, WorkspaceOnRecord, WorkspaceParty, WorkspaceStatement,
    },
    items::{DirectorySecretItem, DomainItem, FederatedCustomerItem, FederatedDomainItem, Sealed},
    keys,
};
use tsunagu_tests::{
    Engine, Party, Stage, both_engines,
    federated::{directory, group},
    record::Operation,
    stage::pair,
};

/// A provider with a location and a domain.
struct Scene {
    stage: Stage,
    provider: Party,
    acting: Acting,
    location: ResourceLocationId,
    key: LocationKey,
    domain: DomainId,
}

type Written<T> = Result<T, WriteError<FederationRefusal>>;

/// The refusal, where there is one.
fn refusal<T>(written: Written<T>) -> Option<FederationRefusal> {
    match written {
        Ok(_) => None,
        Err(WriteError::Refused(refusal)) => Some(refusal),
        Err(error) => panic!("{error}"),
    }
}

impl Scene {
    async fn open(engine: Engine) -> Option<Self> {
        let stage = Stage::open(engine).await?;
        let provider = stage.partner("みなとクラウド").await;
        let acting = stage.acting(&provider).await;
        let now = stage.now();
        let id = ResourceLocationId::mint(now);
        let name = "大阪".parse().expect("a name");
        let location = ResourceLocation { resource_location_id: id, name, created_at: now };
        let key = LocationKey::random();
        let made = stage.store.create_location(&acting, &location, &key, None).await;
        made.expect("made");
        let mut scene =
            Self { stage, provider, acting, location: id, key, domain: DomainId::mint(now) };
        scene.domain = scene.domain("corp.example").await.expect("made");
        Some(scene)
    }

    async fn domain(&self, name: &str) -> Written<DomainId> {
        let at = self.stage.now();
        let domain_id = DomainId::mint(at);
        let new = NewDomain {
            domain_id,
            name: name.parse().expect("a name"),
            location: self.location,
            directory: directory(389),
            sealed: None,
            at,
        };
        self.stage.store.create_domain(&self.acting, &new, None).await.map(|()| domain_id)
    }

    async fn customer(&self, name: &str) -> Party {
        let customer = self.stage.customer(name).await;
        self.stage.connect(&customer, &self.provider).await;
        customer
    }

    async fn connected(&self, customer: &Party) -> ConnectedCustomer {
        self.stage.connected(&self.provider, customer).await.expect("connected")
    }

    async fn add(&self, customer: &Party, members: Members) -> Written<Stated<FederatedCustomer>> {
        let connected = self.connected(customer).await;
        let shared = connected.sharing::<part::Federation>().expect("shared");
        let (store, now) = (&self.stage.store, self.stage.now());
        store.put_federated_customer(&self.acting, &shared, self.domain, &members, None, now).await
    }

    async fn remove(&self, customer: &Party) -> Written<()> {
        let connected = self.connected(customer).await;
        let shared = connected.sharing::<part::Federation>().expect("shared");
        let (store, now) = (&self.stage.store, self.stage.now());
        store.remove_federated_customer(&self.acting, &shared, self.domain, None, now).await
    }

    async fn delete(&self) -> Written<()> {
        let now = self.stage.now();
        self.stage.store.delete_domain(&self.acting, self.domain, None, now).await
    }

    /// Puts a workspace of an account with the domain.
    async fn put(&self, host: &str, owner: &Acting) -> Written<Stated<WorkspaceOnRecord>> {
        let is_own = owner.account_id() == self.provider.id;
        let statement = WorkspaceStatement {
            kind: if is_own { WorkspaceKind::Shared } else { WorkspaceKind::Dedicated },
            display_name: "デスクトップ".parse().expect("a name"),
            domains: vec![self.domain],
            enabled: true,
        };
        let own = owner.own();
        let party = WorkspaceParty::new(owner, &own);
        let host = host.parse().expect("a host");
        self.stage.store.put_workspace(&party, &host, &statement, None, self.stage.now()).await
    }

    async fn take_away(&self, host: &str, owner: &Acting) -> Written<()> {
        let own = owner.own();
        let party = WorkspaceParty::new(owner, &own);
        let host = host.parse().expect("a host");
        self.stage.store.delete_workspace(&party, &host, None, self.stage.now()).await
    }

    async fn kept(&self) -> Option<DomainItem> {
        self.stage.stored.get(keys::domain(self.provider.id, self.domain)).await
    }

    /// That counters say what is there.
    async fn check_counts(&self) {
        let Some(domain) = self.kept().await else { return };
        let partition = keys::account_partition(self.provider.id);
        let all: Vec<FederatedCustomerItem> = self.stage.stored.of_kind(&partition).await;
        let own = all.iter().filter(|item| item.domain_id == self.domain).count();
        assert_eq!(domain.customers as usize, own);
    }
}

/// Two customers of whose members a user could be both: one is added, whatever the order.
#[apply(both_engines)]
async fn given_two_adds_that_overlap_when_they_race_then_one_is_refused(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let customers = [scene.customer("青空商事").await, scene.customer("夕凪工業").await];
    let mut held = scene.stage.database.faults.hold(Operation::TransactWriteItems);
    let meanwhile = async {
        held.reached().await;
        scene.add(&customers[1], Members::Everyone).await.expect("added");
        held.release();
    };
    let (raced, ()) = join(scene.add(&customers[0], Members::Everyone), meanwhile).await;
    assert_eq!(refusal(raced), Some(FederationRefusal::MembersOverlap));
    scene.check_counts().await;
    // And what does not overlap is added beside each other, however many at once.
    scene.remove(&customers[1]).await.expect("removed");
    let names = ["aozora", "yunagi"];
    let adds = customers.iter().zip(names).map(|(one, name)| scene.add(one, group(name)));
    for added in join_all(adds).await {
        assert!(added.expect("added").is_new);
    }
    scene.check_counts().await;
}

/// A domain goes, or a customer comes: never a customer of a domain that is gone.
#[apply(both_engines)]
async fn given_a_deletion_and_an_add_when_they_race_then_one_of_them_wins(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let customer = scene.customer("青空商事").await;
    let mut held = scene.stage.database.faults.hold(Operation::TransactWriteItems);
    let meanwhile = async {
        held.reached().await;
        scene.delete().await.expect("deleted");
        held.release();
    };
    let (added, ()) = join(scene.add(&customer, Members::Everyone), meanwhile).await;
    assert_eq!(refusal(added), Some(FederationRefusal::Unknown));
    let key = keys::federated_domain(customer.id, scene.domain);
    assert!(scene.stage.stored.get::<FederatedDomainItem>(key).await.is_none());
}

#[apply(both_engines)]
async fn given_an_add_on_the_way_of_a_deletion_then_the_domain_stays(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let customer = scene.customer("青空商事").await;
    let mut held = scene.stage.database.faults.hold(Operation::TransactWriteItems);
    let meanwhile = async {
        held.reached().await;
        scene.add(&customer, Members::Everyone).await.expect("added");
        held.release();
    };
    let (deleted, ()) = join(scene.delete(), meanwhile).await;
    assert_eq!(refusal(deleted), Some(FederationRefusal::InUse));
    scene.check_counts().await;
}

/// An entry of an episode that is over counts as absent, and goes with the next change.
#[apply(both_engines)]
async fn given_entries_of_ended_connections_then_they_hold_up_nothing(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let customer = scene.customer("青空商事").await;
    scene.add(&customer, Members::Everyone).await.expect("added");
    assert!(scene.stage.end(&customer, pair(&scene.provider, &customer)).await.expect("ends"));
    let other = scene.customer("夕凪工業").await;
    let added = scene.add(&other, Members::Everyone).await.expect("added");
    assert!(added.is_new);
    assert_eq!(scene.kept().await.expect("there").customers, 1);
    let mirror = keys::federated_domain(customer.id, scene.domain);
    assert!(scene.stage.stored.get::<FederatedDomainItem>(mirror).await.is_none());
    // Connecting again does not put it back.
    scene.stage.connect(&customer, &scene.provider).await;
    assert_eq!(refusal(scene.remove(&customer).await), Some(FederationRefusal::Unknown));
    assert!(scene.stage.end(&other, pair(&scene.provider, &other)).await.expect("ends"));
    scene.delete().await.expect("deleted");
    assert!(scene.kept().await.is_none());
}

/// What signs in by an entry is told from what signed in by the one before.
#[apply(both_engines)]
async fn given_an_entry_that_changes_or_comes_again_then_it_is_another_one(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let customer = scene.customer("青空商事").await;
    let id = |stated: Stated<FederatedCustomer>| stated.value.item.federation_id;
    let first = id(scene.add(&customer, group("aozora")).await.expect("added"));
    assert_eq!(id(scene.add(&customer, group("aozora")).await.expect("the same")), first);
    let changed = id(scene.add(&customer, group("all")).await.expect("changed"));
    scene.remove(&customer).await.expect("removed");
    let again = id(scene.add(&customer, group("all")).await.expect("added"));
    assert!(first != changed && changed != again && again != first);
}

#[apply(both_engines)]
async fn given_a_name_when_two_take_it_at_once_then_one_domain_has_it(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let made = join_all((0..4).map(|_| scene.domain("once.example"))).await;
    let (good, bad): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
    assert_eq!(good.len(), 1);
    for refused in bad {
        assert_eq!(refusal(refused), Some(FederationRefusal::NameTaken));
    }
}

#[apply(both_engines)]
async fn given_a_host_when_two_accounts_take_it_at_once_then_one_has_it_for_thirty_days_after_its_end(
    engine: Engine,
) {
    let Some(scene) = Scene::open(engine).await else { return };
    let mut acting = Vec::new();
    for (name, members) in [("青空商事", "aozora"), ("夕凪工業", "yunagi")] {
        let customer = scene.customer(name).await;
        scene.add(&customer, group(members)).await.expect("added");
        acting.push(scene.stage.acting(&customer).await);
    }
    let put = join(scene.put("everybodys", &acting[0]), scene.put("everybodys", &acting[1])).await;
    let (winner, loser) = if put.0.is_ok() { (0, 1) } else { (1, 0) };
    let lost = if winner == 0 { put.1 } else { put.0 };
    assert_eq!(refusal(lost), Some(FederationRefusal::HostTaken));
    let first = scene.put("everybodys", &acting[winner]).await.expect("its own").value;
    scene.take_away("everybodys", &acting[winner]).await.expect("deleted");
    scene.stage.wait(TimeDelta::days(29));
    let early = scene.put("everybodys", &acting[loser]).await;
    assert_eq!(refusal(early), Some(FederationRefusal::HostTaken));
    // Its own account has it again, as another workspace.
    let again = scene.put("everybodys", &acting[winner]).await.expect("its own").value;
    assert_ne!(again.workspace.workspace_id, first.workspace.workspace_id);
    scene.take_away("everybodys", &acting[winner]).await.expect("deleted");
    scene.stage.wait(TimeDelta::days(30));
    assert!(scene.put("everybodys", &acting[loser]).await.expect("free").is_new);
}

#[apply(both_engines)]
async fn given_ten_workspaces_when_more_come_at_once_then_there_are_ten(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let hosts: Vec<_> = (0..13).map(|number| format!("minato-{number:02}")).collect();
    let put = join_all(hosts.iter().map(|host| scene.put(host, &scene.acting))).await;
    let (good, bad): (Vec<_>, Vec<_>) =
        put.into_iter().zip(&hosts).partition(|(put, _)| put.is_ok());
    assert_eq!(good.len(), 10);
    for (refused, _) in bad {
        assert_eq!(refusal(refused), Some(FederationRefusal::WorkspaceLimit));
    }
    assert_eq!(scene.kept().await.expect("there").workspaces, 10);
    assert_eq!(refusal(scene.delete().await), Some(FederationRefusal::InUse));
    for (_, host) in good {
        scene.take_away(host, &scene.acting).await.expect("deleted");
    }
    assert_eq!(scene.kept().await.expect("there").workspaces, 0);
    scene.delete().await.expect("deleted");
}

/// T32: a key lives on as long as was said, and never through the next rotation.
#[apply(both_engines)]
async fn t32_given_a_key_that_is_rotated_then_it_opens_as_long_as_was_said(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let opens = async |key: &LocationKey| {
        let found = scene.stage.store.location_of_key(&key.digest(), scene.stage.now()).await;
        found.expect("answers").is_some()
    };
    let rotate = async |overlap: i64| {
        let key = LocationKey::random();
        let overlap = TimeDelta::seconds(overlap);
        let new = NewLocationKey { key: &key, overlap, at: scene.stage.now() };
        let store = &scene.stage.store;
        let done = store.rotate_location_key(&scene.acting, scene.location, new, None).await;
        done.expect("rotated");
        key
    };
    assert!(opens(&scene.key).await);
    let second = rotate(60).await;
    assert!(opens(&scene.key).await && opens(&second).await);
    scene.stage.wait(TimeDelta::seconds(60));
    assert!(!opens(&scene.key).await && opens(&second).await);
    let third = rotate(3600).await;
    let fourth = rotate(0).await;
    assert!(!opens(&second).await && !opens(&third).await && opens(&fourth).await);
    // However many rotate at once, two open at most.
    let keys = join_all((0..4).map(|_| rotate(60))).await;
    let mut open = 0;
    for key in keys.iter().chain([&fourth]) {
        open += usize::from(opens(key).await);
    }
    assert_eq!(open, 2);
    scene.delete().await.expect("deleted");
    let (store, now) = (&scene.stage.store, scene.stage.now());
    store.delete_location(&scene.acting, scene.location, None, now).await.expect("deleted");
    for key in &keys {
        assert!(!opens(key).await);
    }
}

/// T22: a secret goes nowhere else, and whoever is federated to the domain is told.
#[apply(both_engines)]
async fn t22_given_a_directory_that_is_pointed_elsewhere_then_its_secret_is_forgotten(
    engine: Engine,
) {
    let Some(scene) = Scene::open(engine).await else { return };
    let customer = scene.customer("青空商事").await;
    scene.add(&customer, Members::Everyone).await.expect("added");
    let policy = AddressPolicy { allowed: Vec::new(), loopback: true };
    let change = async |directory: DirectoryChange, password: PasswordChange| {
        let change = DomainChange { location: None, directory, password, policy: policy.clone() };
        // So that the order of what is told is no chance.
        scene.stage.wait(TimeDelta::seconds(1));
        let (store, now) = (&scene.stage.store, scene.stage.now());
        store.change_domain(&scene.acting, scene.domain, &change, None, now).await
    };
    let search = DirectoryChange {
        bind: Some(BindKind::Search),
        bind_dn: Some("cn=reader,dc=corp,dc=example".parse().ok()),
        ..DirectoryChange::default()
    };
    let set = change(search, PasswordChange::Set("sealed".to_owned().into())).await.expect("set");
    assert!(set.has_secret);
    let secret = async || {
        let key = keys::directory_secret(scene.provider.id, scene.domain);
        scene.stage.stored.get::<DirectorySecretItem>(key).await.map(|item| item.sealed)
    };
    assert_eq!(secret().await.as_ref().map(Sealed::as_str), Some("sealed"));
    let base = DirectoryChange {
        base_dn: "ou=all,dc=corp,dc=example".parse().ok(),
        ..DirectoryChange::default()
    };
    assert!(change(base, PasswordChange::Left).await.expect("kept").has_secret);
    let elsewhere = DirectoryChange {
        url: "ldaps://collector.example.net".parse().ok(),
        ..DirectoryChange::default()
    };
    let moved = change(elsewhere, PasswordChange::Left).await.expect("moved");
    assert!(!moved.has_secret && secret().await.is_none());
    for (party, kind) in [(&scene.provider, "administrator"), (&customer, "partner")] {
        let audit = scene.stage.stored.audit(party.id).await;
        let mut told = audit.iter().filter(|entry| entry.action == Action::DirectoryChanged);
        let told = told.next_back().expect("told");
        assert_eq!(told.actor.kind().to_string(), kind);
        assert_eq!(told.changes["host"].to.as_deref(), Some("collector.example.net"));
        assert_eq!(told.changes.len(), 1);
    }
}
