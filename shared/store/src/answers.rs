//! Answers to creating requests, so that asking again under the same key creates nothing twice.

use tsunagu_domain::{ids::AccountId, time::Instant};

use crate::{
    Store,
    condition::Condition,
    error::{StoreError, WriteError},
    items::AnswerItem,
    keys::{self, Key},
    transaction::{ActionId, FailedConditions, Transaction},
};

/// Under what an answer is kept: per caller and route, so that nobody can replay another's (T11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerKey {
    /// A digest of the caller.
    pub caller: String,
    /// The route as the gateway names it, such as `POST /v1/accounts`.
    pub route: String,
    /// The acting account, where the route has one.
    pub account: Option<AccountId>,
    /// A digest of the key that the caller chose.
    pub key_digest: String,
}

impl AnswerKey {
    pub(crate) fn place(&self) -> Key {
        keys::answer(&self.caller, &self.route, self.account, &self.key_digest)
    }
}

/// An answer as it was given the first time. Secrets are left out by whoever records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// Under what it is kept.
    pub key: AnswerKey,
    /// A keyed digest of the request's body.
    pub body_digest: String,
    /// The HTTP status.
    pub status: u16,
    /// The body, as JSON.
    pub body: String,
    /// When it was given.
    pub recorded_at: Instant,
    /// Until when it is kept.
    pub expires_at: Instant,
}

impl Store {
    /// The answer that was given under a key, if it is still kept.
    pub async fn find_answer(
        &self,
        key: &AnswerKey,
        now: Instant,
    ) -> Result<Option<RecordedAnswer>, StoreError> {
        let item = self.table.get::<AnswerItem>(key.place()).await?;
        let answer = item.map(|item| item.recorded(key.clone()));
        Ok(answer.filter(|answer| now < answer.expires_at))
    }
}

/// The part of a transaction that records its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recording(Option<ActionId>);

impl Transaction {
    /// Records the answer in the same transaction as its effect, unless the key is taken.
    pub(crate) fn record(
        &mut self,
        answer: Option<RecordedAnswer>,
    ) -> Result<Recording, StoreError> {
        let Some(answer) = answer else { return Ok(Recording(None)) };
        let free = Condition::absent_or_expired(answer.recorded_at.timestamp());
        self.put(&AnswerItem::from(answer), &free).map(|action| Recording(Some(action)))
    }
}

impl Recording {
    /// Refuses where the transaction failed because the key was taken meanwhile.
    pub(crate) fn check<R: std::fmt::Debug>(
        self,
        failed: &FailedConditions,
    ) -> Result<(), WriteError<R>> {
        match self.0 {
            Some(action) if failed.contains(action) => Err(WriteError::KeyTaken),
            _ => Ok(()),
        }
    }
}
