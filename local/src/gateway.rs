//! The HTTP API of the deployment on a laptop: one request in, one response out, no socket needed.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use tsunagu_domain::time::Clock;

use crate::{
    answer::{failure, json_response, own, response},
    authorizer::Authorizer,
    clock::{MovableClock, SystemClock},
    console,
    dev::{Dev, Probe},
    event::{Origin, event, is_well_formed},
    function::{Function, FunctionError, Invocation},
    guard::{DEV, Guard},
    issuer::Issuer,
    random,
    reads::Reads,
    routes::{Access, Matched, choose},
    tail::Tailer,
    template::{FunctionSpec, Template},
    tokens::{self, CONSOLE_CLIENT, PLATFORM_CLIENT, TokenError},
};

/// The body that API Gateway takes: 10 MB.
pub const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// Request line and header values together.
const HEADER_LIMIT: usize = 10_240;
/// After this API Gateway gives up, whatever the function's own time-out.
const LONGEST: Duration = Duration::from_secs(30);

/// What a gateway is made of.
pub struct Parts {
    /// Routes, scopes, CORS, time-outs.
    pub template: Template,
    /// What stands behind each function's name.
    pub functions: BTreeMap<String, Arc<dyn Function>>,
    /// Whose tokens are accepted.
    pub issuer: Issuer,
    /// The clock that the functions see, and that `/dev/clock` moves.
    pub clock: Arc<MovableClock>,
    /// Who may ask at all.
    pub guard: Guard,
    /// What `/dev/health` asks.
    pub probe: Probe,
    /// What feeds a function from the table's stream.
    pub tailer: Option<Tailer>,
    /// Where lines of the log wait that are to be counted.
    pub reads: Reads,
    /// Where the small directory of this machine is.
    pub directory: Option<SocketAddr>,
    /// The clock of tokens: the system's, except in tests of expiry.
    pub token_clock: Arc<dyn Clock>,
    /// Whether invite links lead here, as nobody has named a console.
    pub is_console: bool,
}

/// A route without a function behind it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template.yaml has the function {0}, which the local server does not know")]
pub struct MissingFunction(String);

/// The gateway. Cloning it is cheap; all clones are the same gateway.
#[derive(Clone)]
pub struct Gateway {
    inner: Arc<Inner>,
}

struct Inner {
    template: Template,
    functions: BTreeMap<String, (FunctionSpec, Arc<dyn Function>)>,
    authorizer: Authorizer,
    issuer: Issuer,
    clock: Arc<MovableClock>,
    guard: Guard,
    probe: Probe,
    tailer: Option<Tailer>,
    directory: Option<SocketAddr>,
    reads: Reads,
    token_clock: Arc<dyn Clock>,
    is_console: bool,
}

impl Parts {
    /// These parts with the system's clock for tokens and a probe that finds nothing wrong.
    pub fn new(
        template: Template,
        functions: BTreeMap<String, Arc<dyn Function>>,
        issuer: Issuer,
        clock: Arc<MovableClock>,
        guard: Guard,
    ) -> Self {
        let probe: Probe = Arc::new(|| Box::pin(async { Ok(()) }));
        Self {
            template,
            functions,
            issuer,
            clock,
            guard,
            probe,
            tailer: None,
            reads: Reads::default(),
            directory: None,
            token_clock: Arc::new(SystemClock),
            is_console: false,
        }
    }
}

impl Gateway {
    /// Puts the parts together; every function of the template must be there.
    pub fn new(mut parts: Parts) -> Result<Self, MissingFunction> {
        let mut functions = BTreeMap::new();
        for (name, spec) in &parts.template.functions {
            let function = parts.functions.remove(name);
            let function = function.ok_or_else(|| MissingFunction(name.clone()))?;
            functions.insert(name.clone(), (spec.clone(), function));
        }
        let audience = [CONSOLE_CLIENT, PLATFORM_CLIENT].map(str::to_owned).to_vec();
        let issuer = parts.issuer;
        let authorizer = Authorizer::new(issuer.url().to_owned(), audience, [issuer.public_key()]);
        let inner = Inner {
            template: parts.template,
            functions,
            authorizer,
            issuer,
            clock: parts.clock,
            guard: parts.guard,
            probe: parts.probe,
            tailer: parts.tailer,
            directory: parts.directory,
            reads: parts.reads,
            token_clock: parts.token_clock,
            is_console: parts.is_console,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where the small directory of this machine is, if there is one.
    pub fn directory(&self) -> Option<SocketAddr> {
        self.inner.directory
    }

    /// The issuer whose tokens this gateway accepts.
    pub fn issuer(&self) -> &Issuer {
        &self.inner.issuer
    }

    /// The clock that the functions see.
    pub fn clock(&self) -> &Arc<MovableClock> {
        &self.inner.clock
    }

    /// The deployment behind this gateway.
    pub fn template(&self) -> &Template {
        &self.inner.template
    }

    /// The address that requests must name as their `Host`.
    pub fn authority(&self) -> &str {
        self.inner.guard.authority()
    }

    /// An access token of the person with this address, as the user pool would give it.
    pub async fn person_token(&self, email: &str) -> Result<String, TokenError> {
        self.inner.dev().person_token(email).await
    }

    /// An access token of the vendor's machines.
    pub fn platform_token(&self) -> Result<String, TokenError> {
        tokens::platform(&self.inner.issuer, self.inner.token_clock.now())
    }

    /// What feeds a function from the table's stream.
    pub fn tailer(&self) -> Option<&Tailer> {
        self.inner.tailer.as_ref()
    }

    /// The lines of the log that wait to be counted.
    pub fn reads(&self) -> &Reads {
        &self.inner.reads
    }

    /// Runs a function that no request starts; `None` where there is none of this name.
    pub async fn invoke(
        &self,
        name: &str,
        event: serde_json::Value,
    ) -> Option<Result<serde_json::Value, FunctionError>> {
        self.inner.dev().run(name, event).await
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        let inner = &self.inner;
        if let Some(refusal) = inner.guard.refusal(&request) {
            return refusal;
        }
        if let Some(answer) = inner.well_known(&request) {
            return answer;
        }
        if inner.is_console
            && let Some(page) = console::page(&request)
        {
            return page;
        }
        if let Some(path) = request.uri().path().strip_prefix(DEV)
            && inner.guard.development()
        {
            return inner.dev().handle(path, &request).await;
        }
        inner.api(&request).await
    }
}

impl Inner {
    fn well_known(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let body = match request.uri().path() {
            "/.well-known/openid-configuration" => {
                self.issuer.openid_configuration(&format!("http://{}", self.guard.authority()))
            }
            "/.well-known/jwks.json" => self.issuer.jwks(),
            _ => return None,
        };
        Some(json_response(StatusCode::OK, &body, "application/json"))
    }

    fn dev(&self) -> Dev<'_> {
        Dev {
            issuer: &self.issuer,
            clock: &self.clock,
            token_clock: self.token_clock.as_ref(),
            functions: &self.functions,
            probe: &self.probe,
            tailer: self.tailer.as_ref(),
            reads: &self.reads,
        }
    }

    async fn api(&self, request: &Request<Bytes>) -> Response<Bytes> {
        if let Some(answer) = self.template.cors.preflight(request) {
            return answer;
        }
        let id = random::request_id();
        let mut response = match self.admit(request) {
            Err((status, message)) => own(status, message),
            Ok(matched) => self.route(request, &matched, &id).await,
        };
        let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        self.template.cors.decorate(origin, response.headers_mut());
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HeaderName::from_static("apigw-requestid"), id);
        }
        response
    }

    /// The route of a request that is small and well formed enough to have one.
    fn admit(&self, request: &Request<Bytes>) -> Result<Matched<'_>, (StatusCode, &'static str)> {
        let uri = request.uri();
        if !is_well_formed(uri.path()) {
            return Err((StatusCode::BAD_REQUEST, "Bad Request"));
        }
        let line = uri.path_and_query().map_or(0, |target| target.as_str().len());
        let values: usize = request.headers().values().map(HeaderValue::len).sum();
        if line + values > HEADER_LIMIT {
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Err((status, "Request Header Fields Too Large"));
        }
        if request.body().len() > BODY_LIMIT {
            return Err((StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"));
        }
        choose(&self.template.routes, request.method(), uri.path())
            .ok_or((StatusCode::NOT_FOUND, "Not Found"))
    }

    async fn route(
        &self,
        request: &Request<Bytes>,
        matched: &Matched<'_>,
        request_id: &str,
    ) -> Response<Bytes> {
        let authorized = match &matched.route.access {
            Access::Public => None,
            Access::Token { scopes } => {
                let now = self.token_clock.now();
                match self.authorizer.authorize(request.headers(), scopes, now) {
                    Ok(authorized) => Some(authorized),
                    Err(refusal) => return refusal.response(),
                }
            }
        };
        let origin = Origin {
            request_id,
            at: self.clock.now(),
            domain: self.guard.authority(),
            authorized: authorized.as_ref(),
        };
        self.invoke(matched, event(request, matched, &origin), request_id).await
    }

    async fn invoke(
        &self,
        matched: &Matched<'_>,
        event: serde_json::Value,
        request_id: &str,
    ) -> Response<Bytes> {
        // `Gateway::new` found every function of the template, and routes name no other.
        let Some((spec, function)) = self.functions.get(&matched.route.function) else {
            return own(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
        };
        let timeout = spec.timeout.min(LONGEST);
        let invocation = Invocation { event, request_id: request_id.to_owned(), timeout };
        match function.invoke(invocation).await {
            Ok(answer) => response(&answer),
            Err(error) => {
                let function = &matched.route.function;
                tracing::error!(%function, request_id, %error, "no answer from the function");
                failure(&error)
            }
        }
    }
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
