//! One conversation with a directory.

use std::os::unix::net::UnixStream as Socket;

use ldap3::{
    DerefAliases, Ldap, LdapConnAsync, LdapConnSettings, ResultEntry, Scope, SearchOptions,
    SearchResult, StdStream,
    exop::{Exop, WhoAmI},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    task::JoinSet,
};

use super::{
    Directories, DirectoryError, Limits, Realm, address,
    bind::Binds,
    entry::{ASKED, Entry},
    tls, wire,
};

/// Enough to see that there is more than one.
const MOST_ENTRIES: i32 = 2;
/// What a search that only asks whether something is so wants of it: nothing (RFC 4511, 4.5.1.8).
const NOTHING: [&str; 1] = ["1.1"];

/// Results of LDAP (RFC 4511, A.1).
mod code {
    pub(super) const SUCCESS: u32 = 0;
    pub(super) const SIZE_LIMIT_EXCEEDED: u32 = 4;
    pub(super) const STRONGER_AUTH_REQUIRED: u32 = 8;
    pub(super) const CONFIDENTIALITY_REQUIRED: u32 = 13;
}

/// One conversation with a directory; it ends when this is dropped.
pub(super) struct Connection {
    ldap: Ldap,
    binds: Binds,
    limits: Limits,
    ending: wire::Ending,
    // Dropped, they stop.
    _tasks: JoinSet<()>,
}

impl Connection {
    /// Connects to the directory, with TLS where it is to be.
    pub(super) async fn open(
        directories: &Directories,
        realm: &Realm<'_>,
    ) -> Result<Self, DirectoryError> {
        let stream = address::reach(directories, realm).await?;
        Self::secure(stream, directories.limits, realm).await
    }

    /// The same on a connection that is there.
    pub(super) async fn secure(
        stream: TcpStream,
        limits: Limits,
        realm: &Realm<'_>,
    ) -> Result<Self, DirectoryError> {
        // Small messages, each of which is waited for.
        let _ = stream.set_nodelay(true);
        if realm.directory.is_insecure() {
            return Self::over(stream, limits).await;
        }
        let stream = tls::secure(stream, realm.directory).await?;
        Self::over(stream, limits).await
    }

    async fn over<S>(directory: S, limits: Limits) -> Result<Self, DirectoryError>
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let unusable = |_| DirectoryError::Unavailable("socket-unavailable");
        let (ours, librarys) = Socket::pair().map_err(unusable)?;
        ours.set_nonblocking(true).map_err(unusable)?;
        let ours = UnixStream::from_std(ours).map_err(unusable)?;
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(librarys));
        // The address says only that the socket is of this kind.
        let (driver, ldap) = LdapConnAsync::with_settings(settings, "ldapi://pair")
            .await
            .map_err(|_| DirectoryError::Unavailable("socket-unavailable"))?;
        let (mut tasks, ending) = (JoinSet::new(), wire::Ending::default());
        let (binds, requests) = Binds::new();
        let outgoing = (binds.clone(), requests);
        tasks.spawn(wire::carry(directory, ours, limits.answer, outgoing, ending.clone()));
        tasks.spawn(async move {
            // What breaks here is what the calls see.
            let _ = driver.drive().await;
        });
        Ok(Self { ldap, binds, limits, ending, _tasks: tasks })
    }

    /// The same failure with its reason, where the conversation ended for one.
    pub(super) fn explained(&self, error: DirectoryError) -> DirectoryError {
        match (error, self.ending.reason()) {
            (DirectoryError::Unavailable(_), Some(reason)) => DirectoryError::Unavailable(reason),
            (error, _) => error,
        }
    }

    /// Binds by name and password. With neither of them empty: an empty password binds nobody, and
    /// directories call that a success (RFC 4513, 5.1.2).
    pub(super) async fn bind(
        &self,
        name: &str,
        password: &SecretString,
    ) -> Result<(), DirectoryError> {
        if name.is_empty() || !is_password(password.expose_secret()) {
            return Err(DirectoryError::Refused);
        }
        match self.binds.bind(name, password).await.ok_or(lost())? {
            code::SUCCESS => Ok(()),
            code::STRONGER_AUTH_REQUIRED | code::CONFIDENTIALITY_REQUIRED => {
                Err(DirectoryError::Unavailable("tls-required"))
            }
            rc if is_out_of_order(rc) => Err(DirectoryError::Unavailable("bind-failed")),
            // A referral among them: it is somebody else's user.
            _ => Err(DirectoryError::Refused),
        }
    }

    /// Whom the directory takes us for; `None` where it does not tell.
    pub(super) async fn who_am_i(&self) -> Result<Option<String>, DirectoryError> {
        let answer = self.ldap.clone().extended(WhoAmI).await.map_err(|_| lost())?;
        let (Exop { val, .. }, result) = (answer.0, answer.1);
        if result.rc != code::SUCCESS {
            return Ok(None);
        }
        String::from_utf8(val.unwrap_or_default()).map(Some).map_err(|_| lost())
    }

    /// The entry of this name.
    pub(super) async fn entry(&self, dn: &str) -> Result<Option<Entry>, DirectoryError> {
        let found = self.search(dn, Scope::Base, "(objectClass=*)", ASKED.to_vec()).await?;
        Ok(found.and_then(Entry::read))
    }

    /// The one entry below a place for which a filter holds; `None` where there is none or more.
    pub(super) async fn find(
        &self,
        base: &str,
        filter: &str,
        attribute: &str,
    ) -> Result<Option<Entry>, DirectoryError> {
        let asked = ASKED.iter().copied().chain([attribute]).collect();
        let found = self.search(base, Scope::Subtree, filter, asked).await?;
        Ok(found.and_then(Entry::read))
    }

    /// Whether a filter holds for the entry of this name.
    pub(super) async fn holds(&self, dn: &str, filter: &str) -> Result<bool, DirectoryError> {
        let found = self.search(dn, Scope::Base, filter, NOTHING.to_vec()).await?;
        Ok(found.is_some())
    }

    /// Whether a filter holds for exactly one entry below a place.
    pub(super) async fn holds_once_below(
        &self,
        base: &str,
        filter: &str,
    ) -> Result<bool, DirectoryError> {
        let found = self.search(base, Scope::Subtree, filter, NOTHING.to_vec()).await?;
        Ok(found.is_some())
    }

    /// The one entry that is found. Aliases and referrals lead nowhere.
    async fn search(
        &self,
        base: &str,
        scope: Scope,
        filter: &str,
        asked: Vec<&str>,
    ) -> Result<Option<ResultEntry>, DirectoryError> {
        let seconds = i32::try_from(self.limits.time.as_secs()).unwrap_or(i32::MAX).max(1);
        let options = SearchOptions::new()
            .deref(DerefAliases::Never)
            .sizelimit(MOST_ENTRIES)
            .timelimit(seconds);
        let mut ldap = self.ldap.clone();
        let searched = ldap.with_search_options(options).search(base, scope, filter, asked).await;
        let SearchResult(mut entries, result) = searched.map_err(|_| lost())?;
        match result.rc {
            code::SUCCESS if entries.len() == 1 => Ok(entries.pop()),
            code::SUCCESS | code::SIZE_LIMIT_EXCEEDED => Ok(None),
            rc if is_out_of_order(rc) => Err(DirectoryError::Unavailable("search-failed")),
            // No such place, none that may be seen, or somebody else's.
            _ => Ok(None),
        }
    }
}

/// Whether a directory can be asked with it: one with a NUL is a shorter or an empty one to some.
pub(super) fn is_password(password: &str) -> bool {
    !password.is_empty() && !password.contains('\0')
}

fn lost() -> DirectoryError {
    DirectoryError::Unavailable("connection-lost")
}

/// Whether a result tells of the directory, not of what was asked: operations error, protocol error,
/// time and administrative limits, busy, unavailable, loop, and all that has no name.
fn is_out_of_order(rc: u32) -> bool {
    matches!(rc, 1..=3 | 11 | 51 | 52 | 54 | 80..)
}
