//! Access tokens shaped as the user pool's: for a person, with what the pre-token trigger adds; for
//! the vendor's machines, as client credentials give them.
//!
//! Their times are the system's, and the authorizer compares them with the system's, whatever
//! `/dev/clock` says: signing in is a matter of the person at the keyboard. A clock moved by a year
//! would otherwise lock everybody out of the very journey that it was moved for.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tsunagu_domain::time::Instant;

use crate::{
    function::{Function, FunctionError, Invocation},
    issuer::{Issuer, IssuerError},
    random,
};

/// The client that people sign in with.
pub const CONSOLE_CLIENT: &str = "console";
/// The client of the vendor's machines.
pub const PLATFORM_CLIENT: &str = "platform";
/// The scope of people.
pub const CONSOLE_SCOPE: &str = "tsunagu/console";
/// The scope of the vendor's machines.
pub const PLATFORM_SCOPE: &str = "tsunagu/platform";
/// How long a token is valid, in seconds: Cognito's default.
pub const LIFETIME_SECONDS: i64 = 3600;

/// Cognito waits no longer for its triggers.
const TRIGGER_TIMEOUT: Duration = Duration::from_secs(5);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The issuer cannot sign.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The trigger failed: Cognito gives no token then.
    #[error("the pre-token trigger failed: {0}")]
    Trigger(#[from] FunctionError),
}

/// The subject of the person with this address: always the same, so that nothing need be kept.
pub fn subject_of(email: &str) -> String {
    let digest = Sha256::digest(format!("tsunagu-local subject {}", email.to_ascii_lowercase()));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    random::uuid_from(bytes)
}

/// The claims of a person's access token, before any trigger ran.
pub fn person_claims(issuer: &str, email: &str, now: Instant) -> Map<String, Value> {
    let subject = subject_of(email);
    let mut claims = base_claims(issuer, CONSOLE_CLIENT, CONSOLE_SCOPE, now);
    claims.insert("sub".to_owned(), json!(subject));
    claims.insert("username".to_owned(), json!(subject));
    claims.insert("event_id".to_owned(), json!(random::uuid()));
    claims.insert("origin_jti".to_owned(), json!(random::uuid()));
    claims
}

/// The claims of a machine's access token.
pub fn platform_claims(issuer: &str, now: Instant) -> Map<String, Value> {
    let mut claims = base_claims(issuer, PLATFORM_CLIENT, PLATFORM_SCOPE, now);
    claims.insert("sub".to_owned(), json!(PLATFORM_CLIENT));
    claims
}

fn base_claims(issuer: &str, client: &str, scope: &str, now: Instant) -> Map<String, Value> {
    let now = now.timestamp();
    let claims = json!({
        "iss": issuer, "client_id": client, "token_use": "access", "scope": scope, "version": 2,
        "auth_time": now, "iat": now, "exp": now + LIFETIME_SECONDS, "jti": random::uuid(),
    });
    match claims {
        Value::Object(claims) => claims,
        // The literal above is an object.
        _ => Map::new(),
    }
}

/// A person's access token; the trigger sees the person as the user pool would show it.
pub async fn person(
    issuer: &Issuer,
    email: &str,
    now: Instant,
    trigger: Option<&dyn Function>,
) -> Result<String, TokenError> {
    let mut claims = person_claims(issuer.url(), email, now);
    if let Some(trigger) = trigger {
        let invocation = Invocation {
            event: trigger_event(&claims, email),
            request_id: random::uuid(),
            timeout: TRIGGER_TIMEOUT,
        };
        let answer = trigger.invoke(invocation).await?;
        apply(&answer, &mut claims);
    }
    Ok(issuer.sign(&Value::Object(claims))?)
}

/// A machine's access token. The trigger's version 2 is not asked for these.
pub fn platform(issuer: &Issuer, now: Instant) -> Result<String, TokenError> {
    Ok(issuer.sign(&Value::Object(platform_claims(issuer.url(), now)))?)
}

/// Cognito's event of the pre-token trigger, version 2.
fn trigger_event(claims: &Map<String, Value>, email: &str) -> Value {
    json!({
        "version": "2",
        "triggerSource": "TokenGeneration_HostedAuth",
        "region": "us-east-1",
        "userPoolId": "us-east-1_local",
        "userName": claims["sub"],
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": CONSOLE_CLIENT},
        "request": {
            "userAttributes": {
                "sub": claims["sub"],
                "email": email.to_ascii_lowercase(),
                "email_verified": "true",
                "cognito:user_status": "CONFIRMED",
            },
            "groupConfiguration": {
                "groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null,
            },
            "scopes": [CONSOLE_SCOPE],
        },
        "response": {"claimsAndScopeOverrideDetails": null},
    })
}

/// Does to the access token what the trigger asks for.
fn apply(answer: &Value, claims: &mut Map<String, Value>) {
    let wish = &answer["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"];
    for name in wish["claimsToSuppress"].as_array().into_iter().flatten() {
        if let Some(name) = name.as_str() {
            claims.remove(name);
        }
    }
    for (name, value) in wish["claimsToAddOrOverride"].as_object().into_iter().flatten() {
        claims.insert(name.clone(), value.clone());
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use jsonwebtoken::dangerous::insecure_decode;
    use lambda_runtime::{Error, LambdaEvent, service_fn};

    use super::*;
    use crate::function::InProcess;

    fn issuer() -> Issuer {
        Issuer::in_memory("http://127.0.0.1:3000").expect("an issuer")
    }

    fn now() -> Instant {
        DateTime::from_timestamp(1_800_000_000, 0).expect("an instant")
    }

    fn claims(token: &str) -> Map<String, Value> {
        insecure_decode(token).expect("a token").claims
    }

    #[tokio::test]
    async fn given_a_person_when_it_signs_in_then_the_trigger_decides_on_claims() {
        let trigger = InProcess::new(service_fn(|event: LambdaEvent<Value>| async move {
            let mut event = event.payload;
            let email = event["request"]["userAttributes"]["email"].clone();
            event["response"]["claimsAndScopeOverrideDetails"] = json!({"accessTokenGeneration": {
                "claimsToAddOrOverride": {"email": email}, "claimsToSuppress": ["event_id"],
            }});
            Ok::<_, Error>(event)
        }));
        let token = person(&issuer(), "Hanako@Example.com", now(), Some(&trigger)).await;
        let claims = claims(&token.expect("a token"));
        assert_eq!(claims["email"], "hanako@example.com");
        assert_eq!(claims["sub"], json!(subject_of("hanako@example.com")));
        assert_eq!(
            (&claims["scope"], &claims["token_use"]),
            (&json!(CONSOLE_SCOPE), &json!("access"))
        );
        assert_eq!(claims["exp"], 1_800_003_600);
        assert!(!claims.contains_key("event_id") && !claims.contains_key("aud"));
    }

    #[tokio::test]
    async fn given_a_trigger_that_fails_when_a_person_signs_in_then_there_is_no_token() {
        let trigger = InProcess::new(service_fn(|_: LambdaEvent<Value>| async {
            Err::<Value, Error>("out of order".into())
        }));
        let refused = person(&issuer(), "hanako@example.com", now(), Some(&trigger)).await;
        assert!(matches!(refused, Err(TokenError::Trigger(_))), "{refused:?}");
    }

    #[test]
    fn given_a_machine_when_it_signs_in_then_it_is_its_client_and_nobodys_address() {
        let claims = claims(&platform(&issuer(), now()).expect("a token"));
        assert_eq!(
            (&claims["sub"], &claims["client_id"]),
            (&json!("platform"), &json!("platform"))
        );
        assert_eq!(claims["scope"], PLATFORM_SCOPE);
        assert!(!claims.contains_key("email") && !claims.contains_key("username"));
    }

    #[test]
    fn given_addresses_when_they_differ_in_case_only_then_they_are_one_person() {
        assert_eq!(subject_of("A@example.com"), subject_of("a@example.com"));
        assert_ne!(subject_of("a@example.com"), subject_of("b@example.com"));
    }
}
