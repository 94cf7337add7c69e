//! What this function needs beside what every function does.

use std::sync::Arc;

use secrecy::SecretString;
use tsunagu_api::{BadVariable, Environment, Problem};
use tsunagu_domain::{
    federation::{
        address::AddressPolicy,
        domain_name::DomainName,
        host::WorkspaceHost,
        launch_url::{LaunchSchemes, LaunchUrl},
        networks::DirectoryNetworks,
    },
    ids::AccountId,
};
use tsunagu_store::items::Sealed;
use tsunagu_vault::{Belonging, Vault};

/// What this function needs beside what every function does. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Management(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    vault: Vault,
    networks: DirectoryNetworks,
    schemes: LaunchSchemes,
    workspace_domain: DomainName,
}

impl Management {
    /// As the environment says.
    pub fn of(environment: &Environment) -> Result<Self, BadVariable> {
        let key = environment.needed("DIRECTORY_SECRETS_KEY")?;
        let vault = Vault::named(key, environment.aws())
            .map_err(|error| BadVariable::wrong("DIRECTORY_SECRETS_KEY", &error.to_string()))?;
        Ok(Self(Arc::new(Parts {
            vault,
            networks: environment
                .parsed_or_default("DIRECTORY_NETWORKS", "is no list of networks")?,
            schemes: environment.parsed_or_default("LAUNCH_SCHEMES", "is no list of schemes")?,
            workspace_domain: environment.parsed("WORKSPACE_DOMAIN", "is no domain name")?,
        })))
    }

    /// Seals the password of a directory's service bind.
    pub(crate) async fn seal(
        &self,
        of: Belonging,
        password: &SecretString,
    ) -> Result<Sealed, Problem> {
        self.0.vault.seal(of, password).await.map(Sealed::from).map_err(Problem::unavailable)
    }

    /// Where a provider's directories may be.
    pub(crate) fn policy(&self, provider: AccountId) -> AddressPolicy {
        self.0.networks.policy(provider)
    }

    /// Whether an app or a desktop may be opened there.
    pub(crate) fn admits(&self, url: &LaunchUrl) -> bool {
        self.0.schemes.admit(url)
    }

    /// Where a workspace is.
    pub(crate) fn url(&self, host: &WorkspaceHost) -> String {
        format!("https://{host}.{}", self.0.workspace_domain)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(other: &[(&str, &str)]) -> Result<Management, String> {
        let good = [
            ("DIRECTORY_SECRETS_KEY", "local:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            ("WORKSPACE_DOMAIN", "workspaces.example.com"),
        ];
        let variables = good.iter().chain(other);
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let aws = aws_types::SdkConfig::builder().build();
        Management::of(&Environment::new(variables, aws)).map_err(|error| error.to_string())
    }

    #[test]
    fn given_a_good_environment_then_it_is_understood() {
        let management = read(&[("LAUNCH_SCHEMES", "rdp")]).expect("good");
        let url = management.url(&"minato-desktops".parse().expect("a host"));
        assert_eq!(url, "https://minato-desktops.workspaces.example.com");
        for (url, admitted) in [("https://a.example.com", true), ("rdp://a.example.com", true)] {
            let url: LaunchUrl = url.parse().expect("an address");
            assert_eq!(management.admits(&url), admitted, "{url}");
        }
        assert!(!read(&[]).expect("good").admits(&"rdp://a.example.com".parse().expect("one")));
    }

    #[rstest]
    #[case("DIRECTORY_SECRETS_KEY", "")]
    #[case("DIRECTORY_SECRETS_KEY", "local:AAAA")]
    #[case("DIRECTORY_NETWORKS", "10.0.0.0/8")]
    #[case("LAUNCH_SCHEMES", "javascript")]
    #[case("WORKSPACE_DOMAIN", "workspaces")]
    fn given_a_bad_variable_then_one_line_names_it(#[case] name: &str, #[case] value: &str) {
        let error = read(&[(name, value)]).expect_err("bad");
        assert!(error.starts_with(&format!("the environment variable {name} ")), "{error}");
    }
}
