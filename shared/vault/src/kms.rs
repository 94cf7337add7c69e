//! Sealing under a key that never leaves KMS.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_sdk_kms::{
    Client,
    config::{Builder, retry::RetryConfig, timeout::TimeoutConfig},
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::decrypt::DecryptError,
    primitives::Blob,
};
use aws_types::SdkConfig;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::{Belonging, VaultError};

/// How long one attempt may take before it counts as lost, and all of them together: a sign-in waits
/// for one.
const ATTEMPT: Duration = Duration::from_millis(1500);
const CALL: Duration = Duration::from_secs(4);

/// A key of KMS. What a secret belongs to is its encryption context, which stands in the trail of KMS
/// and may be a condition of a policy.
#[derive(Clone)]
pub(crate) struct Kms {
    client: Client,
    key: Arc<str>,
}

pub(crate) fn connect(config: &SdkConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(CALL)
        .build();
    let config = Builder::from(config)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(3));
    Client::from_conf(config.build())
}

impl Kms {
    pub(crate) fn new(client: Client, key: String) -> Self {
        Self { client, key: key.into() }
    }

    pub(crate) async fn seal(
        &self,
        of: Belonging,
        secret: &SecretString,
    ) -> Result<Vec<u8>, VaultError> {
        let answer = self
            .client
            .encrypt()
            .key_id(&*self.key)
            .set_encryption_context(Some(context(of)))
            .plaintext(Blob::new(secret.expose_secret().as_bytes()))
            .send()
            .await
            .map_err(unavailable)?;
        let sealed = answer.ciphertext_blob.map(Blob::into_inner);
        sealed.ok_or_else(|| VaultError::Unavailable("KMS sealed nothing".to_owned()))
    }

    pub(crate) async fn open(
        &self,
        of: Belonging,
        sealed: Vec<u8>,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let answer = self
            .client
            .decrypt()
            // Named, so that nothing sealed under another key is opened.
            .key_id(&*self.key)
            .set_encryption_context(Some(context(of)))
            .ciphertext_blob(Blob::new(sealed))
            .send()
            .await
            .map_err(unopened)?;
        let opened = answer.plaintext.map(|blob| Zeroizing::new(blob.into_inner()));
        opened.ok_or_else(|| VaultError::Unavailable("KMS opened nothing".to_owned()))
    }
}

fn context(of: Belonging) -> HashMap<String, String> {
    HashMap::from([
        ("csp".to_owned(), of.provider.to_string()),
        ("domain".to_owned(), of.domain.to_string()),
    ])
}

fn unopened(error: SdkError<DecryptError>) -> VaultError {
    match error.as_service_error() {
        Some(
            DecryptError::InvalidCiphertextException(_) | DecryptError::IncorrectKeyException(_),
        ) => VaultError::Unopened,
        _ => unavailable(error),
    }
}

/// Told by the error's code where KMS gave one: its message names keys and roles.
fn unavailable<E>(error: SdkError<E>) -> VaultError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    SdkError<E>: std::error::Error,
{
    let code = error.as_service_error().and_then(|error| error.code());
    let told = code.map_or_else(|| DisplayErrorContext(&error).to_string(), ToOwned::to_owned);
    VaultError::Unavailable(told)
}

#[cfg(test)]
mod tests;
