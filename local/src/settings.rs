//! What the environment decides. A bad value is one clear line, before anything is started.

use std::{collections::BTreeMap, net::IpAddr, path::PathBuf};

use http::Uri;

/// The port where nothing else is said.
pub const DEFAULT_PORT: u16 = 3000;
/// The data folder where nothing else is said.
const DEFAULT_FOLDER: &str = ".local/data";
/// The name of the data folder that is none.
const MEMORY: &str = ":memory:";

/// How `make run` is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The loopback port; 0 takes a free one.
    pub port: u16,
    /// Where data is kept.
    pub data: Data,
    /// Whether demo data is made on first start.
    pub demo: bool,
    /// A DynamoDB to use in place of the embedded one.
    pub endpoint: Option<Endpoint>,
    /// The web origins, besides its own, that may call the API.
    pub cors_origins: Vec<String>,
}

/// Where data is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// Nowhere: it is gone with the process.
    Memory,
    /// In this folder.
    Folder(PathBuf),
}

/// A DynamoDB of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its URL.
    pub url: String,
    /// Whether it is on this machine. Beside any other, `/dev/*` and demo data are off: it may hold
    /// real data (T19).
    pub loopback: bool,
    /// Whom the requests to it come from.
    pub identity: AwsIdentity,
}

/// Credentials and region for the SDK.
#[derive(Clone, PartialEq, Eq)]
pub struct AwsIdentity {
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: String,
    /// Session token, for temporary credentials.
    pub session_token: Option<String>,
    /// Region.
    pub region: String,
}

impl std::fmt::Debug for AwsIdentity {
    // A secret must not reach a log by way of `{:?}`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsIdentity").field("region", &self.region).finish_non_exhaustive()
    }
}

impl AwsIdentity {
    /// What every local engine takes.
    pub fn local() -> Self {
        Self {
            access_key_id: "local".to_owned(),
            secret_access_key: "local".to_owned(),
            session_token: None,
            region: "us-east-1".to_owned(),
        }
    }
}

/// An environment variable with a value that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}={value}: {problem}")]
pub struct SettingsError {
    variable: &'static str,
    value: String,
    problem: &'static str,
}

impl Settings {
    /// Reads the process's environment.
    pub fn from_environment() -> Result<Self, SettingsError> {
        // Lossy on purpose: what is no Unicode is no valid value of ours and is shown as such.
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        let variables = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
        Self::read(&variables.collect())
    }

    /// Reads these variables. An empty value is the same as none.
    pub fn read(variables: &BTreeMap<String, String>) -> Result<Self, SettingsError> {
        let value = |name: &str| variables.get(name).map(String::as_str).filter(|v| !v.is_empty());
        Ok(Self {
            port: value("TSUNAGU_PORT").map_or(Ok(DEFAULT_PORT), port)?,
            data: match value("TSUNAGU_DATA").unwrap_or(DEFAULT_FOLDER) {
                MEMORY => Data::Memory,
                folder => Data::Folder(folder.into()),
            },
            demo: value("TSUNAGU_DEMO").map_or(Ok(true), demo)?,
            endpoint: value("DYNAMODB_ENDPOINT").map(|url| endpoint(url, &value)).transpose()?,
            cors_origins: value("TSUNAGU_CORS_ORIGINS").map_or(Ok(Vec::new()), origins)?,
        })
    }

    /// Whether `/dev/*` and demo data may be had: not beside a database that may hold real data.
    pub fn development(&self) -> bool {
        self.endpoint.as_ref().is_none_or(|endpoint| endpoint.loopback)
    }
}

fn port(value: &str) -> Result<u16, SettingsError> {
    value.parse().map_err(|_| SettingsError {
        variable: "TSUNAGU_PORT",
        value: value.to_owned(),
        problem: "is not a port (0 to 65535)",
    })
}

fn demo(value: &str) -> Result<bool, SettingsError> {
    match value {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(SettingsError {
            variable: "TSUNAGU_DEMO",
            value: value.to_owned(),
            problem: "is neither 0 (no demo data) nor 1",
        }),
    }
}

fn endpoint<'a>(
    value: &str,
    variable: &impl Fn(&str) -> Option<&'a str>,
) -> Result<Endpoint, SettingsError> {
    let wrong =
        |problem| SettingsError { variable: "DYNAMODB_ENDPOINT", value: shown(value), problem };
    let uri: Uri = value.parse().map_err(|_| wrong("is not a URL"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(wrong("is not an http or https URL"));
    }
    let authority = uri.authority().ok_or_else(|| wrong("names no host"))?;
    if authority.as_str().contains('@') {
        return Err(wrong("carries a user name or password"));
    }
    let loopback = is_loopback(authority.host());
    let local = AwsIdentity::local();
    let own = |name: &str, other: String| variable(name).map_or(other, str::to_owned);
    let identity = if loopback {
        // DynamoDB Local keeps one database per access key: it must not depend on who runs this.
        local
    } else {
        AwsIdentity {
            access_key_id: own("AWS_ACCESS_KEY_ID", local.access_key_id),
            secret_access_key: own("AWS_SECRET_ACCESS_KEY", local.secret_access_key),
            session_token: variable("AWS_SESSION_TOKEN").map(str::to_owned),
            region: own("AWS_REGION", local.region),
        }
    };
    Ok(Endpoint { url: value.to_owned(), loopback, identity })
}

/// A URL fit for an error message: without what stands before an `@`.
fn shown(value: &str) -> String {
    value.rsplit_once('@').map_or_else(|| value.to_owned(), |(_, host)| format!("…@{host}"))
}

/// Only literal loopback addresses and `localhost`: a name may resolve to anything tomorrow.
fn is_loopback(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || literal.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

fn origins(value: &str) -> Result<Vec<String>, SettingsError> {
    let origins: Vec<_> = value.split(',').map(|origin| origin.trim().to_owned()).collect();
    match origins.iter().find(|origin| !is_origin(origin)) {
        None => Ok(origins),
        Some(other) => Err(SettingsError {
            variable: "TSUNAGU_CORS_ORIGINS",
            value: other.clone(),
            problem: "is not a web origin such as http://localhost:5173",
        }),
    }
}

fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    matches!(scheme, "http" | "https") && format!("{scheme}://{authority}") == text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let variables = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Settings::read(&variables.collect())
    }

    #[test]
    fn given_nothing_when_read_then_the_documented_defaults_hold() {
        let settings = read(&[("TSUNAGU_PORT", "")]).expect("reads");
        assert_eq!(settings.port, 3000);
        assert_eq!(settings.data, Data::Folder(".local/data".into()));
        assert!(settings.demo);
        assert!(settings.development());
        assert_eq!(settings.cors_origins, Vec::<String>::new());
    }

    #[test]
    fn given_values_when_read_then_they_hold() {
        let settings = read(&[
            ("TSUNAGU_PORT", "4000"),
            ("TSUNAGU_DATA", ":memory:"),
            ("TSUNAGU_DEMO", "0"),
            ("TSUNAGU_CORS_ORIGINS", "http://localhost:5173, https://console.example"),
        ]);
        let settings = settings.expect("reads");
        assert_eq!((settings.port, settings.data, settings.demo), (4000, Data::Memory, false));
        assert_eq!(settings.cors_origins.len(), 2);
    }

    #[rstest]
    #[case("http://127.0.0.1:8000", true)]
    #[case("http://localhost:8000", true)]
    #[case("http://[::1]:8000", true)]
    #[case("http://[::ffff:127.0.0.1]:8000", true)]
    #[case("https://dynamodb.eu-central-1.amazonaws.com", false)]
    #[case("http://localhost.evil.example:8000", false)]
    #[case("http://10.0.0.5:8000", false)]
    fn t19_given_an_endpoint_when_not_on_loopback_then_there_is_no_development(
        #[case] url: &str,
        #[case] development: bool,
    ) {
        let settings = read(&[("DYNAMODB_ENDPOINT", url)]).expect("reads");
        assert_eq!(settings.development(), development);
    }

    #[rstest]
    #[case("TSUNAGU_PORT", "http")]
    #[case("TSUNAGU_PORT", "65536")]
    #[case("TSUNAGU_PORT", "-1")]
    #[case("TSUNAGU_DEMO", "yes")]
    #[case("DYNAMODB_ENDPOINT", "localhost:8000")]
    #[case("DYNAMODB_ENDPOINT", "ftp://localhost")]
    #[case("DYNAMODB_ENDPOINT", "not a url")]
    #[case("TSUNAGU_CORS_ORIGINS", "http://localhost:5173/")]
    #[case("TSUNAGU_CORS_ORIGINS", "*")]
    fn given_a_bad_value_when_read_then_one_line_names_it(
        #[case] variable: &str,
        #[case] value: &str,
    ) {
        let message = read(&[(variable, value)]).expect_err("is refused").to_string();
        assert!(message.starts_with(&format!("{variable}={value}: ")), "{message}");
        assert_eq!(message.lines().count(), 1);
    }

    #[test]
    fn given_a_password_in_a_url_when_refused_then_it_is_not_shown() {
        let refused = read(&[("DYNAMODB_ENDPOINT", "http://me:hunter2@localhost:8000")]);
        let message = refused.expect_err("is refused").to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }

    #[test]
    fn given_credentials_when_the_endpoint_is_elsewhere_then_they_are_used_and_not_shown() {
        let settings = read(&[
            ("DYNAMODB_ENDPOINT", "https://dynamodb.example"),
            ("AWS_ACCESS_KEY_ID", "AKIA"),
            ("AWS_SECRET_ACCESS_KEY", "hidden"),
            ("AWS_REGION", "ap-northeast-1"),
        ]);
        let endpoint = settings.expect("reads").endpoint.expect("an endpoint");
        assert_eq!(endpoint.identity.access_key_id, "AKIA");
        assert_eq!(endpoint.identity.region, "ap-northeast-1");
        assert!(!format!("{endpoint:?}").contains("hidden"));
    }
}
