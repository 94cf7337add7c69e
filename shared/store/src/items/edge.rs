//! What the edge keeps: answers to creating requests, the audit trail, the secret of its keys.

use serde::{Deserialize, Serialize};
use tsunagu_domain::{
    audit::{AuditEntry, Change},
    time::Instant,
};

use crate::{
    answers::{AnswerKey, RecordedAnswer},
    item::Item,
    keys::{self, Key},
};

/// The answer to a creating request, kept for a day under the caller's idempotency key. What its key
/// says is in no attribute once more: an acceptance pays for each kilobyte of it twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerItem {
    /// Under what it is kept: whoever asks for it knows that.
    #[serde(rename = "PK")]
    pk: String,
    /// The same.
    #[serde(rename = "SK")]
    sk: String,
    /// A keyed digest of the request's body.
    body_digest: String,
    /// The HTTP status.
    status: u16,
    /// The body, as JSON.
    body: String,
    /// When it was given.
    recorded_at: Instant,
    /// Until when it is kept.
    expires_at: Instant,
}

impl From<RecordedAnswer> for AnswerItem {
    fn from(answer: RecordedAnswer) -> Self {
        let RecordedAnswer { key, body_digest, status, body, recorded_at, expires_at } = answer;
        let Key { pk, sk } = key.place();
        Self { pk, sk, body_digest, status, body, recorded_at, expires_at }
    }
}

impl AnswerItem {
    /// The answer that was asked for by this key.
    pub(crate) fn recorded(self, key: AnswerKey) -> RecordedAnswer {
        let Self { body_digest, status, body, recorded_at, expires_at, .. } = self;
        RecordedAnswer { key, body_digest, status, body, recorded_at, expires_at }
    }
}

impl Item for AnswerItem {
    const ENTITY: &'static str = "answer";

    fn key(&self) -> Key {
        Key { pk: self.pk.clone(), sk: self.sk.clone() }
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.expires_at)
    }
}

/// An entry of the audit trail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditItem {
    /// The entry.
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// How often a partner read, where that is what it tells: a number of its own, which is added to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reads: Option<u64>,
}

impl AuditItem {
    /// The entry as it is told.
    pub(crate) fn told(self) -> AuditEntry {
        let mut entry = self.entry;
        if let Some(reads) = self.reads {
            let change = Change { from: None, to: Some(reads.to_string()) };
            entry.changes.insert("reads".to_owned(), change);
        }
        entry
    }
}

/// That a part of a delivery of the log was counted, so that it is not counted twice.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CountedReadsItem {
    /// The digest that names the delivery.
    pub batch: String,
    /// Which part of it.
    pub part: usize,
    /// Until when it is kept: longer than anybody delivers again.
    pub expires_at: Instant,
}

impl Item for CountedReadsItem {
    const ENTITY: &'static str = "counted-reads";

    fn key(&self) -> Key {
        keys::counted_reads(&self.batch, self.part)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.expires_at)
    }
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
