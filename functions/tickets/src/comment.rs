//! Comments as they are shown.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_domain::{
    ids::CommentId,
    text::TicketText,
    ticket::{Author, Comment},
    visibility::Visibility,
};
use utoipa::ToSchema;

/// A comment on a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Comment)]
pub(crate) struct CommentBody {
    /// Its id.
    pub comment_id: CommentId,
    /// Who wrote it.
    pub author: Author,
    /// What it says.
    pub body: TicketText,
    /// Who may see it.
    pub visibility: Visibility,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// A comment as its reader sees it.
impl From<Comment> for CommentBody {
    fn from(comment: Comment) -> Self {
        let Comment { comment_id, author, body, visibility, created_at, .. } = comment;
        Self { comment_id, author, body, visibility, created_at }
    }
}
