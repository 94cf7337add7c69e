//! An item of each kind that users of workspaces make, for [`crate::forms`].

use tsunagu_domain::{
    federation::{login::UserName, members::Members, throttle::SignInLimits},
    ids::LaunchId,
    share::Shares,
};
use tsunagu_store::{
    items::CustomerItem,
    keys,
    workspaces::{Attempt, NewLaunch, SignedInUser, WorkspaceTerms},
};
use tsunagu_tests::{Party, Stage, federated::Federated};

/// Writes an item of each kind that users of workspaces make; what a provider sets up for them is gone
/// again afterwards.
pub(crate) async fn write_every_kind(stage: &Stage, provider: &Party, customer: &Party) {
    let (store, stored, now) = (&stage.store, &stage.stored, stage.now());
    let before = stored.contents().await;
    let realm = Federated::set_up(stored, provider.id, "corp.example", 389, now).await;
    let known: CustomerItem =
        stored.get(keys::customer(provider.id, customer.id)).await.expect("connected");
    let mut sharing = known.clone();
    sharing.shares = Shares::all();
    sharing.federation_withdrawn = 1;
    stored.put(&sharing).await;
    realm.add(customer.id, sharing.episode, Members::Everyone).await;
    let host = realm.workspace("aozora-desktops", customer.id).await.host;
    let app = realm.app("台帳", "daas", &[(customer.id, sharing.episode)]).await;
    let set_up = stored.contents().await;
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
    for key in set_up.items.into_keys().filter(|key| !before.items.contains_key(key)) {
        stored.remove(key).await;
    }
    stored.put(&known).await;
}
