//! Domains with their directories, and signing in to them.

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::{FutureExt, future::BoxFuture};
use secrecy::SecretString;
use tsunagu_domain::federation::{
    address::AddressPolicy,
    directory::{Bind, Directory},
    domain_name::DomainName,
    login::UserName,
    members::Members,
};
use workspaces::directory::{Directories, DirectoryError, Limits, Probe, Realm, Resolve, SignedIn};

use crate::{
    Running,
    people::{BASE, MINATO, READER, READERS_SECRET, dn},
};

/// A domain, its directory, and what is known of both.
#[derive(Clone)]
pub(crate) struct Domain {
    pub(crate) directory: Directory,
    pub(crate) secret: Option<SecretString>,
    pub(crate) policy: AddressPolicy,
    pub(crate) limits: Limits,
    pub(crate) names: Arc<Names>,
}

/// Names and their addresses; each time the next ones.
#[derive(Default)]
pub(crate) struct Names {
    answers: HashMap<&'static str, Vec<Vec<IpAddr>>>,
    pub(crate) asked: AtomicUsize,
}

impl Names {
    pub(crate) fn of(host: &'static str, answers: &[&[&str]]) -> Arc<Self> {
        let address = |text: &&str| text.parse().expect("an address");
        let answers = answers.iter().map(|answer| answer.iter().map(address).collect()).collect();
        Arc::new(Self { answers: HashMap::from([(host, answers)]), ..Self::default() })
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let answers = self.answers.get(host);
        let answer = answers.and_then(|answers| answers.get(asked).or(answers.last())).cloned();
        async move { answer.ok_or_else(|| io::ErrorKind::NotFound.into()) }.boxed()
    }
}

/// Binds at a place that is made of the name.
pub(crate) fn by_template(template: &str) -> Bind {
    Bind::DnTemplate { template: template.parse().expect("a template") }
}

/// Searches for the name, as the reader.
pub(crate) fn by_search() -> Bind {
    Bind::Search { user_attribute: "uid".parse().expect("a name"), bind_dn: Some(dn(READER)) }
}

/// Searches for the name, as nobody in particular.
pub(crate) fn by_anybodys_search() -> Bind {
    Bind::Search { user_attribute: "uid".parse().expect("a name"), bind_dn: None }
}

/// The kinds of bind that both directories have.
pub(crate) fn binds() -> [Bind; 3] {
    [by_template(&format!("uid={{username}},{MINATO}")), by_search(), by_anybodys_search()]
}

impl Domain {
    /// A directory at a port of this machine, without TLS.
    pub(crate) fn at(port: u16, bind: Bind) -> Self {
        let url = format!("ldap://127.0.0.1:{port}").parse().expect("an address");
        let directory =
            Directory { url, start_tls: false, base_dn: dn(BASE), bind, ca_certificate: None };
        Self {
            directory,
            secret: Some(READERS_SECRET.into()),
            policy: AddressPolicy { allowed: Vec::new(), loopback: true },
            limits: Limits::default(),
            names: Arc::default(),
        }
    }

    /// A running directory, without TLS.
    pub(crate) fn of(running: &Running, bind: Bind) -> Self {
        Self::at(running.plain(), bind)
    }

    /// A running directory, with TLS from the first byte, on its own authority.
    pub(crate) fn with_tls(running: &Running, bind: Bind) -> Self {
        Self::at(running.tls(), bind).trusting(running.authority()).host("ldaps", "127.0.0.1")
    }

    /// A running directory, with TLS by StartTLS, on its own authority.
    pub(crate) fn with_start_tls(running: &Running, bind: Bind) -> Self {
        let mut domain = Self::of(running, bind).trusting(running.authority());
        domain.directory.start_tls = true;
        domain
    }

    pub(crate) fn trusting(mut self, authority: &str) -> Self {
        self.directory.ca_certificate = Some(authority.parse().expect("a certificate"));
        self
    }

    /// The same at another host, by another scheme.
    pub(crate) fn host(mut self, scheme: &str, host: &str) -> Self {
        let port = self.directory.url.port();
        self.directory.url = format!("{scheme}://{host}:{port}").parse().expect("an address");
        self
    }

    pub(crate) fn named(mut self, names: Arc<Names>) -> Self {
        self.names = names;
        self
    }

    fn directories(&self) -> Directories {
        Directories::with_resolver(self.limits, self.names.clone())
    }

    pub(crate) async fn sign_in(
        &self,
        user: &str,
        password: &str,
        members: &[Members],
    ) -> Result<SignedIn, DirectoryError> {
        let domain: DomainName = "corp.example.com".parse().expect("a name");
        let user: UserName = user.parse().expect("a name");
        let signed_in = async |realm: Realm<'_>| {
            self.directories().sign_in(&realm, &user, &password.into(), members).await
        };
        signed_in(self.realm(&domain)).await
    }

    /// Signs in as one of everybody, and gives the id.
    pub(crate) async fn id_of(&self, user: &str, password: &str) -> Result<String, DirectoryError> {
        let signed_in = self.sign_in(user, password, &[Members::Everyone]).await?;
        Ok(signed_in.user_id.to_string())
    }

    pub(crate) async fn probe(
        &self,
        credentials: Option<(&str, &str)>,
        members: &[Members],
    ) -> Probe {
        let domain: DomainName = "corp.example.com".parse().expect("a name");
        let credentials = credentials.map(|(user, password)| {
            (user.parse::<UserName>().expect("a name"), SecretString::from(password))
        });
        let credentials = credentials.as_ref().map(|(user, password)| (user, password));
        self.directories().probe(&self.realm(&domain), credentials, members).await
    }

    fn realm<'a>(&'a self, domain: &'a DomainName) -> Realm<'a> {
        Realm {
            domain,
            directory: &self.directory,
            secret: self.secret.as_ref(),
            policy: &self.policy,
        }
    }
}
