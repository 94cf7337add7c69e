//! What the edge keeps: answers to creating requests, the audit trail, the secret of its keys.

use serde::{Deserialize, Serialize};
use tsunagu_domain::{audit::AuditEntry, time::Instant};

use crate::{
    answers::RecordedAnswer,
    item::Item,
    keys::{self, Key},
};

/// The answer to a creating request, kept for a day under the caller's idempotency key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AnswerItem {
    /// The answer.
    #[serde(flatten)]
    pub answer: RecordedAnswer,
}

impl Item for AnswerItem {
    const ENTITY: &'static str = "answer";

    fn key(&self) -> Key {
        self.answer.key.place()
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.answer.expires_at)
    }
}

/// An entry of the audit trail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditItem {
    /// The entry.
    #[serde(flatten)]
    pub entry: AuditEntry,
}

impl Item for AuditItem {
    const ENTITY: &'static str = "audit";

    fn key(&self) -> Key {
        keys::audit(self.entry.account_id, self.entry.at, self.entry.audit_id)
    }
}

/// The secret from which the edge derives the keys of cursors, tags and digests.
#[derive(Clone, Serialize, Deserialize)]
pub struct EdgeSecretItem {
    /// 32 random bytes as base64url.
    pub secret: String,
}

impl std::fmt::Debug for EdgeSecretItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EdgeSecretItem(…)")
    }
}

impl Item for EdgeSecretItem {
    const ENTITY: &'static str = "edge-secret";

    fn key(&self) -> Key {
        keys::edge_secret()
    }
}
