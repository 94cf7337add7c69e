//! The audit trail of an account: who did what.

use std::collections::BTreeMap;

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{
    App, Format, InputErrors, Page, PageBody, PageParams, Permitted, Problem, Reader,
    page::{Asked, Rows},
    permit::permission::AuditView,
};
use tsunagu_domain::{
    audit::{Action, Actor, ActorFilter, ActorKind, AuditEntry, Change, Target},
    calendar::Moment,
    email::EmailAddress,
    ids::{AccountId, AdminId, AuditId},
};
use tsunagu_store::{Acting, AuditFilter, AuditRange, Store, StoreError};
use utoipa::{IntoParams, ToSchema};

use crate::{audit_csv, audit_range};

/// Which entries the list shows.
#[derive(Debug, Deserr, IntoParams)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(crate) struct AuditQuery {
    /// From this day of the account on, or from this instant; from the beginning, or in a file of the
    /// last 30 days, if left out.
    #[deserr(default)]
    #[param(value_type = Option<String>, example = "2026-03-01")]
    from: Option<Moment>,
    /// Up to this day of the account or this instant, it included.
    #[deserr(default)]
    #[param(value_type = Option<String>, example = "2026-03-31")]
    to: Option<Moment>,
    /// Only what these did: `administrator`, `partner`, `customer`, `platform` or `system`, or the id
    /// of an administrator of the account or of the account on the other side of a connection.
    #[deserr(default)]
    #[param(value_type = Option<String>, example = "partner")]
    actor: Option<ActorFilter>,
    /// Only this.
    #[deserr(default)]
    #[param(inline)]
    action: Option<Action>,
}

/// An entry of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
pub(crate) struct AuditEntryBody {
    /// Its id; later ones sort later.
    audit_id: AuditId,
    /// When it happened; of what is counted by day, when the day began.
    at: DateTime<Utc>,
    /// What was done.
    action: Action,
    /// Who did it.
    actor: AuditActorBody,
    /// What it was done to.
    target: Target,
    /// What is different afterwards, by field; `reads` tells how often a partner read on that day.
    changes: BTreeMap<String, Change>,
}

/// Who did it. An act of the other side of a connection carries its account and role, never a person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditActor)]
struct AuditActorBody {
    /// The kind of actor.
    kind: ActorKind,
    /// The administrator; `null` for other kinds.
    #[schema(required = true)]
    admin_id: Option<AdminId>,
    /// The address that the administrator had, where it is known; `null` for other kinds.
    #[schema(required = true)]
    email: Option<EmailAddress>,
    /// The account on the other side of a connection; `null` for other kinds.
    #[schema(required = true)]
    account_id: Option<AccountId>,
}

impl From<AuditEntry> for AuditEntryBody {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { audit_id, at, action, actor, target, changes, .. } = entry;
        Self { audit_id, at, action, actor: actor.into(), target, changes }
    }
}

impl From<Actor> for AuditActorBody {
    fn from(actor: Actor) -> Self {
        let kind = actor.kind();
        let (admin_id, email, account_id) = match actor {
            Actor::Administrator { admin_id, email } => (Some(admin_id), email, None),
            Actor::Partner { account_id } | Actor::Customer { account_id } => {
                (None, None, Some(account_id))
            }
            Actor::Platform | Actor::System => (None, None, None),
        };
        Self { kind, admin_id, email, account_id }
    }
}

/// The account's audit trail
///
/// Newest first. Where filters leave much out a page may be short, even empty, and not be the last:
/// go on while there is a `nextCursor`. As CSV, all that match in one file: the last 30 days where no
/// `from` is given, 13 months at most; more than 10,000 entries, or more than 4.5 MB, are refused with
/// 422, and a shorter range helps. What a partner read of the account is counted by day and kind.
#[utoipa::path(
    get,
    path = "/v1/accounts/{account}/audit",
    tag = "notifications",
    params(
        ("account" = AccountId, Path, description = "The acting account"),
        AuditQuery,
        PageParams,
        ("format" = Option<String>, Query, description = "`json` or `csv`, instead of `Accept`"),
    ),
    responses(
        (status = 200, content(
            (PageBody<AuditEntryBody> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 422, description = "`export-too-large`"),
        Permitted<AuditView>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_audit_entries(
    State(app): State<App>,
    account: Permitted<AuditView>,
    Reader(language): Reader,
    format: Format,
    page: Page<AuditQuery>,
) -> Result<Response, Problem> {
    let acting = &account.acting;
    let AuditQuery { from, to, actor, action } = page.filter;
    let range = audit_range::range(from, to, format, acting.account(), app.now())?;
    let filter = AuditFilter { actor, action };
    let asked = page.asked(&app, format).await?;
    let rows = match format {
        Format::Json => {
            let Asked { behind, limit } = asked;
            app.store.audit_trail(acting, range, &filter, behind, limit).await?
        }
        Format::Csv => all(&app.store, acting, range, &filter, asked.limit).await?,
    };
    let file = |entries: &[_]| audit_csv::table(entries, language);
    page.answer_in(&app, format, rows, AuditEntryBody::from, file).await
}

/// How many calls one file takes at most: behind a filter that leaves nearly all out a trail is read
/// for long, and who waits is better told to ask for less (T20).
const CALLS: usize = 5;

/// All entries, page by page, unless there are more than so many, or too much must be read for them.
async fn all(
    store: &Store,
    account: &Acting,
    range: AuditRange,
    filter: &AuditFilter,
    limit: usize,
) -> Result<Rows<AuditEntry, AuditId>, StoreError> {
    let mut rows = Vec::new();
    let mut before = None;
    for _ in 0..CALLS {
        // One more than a file takes tells that there are too many.
        let wanted = limit + 1 - rows.len();
        let (entries, next) = store.audit_trail(account, range, filter, before, wanted).await?;
        rows.extend(entries);
        if rows.len() > limit {
            let last = rows.last().map(|entry: &AuditEntry| entry.audit_id);
            return Ok((rows, last));
        }
        if next.is_none() {
            return Ok((rows, None));
        }
        before = next;
    }
    Ok((rows, before))
}
