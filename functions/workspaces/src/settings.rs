//! What this function needs beside what every function does.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use secrecy::SecretString;
use tsunagu_api::{BadVariable, Environment, Problem};
use tsunagu_domain::federation::{
    address::AddressPolicy, networks::DirectoryNetworks, session::SessionTimes,
    throttle::SignInLimits,
};
use tsunagu_store::{
    items::{DirectorySecretItem, DomainItem},
    workspaces::WorkspaceTerms,
};
use tsunagu_vault::{Belonging, Vault};

use crate::directory::{Directories, Limits, Realm};

/// What this function needs beside what every function does. Cheap to clone.
#[derive(Clone)]
pub struct Workspaces(Arc<Parts>);

struct Parts {
    directories: Directories,
    vault: Vault,
    networks: DirectoryNetworks,
    limits: SignInLimits,
    terms: WorkspaceTerms,
    floor: Duration,
}

impl Workspaces {
    /// As the environment says.
    pub fn of(environment: &Environment) -> Result<Self, BadVariable> {
        let networks: DirectoryNetworks =
            environment.parsed_or_default("DIRECTORY_NETWORKS", "is no list of networks")?;
        let key = environment.needed("DIRECTORY_SECRETS_KEY")?;
        let vault = Vault::named(key, environment.aws())
            .map_err(|error| BadVariable::wrong("DIRECTORY_SECRETS_KEY", &error.to_string()))?;
        Ok(Self(Arc::new(Parts {
            directories: Directories::new(Limits::default()),
            vault,
            networks,
            limits: limits(environment)?,
            terms: terms(environment)?,
            floor: Duration::from_millis(number(environment, "SIGN_IN_FLOOR_MS")?.into()),
        })))
    }

    pub(crate) fn directories(&self) -> &Directories {
        &self.0.directories
    }

    pub(crate) fn limits(&self) -> &SignInLimits {
        &self.0.limits
    }

    pub(crate) fn terms(&self) -> &WorkspaceTerms {
        &self.0.terms
    }

    /// Of what a refused sign-in takes a multiple.
    pub(crate) fn floor(&self) -> Duration {
        self.0.floor
    }

    /// Opens what a domain's service bind needs, where it has one.
    pub(crate) async fn open(
        &self,
        secret: Option<&DirectorySecretItem>,
    ) -> Result<Option<SecretString>, Problem> {
        let Some(item) = secret else { return Ok(None) };
        let of = Belonging { provider: item.provider, domain: item.domain_id };
        let opened = self.0.vault.open(of, item.sealed.as_str()).await;
        opened.map(Some).map_err(Problem::unavailable)
    }

    /// Where a domain's directory may be.
    pub(crate) fn policy(&self, domain: &DomainItem) -> AddressPolicy {
        self.0.networks.policy(domain.provider)
    }
}

/// A domain as the directory's client takes it.
pub(crate) fn realm<'a>(
    domain: &'a DomainItem,
    secret: Option<&'a SecretString>,
    policy: &'a AddressPolicy,
) -> Realm<'a> {
    Realm { domain: &domain.name, directory: &domain.directory, secret, policy }
}

fn limits(environment: &Environment) -> Result<SignInLimits, BadVariable> {
    Ok(SignInLimits {
        window: TimeDelta::seconds(number(environment, "SIGN_IN_WINDOW_SECONDS")?.max(1).into()),
        name_at_address: number(environment, "SIGN_INS_OF_NAME_AT_ADDRESS")?,
        name: number(environment, "SIGN_INS_OF_NAME")?,
        address_failures: number(environment, "SIGN_IN_FAILURES_OF_ADDRESS")?,
        workspace_failures: number(environment, "SIGN_IN_FAILURES_OF_WORKSPACE")?,
    })
}

fn terms(environment: &Environment) -> Result<WorkspaceTerms, BadVariable> {
    let minutes = |name| Ok(TimeDelta::minutes(number(environment, name)?.into()));
    let times = SessionTimes::new(minutes("SESSION_IDLE_MINUTES")?, minutes("SESSION_MINUTES")?)
        .ok_or_else(|| {
            BadVariable::wrong("SESSION_MINUTES", "is less than idle, or over a week")
        })?;
    let grace = TimeDelta::days(number(environment, "WORKSPACE_GRACE_DAYS")?.into());
    Ok(WorkspaceTerms { times, grace })
}

fn number(environment: &Environment, name: &'static str) -> Result<u32, BadVariable> {
    environment.parsed(name, "is no number")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(other: &[(&str, &str)]) -> Result<Workspaces, String> {
        let good = [
            ("DIRECTORY_SECRETS_KEY", "local:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            ("SIGN_IN_FLOOR_MS", "2000"),
            ("SIGN_IN_WINDOW_SECONDS", "300"),
            ("SIGN_INS_OF_NAME_AT_ADDRESS", "10"),
            ("SIGN_INS_OF_NAME", "30"),
            ("SIGN_IN_FAILURES_OF_ADDRESS", "300"),
            ("SIGN_IN_FAILURES_OF_WORKSPACE", "300"),
            ("SESSION_IDLE_MINUTES", "30"),
            ("SESSION_MINUTES", "720"),
            ("WORKSPACE_GRACE_DAYS", "30"),
        ];
        let variables = good.iter().chain(other);
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let aws = aws_types::SdkConfig::builder().build();
        Workspaces::of(&Environment::new(variables, aws)).map_err(|error| error.to_string())
    }

    #[test]
    fn given_a_good_environment_then_it_is_understood() {
        let workspaces = read(&[]).expect("good");
        assert_eq!(*workspaces.limits(), SignInLimits::default());
        assert_eq!(*workspaces.terms(), WorkspaceTerms::default());
        assert_eq!(workspaces.floor(), Duration::from_secs(2));
    }

    #[rstest]
    #[case("DIRECTORY_SECRETS_KEY", "")]
    #[case("DIRECTORY_SECRETS_KEY", "local:AAAA")]
    #[case("DIRECTORY_NETWORKS", "10.0.0.0/8")]
    #[case("SESSION_MINUTES", "half a day")]
    #[case("SESSION_MINUTES", "29")]
    #[case("SESSION_MINUTES", "10081")]
    fn given_a_bad_variable_then_one_line_names_it(#[case] name: &str, #[case] value: &str) {
        let error = read(&[(name, value)]).err().expect("bad");
        assert!(error.contains(name), "{error}");
    }
}
