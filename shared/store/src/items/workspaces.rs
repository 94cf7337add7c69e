//! Sessions of workspaces, launches, and what is counted of attempts to sign in.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    federation::{
        domain_name::DomainName, host::WorkspaceHost, login::UserName, workspace::DomainOf,
    },
    ids::{
        AccountId, DomainId, FederationId, LaunchId, OrgId, ResourceId, ResourceLocationId,
        WorkspaceId,
    },
    licenses::holder::UserId,
    time::Instant,
    vendor::ServiceCode,
};

use crate::{
    item::Item,
    keys::{self, Key},
    nonce::Nonce,
};

/// For how long a launch is kept behind its ticket: as long as the answer that tells of it.
const LAUNCH_KEPT: TimeDelta = TimeDelta::hours(25);

/// What a user was found to be of a customer when it signed in. It stands as long as all of it is so
/// (T25).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The customer.
    #[serde(rename = "c")]
    pub customer: AccountId,
    /// That the customer is federated to the domain.
    #[serde(rename = "f")]
    pub federation_id: FederationId,
    /// The episode of the connection.
    #[serde(rename = "ep")]
    pub episode: u32,
    /// How often the customer had withdrawn the share `federation` in it.
    #[serde(rename = "fw", default, skip_serializing_if = "is_zero")]
    pub withdrawn: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A session of a workspace: who signed in, and all that has to be so still.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionItem {
    /// The digest of its token.
    pub digest: String,
    /// The workspace's host.
    pub host: WorkspaceHost,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The provider and its domain.
    #[serde(flatten)]
    pub domain: DomainOf,
    /// Which directory of the domain said who the user is.
    pub directory_rev: u64,
    /// The domain's name, which never changes.
    pub domain_name: DomainName,
    /// The ORGID of the provider, which never changes.
    pub provider_org: OrgId,
    /// The user's name within the domain.
    pub user: UserName,
    /// Who that is: the directory's own id.
    pub user_id: UserId,
    /// Of which customers the user is.
    pub grants: Vec<Grant>,
    /// The last time that the user's sessions were ended before this one began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Nonce>,
    /// When it began.
    pub began_at: Instant,
    /// When it was last used, as far as that was noted.
    pub used_at: Instant,
    /// When it ends, unless it is used.
    pub ends_at: Instant,
}

impl Item for SessionItem {
    const ENTITY: &'static str = "session";

    fn key(&self) -> Key {
        keys::session(&self.digest)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.ends_at)
    }
}

impl SessionItem {
    /// Where it stands among the sessions of its domain and of each of its customers.
    pub(crate) fn places(&self) -> Vec<Key> {
        let user = keys::domain_user(self.domain.domain_id, &self.user);
        let of_customers =
            self.grants.iter().map(|grant| keys::sessions_of_customer(grant.customer));
        [keys::sessions_of_domain(self.domain.domain_id)]
            .into_iter()
            .chain(of_customers)
            .map(|partition| keys::session_place(partition, &user, &self.digest))
            .collect()
    }
}

/// That there is a session, among those of its domain or of a customer. What it is says the session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionPlaceItem {
    #[serde(rename = "PK")]
    pub(crate) pk: String,
    #[serde(rename = "SK")]
    pub(crate) sk: String,
    /// The provider in whose directory the user is.
    pub provider: AccountId,
    /// When the session ends, used or not.
    pub until: Instant,
}

impl Item for SessionPlaceItem {
    const ENTITY: &'static str = "session-place";

    fn key(&self) -> Key {
        Key { pk: self.pk.clone(), sk: self.sk.clone() }
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.until)
    }
}

impl SessionPlaceItem {
    /// The session.
    pub(crate) fn session(&self) -> Key {
        // A digest has no `#`.
        let digest = self.sk.rsplit('#').next().unwrap_or_default();
        keys::session(digest)
    }
}

/// That the sessions of a domain's user were ended: those that began before are none any more, also
/// one that is on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndedUserItem {
    /// The domain.
    pub domain_id: DomainId,
    /// The digest of the user's name.
    pub user: String,
    /// Another one each time.
    pub nonce: Nonce,
    /// Until when it is kept: longer than any session lasts that began before.
    pub until: Instant,
}

impl Item for EndedUserItem {
    const ENTITY: &'static str = "ended-user";

    fn key(&self) -> Key {
        keys::ended_user(self.domain_id, &self.user)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.until)
    }
}

/// One opening of an app or a desktop.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LaunchItem {
    /// Its id.
    pub launch_id: LaunchId,
    /// For which of the session's customers.
    pub customer: AccountId,
    /// The provider of the app or desktop.
    pub provider: AccountId,
    /// The app or desktop.
    pub resource_id: ResourceId,
    /// Since when the customer may open it: allowed anew, it is not what this launch opens (T25).
    pub allowed_at: Instant,
    /// Where its machine is.
    pub location: ResourceLocationId,
    /// The digest of the session's token: what it opens, it opens while that stands.
    pub session: String,
    /// The service whose licence it counts for.
    pub service: ServiceCode,
    /// Who is counted.
    pub user_id: UserId,
    /// The day of the customer's on which it is counted, however often the answer is asked for.
    pub day: NaiveDate,
    /// The digest of the ticket that opens it; none once one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Until when the ticket does.
    pub until: Instant,
}

impl Item for LaunchItem {
    const ENTITY: &'static str = "launch";

    fn key(&self) -> Key {
        keys::launch(self.customer, self.launch_id)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.until + LAUNCH_KEPT)
    }
}

/// Which launch a ticket opens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LaunchTicketItem {
    /// The digest of the ticket.
    pub digest: String,
    /// The launch's customer.
    pub customer: AccountId,
    /// The launch.
    pub launch_id: LaunchId,
    /// Until when it opens anything.
    pub until: Instant,
}

impl Item for LaunchTicketItem {
    const ENTITY: &'static str = "launch-ticket";

    fn key(&self) -> Key {
        keys::launch_ticket(&self.digest)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.until)
    }
}

/// How often somebody tried within a window.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ThrottleItem {
    #[serde(rename = "PK")]
    pub(crate) pk: String,
    #[serde(rename = "SK")]
    pub(crate) sk: String,
    /// How often.
    pub tries: u32,
    /// When the window ends.
    #[serde(rename = "ttl", with = "chrono::serde::ts_seconds")]
    pub until: Instant,
}

impl Item for ThrottleItem {
    const ENTITY: &'static str = "throttle";

    fn key(&self) -> Key {
        Key { pk: self.pk.clone(), sk: self.sk.clone() }
    }
}
