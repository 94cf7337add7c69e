//! The service catalogue, and what of it an account may have (P2).

use axum::extract::State;
use serde::Serialize;
use tsunagu_api::{App, Json, Member, Page, PageBody, PageParams, Problem, Reader};
use tsunagu_domain::{ids::AccountId, locale::Language, program::Badges, service::Service};
use utoipa::ToSchema;

use crate::service::{ServiceBody, page_of_catalogue};

/// A service, and whether the account may have it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountService)]
pub(crate) struct AccountServiceBody {
    /// The service.
    #[serde(flatten)]
    service: ServiceBody,
    /// Whether the account may have it, by its badges at the time of the request.
    available: bool,
}

impl AccountServiceBody {
    fn new(service: &Service, badges: &Badges, language: Language) -> Self {
        Self {
            service: ServiceBody::new(service, language),
            available: service.missing_program(badges).is_none(),
        }
    }
}

/// The services that the account may have
#[utoipa::path(
    get,
    path = "/v1/accounts/{accountId}/services",
    tag = "services",
    params(("accountId" = AccountId, Path, description = "The acting account"), PageParams),
    responses((status = 200, body = PageBody<AccountServiceBody>)),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn list_account_services(
    State(app): State<App>,
    member: Member,
    Reader(language): Reader,
    page: Page,
) -> Result<Json<PageBody<AccountServiceBody>>, Problem> {
    let badges = member.acting.badges();
    let (services, next) = page_of_catalogue(&app, &page).await?;
    let items = services.iter().map(|it| AccountServiceBody::new(it, badges, language)).collect();
    Ok(Json(page.answer(&app, items, next).await?))
}
