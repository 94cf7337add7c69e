//! The partner copies its link.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tsunagu_api::{
    App,
    json::Json,
    permit::{BadgedPartner, permission::ConnectionsManage},
    problem::Problem,
};
use tsunagu_domain::ids::AccountId;
use utoipa::ToSchema;

/// A partner's one invite link.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InviteLink)]
pub(crate) struct InviteLinkBody {
    /// What the partner sends to its customers; always at the vendor's configured console (T18).
    #[schema(example = "https://console.example.com/invitations/…")]
    pub url: String,
    /// The secret in it.
    pub token: String,
    /// When it was first asked for.
    pub created_at: DateTime<Utc>,
}

/// The partner's invite link
///
/// Made on first use and the same for ever: it never expires, may be used any number of times, and
/// grants nothing without a customer's acceptance.
#[utoipa::path(
    get,
    path = "/v1/accounts/{partner}/invite-link",
    tag = "invitations",
    params(("partner" = AccountId, Path, description = "The acting partner")),
    responses(
        (status = 200, body = InviteLinkBody),
        BadgedPartner<ConnectionsManage>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn get_invite_link(
    State(app): State<App>,
    partner: BadgedPartner<ConnectionsManage>,
) -> Result<Json<InviteLinkBody>, Problem> {
    let link = app.store.invite_link(&partner.acting, app.now()).await?;
    let token = link.token.expose();
    Ok(Json(InviteLinkBody {
        url: app.settings.invitation_url(token),
        token: token.to_owned(),
        created_at: link.created_at,
    }))
}
