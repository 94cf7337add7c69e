//! An account that is everything at once: a provider's customer, a partner and a provider itself, with
//! something of each kind; and a stranger who has nothing to do with it.

use std::{collections::BTreeMap, path::PathBuf};

use chrono::{Days, TimeDelta};
use serde_json::Value;
use tempfile::TempDir;
use tsunagu_domain::{
    administrator::{Access, Invitation},
    federation::{
        login::UserName,
        members::Members,
        workspace::{Workspace, WorkspaceKind},
    },
    ids::{AdminId, LaunchId},
    licenses::order::{Order, OrderStatus},
    locale::TimeZone,
    notification::Severity,
    service::{LicenseModel, Service},
    visibility::Visibility,
};
use tsunagu_operator::{Target, export_account};
use tsunagu_store::{
    Dismissal,
    items::{
        AccountWorkspaceItem, DirectorySecretItem, DomainItem, DomainNameItem, WorkspaceCountItem,
    },
    keys,
    transfer::AccountExport,
    workspaces::{NewLaunch, SignedInUser, WorkspaceTerms},
};
use tsunagu_tests::{
    Engine, Party, Stage,
    federated::Federated,
    feeds::{Feeder, Told},
    stage::pair,
    tickets::{about, comment},
    usage::usage,
};

/// What a directory's password is sealed as.
pub(crate) const SEALED: &str = "c2VhbGVkLWluLXRoZS10ZXN0";
/// What the account calls itself.
pub(crate) const NAME: &str = "みなとクラウド";

pub(crate) struct Scene {
    pub(crate) stage: Stage,
    /// The account that all of this is about.
    pub(crate) mine: Party,
    /// Its provider, whose customer it is.
    pub(crate) provider: Party,
    /// Its own customer.
    pub(crate) customer: Party,
    /// Its former customer, which it blocks.
    pub(crate) former: Party,
    /// Of another provider's.
    pub(crate) stranger: Party,
    /// What opens something, by its digest: in no file of an account.
    pub(crate) secrets: Vec<String>,
    feeder: Feeder,
    folder: TempDir,
}

impl Scene {
    /// All of it; `None` where the engine is left out.
    pub(crate) async fn open(engine: Engine) -> Option<Self> {
        Box::pin(Self::set_up(engine)).await
    }

    async fn set_up(engine: Engine) -> Option<Self> {
        let stage = Stage::open_with_stream(engine).await?;
        let service = stage.service("daas", LicenseModel::User).await;
        let provider = stage.partner("海原プロバイダー").await;
        let mine = stage.partner(NAME).await;
        let customer = stage.customer("青空商事").await;
        let former = stage.customer("朝凪製作所").await;
        let stranger = stage.customer("夕凪工業").await;
        stage.connect(&former, &mine).await;
        stage.wait(TimeDelta::seconds(1));
        stage.block(&mine, pair(&mine, &former)).await.expect("blocks");
        for (customer, partner) in [(&mine, &provider), (&customer, &mine), (&stranger, &provider)]
        {
            stage.connect(customer, partner).await;
        }
        for (party, word) in [(&mine, "own"), (&customer, "theirs"), (&stranger, "strange")] {
            fill(&stage, party, &service, word).await;
        }
        let mut secrets = Vec::new();
        secrets.extend(federate(&stage, &provider, &mine, "umi.example", "minato-desktops").await);
        secrets.extend(federate(&stage, &mine, &customer, "minato.example", "aozora-desk").await);
        let feeder = Feeder::open(&stage).await;
        let folder = TempDir::new().expect("a folder");
        let mut scene =
            Self { stage, mine, provider, customer, former, stranger, secrets, feeder, folder };
        scene.settle().await;
        scene.mark().await;
        scene.settle().await;
        Some(scene)
    }

    /// What follows from what was done: the change feed and the scheduled run.
    pub(crate) async fn settle(&mut self) {
        self.feeder.drain(&self.stage).await;
        assert!(self.stage.aggregate().await.expect("runs").complete);
        self.feeder.drain(&self.stage).await;
        self.stage.wait(TimeDelta::seconds(1));
    }

    /// What partners note and dismiss, the account among them.
    async fn mark(&self) {
        let (stage, now) = (&self.stage, self.stage.now());
        for (partner, customer) in [(&self.provider, &self.mine), (&self.mine, &self.customer)] {
            let seen = stage.connected(partner, customer).await.expect("connected");
            let marked = stage.store.change_marks(&seen, None, |marks| {
                marks.reference = Some("C-0042".parse().expect("a reference"));
                marks.note = Some("担当は花子さん".parse().expect("a note"));
            });
            marked.await.expect("marks");
        }
        let acting = stage.acting(&self.mine).await;
        let told = stage.stored.notifications(self.mine.id).await;
        stage.store.dismiss_up_to(&acting, told[0].notification_id, now).await.expect("dismisses");
        let provider = stage.acting(&self.provider).await;
        let filter = tsunagu_store::feed::FeedFilter::default();
        let listed = stage.store.customer_notifications(&provider, &filter, None, 100, now).await;
        let of_mine = listed.expect("answers").items;
        let of_mine = of_mine.iter().find(|entry| entry.customer == self.mine.id);
        let entry = of_mine.expect("the provider was told of it");
        let id = entry.notification.notification_id;
        let dismissed = stage.store.dismiss_from_feed(&provider, &[id], now).await;
        assert!(matches!(dismissed, Ok(Dismissal::Done)));
        let invitation = Invitation {
            admin_id: AdminId::mint(now),
            email: "invited@example.com".parse().expect("an address"),
            access: Access::Full,
            invited_by: None,
            invited_at: now,
        };
        stage.store.invite_administrator(&acting, &invitation, None).await.expect("invites");
    }

    /// The account's own, in a new file.
    pub(crate) async fn export(&self, name: &str) -> (PathBuf, AccountExport) {
        let path = self.path(name);
        let to = Target::File(path.clone());
        let export = export_account(&self.stage.store, self.mine.id, &to, self.stage.now()).await;
        (path, export.expect("is exported"))
    }

    /// A place for a file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Everything in the table that names the account, as JSON, by its key.
    pub(crate) async fn naming_mine(&self) -> BTreeMap<String, Value> {
        let mut all = self.stage.stored.json().await;
        let (id, lower) = (self.mine.id.to_string(), self.mine.id.to_string().to_ascii_lowercase());
        all.retain(|key, item| {
            let text = item.to_string();
            [&id, &lower].iter().any(|id| key.contains(*id) || text.contains(*id))
        });
        all
    }
}

/// What an account has of its own: bought, used, asked, told.
async fn fill(stage: &Stage, party: &Party, service: &Service, word: &str) {
    let (store, now) = (&stage.store, stage.now());
    let today = "Asia/Tokyo".parse::<TimeZone>().expect("a zone").day_of(now);
    let order = Order {
        order_id: format!("SO-{word}").parse().expect("a number"),
        ordered_on: today,
        purchase_order: None,
        lines: Vec::new(),
        status: OrderStatus::Fulfilled,
    };
    store.put_order(party.id, &order, |_| true).await.expect("puts");
    let used = |user, days| {
        let day = today.checked_sub_days(Days::new(days)).expect("a day");
        usage(party.id, &service.code, user, None, day)
    };
    store.take_usage([used(1, 40), used(2, 0)]).await.expect("takes");
    assert!(stage.aggregate().await.expect("runs").complete);
    store.take_usage([used(3, 0)]).await.expect("takes");
    let desk = stage.desk(party).await;
    let ticket = stage.open_ticket(&desk.party(), about(word, Visibility::Shared)).await;
    let words = comment(&format!("comment of {word}"), None);
    stage.write(&desk.party(), ticket.ticket_id, &words).await.expect("comments");
    stage.tell(party.id, Told::shared("news", Severity::Warning)).await;
    stage.tell(party.id, Told::shared("more-news", Severity::Error)).await;
}

/// A domain of a provider with a customer, the customer's workspace, the provider's shared one, and a
/// user who signed in and opened an app. Gives what opens something.
async fn federate(
    stage: &Stage,
    provider: &Party,
    customer: &Party,
    name: &str,
    host: &str,
) -> Vec<String> {
    let (store, stored, now) = (&stage.store, &stage.stored, stage.now());
    let realm = Federated::set_up(stored, provider.id, name, 389, now).await;
    let (provider_id, domain_id) = (provider.id, realm.domain.domain_id);
    let domain =
        DomainItem { customers: 1, workspaces: 1, has_secret: true, ..realm.domain.clone() };
    stored.put(&domain).await;
    let name = domain.name.clone();
    stored.put(&DomainNameItem { provider: provider_id, name, domain_id }).await;
    let sealed = SEALED.to_owned().into();
    stored.put(&DirectorySecretItem { provider: provider_id, domain_id, sealed }).await;
    realm.add(customer.id, 1, Members::Everyone).await;
    let workspace = realm.workspace(host, customer.id).await;
    let workspace = Workspace { set_up_by: Some(provider_id), ..workspace };
    realm.put_workspace(&workspace).await;
    let shared = realm.workspace(&format!("{host}-shared"), provider_id).await;
    assert_eq!(shared.kind, WorkspaceKind::Shared);
    for workspace in [&workspace, &shared] {
        let account_id = workspace.account_id;
        stored.put(&AccountWorkspaceItem { workspace: workspace.clone(), rev: 1 }).await;
        stored.put(&WorkspaceCountItem { account_id, count: 1 }).await;
    }
    let app = realm.app("台帳", "daas", &[(customer.id, 1)]).await;
    let entrance = store.entrance(&workspace.host).await.expect("answers").expect("it is there");
    let user: UserName = "hanako".parse().expect("a name");
    let terms = WorkspaceTerms::default();
    let candidates = store.candidates(entrance, 0, user, terms.grace, now).await;
    let candidates = candidates.expect("answers").expect("there is a customer");
    let user_id = "6f2a1c00-0000-4000-8000-0000000000ab".parse().expect("an id");
    let user = SignedInUser { user_id, matched: &[0] };
    let begun = store.begin_session(&candidates, user, &terms.times, now).await;
    let (token, session) = begun.expect("answers").expect("somebody's member");
    let resource = store.launchable_resource(&session, app, None).await;
    let resource = resource.expect("answers").expect("it is allowed");
    let new = NewLaunch { launch_id: LaunchId::mint(now), resource };
    let launched = store.launch(&session, &new, None, now).await.expect("launches");
    let key = keys::location_key(&realm.key.digest()).pk;
    let key = key.trim_start_matches("LOCKEY#").to_owned();
    vec![key, token.digest(), launched.ticket.digest(), SEALED.to_owned()]
}
