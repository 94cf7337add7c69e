//! What the customer sees before it signs in.

use axum::extract::State;
use serde::Serialize;
use strum::VariantArray;
use tsunagu_api::{
    App, bodies::BadgeBody, json::Json, path::PathId, problem::Problem, scope::Reader,
};
use tsunagu_domain::{
    ids::OrgId, invitation::InviteToken, locale::CountryCode, share::Share, text::DisplayName,
};
use tsunagu_store::Invitation;
use utoipa::ToSchema;

/// What an invite link shows to whoever opens it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationBody {
    /// Who invites.
    pub partner: InvitingPartnerBody,
    /// What the partner would see, unless the customer names less.
    pub shares: Vec<Share>,
    /// Whether the link can be accepted at present.
    pub available: bool,
    /// A mark of what is shown here; given back on acceptance, it makes sure that nothing changed.
    pub version: String,
}

/// The partner as its invite link shows it. It carries no account id: nobody is connected yet.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InvitingPartner)]
pub(crate) struct InvitingPartnerBody {
    /// The name that the partner gives itself.
    pub display_name: DisplayName,
    /// Its organization's name as the vendor verified it; `null` until it has.
    pub organization_name: Option<DisplayName>,
    /// Its ORGID.
    pub org_id: OrgId,
    /// Where it is.
    pub country: CountryCode,
    /// Its badges at the time of the request.
    pub badges: Vec<BadgeBody>,
}

/// What an invite link shows
///
/// Public: the customer reads it before it signs in or registers.
#[utoipa::path(
    get,
    path = "/v1/invitations/{token}",
    tag = "invitations",
    params(("token" = String, Path, description = "The secret of the link")),
    responses((status = 200, body = InvitationBody)),
    security(())
)]
pub(crate) async fn show_invitation(
    State(app): State<App>,
    Reader(language): Reader,
    PathId(token): PathId<InviteToken>,
) -> Result<Json<InvitationBody>, Problem> {
    let invitation = app.store.invitation(&token, app.now()).await?;
    let invitation = invitation.ok_or_else(Problem::not_found)?;
    Ok(Json(InvitationBody {
        available: invitation.is_available(),
        version: invitation.shown.version(),
        shares: Share::VARIANTS.to_vec(),
        partner: shown(invitation, |badges| BadgeBody::all(badges, language)),
    }))
}

fn shown(
    invitation: Invitation,
    badges: impl FnOnce(&tsunagu_domain::program::Badges) -> Vec<BadgeBody>,
) -> InvitingPartnerBody {
    let partner = invitation.shown;
    InvitingPartnerBody {
        display_name: partner.display_name,
        organization_name: partner.organization_name,
        org_id: partner.org_id,
        country: partner.country,
        badges: badges(&invitation.badges),
    }
}
