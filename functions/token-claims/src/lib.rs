//! Cognito's pre-token trigger (`V2_0`): copies the e-mail address and whether it is verified into
//! access tokens, which carry neither by themselves.

use std::future::{Ready, ready};

use lambda_runtime::{Error, LambdaEvent};
use serde_json::{Map, Value};

/// Where claims of access tokens are set, below the event.
const CLAIMS: [&str; 4] =
    ["response", "claimsAndScopeOverrideDetails", "accessTokenGeneration", "claimsToAddOrOverride"];
const EMAIL: &str = "email";
const EMAIL_VERIFIED: &str = "email_verified";

/// Answers the event with the claims added and everything else as it came.
///
/// It never fails: a person without an e-mail address signs in without these claims. The event is
/// no type of ours, because what such a type does not know would not come back unchanged.
pub fn handle(event: LambdaEvent<Value>) -> Ready<Result<Value, Error>> {
    let mut event = event.payload;
    let claims = claims(&event["request"]["userAttributes"]);
    if !claims.is_empty()
        && let Some(added) = added_claims(&mut event)
    {
        added.extend(claims);
    }
    ready(Ok(event))
}

/// The claims of a person. An address says nothing without the word on its verification, so that
/// word goes with it always; alone it is nobody's.
fn claims(attributes: &Value) -> Map<String, Value> {
    let Some(email) = attributes[EMAIL].as_str().filter(|email| !email.is_empty()) else {
        return Map::new();
    };
    // Cognito's attributes are texts; everything but this one means that nobody has verified it.
    let verified = attributes[EMAIL_VERIFIED] == "true";
    Map::from_iter([
        (EMAIL.to_owned(), Value::from(email)),
        (EMAIL_VERIFIED.to_owned(), Value::from(verified)),
    ])
}

/// The claims that the answer adds, made where Cognito left `null` or nothing; `None` where
/// something else stands there, which is left alone.
fn added_claims(event: &mut Value) -> Option<&mut Map<String, Value>> {
    let claims = CLAIMS.into_iter().try_fold(event, |value, name| {
        if value.is_null() {
            *value = Value::Object(Map::new());
        }
        Some(value.as_object_mut()?.entry(name).or_insert(Value::Null))
    })?;
    if claims.is_null() {
        *claims = Value::Object(Map::new());
    }
    claims.as_object_mut()
}

#[cfg(test)]
mod tests;
