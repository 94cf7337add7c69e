//! Reaches the directories of providers by LDAP.
//!
//! A directory is somebody else's machine, named by whoever manages a domain. So it is believed
//! nothing: where it is, is checked at the very address that is connected to (T29); what it says is
//! read by [`message`] before the LDAP library sees it, and is bounded in time and in size (T26); and
//! who a name is, says the id of the one entry that was bound, not the name (T23).

mod address;
mod ber;
mod bind;
mod connection;
mod entry;
#[cfg(test)]
mod fuzzed;
mod identity;
mod membership;
mod message;
mod probe;
mod sign_in;
mod tls;
mod wire;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use secrecy::SecretString;
use tokio::time::timeout;
use tsunagu_domain::federation::{
    address::AddressPolicy, directory::Directory, domain_name::DomainName, login::UserName,
    members::Members,
};

pub use address::{Resolve, SystemResolver};
use connection::Connection;
pub use entry::DirectoryUserId;
pub use probe::{Check, Probe};
use sign_in::Attempt;

/// How long a directory may take, and how much it may say, in one sign-in as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From looking up the name of its host to its last answer.
    pub time: Duration,
    /// Bytes of all its answers together.
    pub answer: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(5), answer: 64 * 1024 }
    }
}

/// Reaches the directories of providers. One for an environment.
#[derive(Clone)]
pub struct Directories {
    limits: Limits,
    resolver: Arc<dyn Resolve>,
}

/// A domain with its directory.
#[derive(Clone, Copy)]
pub struct Realm<'a> {
    /// The domain.
    pub domain: &'a DomainName,
    /// Its directory.
    pub directory: &'a Directory,
    /// What the directory's service bind needs, where it has one.
    pub secret: Option<&'a SecretString>,
    /// Where the directory may be.
    pub policy: &'a AddressPolicy,
}

/// Who signed in, as the directory says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The directory's own id of the user's entry.
    pub user_id: DirectoryUserId,
    /// Which of the given rules the user is a member by: their indices, in order; at least one.
    pub matched: Vec<usize>,
}

/// Why nobody signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryError {
    /// The directory knows no such user with such a password who is a member: all alike.
    Refused,
    /// The directory was not reached, or cannot be used: for the log, by a code that holds nothing
    /// of what was said.
    Unavailable(&'static str),
    /// The directory is where none may be, or would be asked without TLS. Nothing was sent.
    AddressRefused,
}

impl Directories {
    /// Directories within limits, found by the system's names.
    pub fn new(limits: Limits) -> Self {
        Self::with_resolver(limits, Arc::new(SystemResolver))
    }

    /// The same, with names found otherwise.
    pub fn with_resolver(limits: Limits, resolver: Arc<dyn Resolve>) -> Self {
        Self { limits, resolver }
    }

    /// Binds as the user, and asks the directory who that is and by which of `members` he is one.
    pub async fn sign_in(
        &self,
        realm: &Realm<'_>,
        user: &UserName,
        password: &SecretString,
        members: &[Members],
    ) -> Result<SignedIn, DirectoryError> {
        let attempt = Attempt::new(realm, user, password, members)?;
        let signed_in = async {
            let connection = Box::pin(Connection::open(self, realm)).await?;
            let signed_in = Box::pin(attempt.of_a_member(&connection)).await;
            signed_in.map_err(|error| connection.explained(error))
        };
        self.within(signed_in.boxed()).await
    }

    /// What a test of a domain's directory tells: how far one gets, and, with a user's name and
    /// password, by which of `members` that one is a member.
    pub async fn probe(
        &self,
        realm: &Realm<'_>,
        credentials: Option<(&UserName, &SecretString)>,
        members: &[Members],
    ) -> Probe {
        let mut probe = Probe::default();
        let asked = probe.ask(self, realm, credentials, members);
        if let Err(error) = self.within(asked.map(Ok).boxed()).await {
            probe.stopped(error);
        }
        probe
    }

    /// All that a directory does to us ends here: its slowness, and whatever of its answers the LDAP
    /// library panics at.
    async fn within<T>(
        &self,
        asked: BoxFuture<'_, Result<T, DirectoryError>>,
    ) -> Result<T, DirectoryError> {
        let unharmed = AssertUnwindSafe(asked).catch_unwind();
        match timeout(self.limits.time, unharmed).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(_panicked)) => Err(DirectoryError::Unavailable(message::MALFORMED)),
            Err(_elapsed) => Err(DirectoryError::Unavailable("timeout")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_send<T: Send>(future: T) -> T {
        future
    }

    /// Handlers are moved between threads while they wait: this has to compile.
    #[tokio::test]
    async fn given_a_directory_that_may_not_be_one_when_asked_by_a_handler_then_it_is_refused() {
        let domain = "corp.example.com".parse().expect("a name");
        let directory = Directory {
            url: "ldaps://127.0.0.1".parse().expect("an address"),
            start_tls: false,
            base_dn: "dc=example,dc=com".parse().expect("a distinguished name"),
            bind: tsunagu_domain::federation::directory::Bind::Upn,
            ca_certificate: None,
        };
        let policy = AddressPolicy::default();
        let realm = Realm { domain: &domain, directory: &directory, secret: None, policy: &policy };
        let (user, password) = ("hanako".parse().expect("a name"), "secret".into());
        let directories = Directories::new(Limits::default());
        let members = [Members::Everyone];
        let signed_in = is_send(directories.sign_in(&realm, &user, &password, &members)).await;
        assert_eq!(signed_in, Err(DirectoryError::AddressRefused));
        let probe = is_send(directories.probe(&realm, Some((&user, &password)), &members)).await;
        assert_eq!(probe.reachable.code, "address-refused");
    }
}
