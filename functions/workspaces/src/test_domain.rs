//! Whoever manages a domain tests its directory.

use axum::{Extension, extract::State};
use deserr::Deserr;
use serde::Serialize;
use tsunagu_api::{
    App, Flaw, InputErrors, Json, PathIds, Problem, SourceAddress, Text,
    permit::{Admitted, Holding, With, permission::FederationManage, program::Csp},
};
use tsunagu_domain::{
    federation::{login::Login, workspace::DomainOf},
    ids::{AccountId, DomainId},
};
use tsunagu_store::workspaces::{Attempt, DomainUnderTest};
use utoipa::ToSchema;

use crate::{
    Workspaces,
    directory::{Check, Probe},
    settings::realm,
    throttle,
    typed::{self, Password},
};

/// A user to test with.
#[derive(Deserr, ToSchema)]
#[deserr(error = InputErrors, deny_unknown_fields)]
pub(crate) struct TestDomain {
    /// The user's name, as it would be typed at a workspace.
    #[deserr(default)]
    username: Option<String>,
    /// The user's password.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Password>,
}

/// How far one gets with a directory.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DomainTest)]
pub(crate) struct DomainTestBody {
    /// Whether it was connected to.
    reachable: CheckBody,
    /// Whether the connection is secured as it is to be.
    tls: CheckBody,
    /// Whether who searches was let in, and finds the base.
    service_bind: CheckBody,
    /// Whether the user was let in.
    user_bind: CheckBody,
    /// Of which customers the user is a member.
    matched_customers: Vec<AccountId>,
}

/// One step of a test.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DomainCheck)]
pub(crate) struct CheckBody {
    /// Whether nothing stands in the way.
    ok: bool,
    /// What was found.
    #[schema(value_type = String, example = "ok")]
    code: &'static str,
}

impl From<Check> for CheckBody {
    fn from(Check { ok, code }: Check) -> Self {
        Self { ok, code }
    }
}

const BOTH: Flaw = Flaw::Rule {
    code: "both-or-none",
    text: Text::new(
        "ユーザー名とパスワードは両方とも指定するか、どちらも省略してください。",
        "Give a name and a password, or neither.",
    ),
};

/// Test a domain's directory
///
/// Connects as a sign-in would; with a name and a password, signs in as that user. A domain whose
/// directory passed is `verified`. A test that binds nobody, or in which the user alone is refused,
/// leaves the status as it is.
#[utoipa::path(
    post,
    path = "/v1/accounts/{csp}/domains/{domainId}/test",
    tag = "federation",
    params(
        ("csp" = AccountId, Path, description = "The acting service provider"),
        ("domainId" = DomainId, Path, description = "The domain"),
    ),
    request_body = TestDomain,
    responses(
        (status = 200, body = DomainTestBody),
        (
            status = 429,
            description = "`rate-limited`: too many attempts at one name",
            headers(("Retry-After" = u32, description = "Seconds until attempts are counted anew"))
        ),
        Admitted<With<FederationManage>, Holding<Csp>>,
    ),
    security(("console" = ["tsunagu/console"]))
)]
pub(crate) async fn test_domain(
    State(app): State<App>,
    Extension(workspaces): Extension<Workspaces>,
    SourceAddress(address): SourceAddress,
    provider: Admitted<With<FederationManage>, Holding<Csp>>,
    ids: PathIds,
    Json(body): Json<TestDomain>,
) -> Result<Json<DomainTestBody>, Problem> {
    let domain_id: DomainId = ids.get("domainId")?;
    let acting = &provider.acting;
    let under_test = app.store.domain_under_test(acting, domain_id).await?;
    let under_test = under_test.ok_or_else(Problem::not_found)?;
    let credentials = credentials(&under_test, body)?;
    let domain = DomainOf { provider: acting.account_id(), domain_id };
    let name = credentials.as_ref().map(|(login, _)| (domain, &login.user));
    let attempt = Attempt { host: None, address, name };
    let counted = match name {
        Some(_) => Some(throttle::count(&app, &workspaces, attempt).await?),
        None => None,
    };
    let probe = Box::pin(probe(&workspaces, &under_test, credentials.as_ref())).await?;
    if let Some(counted) = counted.filter(|_| probe.user_bind.ok) {
        counted.give_back(&app, &workspaces).await;
    }
    if let Some(passed) = probe.passed() {
        app.store.note_test(acting, &under_test.domain, passed, app.now()).await?;
    }
    Ok(Json(told(&probe, &under_test)))
}

async fn probe(
    workspaces: &Workspaces,
    under_test: &DomainUnderTest,
    credentials: Option<&(Login, Password)>,
) -> Result<Probe, Problem> {
    let domain = &under_test.domain;
    let secret = workspaces.open(under_test.secret.as_ref()).await?;
    let policy = workspaces.policy(domain);
    let realm = realm(domain, secret.as_ref(), &policy);
    let credentials = credentials.map(|(login, password)| (&login.user, &password.0));
    Ok(workspaces.directories().probe(&realm, credentials, &under_test.members).await)
}

/// The name as a sign-in would understand it.
fn credentials(
    under_test: &DomainUnderTest,
    body: TestDomain,
) -> Result<Option<(Login, Password)>, Problem> {
    match (body.username, body.password) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Problem::invalid("/username", BOTH)),
        (Some(_), None) => Err(Problem::invalid("/password", BOTH)),
        (Some(username), Some(password)) => {
            let login: Login = username
                .parse()
                .map_err(|flaw: tsunagu_domain::Invalid| Problem::invalid("/username", flaw))?;
            let name = std::slice::from_ref(&under_test.domain.name);
            typed::choose(&login, name, None)?;
            Ok(Some((login, password)))
        }
    }
}

fn told(probe: &Probe, under_test: &DomainUnderTest) -> DomainTestBody {
    let customer = |index: &usize| under_test.customers.get(*index).copied();
    DomainTestBody {
        reachable: probe.reachable.into(),
        tls: probe.tls.into(),
        service_bind: probe.service_bind.into(),
        user_bind: probe.user_bind.into(),
        matched_customers: probe.matched.iter().filter_map(customer).collect(),
    }
}
