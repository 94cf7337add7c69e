//! Who is asking: claims as the gateway's JWT authorizer leaves them.
//!
//! The authorizer has verified the token; the scope is checked here again, so that a wrong line in
//! the deployment does not open a route. Every claim arrives as text, arrays as `[a b]`.

use std::{collections::HashMap, sync::Arc};

use axum::extract::FromRequestParts;
use http::request::Parts;
use tsunagu_domain::{administrator::Subject, email::EmailAddress};
use tsunagu_store::Caller;

use crate::{
    App,
    problem::{Code, Problem},
};

/// The scope of people.
pub const CONSOLE_SCOPE: &str = "tsunagu/console";
/// The scope of the vendor's machines.
pub const PLATFORM_SCOPE: &str = "tsunagu/platform";

/// The claims of a verified token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims(Arc<HashMap<String, String>>);

impl Claims {
    pub(crate) fn new(claims: HashMap<String, String>) -> Self {
        Self(Arc::new(claims))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn has_scope(&self, scope: &str) -> bool {
        let scopes = self.get("scope").unwrap_or_default();
        scopes.trim_matches(['[', ']']).split_whitespace().any(|held| held == scope)
    }

    /// An access token: Cognito marks its kinds, and an ID token opens nothing (T5).
    fn is_access_token(&self) -> bool {
        self.get("token_use").is_none_or(|kind| kind == "access")
    }

    /// Who the token is about, told apart by issuer (T3).
    fn subject(&self) -> Option<Subject> {
        Some(Subject::of(self.get("iss")?, self.get("sub")?))
    }

    fn caller(&self) -> Option<Caller> {
        let email: Option<EmailAddress> = self.get("email").and_then(|email| email.parse().ok());
        let verified = self.get("email_verified") == Some("true");
        Some(Caller {
            subject: self.subject()?,
            verified_email: email.clone().filter(|_| verified),
            email,
        })
    }
}

/// The claims of a token with one of our scopes: exactly this one. A token with both opens nothing.
fn claims_of(parts: &Parts, scope: &str, other: &str) -> Result<Claims, Problem> {
    let claims: &Claims = parts.extensions.get().ok_or_else(unauthenticated)?;
    if !claims.is_access_token() {
        return Err(unauthenticated());
    }
    if claims.has_scope(scope) && !claims.has_scope(other) {
        Ok(claims.clone())
    } else {
        Err(Problem::new(Code::Forbidden))
    }
}

fn unauthenticated() -> Problem {
    Problem::new(Code::Unauthenticated)
}

/// A signed-in person.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who it is.
    pub caller: Caller,
    /// The token's own `sub`, for the person to see: another issuer may have the same, so nothing
    /// is decided by it.
    pub subject: String,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let claims = claims_of(parts, CONSOLE_SCOPE, PLATFORM_SCOPE)?;
        let caller = claims.caller().ok_or_else(unauthenticated)?;
        let subject = claims.get("sub").ok_or_else(unauthenticated)?.to_owned();
        Ok(Self { caller, subject })
    }
}

/// One of the vendor's machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    client: Subject,
}

impl FromRequestParts<App> for Platform {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let claims = claims_of(parts, PLATFORM_SCOPE, CONSOLE_SCOPE)?;
        let client = claims.get("client_id").or_else(|| claims.get("sub"));
        let issuer = claims.get("iss");
        let (issuer, client) = issuer.zip(client).ok_or_else(unauthenticated)?;
        Ok(Self { client: Subject::of(issuer, client) })
    }
}

/// Somebody in whose name something is done.
pub trait Identified {
    /// A digest that tells callers apart and nothing about them.
    fn digest(&self) -> &str;
}

impl Identified for SignedIn {
    fn digest(&self) -> &str {
        self.caller.subject.as_str()
    }
}

impl Identified for Platform {
    fn digest(&self) -> &str {
        self.client.as_str()
    }
}

#[cfg(test)]
mod tests;
