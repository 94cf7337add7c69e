//! Bearers that the function itself checks: to the gateway their routes are public.
//!
//! Users of workspaces hold a session's token, machines the key of their resource location. Neither is
//! a token of the issuer's, and none of the issuer's opens what they open.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use http::{header, request::Parts};
use tsunagu_domain::federation::secrets::LocationKey;
use tsunagu_store::workspaces::Location;

use crate::{
    App,
    problem::{Code, Problem},
};

/// A secret in `Authorization: Bearer`; whose it is, is not looked at yet. One that is none of this
/// kind is 401.
#[derive(Clone, Debug)]
pub struct Bearer<T>(pub T);

impl<T: FromStr + Send> FromRequestParts<App> for Bearer<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(unauthenticated());
        };
        let text = value.to_str().map_err(|_| unauthenticated())?;
        let (scheme, secret) = text.split_once(' ').ok_or_else(unauthenticated)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(unauthenticated());
        }
        secret.trim().parse().map(Self).map_err(|_| unauthenticated())
    }
}

/// A machine of a resource location: whoever has its key.
#[derive(Clone, Copy, Debug)]
pub struct Machine(pub Location);

impl FromRequestParts<App> for Machine {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Bearer(key) = Bearer::<LocationKey>::from_request_parts(parts, app).await?;
        let location = app.store.location_of_key(&key.digest(), app.now()).await?;
        location.map(Self).ok_or_else(unauthenticated)
    }
}

fn unauthenticated() -> Problem {
    Problem::new(Code::Unauthenticated)
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Request};
    use rstest::rstest;
    use tsunagu_domain::federation::secrets::SessionToken;

    use super::*;
    use crate::testing::app;

    async fn asked(values: &[&str]) -> Result<Bearer<SessionToken>, Code> {
        let (mut parts, ()) = Request::new(()).into_parts();
        for value in values {
            let value = HeaderValue::from_str(value).expect("a value");
            parts.headers.append(header::AUTHORIZATION, value);
        }
        Bearer::from_request_parts(&mut parts, &app()).await.map_err(|problem| problem.code())
    }

    #[tokio::test]
    async fn given_a_bearer_then_it_is_taken_whatever_the_case_of_the_scheme() {
        let token = SessionToken::random();
        for scheme in ["Bearer", "bearer"] {
            let Bearer(sent) =
                asked(&[&format!("{scheme} {}", token.expose())]).await.expect("one");
            assert_eq!(sent.digest(), token.digest());
        }
    }

    #[rstest]
    #[case::none(&[])]
    #[case::no_scheme(&["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])]
    #[case::other_scheme(&["Basic AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])]
    #[case::short(&["Bearer AAAA"])]
    #[case::token_of_the_issuer(&["Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA"])]
    #[case::two(&[
        "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ])]
    #[tokio::test]
    async fn given_anything_else_then_nobody_is_signed_in(#[case] values: &[&str]) {
        assert_eq!(asked(values).await.expect_err("nobody"), Code::Unauthenticated);
    }
}
