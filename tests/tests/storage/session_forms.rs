//! An item of each kind of federation and of workspaces, for [`crate::forms`].

use tsunagu_domain::{
    federation::{
        login::UserName, members::Members, secrets::LocationKey, throttle::SignInLimits,
        workspace::Workspace,
    },
    ids::LaunchId,
    share::Shares,
};
use tsunagu_store::{
    items::{
        AccountWorkspaceItem, CustomerItem, DirectorySecretItem, DomainNameItem,
        WorkspaceCountItem, WorkspaceItem,
    },
    keys,
    workspaces::{Attempt, NewLaunch, SignedInUser, WorkspaceTerms},
};
use tsunagu_tests::{Party, Stage, federated::Federated};

/// Writes an item of each kind that users of workspaces make, and of each that is managed for them.
pub(crate) async fn write_every_kind(stage: &Stage, provider: &Party, customer: &Party) {
    let (store, stored, now) = (&stage.store, &stage.stored, stage.now());
    let realm = Federated::set_up(stored, provider.id, "corp.example", 389, now).await;
    let known: CustomerItem =
        stored.get(keys::customer(provider.id, customer.id)).await.expect("connected");
    let mut sharing = known.clone();
    sharing.shares = Shares::all();
    sharing.federation_withdrawn = 1;
    stored.put(&sharing).await;
    realm.add(customer.id, sharing.episode, Members::Everyone).await;
    let workspace = realm.workspace("aozora-desktops", customer.id).await;
    put_managed(stage, &realm, workspace.clone()).await;
    let host = workspace.host;
    let app = realm.app("台帳", "daas", &[(customer.id, sharing.episode)]).await;
    let acting = stage.acting(provider).await;
    let user: UserName = "hanako".parse().expect("a name");
    let domain = realm.domain.domain_id;
    store.end_user_sessions(&acting, domain, &user, now).await.expect("answers");
    let attempt = Attempt {
        host: Some(&host),
        address: "2001:db8::1".parse().ok(),
        name: Some((realm.domain_of(), &user)),
    };
    let limits = SignInLimits::default();
    store.count_attempt(&attempt, &limits, now).await.expect("answers").expect("it is the first");
    let entrance = store.entrance(&host).await.expect("answers").expect("it is there");
    let terms = WorkspaceTerms::default();
    let candidates = store.candidates(entrance, 0, user, terms.grace, now).await;
    let candidates = candidates.expect("answers").expect("there is a customer");
    let user_id = "6f2a1c00-0000-4000-8000-0000000000ab".parse().expect("an id");
    let user = SignedInUser { user_id, matched: &[0] };
    let begun = store.begin_session(&candidates, user, &terms.times, now).await;
    let (_, session) = begun.expect("answers").expect("somebody's member");
    let resource = store.launchable_resource(&session, app, None).await;
    let resource = resource.expect("answers").expect("it is allowed");
    let new = NewLaunch { launch_id: LaunchId::mint(now), resource };
    store.launch(&session, &new, None, now).await.expect("launches");
    stored.put(&known).await;
}

/// What a provider and a customer manage, each kind once; with what only a rotation and a deletion leave.
async fn put_managed(stage: &Stage, realm: &Federated, workspace: Workspace) {
    let (stored, now) = (&stage.stored, stage.now());
    let (provider, domain_id) = (realm.provider, realm.domain.domain_id);
    realm.put_key(&LocationKey::random(), Some(now)).await;
    let name = realm.domain.name.clone();
    stored.put(&DomainNameItem { provider, name, domain_id }).await;
    let sealed = "c2VhbGVk".to_owned().into();
    stored.put(&DirectorySecretItem { provider, domain_id, sealed }).await;
    let workspace = Workspace { set_up_by: Some(provider), ..workspace };
    let account_id = workspace.account_id;
    stored.put(&WorkspaceCountItem { account_id, count: 1 }).await;
    stored.put(&AccountWorkspaceItem { workspace: workspace.clone(), rev: 1 }).await;
    let former = Workspace { host: "aozora-former".parse().expect("a host"), ..workspace };
    stored.put(&WorkspaceItem { workspace: former, deleted_at: Some(now), rev: 2 }).await;
}
