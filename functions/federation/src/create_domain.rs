//! A provider makes a domain.

use axum::{Extension, extract::State, response::Response};
use deserr::Deserr;
use http::StatusCode;
use tsunagu_api::{App, Begun, InputErrors, Once, Problem};
use tsunagu_domain::{
    federation::domain_name::DomainName,
    ids::{AccountId, DomainId, ResourceLocationId},
};
use tsunagu_store::{Acting, federation::NewDomain};
use tsunagu_vault::Belonging;
use utoipa::ToSchema;

use crate::{
    Management, Provider,
    directory::{DescribeDirectory, PASSWORD},
    domain::DomainBody,
    refusal,
};

/// What a domain begins with.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = InputErrors, rename_all = camelCase, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub(crate) struct CreateDomain {
    /// Its name, unique within the provider.
    name: DomainName,
    /// Where it lives.
    resource_location_id: ResourceLocationId,
    /// Whom it asks for its users.
    directory: DescribeDirectory,
}

/// Make a domain
///
/// Nothing is connected to: `test` does that. An address is judged here, a name when it is connected
/// to.
#[utoipa::path(
    post,
    path = "/v1/accounts/{csp}/domains",
    tag = "federation",
    params(("csp" = AccountId, Path, description = "The acting service provider")),
    request_body = CreateDomain,
    responses(
        (status = 201, body = DomainBody, description = "Made"),
        (status = 409, description = "`conflict`: there is a domain of this name"),
        (status = 422, description = "`directory-insecure`, `directory-address-refused`"),
        Provider,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn create_domain(
    State(app): State<App>,
    Extension(management): Extension<Management>,
    provider: Provider,
    once: Once<CreateDomain>,
) -> Result<Response, Problem> {
    let once = once.without(PASSWORD);
    let (asked, pending) = match once.begin(&app, &provider).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::New(asked, pending) => (asked, pending),
    };
    let new = new_domain(&app, &management, &provider.acting, asked).await?;
    let body = DomainBody::from(new.item(&provider.acting));
    let answer = pending.answer(&app, StatusCode::CREATED, &body)?;
    let written = app.store.create_domain(&provider.acting, &new, answer.record()).await;
    answer.finish(&app, written.map_err(|error| error.map_refusal(refusal::of))).await
}

async fn new_domain(
    app: &App,
    management: &Management,
    provider: &Acting,
    asked: CreateDomain,
) -> Result<NewDomain, Problem> {
    let CreateDomain { name, resource_location_id: location, directory } = asked;
    let provider = provider.account_id();
    let (draft, password) = directory.parts();
    let directory = draft
        .check(password.is_some(), &management.policy(provider))
        .map_err(|flaws| refusal::of_directory(&flaws))?;
    let at = app.now();
    let domain_id = DomainId::mint(at);
    let sealed = match &password {
        Some(password) => {
            let of = Belonging { provider, domain: domain_id };
            Some(management.seal(of, password.secret()).await?)
        }
        None => None,
    };
    Ok(NewDomain { domain_id, name, location, directory, sealed, at })
}
