//! Against something that stands for KMS behind the SDK's HTTP layer: what it sealed it opens with the
//! same key for the same encryption context.

use aws_sdk_kms::config::{
    BehaviorVersion, Credentials, HttpClient, Region, RuntimeComponents, retry::RetryConfig,
};
use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::Client;
use crate::{Belonging, Vault, VaultError, tests::belonging};

const KEY: &str = "alias/tsunagu";
const SECRET: &str = "correct horse 電池";

#[derive(Clone, Copy, Debug)]
enum Kms {
    Up,
    Away,
}

impl Kms {
    fn answer(self, request: &HttpRequest) -> (u16, Value) {
        let body = request.body().bytes().unwrap_or_default();
        let asked: Value = serde_json::from_slice(body).expect("JSON");
        let under = json!([asked["KeyId"], asked["EncryptionContext"]]);
        match (self, request.headers().get("x-amz-target")) {
            (Self::Away, _) => {
                let message = "arn:aws:kms:of-somebody";
                (400, json!({"__type": "KMSInternalException", "message": message}))
            }
            (Self::Up, Some("TrentService.Encrypt")) => {
                let sealed = json!([under, asked["Plaintext"]]).to_string();
                (200, json!({"CiphertextBlob": STANDARD.encode(sealed)}))
            }
            (Self::Up, _) => {
                let sealed = asked["CiphertextBlob"].as_str().expect("a blob");
                let sealed = STANDARD.decode(sealed).expect("base64");
                match serde_json::from_slice::<(Value, Value)>(&sealed) {
                    Ok((sealed_under, secret)) if sealed_under == under => {
                        (200, json!({"Plaintext": secret}))
                    }
                    _ => (400, json!({"__type": "InvalidCiphertextException"})),
                }
            }
        }
    }
}

impl HttpConnector for Kms {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, body) = self.answer(&request);
        let status = StatusCode::try_from(status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body.to_string()))))
    }
}

impl HttpClient for Kms {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(*self)
    }
}

fn vault(kms: Kms, key: &str) -> Vault {
    let config = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-northeast-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(kms);
    Vault::of_client(Client::from_conf(config.build()), key)
}

#[tokio::test]
async fn given_a_sealed_secret_then_it_opens_with_its_key_for_its_domain_alone() {
    let [own, other] = [belonging(), belonging()];
    let kms = vault(Kms::Up, KEY);
    let sealed = kms.seal(own, &SECRET.into()).await.expect("sealed");
    assert_eq!(kms.open(own, &sealed).await.expect("opened").expose_secret(), SECRET);
    let foreign = [
        other,
        Belonging { domain: other.domain, ..own },
        Belonging { provider: other.provider, ..own },
    ];
    for of in foreign {
        assert_eq!(kms.open(of, &sealed).await.expect_err("foreign"), VaultError::Unopened);
    }
    let stranger = vault(Kms::Up, "alias/other");
    assert_eq!(stranger.open(own, &sealed).await.expect_err("key"), VaultError::Unopened);
}

#[tokio::test]
async fn given_a_secret_then_the_trail_of_kms_names_provider_and_domain() {
    let of = belonging();
    let sealed = vault(Kms::Up, KEY).seal(of, &SECRET.into()).await.expect("sealed");
    let sealed = base64::engine::general_purpose::STANDARD_NO_PAD.decode(sealed);
    let (under, _): (Value, Value) =
        serde_json::from_slice(&sealed.expect("base64")).expect("JSON");
    let context = json!({"csp": of.provider.to_string(), "domain": of.domain.to_string()});
    assert_eq!(under, json!([KEY, context]));
}

#[tokio::test]
async fn given_kms_is_away_then_that_is_told_without_a_word_of_its_message() {
    let away = VaultError::Unavailable("KMSInternalException".to_owned());
    let kms = vault(Kms::Away, KEY);
    assert_eq!(kms.seal(belonging(), &SECRET.into()).await.expect_err("away"), away);
    assert_eq!(kms.open(belonging(), "c2VhbGVk").await.expect_err("away"), away);
}
