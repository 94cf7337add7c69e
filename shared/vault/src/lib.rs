//! Seals the secrets of directories, and opens them.
//!
//! A secret is sealed for one domain of one provider: what was sealed for another one does not open.
//! Who manages domains seals and never opens; who asks directories opens and never seals. In AWS the
//! two roles hold that; the key never leaves KMS.

mod kms;
mod local;

use std::fmt;

use aws_types::SdkConfig;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use secrecy::SecretString;
use tsunagu_domain::ids::{AccountId, DomainId};
use zeroize::Zeroizing;

use kms::Kms;
use local::Local;

/// What names of keys at hand begin with.
const LOCAL: &str = "local:";

/// What a sealed secret belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Belonging {
    /// The provider.
    pub provider: AccountId,
    /// Its domain.
    pub domain: DomainId,
}

/// Why nothing was sealed or opened. Neither tells anything of a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It was not sealed for what it is said to belong to, not with this key, or was changed.
    #[error("a sealed secret does not open")]
    Unopened,
    /// The key cannot be used: KMS is away, or does not let this function.
    #[error("the key of the vault cannot be used: {0}")]
    Unavailable(String),
}

/// The name of a vault is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key at hand is 32 bytes in base64")]
pub struct BadKey;

/// Seals secrets and opens them. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Form);

#[derive(Clone)]
enum Form {
    Kms(Kms),
    Local(Local),
}

impl Vault {
    /// The vault of a name: `local:` and a key of 32 bytes in base64, which is at hand; every other
    /// name is one of a key of KMS.
    pub fn named(name: &str, aws: &SdkConfig) -> Result<Self, BadKey> {
        let Some(key) = name.strip_prefix(LOCAL) else { return Ok(Self::kms(aws, name)) };
        let key = STANDARD_NO_PAD.decode(key.trim_end_matches('=')).map_err(|_| BadKey)?;
        key.try_into().map(Self::local).map_err(|_| BadKey)
    }

    /// Sealing under a key of KMS, by its id or name.
    pub fn kms(config: &SdkConfig, key: impl Into<String>) -> Self {
        Self::of_client(kms::connect(config), key)
    }

    fn of_client(client: aws_sdk_kms::Client, key: impl Into<String>) -> Self {
        Self(Form::Kms(Kms::new(client, key.into())))
    }

    /// Sealing under a key at hand: for the laptop and for tests.
    pub fn local(key: [u8; 32]) -> Self {
        Self(Form::Local(Local::new(key)))
    }

    /// Seals a secret, as text for the table.
    pub async fn seal(&self, of: Belonging, secret: &SecretString) -> Result<String, VaultError> {
        let sealed = match &self.0 {
            Form::Kms(kms) => kms.seal(of, secret).await?,
            Form::Local(local) => local.seal(of, secret)?,
        };
        Ok(STANDARD_NO_PAD.encode(sealed))
    }

    /// Opens what was sealed for the same domain of the same provider.
    pub async fn open(&self, of: Belonging, sealed: &str) -> Result<SecretString, VaultError> {
        let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|_| VaultError::Unopened)?;
        let opened = match &self.0 {
            Form::Kms(kms) => kms.open(of, sealed).await?,
            Form::Local(local) => local.open(of, &sealed)?,
        };
        text(&opened)
    }
}

/// A secret as text; the bytes it was are wiped by whoever owns them.
fn text(opened: &Zeroizing<Vec<u8>>) -> Result<SecretString, VaultError> {
    let text = std::str::from_utf8(opened).map_err(|_| VaultError::Unopened)?;
    Ok(SecretString::from(text))
}

/// Neither a key nor where one is.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use tsunagu_domain::time::Instant;

    use super::*;

    const SECRET: &str = "correct horse 電池";

    pub(crate) fn belonging() -> Belonging {
        let at = Instant::default();
        Belonging { provider: AccountId::mint(at), domain: DomainId::mint(at) }
    }

    #[tokio::test]
    async fn given_a_sealed_secret_then_it_opens_for_its_own_domain_alone() {
        let vault = Vault::local([7; 32]);
        let [own, other] = [belonging(), belonging()];
        let sealed = vault.seal(own, &SECRET.into()).await.expect("sealed");
        assert!(!sealed.contains("horse"));
        assert_eq!(vault.open(own, &sealed).await.expect("opened").expose_secret(), SECRET);
        let foreign = [
            other,
            Belonging { domain: other.domain, ..own },
            Belonging { provider: other.provider, ..own },
        ];
        for of in foreign {
            assert_eq!(vault.open(of, &sealed).await.expect_err("foreign"), VaultError::Unopened);
        }
        let stranger = Vault::local([8; 32]);
        assert_eq!(stranger.open(own, &sealed).await.expect_err("key"), VaultError::Unopened);
    }

    #[tokio::test]
    async fn given_the_same_secret_twice_then_what_is_sealed_differs() {
        let vault = Vault::local([7; 32]);
        let of = belonging();
        let one = vault.seal(of, &SECRET.into()).await.expect("sealed");
        assert_ne!(one, vault.seal(of, &SECRET.into()).await.expect("sealed"));
    }

    #[tokio::test]
    async fn given_what_was_never_sealed_then_it_does_not_open() {
        let vault = Vault::local([7; 32]);
        for text in ["", "?", "AAAA", &"A".repeat(100)] {
            let opened = vault.open(belonging(), text).await;
            assert_eq!(opened.expect_err("nonsense"), VaultError::Unopened, "{text}");
        }
    }

    #[tokio::test]
    async fn given_a_name_then_it_is_a_key_at_hand_or_one_of_kms() {
        let aws =
            SdkConfig::builder().behavior_version(aws_sdk_kms::config::BehaviorVersion::latest());
        let aws = aws.build();
        let named = |name: &str| Vault::named(name, &aws);
        let key = STANDARD_NO_PAD.encode([7; 32]);
        let of = belonging();
        let sealed = Vault::local([7; 32]).seal(of, &SECRET.into()).await.expect("sealed");
        for name in [format!("local:{key}"), format!("local:{key}=")] {
            let vault = named(&name).expect("a key at hand");
            assert_eq!(vault.open(of, &sealed).await.expect("opened").expose_secret(), SECRET);
        }
        for name in ["local:", "local:AAAA", "local:?"] {
            assert_eq!(named(name).expect_err("no key"), BadKey, "{name}");
        }
        assert!(matches!(named("alias/tsunagu").expect("a name").0, Form::Kms(_)));
    }

    #[test]
    fn given_a_vault_when_it_is_shown_then_it_tells_nothing() {
        assert_eq!(format!("{:?}", Vault::local([7; 32])), "Vault(…)");
    }
}
