//! How a ticket begins, changes and is commented on. Each gives the ticket afterwards, so that
//! whoever writes it can ask again where it changed meanwhile.

use super::{Activity, Author, AuthorRole, Comment, LastComment, Severity, Status, Ticket};
use crate::{
    ids::{AccountId, CommentId, TicketId},
    text::{Subject, TicketText},
    time::Instant,
    vendor::{CaseNumber, ServiceCode},
    visibility::Visibility,
};

/// What somebody opens a ticket with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTicket {
    /// What it is about.
    pub subject: Subject,
    /// What it says.
    pub description: TicketText,
    /// The service that it is about, where it is about one.
    pub service: Option<ServiceCode>,
    /// How bad it is.
    pub severity: Severity,
    /// Who may see it.
    pub visibility: Visibility,
}

/// What is to be different; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketChange {
    /// What it is about.
    pub subject: Option<Subject>,
    /// What it says.
    pub description: Option<TicketText>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Where it stands.
    pub status: Option<Status>,
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// The vendor's own number of it.
    pub case_number: Option<CaseNumber>,
}

/// What somebody says on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewComment {
    /// What it says.
    pub body: TicketText,
    /// Who may see it; left out it is whoever may see the ticket at that time, so that sharing the
    /// ticket later uncovers nothing that was said while it was the account's alone.
    pub visibility: Option<Visibility>,
}

/// A move of the status that somebody in this part may not make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForbiddenMove {
    /// Where the ticket stands.
    pub from: Status,
    /// Where it was to go.
    pub to: Status,
    /// In which part.
    pub by: AuthorRole,
}

impl ForbiddenMove {
    /// Where it may go instead.
    pub fn allowed(self) -> impl Iterator<Item = Status> {
        self.from.moves(self.by)
    }
}

impl Ticket {
    /// A ticket that begins.
    pub fn open(account_id: AccountId, opened_by: Author, new: NewTicket, at: Instant) -> Self {
        let NewTicket { subject, description, service, severity, visibility } = new;
        Self {
            ticket_id: TicketId::mint(at),
            account_id,
            case_number: None,
            subject,
            description,
            service,
            severity,
            status: Status::Open,
            visibility,
            opened_by,
            created_at: at,
            activity: Activity::begin(at),
            shared_activity: Activity::begin(at),
        }
    }

    /// The ticket after a change of its fields; as it was where nothing is different.
    pub fn changed(
        &self,
        change: &TicketChange,
        by: AuthorRole,
        at: Instant,
    ) -> Result<Self, ForbiddenMove> {
        let mut after = self.clone();
        let TicketChange { subject, description, severity, status, visibility, case_number } =
            change.clone();
        after.subject = subject.unwrap_or(after.subject);
        after.description = description.unwrap_or(after.description);
        after.severity = severity.unwrap_or(after.severity);
        after.visibility = visibility.unwrap_or(after.visibility);
        after.case_number = case_number.or(after.case_number);
        if let Some(to) = status {
            let from = self.status;
            if !from.may_move(to, by) {
                return Err(ForbiddenMove { from, to, by });
            }
            after.status = to;
        }
        if after != *self {
            after.activity.touch(at);
            // What happens while partners do not see the ticket is none of their business.
            if after.visibility == Visibility::Shared {
                after.shared_activity.touch(at);
            }
        }
        Ok(after)
    }

    /// A comment on the ticket as it is.
    pub fn comment(&self, id: CommentId, author: Author, new: &NewComment, at: Instant) -> Comment {
        Comment {
            comment_id: id,
            ticket_id: self.ticket_id,
            author,
            body: new.body.clone(),
            visibility: new.visibility.unwrap_or(self.visibility),
            created_at: at,
        }
    }

    /// The ticket after a comment.
    #[must_use]
    pub fn commented(&self, comment: &Comment) -> Self {
        let mut after = self.clone();
        after.activity.add(comment);
        if comment.visibility == Visibility::Shared {
            after.shared_activity.add(comment);
        }
        after
    }
}

impl Activity {
    /// Something happened. Instants of several machines may come in any order: it never goes back.
    fn touch(&mut self, at: Instant) {
        self.updated_at = self.updated_at.max(at);
    }

    fn add(&mut self, comment: &Comment) {
        self.touch(comment.created_at);
        self.comment_count = self.comment_count.saturating_add(1);
        let id = comment.comment_id;
        // Comments that are written at the same time are in the order in which they are listed.
        if self.last_comment.as_ref().is_none_or(|last| last.comment_id < id) {
            let (author, at) = (comment.author.clone(), comment.created_at);
            self.last_comment = Some(LastComment { comment_id: id, author, at });
        }
    }
}

#[cfg(test)]
mod tests;
