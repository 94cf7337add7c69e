//! Signing in with a provider's directory: the client of `workspaces` against the laptop's directory
//! and against OpenLDAP, with the same assertions; and against peers that are no honest directory.

mod addresses;
mod built_in;
mod certificates;
mod crowds;
mod identities;
mod limits;
mod membership;
mod memory;
mod names;
mod peers;
mod people;
mod probing;
mod realms;
mod secrets;
mod sign_in;
mod slapd;
mod standing;
mod tls;

use rstest_reuse::template;
use tsunagu_local::directory::Entry;

/// A directory that tests run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The one of the local server.
    BuiltIn,
    /// Debian's.
    OpenLdap,
}

/// Runs a test on both directories, with the same assertions: `#[apply(both_directories)]`.
#[template]
#[rstest::rstest]
#[case::built_in(crate::Kind::BuiltIn)]
#[case::openldap(crate::Kind::OpenLdap)]
#[tokio::test]
async fn both_directories(#[case] kind: crate::Kind) {}

/// A running directory of a test's own.
enum Running {
    BuiltIn(built_in::BuiltIn),
    OpenLdap(slapd::Slapd),
}

impl Kind {
    /// One of these entries; `None` where it is left out, which is said loudly.
    async fn open(self, entries: Vec<Entry>) -> Option<Running> {
        match self {
            Self::BuiltIn => Some(Running::BuiltIn(built_in::BuiltIn::start(entries).await)),
            Self::OpenLdap => slapd::Slapd::start(&entries).await.map(Running::OpenLdap),
        }
    }
}

impl Running {
    /// Where it speaks without TLS at first.
    fn plain(&self) -> u16 {
        match self {
            Self::BuiltIn(directory) => directory.plain(),
            Self::OpenLdap(directory) => directory.plain,
        }
    }

    /// Where it speaks with TLS alone.
    fn tls(&self) -> u16 {
        match self {
            Self::BuiltIn(directory) => directory.tls(),
            Self::OpenLdap(directory) => directory.tls,
        }
    }

    /// The authority of its certificate.
    fn authority(&self) -> &str {
        match self {
            Self::BuiltIn(directory) => &directory.certificates.authority,
            Self::OpenLdap(directory) => &directory.certificates.authority,
        }
    }

    async fn put(&self, entry: Entry) {
        match self {
            Self::BuiltIn(directory) => directory.tree.put(entry),
            Self::OpenLdap(directory) => directory.add(&entry).await,
        }
    }

    async fn remove(&self, dn: &str) {
        match self {
            Self::BuiltIn(directory) => directory.tree.remove(&people::dn(dn)),
            Self::OpenLdap(directory) => directory.remove(dn).await,
        }
    }

    async fn set_password(&self, dn: &str, password: &str) {
        match self {
            Self::BuiltIn(directory) => directory.tree.set_password(&people::dn(dn), password),
            Self::OpenLdap(directory) => directory.set_password(dn, password).await,
        }
    }
}
