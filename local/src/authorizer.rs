//! The JWT authorizer of an HTTP API: RS256, issuer, audience, times, scopes, in that order, with
//! API Gateway's own answers. Nothing more is checked here than there, and nothing less.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use jsonwebtoken::{Algorithm, DecodingKey, TokenData, Validation, decode, decode_header};
use serde_json::{Map, Value};
use tsunagu_domain::time::Instant;

use crate::answer::own;

/// What the authorizer hands to the function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorized {
    /// The token's claims, each as text.
    pub claims: BTreeMap<String, String>,
    /// The route's scopes that the token carries; `None` on a route that names none.
    pub scopes: Option<Vec<String>>,
}

/// Why a request does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No token at all: 401.
    Missing,
    /// A token that is not accepted: 401.
    Invalid(&'static str),
    /// A valid token without any of the route's scopes: 403.
    Scope(Vec<String>),
}

/// Verifies tokens against one issuer's keys.
#[derive(Clone)]
pub struct Authorizer {
    issuer: String,
    audience: Vec<String>,
    keys: HashMap<String, DecodingKey>,
}

type Claims = Map<String, Value>;

impl Authorizer {
    /// An authorizer for tokens of `issuer` made for one of `audience`, signed with one of `keys`.
    pub fn new(
        issuer: String,
        audience: Vec<String>,
        keys: impl IntoIterator<Item = (String, DecodingKey)>,
    ) -> Self {
        Self { issuer, audience, keys: keys.into_iter().collect() }
    }

    /// Lets a request pass that carries a valid token with any of `scopes`.
    pub fn authorize(
        &self,
        headers: &HeaderMap,
        scopes: &[String],
        now: Instant,
    ) -> Result<Authorized, Refusal> {
        let token = token(headers)?;
        let claims = self.verified(&token)?;
        self.check_issuer(&claims)?;
        self.check_audience(&claims)?;
        check_times(&claims, now)?;
        let scopes = matched_scopes(&claims, scopes)?;
        let claims = claims.iter().map(|(name, value)| (name.clone(), rendered(value))).collect();
        Ok(Authorized { claims, scopes })
    }

    fn verified(&self, token: &str) -> Result<Claims, Refusal> {
        let header = decode_header(token).map_err(|_| Refusal::Invalid("invalid token"))?;
        if header.alg != Algorithm::RS256 {
            return Err(Refusal::Invalid("signing method is not supported"));
        }
        let kid = header.kid.ok_or(Refusal::Invalid("the token has no kid"))?;
        let key = self.keys.get(&kid).ok_or(Refusal::Invalid("kid not found"))?;
        let decoded: TokenData<Claims> = decode(token, key, &signature_only())
            .map_err(|_| Refusal::Invalid("signature is invalid"))?;
        Ok(decoded.claims)
    }

    fn check_issuer(&self, claims: &Claims) -> Result<(), Refusal> {
        match claims.get("iss") {
            Some(Value::String(issuer)) if *issuer == self.issuer => Ok(()),
            _ => Err(Refusal::Invalid("the token does not have a valid issuer")),
        }
    }

    /// `client_id` counts only where there is no `aud`.
    fn check_audience(&self, claims: &Claims) -> Result<(), Refusal> {
        let known = |value: &Value| {
            value.as_str().is_some_and(|name| self.audience.iter().any(|known| known == name))
        };
        let valid = match claims.get("aud") {
            Some(Value::Array(audience)) => audience.iter().any(known),
            Some(audience) => known(audience),
            None => claims.get("client_id").is_some_and(known),
        };
        valid.then_some(()).ok_or(Refusal::Invalid("the token does not have a valid audience"))
    }
}

/// The checks of claims are the authorizer's own, against the clock that it is given.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

/// The token, with or without `Bearer` in front. Several headers are one value joined by commas,
/// which is no token.
fn token(headers: &HeaderMap) -> Result<String, Refusal> {
    let sent: Vec<_> = headers
        .get_all(header::AUTHORIZATION)
        .iter()
        .map(|value| value.to_str().map_err(|_| Refusal::Invalid("invalid token")))
        .collect::<Result<_, _>>()?;
    let sent = sent.join(",");
    let token = match sent.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token,
        _ => sent.as_str(),
    };
    let token = token.trim();
    if token.is_empty() { Err(Refusal::Missing) } else { Ok(token.to_owned()) }
}

fn check_times(claims: &Claims, now: Instant) -> Result<(), Refusal> {
    let now = now.timestamp();
    match seconds(claims, "exp")? {
        Some(end) if end > now => {}
        Some(_) => return Err(Refusal::Invalid("the token has expired")),
        None => return Err(Refusal::Invalid("the token has no exp")),
    }
    if seconds(claims, "nbf")?.is_some_and(|begin| begin > now) {
        return Err(Refusal::Invalid("the token is not valid yet"));
    }
    if seconds(claims, "iat")?.is_some_and(|issued| issued > now) {
        return Err(Refusal::Invalid("the token was issued in the future"));
    }
    Ok(())
}

fn seconds(claims: &Claims, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    // Fractions are allowed by RFC 7519; whole seconds are enough to compare.
    #[expect(clippy::cast_possible_truncation, reason = "a saturated instant compares the same")]
    let whole = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64));
    whole.map(Some).ok_or(Refusal::Invalid("a time of the token is not a number"))
}

fn matched_scopes(claims: &Claims, wanted: &[String]) -> Result<Option<Vec<String>>, Refusal> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let carried: Vec<&str> =
        ["scope", "scp"].iter().flat_map(|name| words(claims.get(*name))).collect();
    let matched: Vec<_> =
        wanted.iter().filter(|scope| carried.contains(&scope.as_str())).cloned().collect();
    if matched.is_empty() { Err(Refusal::Scope(wanted.to_vec())) } else { Ok(Some(matched)) }
}

fn words(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => text.split_ascii_whitespace().collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A claim as API Gateway writes it into the event: always text, a list as `[a b]`.
fn rendered(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(rendered).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(entries) => {
            let pair = |(name, value): (&String, &Value)| format!("{name}:{}", rendered(value));
            format!("map[{}]", entries.iter().map(pair).collect::<Vec<_>>().join(" "))
        }
        Value::Null => "<nil>".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

impl Refusal {
    /// The answer in API Gateway's words.
    pub(crate) fn response(&self) -> Response<Bytes> {
        let (status, message) = match self {
            Self::Missing | Self::Invalid(_) => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Scope(_) => (StatusCode::FORBIDDEN, "Forbidden"),
        };
        let challenge = match self {
            Self::Missing => "Bearer".to_owned(),
            Self::Invalid(why) => {
                format!("Bearer scope=\"\" error=\"invalid_token\" error_description=\"{why}\"")
            }
            Self::Scope(scopes) => format!(
                "Bearer scope=\"{}\" error=\"insufficient_scope\" \
                 error_description=\"the token does not have a scope that the route needs\"",
                scopes.join(" ")
            ),
        };
        let mut response = own(status, message);
        if let Ok(challenge) = HeaderValue::from_str(&challenge) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
#[path = "authorizer_tests.rs"]
mod tests;
