//! A user signs in with the credentials of a provider's directory (P19).

use axum::{Extension, extract::State};
use chrono::{DateTime, Utc};
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{App, Code, InputErrors, Json, PathId, Problem, SourceAddress};
use tsunagu_domain::federation::{
    domain_name::DomainName, host::WorkspaceHost, login::Login, workspace::DomainOf,
};
use tsunagu_store::workspaces::{Attempt, Candidates, Entrance, SignedInUser};
use utoipa::ToSchema;

use crate::{
    Workspaces,
    bodies::UserBody,
    directory::{DirectoryError, SignedIn},
    floor,
    settings::realm,
    throttle,
    typed::{self, Password},
};

/// The most that a body may weigh: a name, a password and a domain.
const LIMIT: usize = 8 * 1024;

/// Who wants to sign in.
#[derive(Deserr, ToSchema)]
#[deserr(error = InputErrors, deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The name: `user`, `user@domain` or `SHORT\user`, where `SHORT` is the first label of a domain.
    username: String,
    /// The password, as the directory knows it.
    #[schema(value_type = String, format = Password)]
    password: Password,
    /// The domain, where the workspace has several and the name does not say which.
    #[deserr(default)]
    domain: Option<String>,
}

/// Who signed in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SignedInSession)]
pub(crate) struct SignedInBody {
    /// What opens the session.
    session_token: String,
    /// When the session ends, unless it is used.
    expires_at: DateTime<Utc>,
    /// Who signed in.
    user: UserBody,
}

/// Sign in at a workspace
///
/// Nothing tells a wrong name from a wrong password, from a user who is no member, or from a customer
/// that was removed: all of it is `sign-in-failed`.
#[utoipa::path(
    post,
    path = "/v1/workspaces/{host}/sign-in",
    tag = "workspaces",
    params(("host" = WorkspaceHost, Path, description = "The first label of the workspace's address")),
    request_body = SignIn,
    responses(
        (status = 200, body = SignedInBody),
        (status = 401, description = "`sign-in-failed`"),
        (status = 422, description = "`validation-failed`: at `/domain` where not exactly one domain of \
                                      the workspace is meant"),
        (
            status = 429,
            description = "`rate-limited`: too many attempts",
            headers(("Retry-After" = u32, description = "Seconds until attempts are counted anew"))
        ),
        (status = 503, description = "`directory-unavailable`: the directory does not answer"),
    ),
    security(())
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    Extension(workspaces): Extension<Workspaces>,
    SourceAddress(address): SourceAddress,
    PathId(host): PathId<WorkspaceHost>,
    Json(typed): Json<SignIn, LIMIT>,
) -> Result<Json<SignedInBody>, Problem> {
    let begun = floor::begin();
    let attempt = Attempt { host: Some(&host), address, name: None };
    let answer = Box::pin(attempted(&app, &workspaces, attempt, typed)).await;
    if answer.as_ref().is_err_and(|problem| problem.code() == Code::SignInFailed) {
        floor::pad(begun, workspaces.floor()).await;
    }
    answer.map(Json)
}

async fn attempted(
    app: &App,
    workspaces: &Workspaces,
    attempt: Attempt<'_>,
    typed: SignIn,
) -> Result<SignedInBody, Problem> {
    let host = attempt.host.ok_or_else(|| Problem::internal("an attempt at no workspace"))?;
    let Some(entrance) = app.store.entrance(host).await? else {
        throttle::count(app, workspaces, attempt).await?;
        return Err(Problem::not_found());
    };
    let Ok(login) = typed.username.parse::<Login>() else {
        throttle::count(app, workspaces, attempt).await?;
        return Err(failed());
    };
    let names: Vec<DomainName> = entrance.domains.iter().map(|item| item.name.clone()).collect();
    let chosen = typed::choose(&login, &names, typed.domain.as_deref())?;
    let domain = domain_of(&entrance, chosen)?;
    let attempt = Attempt { name: Some((domain, &login.user)), ..attempt };
    let counted = throttle::count(app, workspaces, attempt).await?;
    let candidates = candidates(app, workspaces, entrance, chosen, &login).await?;
    let asked = ask(workspaces, &candidates, &login, &typed.password).await;
    // A directory that is away judged nobody: no failure of the workspace or the address. At the name it
    // stays an attempt, for the directory may have seen it (T28).
    if asked.as_ref().is_err_and(|problem| problem.code() == Code::DirectoryUnavailable) {
        counted.give_back(app, workspaces).await;
    }
    let body = begin(app, workspaces, &candidates, &asked?).await?;
    counted.give_back(app, workspaces).await;
    Ok(body)
}

fn domain_of(entrance: &Entrance, chosen: usize) -> Result<DomainOf, Problem> {
    let item = entrance.domains.get(chosen).ok_or_else(failed)?;
    Ok(DomainOf { provider: item.provider, domain_id: item.domain_id })
}

/// Everything that is to be so before a password goes anywhere.
async fn candidates(
    app: &App,
    workspaces: &Workspaces,
    entrance: Entrance,
    chosen: usize,
    login: &Login,
) -> Result<Candidates, Problem> {
    let (user, grace) = (login.user.clone(), workspaces.terms().grace);
    let found = app.store.candidates(entrance, chosen, user, grace, app.now()).await?;
    found.ok_or_else(failed)
}

/// Asks the directory who that is.
async fn ask(
    workspaces: &Workspaces,
    candidates: &Candidates,
    login: &Login,
    password: &Password,
) -> Result<SignedIn, Problem> {
    let domain = &candidates.domain;
    let secret = workspaces.open(candidates.secret.as_ref()).await?;
    let policy = workspaces.policy(domain);
    let realm = realm(domain, secret.as_ref(), &policy);
    let directories = workspaces.directories();
    let asked = directories.sign_in(&realm, &login.user, &password.0, &candidates.members);
    asked.await.map_err(|error| match error {
        DirectoryError::Refused => failed(),
        DirectoryError::Unavailable(code) => Problem::directory_unavailable(code),
        DirectoryError::AddressRefused => Problem::directory_unavailable("address-refused"),
    })
}

async fn begin(
    app: &App,
    workspaces: &Workspaces,
    candidates: &Candidates,
    signed_in: &SignedIn,
) -> Result<SignedInBody, Problem> {
    let user_id = signed_in.user_id.as_str().parse().map_err(Problem::internal)?;
    let user = SignedInUser { user_id, matched: &signed_in.matched };
    let times = &workspaces.terms().times;
    let begun = app.store.begin_session(candidates, user, times, app.now()).await?;
    let (token, session) = begun.ok_or_else(failed)?;
    Ok(SignedInBody {
        session_token: token.expose().to_owned(),
        expires_at: session.ends_at(),
        user: UserBody::of(&session),
    })
}

fn failed() -> Problem {
    Problem::new(Code::SignInFailed)
}
