//! The built-in issuer: one RSA key, kept with the data, and what the world may know of it.

use std::{fs, io::ErrorKind, path::Path, sync::OnceLock};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, encode,
    jwk::{AlgorithmParameters, Jwk, PublicKeyUse, ThumbprintHash},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::private;

/// The key's file in the data folder.
const FILE: &str = "issuer.json";

/// Why there is no issuer.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The key's file cannot be read or written.
    #[error("the issuer's key {file}: {cause}")]
    File {
        /// The file.
        file: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The key's file is damaged, or something else.
    #[error("the issuer's key {file} is damaged: {cause} (delete it to get a new one)")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
    /// No key could be made.
    #[error("no RSA key could be made: {0}")]
    Key(String),
}

/// Signs tokens, and tells how to verify them.
#[derive(Clone)]
pub struct Issuer {
    url: String,
    key: EncodingKey,
    public: DecodingKey,
    jwk: Jwk,
    kid: String,
}

/// What is kept: the URL too, because people are known by issuer *and* subject. A data folder that
/// is opened on another port must still know its administrators.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Kept {
    issuer: String,
    private_key: String,
}

impl Issuer {
    /// An issuer whose key dies with the process. All of one process share it, because making one
    /// takes a good part of a second.
    pub fn in_memory(url: &str) -> Result<Self, IssuerError> {
        static SHARED: OnceLock<String> = OnceLock::new();
        let pem = if let Some(pem) = SHARED.get() {
            pem
        } else {
            let fresh = generate()?;
            SHARED.get_or_init(|| fresh)
        };
        Self::from_pem(url, pem)
    }

    /// An issuer with a key that nobody else has.
    pub fn fresh(url: &str) -> Result<Self, IssuerError> {
        Self::from_pem(url, &generate()?)
    }

    /// The issuer of this data folder, with `url` where it is new.
    pub fn in_folder(folder: &Path, url: &str) -> Result<Self, IssuerError> {
        let path = folder.join(FILE);
        let file = path.display().to_string();
        let kept = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| error.to_string()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let kept = Kept { issuer: url.to_owned(), private_key: generate()? };
                serde_json::to_vec_pretty(&kept)
                    .map_err(std::io::Error::from)
                    .and_then(|content| private::write(&path, &content))
                    .map_err(|cause| IssuerError::File { file: file.clone(), cause })?;
                Ok(kept)
            }
            Err(cause) => return Err(IssuerError::File { file, cause }),
        };
        kept.and_then(|kept: Kept| {
            Self::from_pem(&kept.issuer, &kept.private_key).map_err(|error| error.to_string())
        })
        .map_err(|cause| IssuerError::Damaged { file, cause })
    }

    fn from_pem(url: &str, pem: &str) -> Result<Self, IssuerError> {
        let bad = |error: jsonwebtoken::errors::Error| IssuerError::Key(error.to_string());
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(bad)?;
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(bad)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(bad)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let public = DecodingKey::from_jwk(&jwk).map_err(bad)?;
        Ok(Self { url: url.to_owned(), key, public, jwk, kid })
    }

    /// The issuer's URL: `iss` of every token.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key, with its id.
    pub fn public_key(&self) -> (String, DecodingKey) {
        (self.kid.clone(), self.public.clone())
    }

    /// Signs exactly these claims, whatever they say.
    pub fn sign(&self, claims: &Value) -> Result<String, IssuerError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        encode(&header, claims, &self.key).map_err(|error| IssuerError::Key(error.to_string()))
    }

    /// The key set that `/.well-known/jwks.json` gives.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }

    /// What `/.well-known/openid-configuration` gives, for a server that answers at `base`.
    pub fn openid_configuration(&self, base: &str) -> Value {
        json!({
            "issuer": self.url,
            "jwks_uri": format!("{base}/.well-known/jwks.json"),
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["token"],
            "scopes_supported": ["tsunagu/console", "tsunagu/platform"],
            "subject_types_supported": ["public"],
        })
    }

    /// The modulus in base64url, which an attacker can read too (T5).
    pub fn modulus(&self) -> &str {
        match &self.jwk.algorithm {
            AlgorithmParameters::RSA(parameters) => &parameters.n,
            // The key was made as an RSA key, or refused.
            _ => "",
        }
    }
}

fn generate() -> Result<String, IssuerError> {
    let bad = |_| IssuerError::Key("the generator failed".to_owned());
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(bad)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(bad)?;
    Ok(pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://127.0.0.1:3000";

    #[test]
    fn given_a_folder_when_opened_again_on_another_port_then_issuer_and_key_are_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Issuer::in_folder(folder.path(), URL).expect("an issuer");
        let second = Issuer::in_folder(folder.path(), "http://127.0.0.1:4000").expect("an issuer");
        assert_eq!(first.kid(), second.kid());
        assert_eq!(second.url(), URL);
        let configuration = second.openid_configuration("http://127.0.0.1:4000");
        assert_eq!(configuration["issuer"], URL);
        assert_eq!(configuration["jwks_uri"], "http://127.0.0.1:4000/.well-known/jwks.json");
    }

    #[cfg(unix)]
    #[test]
    fn given_a_new_key_when_kept_then_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        Issuer::in_folder(folder.path(), URL).expect("an issuer");
        let mode = fs::metadata(folder.path().join(FILE)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn given_a_damaged_file_when_opened_then_it_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(FILE), r#"{"issuer": "x", "privateKey": "y"}"#)
            .expect("a file");
        let refused = Issuer::in_folder(folder.path(), URL).map(|_| ()).expect_err("is refused");
        assert!(refused.to_string().contains("issuer.json is damaged"), "{refused}");
    }

    #[test]
    fn given_a_key_when_published_then_nothing_private_is_in_it() {
        let issuer = Issuer::in_memory(URL).expect("an issuer");
        let key = &issuer.jwks()["keys"][0];
        let mut names: Vec<_> =
            key.as_object().expect("a key").keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(
            (&key["kty"], &key["alg"], &key["use"]),
            (&json!("RSA"), &json!("RS256"), &json!("sig"))
        );
        assert_eq!(key["n"], issuer.modulus());
    }

    #[test]
    fn given_two_issuers_when_fresh_then_their_keys_differ() {
        let kid = |issuer: Issuer| issuer.kid().to_owned();
        let first = Issuer::fresh(URL).map(kid).expect("an issuer");
        assert_ne!(Issuer::fresh(URL).map(kid).expect("an issuer"), first);
        let shared = Issuer::in_memory(URL).map(kid).expect("an issuer");
        assert_eq!(Issuer::in_memory("http://other").map(kid).expect("an issuer"), shared);
    }
}
