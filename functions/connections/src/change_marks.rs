//! The partner's own marks of a customer.

use axum::extract::State;
use deserr::Deserr;
use tsunagu_api::{
    App,
    etag::{IfMatch, Tagged},
    input::{Distinct, InputErrors, Patch},
    json::Json,
    permit::{ConnectedView, permission::ConnectionsManage},
    problem::Problem,
    scope::Reader,
};
use tsunagu_domain::{
    dashboard::MAX_TAGS,
    ids::AccountId,
    text::{Note, Reference, Tag},
};
use tsunagu_store::{Marked, Marks};
use utoipa::ToSchema;

use crate::customer_body::CustomerBody;

/// The marks to change; what is left out stays, `null` removes.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct ChangeMarks {
    /// The partner's own mark, such as its customer number.
    #[deserr(default)]
    #[schema(value_type = Option<Reference>)]
    reference: Patch<Reference>,
    /// All of the partner's tags, at most 10; each may stand once.
    #[deserr(default)]
    #[schema(value_type = Option<Vec<Tag>>, max_items = 10)]
    tags: Patch<Distinct<Tag, MAX_TAGS>>,
    /// The partner's note; shown on the single customer only.
    #[deserr(default)]
    #[schema(value_type = Option<Note>)]
    note: Patch<Note>,
}

impl ChangeMarks {
    fn apply(&self, marks: &mut Marks) {
        marks.reference = self.reference.clone().or(marks.reference.take());
        marks.note = self.note.clone().or(marks.note.take());
        match &self.tags {
            Patch::Absent => {}
            Patch::Null => marks.tags = Vec::new(),
            Patch::Value(tags) => marks.tags = tags.to_vec(),
        }
    }
}

/// Change the partner's marks of a customer
///
/// Reference, tags and note are the partner's own: the customer never sees them, and they outlive an
/// end and a new start of the connection.
#[utoipa::path(
    patch,
    path = "/v1/accounts/{partner}/customers/{customer}",
    tag = "connections",
    params(
        ("partner" = AccountId, Path, description = "The acting partner"),
        ("customer" = AccountId, Path, description = "A connected customer"),
    ),
    request_body = ChangeMarks,
    responses(
        (status = 200, body = CustomerBody),
        ConnectedView<ConnectionsManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn change_marks(
    State(app): State<App>,
    view: ConnectedView<ConnectionsManage>,
    Reader(language): Reader,
    if_match: IfMatch,
    Json(change): Json<ChangeMarks>,
) -> Result<Tagged<CustomerBody>, Problem> {
    let as_of = app.store.as_of().await?;
    let shown = |marked: &Marked| CustomerBody::new(marked, &view.acting, None, &as_of, language);
    let mut seen = None;
    if if_match.is_given() {
        let present = app.store.customer(&view.customer).await?;
        seen = if_match.seen(&app, &shown(&present), present.item.version()).await?;
    }
    let marked = app.store.change_marks(&view.customer, seen, |marks| change.apply(marks)).await?;
    let marked = marked.ok_or_else(Problem::not_found)?;
    app.tagged(shown(&marked)).await
}
