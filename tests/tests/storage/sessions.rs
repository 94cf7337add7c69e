//! Sessions of workspaces: what they need to find as it was when they began (T24, T25).

use chrono::TimeDelta;
use rstest::rstest;
use rstest_reuse::apply;
use tsunagu_domain::{
    account::AccountStatus,
    federation::{
        host::WorkspaceHost, members::Members, secrets::SessionToken, workspace::Workspace,
    },
    program::MembershipStatus,
    share::{Share, Shares},
};
use tsunagu_store::{
    items::WorkspaceItem,
    keys,
    workspaces::{Candidates, OpenSession, SignedInUser, WorkspaceTerms},
};
use tsunagu_tests::{Engine, Party, Stage, both_engines, federated::Federated, stage::pair};

/// A provider and a customer of its domain, with the customer's own workspace.
pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) provider: Party,
    pub(crate) customer: Party,
    pub(crate) realm: Federated,
    pub(crate) workspace: Workspace,
    pub(crate) terms: WorkspaceTerms,
}

impl Scene {
    pub(crate) async fn open(engine: Engine) -> Option<Self> {
        let stage = Stage::open(engine).await?;
        let provider = stage.partner("みなとクラウド").await;
        let customer = stage.customer("青空商事").await;
        stage.connect(&customer, &provider).await;
        let now = stage.now();
        let realm = Federated::set_up(&stage.stored, provider.id, "corp.example", 389, now).await;
        realm.add(customer.id, 1, Members::Everyone).await;
        let workspace = realm.workspace("aozora-desktops", customer.id).await;
        let terms = WorkspaceTerms::default();
        Some(Self { stage, provider, customer, realm, workspace, terms })
    }

    /// What a user of the domain could be granted at a workspace, if anything.
    pub(crate) async fn candidates(&self, host: &WorkspaceHost, user: &str) -> Option<Candidates> {
        let store = &self.stage.store;
        let entrance = store.entrance(host).await.expect("answers")?;
        let user = user.parse().expect("a name");
        let now = self.stage.now();
        let found = store.candidates(entrance, 0, user, self.terms.grace, now).await;
        found.expect("answers")
    }

    /// A user whom the directory knows as a member by all of these candidates.
    pub(crate) async fn begin(&self, candidates: &Candidates) -> (SessionToken, OpenSession) {
        let user_id = "6f2a1c00-0000-4000-8000-0000000000ab".parse().expect("an id");
        let matched: Vec<usize> = (0..candidates.members.len()).collect();
        let user = SignedInUser { user_id, matched: &matched };
        let now = self.stage.now();
        let begun = self.stage.store.begin_session(candidates, user, &self.terms.times, now);
        begun.await.expect("answers").expect("somebody's member")
    }

    pub(crate) async fn sign_in(&self) -> SessionToken {
        let host = &self.workspace.host;
        let candidates = self.candidates(host, "hanako").await.expect("there is a customer");
        self.begin(&candidates).await.0
    }

    pub(crate) async fn session(&self, token: &SessionToken) -> Option<OpenSession> {
        let (host, now) = (&self.workspace.host, self.stage.now());
        let found = self.stage.store.session(host, token, &self.terms, now).await;
        found.expect("answers")
    }

    /// Ends the connection, and begins it anew.
    async fn reconnect(&self) {
        let pair = pair(&self.provider, &self.customer);
        assert!(self.stage.end(&self.customer, pair).await.expect("ends"));
        self.stage.connect(&self.customer, &self.provider).await;
    }

    async fn share(&self, shares: Shares) {
        let pair = pair(&self.provider, &self.customer);
        let changed = self.stage.share(&self.customer, pair, shares).await;
        assert!(changed.expect("answers").is_some());
    }
}

/// What becomes of what a session needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Removed,
    RemovedAndAdded,
    Narrowed,
    Ended,
    Reconnected,
    ReconnectedAndAdded,
    Withdrawn,
    WithdrawnAndShared,
    CustomerSuspended,
    ProviderSuspended,
    WorkspaceDeleted,
    WorkspaceMadeAnew,
    WorkspaceDisabled,
    DomainTakenOut,
    OwnerChanged,
    UserEnded,
    MembersEnded,
}

impl Change {
    async fn happen(self, scene: &Scene) {
        let Scene { stage, provider, customer, realm, workspace, .. } = scene;
        match self {
            Self::Removed => realm.remove(customer.id).await,
            Self::RemovedAndAdded => {
                realm.remove(customer.id).await;
                realm.add(customer.id, 1, Members::Everyone).await;
            }
            Self::Narrowed => {
                let branch = "ou=sales,dc=corp,dc=example".parse().expect("a name");
                realm.add(customer.id, 1, Members::Branch(branch)).await;
            }
            Self::Ended => {
                let ended = stage.end(provider, pair(provider, customer)).await;
                assert!(ended.expect("ends"));
            }
            Self::Reconnected => scene.reconnect().await,
            Self::ReconnectedAndAdded => {
                scene.reconnect().await;
                realm.add(customer.id, 2, Members::Everyone).await;
            }
            Self::Withdrawn => scene.share(Shares::all() - Share::Federation).await,
            Self::WithdrawnAndShared => {
                scene.share(Shares::all() - Share::Federation).await;
                scene.share(Shares::all()).await;
            }
            Self::CustomerSuspended => {
                let account = customer.id;
                let mut item: tsunagu_store::items::CustomerItem =
                    stage.stored.get(keys::customer(provider.id, account)).await.expect("one");
                item.suspended = true;
                stage.stored.put(&item).await;
            }
            Self::ProviderSuspended => {
                stage.set_status(provider, AccountStatus::Suspended).await;
            }
            Self::WorkspaceDeleted => {
                let (workspace, deleted_at) = (workspace.clone(), Some(stage.now()));
                stage.stored.put(&WorkspaceItem { workspace, deleted_at, rev: 2 }).await;
            }
            Self::WorkspaceMadeAnew => {
                realm.workspace(workspace.host.as_str(), customer.id).await;
            }
            Self::WorkspaceDisabled => {
                realm.put_workspace(&Workspace { enabled: false, ..workspace.clone() }).await;
            }
            Self::DomainTakenOut => {
                let domains = Vec::new();
                realm.put_workspace(&Workspace { domains, ..workspace.clone() }).await;
            }
            Self::OwnerChanged => {
                let account_id = provider.id;
                realm.put_workspace(&Workspace { account_id, ..workspace.clone() }).await;
            }
            Self::UserEnded => {
                let acting = stage.acting(provider).await;
                let user = "Hanako".parse().expect("a name");
                let domain = realm.domain.domain_id;
                let ended = stage.store.end_user_sessions(&acting, domain, &user, stage.now());
                assert!(ended.await.expect("ends"), "it is the provider's domain");
            }
            Self::MembersEnded => {
                let acting = stage.acting(customer).await;
                stage.store.end_member_sessions(&acting, stage.now()).await.expect("ends");
            }
        }
    }

    /// Whether a user can sign in afterwards.
    fn lets_in(self) -> bool {
        matches!(
            self,
            Self::RemovedAndAdded
                | Self::Narrowed
                | Self::ReconnectedAndAdded
                | Self::WithdrawnAndShared
                | Self::WorkspaceMadeAnew
                | Self::UserEnded
                | Self::MembersEnded
        )
    }
}

const CHANGES: [Change; 17] = [
    Change::Removed,
    Change::RemovedAndAdded,
    Change::Narrowed,
    Change::Ended,
    Change::Reconnected,
    Change::ReconnectedAndAdded,
    Change::Withdrawn,
    Change::WithdrawnAndShared,
    Change::CustomerSuspended,
    Change::ProviderSuspended,
    Change::WorkspaceDeleted,
    Change::WorkspaceMadeAnew,
    Change::WorkspaceDisabled,
    Change::DomainTakenOut,
    Change::OwnerChanged,
    Change::UserEnded,
    Change::MembersEnded,
];

#[apply(both_engines)]
async fn given_a_session_when_what_it_needs_is_not_as_it_was_then_the_next_request_is_refused(
    engine: Engine,
) {
    for change in CHANGES {
        let Some(scene) = Scene::open(engine).await else { return };
        let token = scene.sign_in().await;
        assert!(scene.session(&token).await.is_some(), "all stands before {change:?}");
        change.happen(&scene).await;
        assert!(scene.session(&token).await.is_none(), "{change:?}");
        // Then who may sign in does, anew.
        let candidates = scene.candidates(&scene.workspace.host, "hanako").await;
        assert_eq!(candidates.is_some(), change.lets_in(), "{change:?}");
        if candidates.is_some() {
            let token = scene.sign_in().await;
            assert!(scene.session(&token).await.is_some(), "anew after {change:?}");
        }
    }
}

#[apply(both_engines)]
async fn given_a_sign_in_on_its_way_when_something_changes_then_its_session_is_refused_on_first_use(
    engine: Engine,
) {
    for change in CHANGES {
        let Some(scene) = Scene::open(engine).await else { return };
        // Given that everything was looked at, and the directory is being asked.
        let candidates = scene.candidates(&scene.workspace.host, "hanako").await;
        change.happen(&scene).await;
        let (token, _) = scene.begin(&candidates.expect("there is a customer")).await;
        assert!(scene.session(&token).await.is_none(), "{change:?}");
    }
}

#[apply(both_engines)]
async fn given_a_lapsed_badge_when_asked_then_workspaces_run_for_a_grace(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    scene.stage.declare(&scene.provider, MembershipStatus::Inactive).await;
    scene.stage.wait(TimeDelta::days(30) - TimeDelta::milliseconds(1));
    let token = scene.sign_in().await;
    assert!(scene.session(&token).await.is_some());
    scene.stage.wait(TimeDelta::milliseconds(1));
    assert!(scene.session(&token).await.is_none());
    assert!(scene.candidates(&scene.workspace.host, "hanako").await.is_none());
}

#[apply(both_engines)]
async fn given_a_session_when_unused_or_old_then_it_is_over(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let step = TimeDelta::minutes(29);
    let unused = scene.sign_in().await;
    let used = scene.sign_in().await;
    for _ in 0..24 {
        scene.stage.wait(step);
        assert!(scene.session(&used).await.is_some());
    }
    assert!(scene.session(&unused).await.is_none(), "30 minutes without a request");
    // Given that 11 hours and 36 minutes have passed.
    scene.stage.wait(TimeDelta::minutes(24) - TimeDelta::milliseconds(1));
    assert!(scene.session(&used).await.is_some());
    scene.stage.wait(TimeDelta::milliseconds(1));
    assert!(scene.session(&used).await.is_none(), "12 hours, whatever happens");
}

#[apply(both_engines)]
async fn given_requests_when_close_together_then_their_use_is_not_written_each_time(
    engine: Engine,
) {
    let Some(scene) = Scene::open(engine).await else { return };
    let token = scene.sign_in().await;
    let before = scene.stage.stored.json().await;
    scene.stage.wait(TimeDelta::seconds(299));
    let session = scene.session(&token).await.expect("it stands");
    assert_eq!(scene.stage.stored.json().await, before);
    scene.stage.wait(TimeDelta::seconds(1));
    let later = scene.session(&token).await.expect("it stands");
    assert_eq!(later.ends_at() - session.ends_at(), TimeDelta::seconds(300));
    assert_ne!(scene.stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_a_session_when_signed_out_then_nothing_of_it_is_left(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let before = scene.stage.stored.json().await;
    let token = scene.sign_in().await;
    let other = scene.sign_in().await;
    let session = scene.session(&token).await.expect("it stands");
    scene.stage.store.sign_out(&session).await.expect("signs out");
    assert!(scene.session(&token).await.is_none());
    let session = scene.session(&other).await.expect("the other one stands");
    scene.stage.store.sign_out(&session).await.expect("signs out");
    assert_eq!(scene.stage.stored.json().await, before);
}

#[apply(both_engines)]
async fn given_a_session_when_asked_at_another_workspace_then_it_is_none(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let token = scene.sign_in().await;
    let other = scene.realm.workspace("aozora-second", scene.customer.id).await;
    let now = scene.stage.now();
    let found = scene.stage.store.session(&other.host, &token, &scene.terms, now).await;
    assert!(found.expect("answers").is_none());
}

#[apply(both_engines)]
async fn given_a_shared_workspace_when_one_customer_is_removed_then_the_others_are_left(
    engine: Engine,
) {
    let Some(mut scene) = Scene::open(engine).await else { return };
    let other = scene.stage.customer("夕凪工業").await;
    scene.stage.connect(&other, &scene.provider).await;
    scene.realm.add(scene.customer.id, 1, tsunagu_tests::federated::group("aozora")).await;
    scene.realm.add(other.id, 1, tsunagu_tests::federated::group("yunagi")).await;
    scene.workspace = scene.realm.workspace("minato-desktops", scene.provider.id).await;
    let token = scene.sign_in().await;
    let customers = async |token| {
        let session: OpenSession = scene.session(token).await?;
        let mut ids: Vec<_> = session.customers().map(|(id, _)| id).collect();
        ids.sort_unstable();
        Some(ids)
    };
    let mut both = vec![scene.customer.id, other.id];
    both.sort_unstable();
    assert_eq!(customers(&token).await, Some(both));
    scene.realm.remove(other.id).await;
    assert_eq!(customers(&token).await, Some(vec![scene.customer.id]));
    // Given that it is added again: it is not the same.
    scene.realm.add(other.id, 1, tsunagu_tests::federated::group("yunagi")).await;
    assert_eq!(customers(&token).await, Some(vec![scene.customer.id]));
}

#[apply(both_engines)]
async fn given_sessions_when_counted_then_those_are_that_would_be_let_in(engine: Engine) {
    let Some(scene) = Scene::open(engine).await else { return };
    let (store, domain) = (&scene.stage.store, scene.realm.domain.domain_id);
    let provider = scene.stage.acting(&scene.provider).await;
    let customer = scene.stage.acting(&scene.customer).await;
    let counts = async || {
        let now = scene.stage.now();
        let of_domain = store.count_domain_sessions(&provider, domain, now).await;
        let of_members = store.count_member_sessions(&customer, now).await;
        let of_domain = of_domain.expect("answers").get(&scene.customer.id).copied();
        (of_domain, of_members.expect("answers").get(&scene.provider.id).copied())
    };
    assert_eq!(counts().await, (None, None));
    let token = scene.sign_in().await;
    scene.sign_in().await;
    assert_eq!(counts().await, (Some(2), Some(2)));
    let session = scene.session(&token).await.expect("it stands");
    store.sign_out(&session).await.expect("signs out");
    assert_eq!(counts().await, (Some(1), Some(1)));
    Change::RemovedAndAdded.happen(&scene).await;
    assert_eq!(counts().await, (None, None));
    scene.sign_in().await;
    assert_eq!(counts().await, (Some(1), Some(1)));
    Change::UserEnded.happen(&scene).await;
    assert_eq!(counts().await, (None, None));
    scene.sign_in().await;
    scene.stage.wait(TimeDelta::minutes(30));
    assert_eq!(counts().await, (None, None));
    // Another provider's domain of the same id is nobody's.
    let stranger = scene.stage.partner("よそ").await;
    let stranger = scene.stage.acting(&stranger).await;
    scene.sign_in().await;
    let seen = store.count_domain_sessions(&stranger, domain, scene.stage.now()).await;
    assert!(seen.expect("answers").is_empty());
    let user = "hanako".parse().expect("a name");
    let ended = store.end_user_sessions(&stranger, domain, &user, scene.stage.now()).await;
    assert!(!ended.expect("answers"), "it is not the stranger's");
    assert_eq!(counts().await, (Some(1), Some(1)));
}
