//! Sessions: begun, used, left.

use chrono::TimeDelta;
use tsunagu_domain::{
    federation::{
        domain_name::DomainName,
        host::WorkspaceHost,
        login::UserName,
        secrets::SessionToken,
        session::SessionTimes,
        workspace::{DomainOf, Workspace},
    },
    ids::AccountId,
    licenses::holder::UserId,
    time::Instant,
};

use super::{
    entrance::Candidates,
    standing::{Granted, judge},
};
use crate::{
    Store,
    condition::{Condition, Update},
    error::StoreError,
    item::Item,
    items::{Names, SessionItem, SessionPlaceItem},
    keys::{self, attribute},
};

/// What the operator decides of workspaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkspaceTerms {
    /// How long sessions last.
    pub times: SessionTimes,
    /// For how long workspaces go on when their provider's badge has lapsed (P19).
    pub grace: TimeDelta,
}

impl Default for WorkspaceTerms {
    fn default() -> Self {
        Self { times: SessionTimes::default(), grace: TimeDelta::days(30) }
    }
}

/// Who a directory says that it is, and of which candidates.
#[derive(Debug)]
pub struct SignedInUser<'a> {
    /// The directory's own id of the user.
    pub user_id: UserId,
    /// By which of the candidates' members: their indices.
    pub matched: &'a [usize],
}

/// A session all of which stands, and what is left of its grants: at least one. Whatever a user of a
/// workspace sees or does takes one.
#[derive(Clone, Debug)]
pub struct OpenSession {
    pub(super) item: SessionItem,
    workspace: Workspace,
    pub(super) granted: Vec<Granted>,
}

impl OpenSession {
    /// The workspace.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The user's name within the domain.
    pub fn user(&self) -> &UserName {
        &self.item.user
    }

    /// The domain.
    pub fn domain_name(&self) -> &DomainName {
        &self.item.domain_name
    }

    /// When it ends, unless it is used.
    pub fn ends_at(&self) -> Instant {
        self.item.ends_at
    }

    /// The digest of its token: tells sessions apart and nothing about them.
    pub fn digest(&self) -> &str {
        &self.item.digest
    }

    /// The customers of which its user is a member still.
    pub fn customers(&self) -> impl Iterator<Item = (AccountId, &Names)> {
        self.granted.iter().map(|granted| (granted.grant.customer, &granted.names))
    }

    /// The provider whose apps and desktops alone it sees (T24).
    pub(super) fn provider(&self) -> AccountId {
        self.item.domain.provider
    }
}

impl Store {
    /// Begins the session of a user who is a member by some of the candidates; `None` where by none.
    /// Its places are there before it is: what ends sessions finds it.
    pub async fn begin_session(
        &self,
        candidates: &Candidates,
        signed_in: SignedInUser<'_>,
        times: &SessionTimes,
        now: Instant,
    ) -> Result<Option<(SessionToken, OpenSession)>, StoreError> {
        let matched = signed_in.matched.iter();
        let granted: Vec<_> = matched.filter_map(|index| candidates.granted.get(*index)).collect();
        if granted.is_empty() {
            return Ok(None);
        }
        let token = SessionToken::random();
        let domain = &candidates.domain;
        let item = SessionItem {
            digest: token.digest(),
            host: candidates.workspace.host.clone(),
            workspace_id: candidates.workspace.workspace_id,
            domain: DomainOf { provider: domain.provider, domain_id: domain.domain_id },
            directory_rev: domain.directory_rev,
            domain_name: domain.name.clone(),
            provider_org: candidates.provider_org,
            user: candidates.user.clone(),
            user_id: signed_in.user_id,
            grants: granted.iter().map(|granted| granted.grant.clone()).collect(),
            after: candidates.after.clone(),
            began_at: now,
            used_at: now,
            ends_at: times.end(now, now),
        };
        let (provider, until) = (domain.provider, now + times.absolute);
        let place = |key: keys::Key| SessionPlaceItem { pk: key.pk, sk: key.sk, provider, until };
        let places: Vec<_> = item.places().into_iter().map(place).collect();
        self.table.put_all(&places).await?;
        self.table.put_all(std::slice::from_ref(&item)).await?;
        let granted = granted.into_iter().cloned().collect();
        let workspace = candidates.workspace.clone();
        Ok(Some((token, OpenSession { item, workspace, granted })))
    }

    /// The session of a token at a workspace, if all of it stands; its use is noted now and then.
    ///
    /// Two round trips: the session, and what it has to find as it was.
    pub async fn session(
        &self,
        host: &WorkspaceHost,
        token: &SessionToken,
        terms: &WorkspaceTerms,
        now: Instant,
    ) -> Result<Option<OpenSession>, StoreError> {
        let Some(mut session) = self.session_of_digest(&token.digest(), terms.grace, now).await?
        else {
            return Ok(None);
        };
        if session.item.host != *host {
            return Ok(None);
        }
        if terms.times.is_to_be_noted(session.item.used_at, now) {
            self.note_use(&mut session.item, &terms.times, now).await?;
        }
        Ok(Some(session))
    }

    /// The session with this digest, if all of it stands.
    pub(super) async fn session_of_digest(
        &self,
        digest: &str,
        grace: TimeDelta,
        now: Instant,
    ) -> Result<Option<OpenSession>, StoreError> {
        let item = self.table.get::<SessionItem>(keys::session(digest)).await?;
        let Some(item) = item.filter(|item| now < item.ends_at) else { return Ok(None) };
        let ground = self.ground_of(std::slice::from_ref(&item)).await?;
        let judged = judge(&item, &ground, grace, now)?;
        Ok(judged.map(|(workspace, granted)| OpenSession { item, workspace, granted }))
    }

    async fn note_use(
        &self,
        item: &mut SessionItem,
        times: &SessionTimes,
        now: Instant,
    ) -> Result<(), StoreError> {
        // Another request that noted it, or ended the session, at the same time was first.
        let as_read = Condition::present().and_equals("usedAt", item.used_at)?;
        item.used_at = now;
        item.ends_at = times.end(item.began_at, now);
        let update = Update::default()
            .set("usedAt", item.used_at)?
            .set("endsAt", item.ends_at)?
            .set(attribute::TTL, item.ends_at.timestamp())?;
        self.table.update(item.key(), update, as_read).await.map(|_| ())
    }

    /// Ends a session: its token opens nothing any more, nor do the tickets of its launches.
    pub async fn sign_out(&self, session: &OpenSession) -> Result<(), StoreError> {
        self.table.delete(session.item.key(), Condition::none()).await?;
        for place in session.item.places() {
            self.table.delete(place, Condition::none()).await?;
        }
        Ok(())
    }
}
