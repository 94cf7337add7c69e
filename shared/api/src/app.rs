//! What every handler may use.

use std::{fmt, sync::Arc};

use hkdf::Hkdf;
use sha2::Sha256;
use tokio::sync::OnceCell;
use tsunagu_domain::{
    locale::TimeZone,
    time::{Clock, Instant},
};
use tsunagu_store::{Store, StoreError};

/// What the operator decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    console_url: String,
    /// The time zone of accounts that name none.
    pub default_time_zone: TimeZone,
}

/// The console's address is no http or https address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the console's address is no http or https address")]
pub struct BadConsoleUrl;

impl Settings {
    /// Checks what the operator decided.
    pub fn new(console_url: &str, default_time_zone: TimeZone) -> Result<Self, BadConsoleUrl> {
        let console_url = console_url.trim_end_matches('/').to_owned();
        let address: http::Uri = console_url.parse().map_err(|_| BadConsoleUrl)?;
        let web = matches!(address.scheme_str(), Some("http" | "https"));
        if web && address.host().is_some_and(|host| !host.is_empty()) && address.query().is_none() {
            Ok(Self { console_url, default_time_zone })
        } else {
            Err(BadConsoleUrl)
        }
    }

    /// Where the console is: what invite links begin with, whatever a request says (T18). Without a
    /// slash at the end.
    pub fn console_url(&self) -> &str {
        &self.console_url
    }

    /// The address that a partner sends to its customers.
    pub fn invitation_url(&self, token: &str) -> String {
        format!("{}/invitations/{token}", self.console_url)
    }
}

/// What every handler may use. Cheap to clone; clones share all of it.
#[derive(Clone)]
pub struct App {
    /// The one table.
    pub store: Store,
    /// Where instants come from.
    pub clock: Arc<dyn Clock>,
    /// What the operator decides.
    pub settings: Arc<Settings>,
    keys: Arc<OnceCell<EdgeKeys>>,
}

impl App {
    /// Puts the parts together.
    pub fn new(store: Store, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        Self { store, clock, settings: Arc::new(settings), keys: Arc::default() }
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The keys of the edge, read once per environment.
    pub(crate) async fn keys(&self) -> Result<&EdgeKeys, StoreError> {
        self.keys
            .get_or_try_init(|| async { Ok(EdgeKeys::derive(&self.store.edge_secret().await?)) })
            .await
    }

    /// The same with keys of its own, so that nothing asks the table for them.
    #[cfg(test)]
    pub(crate) fn with_secret(mut self, secret: &[u8; 32]) -> Self {
        self.keys = Arc::new(OnceCell::new_with(Some(EdgeKeys::derive(secret))));
        self
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// One key for each use, so that what one shows tells nothing of another.
#[derive(Clone)]
pub(crate) struct EdgeKeys {
    pub(crate) cursor: [u8; 32],
    pub(crate) etag: [u8; 32],
    pub(crate) idempotency: [u8; 32],
}

impl EdgeKeys {
    fn derive(secret: &[u8; 32]) -> Self {
        let source = Hkdf::<Sha256>::new(None, secret);
        let key = |purpose: &str| {
            let mut key = [0; 32];
            source
                .expand(purpose.as_bytes(), &mut key)
                .expect("HKDF-SHA256 gives up to 8,160 bytes, and these are 32");
            key
        };
        Self {
            cursor: key("tsunagu cursor 1"),
            etag: key("tsunagu etag 1"),
            idempotency: key("tsunagu idempotency 1"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_one_secret_when_keys_are_derived_then_all_differ_and_stay_the_same() {
        let keys = EdgeKeys::derive(&[7; 32]);
        assert_ne!(keys.cursor, keys.etag);
        assert_ne!(keys.etag, keys.idempotency);
        assert_ne!(keys.cursor, keys.idempotency);
        assert_eq!(EdgeKeys::derive(&[7; 32]).cursor, keys.cursor);
        assert_ne!(EdgeKeys::derive(&[8; 32]).cursor, keys.cursor);
    }
}
