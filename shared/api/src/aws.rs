//! How AWS is reached from a function: as Lambda's own variables say. The SDK's default chain would look
//! for profiles, web identities, containers and instances as well, of which a function has none, and each
//! start would pay for looking.

use std::collections::HashMap;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_types::{
    SdkConfig,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};

use crate::{BadVariable, Environment};

/// Addresses of services other than AWS's own, such as `AWS_ENDPOINT_URL_DYNAMODB`.
#[derive(Debug)]
struct Endpoints(HashMap<String, String>);

const ENDPOINT: &str = "AWS_ENDPOINT_URL";

impl Endpoints {
    fn of(environment: &Environment) -> Self {
        let named = environment.variables().filter(|(name, _)| name.starts_with(ENDPOINT));
        Self(named.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        // For one service, or for all of them.
        let own = self.0.get(&format!("{}_{service}", key.env()));
        own.or_else(|| self.0.get(key.env())).cloned()
    }
}

/// The way to AWS that an environment names. Its credentials are those of the function's role, which
/// Lambda renews with the environment.
pub(crate) fn reached_from(environment: &Environment) -> Result<SdkConfig, BadVariable> {
    let credentials = Credentials::new(
        environment.needed("AWS_ACCESS_KEY_ID")?,
        environment.needed("AWS_SECRET_ACCESS_KEY")?,
        environment.get("AWS_SESSION_TOKEN").map(str::to_owned),
        None,
        "Lambda",
    );
    Ok(SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(environment.needed("AWS_REGION")?.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .service_config(Endpoints::of(environment))
        .build())
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::ProvideCredentials;
    use rstest::rstest;

    use super::*;

    const GIVEN: [(&str, &str); 4] = [
        ("AWS_REGION", "ap-northeast-1"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_SESSION_TOKEN", "token"),
    ];

    fn reached(variables: &[(&str, &str)]) -> Result<SdkConfig, BadVariable> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        reached_from(&Environment::new(variables.iter().map(owned), SdkConfig::builder().build()))
    }

    #[tokio::test]
    async fn given_what_lambda_gives_then_the_region_and_the_role_are_taken() {
        let aws = reached(&GIVEN).expect("all is there");
        assert_eq!(aws.region().map(AsRef::as_ref), Some("ap-northeast-1"));
        let provider = aws.credentials_provider().expect("there are some");
        let credentials = provider.provide_credentials().await.expect("they are at hand");
        assert_eq!(credentials.access_key_id(), "AKID");
        assert_eq!(credentials.secret_access_key(), "secret");
        assert_eq!(credentials.session_token(), Some("token"));
    }

    #[rstest]
    #[case("AWS_REGION")]
    #[case("AWS_ACCESS_KEY_ID")]
    #[case("AWS_SECRET_ACCESS_KEY")]
    fn given_a_variable_is_missing_then_one_line_names_it(#[case] name: &'static str) {
        let others: Vec<_> = GIVEN.into_iter().filter(|(given, _)| *given != name).collect();
        assert_eq!(reached(&others).expect_err("missing"), BadVariable::Missing(name));
    }

    #[rstest]
    #[case::of_the_service(&[("AWS_ENDPOINT_URL_DYNAMODB", "http://own")], Some("http://own"))]
    #[case::of_all(&[("AWS_ENDPOINT_URL", "http://all")], Some("http://all"))]
    #[case::its_own_first(
        &[("AWS_ENDPOINT_URL", "http://all"), ("AWS_ENDPOINT_URL_DYNAMODB", "http://own")],
        Some("http://own")
    )]
    #[case::of_another(&[("AWS_ENDPOINT_URL_KMS", "http://other")], None)]
    #[case::none(&[], None)]
    fn given_an_address_of_a_service_then_it_is_reached_there(
        #[case] addresses: &[(&str, &str)],
        #[case] expected: Option<&str>,
    ) {
        let aws = reached(&[&GIVEN, addresses].concat()).expect("all is there");
        let key = ServiceConfigKey::builder().service_id("DynamoDB").env(ENDPOINT);
        let key = key.profile("endpoint_url").build().expect("whole");
        let found = aws.service_config().and_then(|services| services.load_config(key));
        assert_eq!(found.as_deref(), expected);
    }
}
