//! DynamoDB Local tells of an empty map in its streams as `{}`, without its type. AWS does not, and
//! the SDK refuses the whole answer. Nearly every audit entry has one, so an answer gets its types
//! back before the SDK reads it.

use aws_sdk_dynamodbstreams::config::RuntimeComponents;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use serde_json::{Value, json};

/// An HTTP client for the streams of an engine that is not AWS's own.
#[derive(Clone, Debug)]
pub struct WholeMaps(SharedHttpClient);

impl WholeMaps {
    /// Reads by way of another client.
    pub fn by(client: impl HttpClient + 'static) -> Self {
        Self(SharedHttpClient::new(client))
    }
}

impl HttpClient for WholeMaps {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.0.http_connector(settings, components)))
    }
}

#[derive(Clone, Debug)]
struct Connector(SharedHttpConnector);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move { whole(answer.await?).await })
    }
}

/// The same answer, its maps whole.
async fn whole(answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = ByteStream::new(answer.into_body()).collect().await;
    let body = body.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
    let mended = serde_json::from_slice(&body).ok().and_then(mend);
    let body = mended.map_or_else(|| SdkBody::from(body), |text| SdkBody::from(text.to_string()));
    let mut answer = HttpResponse::new(status, body);
    *answer.headers_mut() = headers;
    // It may have grown.
    answer.headers_mut().remove("content-length");
    Ok(answer)
}

/// The records of an answer, mended; nothing where it has none.
fn mend(mut answer: Value) -> Option<Value> {
    for record in answer.get_mut("Records")?.as_array_mut()? {
        let change = record.get_mut("dynamodb").and_then(Value::as_object_mut);
        for (name, image) in change.into_iter().flatten() {
            if ["Keys", "NewImage", "OldImage"].contains(&name.as_str()) {
                mend_members(image);
            }
        }
    }
    Some(answer)
}

fn mend_members(members: &mut Value) {
    members.as_object_mut().into_iter().flatten().for_each(|(_, value)| mend_value(value));
}

fn mend_value(value: &mut Value) {
    if value.as_object().is_some_and(serde_json::Map::is_empty) {
        *value = json!({"M": {}});
    }
    if let Some(members) = value.get_mut("M") {
        mend_members(members);
    }
    for element in value.get_mut("L").and_then(Value::as_array_mut).into_iter().flatten() {
        mend_value(element);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_maps_without_their_type_at_any_depth_then_they_get_it_and_nothing_else_changes() {
        let answer = json!({"NextShardIterator": "i", "Records": [{"eventName": "INSERT", "dynamodb": {
            "SequenceNumber": "1", "Keys": {"PK": {"S": "a"}},
            "NewImage": {
                "m": {}, "whole": {"M": {}}, "s": {"S": ""}, "l": {"L": []},
                "deep": {"M": {"m": {}, "l": {"L": [{}, {"N": "1"}]}}},
            },
        }}]});
        let expected = json!({"NextShardIterator": "i", "Records": [{"eventName": "INSERT", "dynamodb": {
            "SequenceNumber": "1", "Keys": {"PK": {"S": "a"}},
            "NewImage": {
                "m": {"M": {}}, "whole": {"M": {}}, "s": {"S": ""}, "l": {"L": []},
                "deep": {"M": {"m": {"M": {}}, "l": {"L": [{"M": {}}, {"N": "1"}]}}},
            },
        }}]});
        assert_eq!(mend(answer), Some(expected));
        assert_eq!(mend(json!({"Streams": [{}]})), None, "other answers stay as they are");
    }
}
