//! Sealing under a key at hand.

use std::sync::Arc;

use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, KeyInit, Payload},
};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::{Belonging, VaultError};

const NONCE: usize = 24;

/// A key at hand. What a secret belongs to is authenticated with it.
#[derive(Clone)]
pub(crate) struct Local(Arc<XChaCha20Poly1305>);

impl Local {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self(Arc::new(XChaCha20Poly1305::new(&Key::from(key))))
    }

    pub(crate) fn seal(&self, of: Belonging, secret: &SecretString) -> Result<Vec<u8>, VaultError> {
        let nonce = XNonce::generate();
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &context(of) };
        let sealed = self.0.encrypt(&nonce, payload);
        let sealed = sealed.map_err(|_| VaultError::Unavailable("it is too long".to_owned()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub(crate) fn open(
        &self,
        of: Belonging,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or(VaultError::Unopened)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| VaultError::Unopened)?;
        let opened = self.0.decrypt(&nonce, Payload { msg: sealed, aad: &context(of) });
        opened.map(Zeroizing::new).map_err(|_| VaultError::Unopened)
    }
}

/// Ids have one length and one alphabet, so no two belongings are one text.
fn context(of: Belonging) -> Vec<u8> {
    format!("tsunagu directory secret 1 {} {}", of.provider, of.domain).into_bytes()
}
