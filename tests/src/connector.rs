//! The SDK's HTTP layer of tests: records every call, does what the plan says, and passes the rest
//! on to the engine.

use std::{future::pending, io};

use aws_sdk_dynamodb::config::RuntimeComponents;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use serde_json::{Value, json};

use crate::{
    background::exchange,
    faults::{Fault, Faults},
    record::{Call, Operation, Record},
};

type Answer = Result<HttpResponse, ConnectorError>;

/// A client of an engine that things go wrong with.
#[derive(Clone, Debug)]
pub(crate) struct FaultyClient {
    engine: SharedHttpConnector,
    faults: Faults,
    record: Record,
}

impl FaultyClient {
    pub(crate) fn new(faults: Faults, record: Record) -> Self {
        // Engines listen on loopback, without TLS.
        let engine = SharedHttpConnector::new(Connector::builder().build_http());
        Self { engine, faults, record }
    }

    async fn answer(self, request: HttpRequest) -> Answer {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = Operation::of_target(target);
        let body = request.body().bytes().unwrap_or_default();
        let input: Value = serde_json::from_slice(body).unwrap_or_default();
        self.record.add(Call { operation, input: input.clone() });
        self.faults.pass_gate(operation).await;
        match self.faults.take(operation) {
            None => self.ask(request).await,
            Some(fault) => self.fail(fault, operation, &input, request).await,
        }
    }

    async fn fail(
        self,
        fault: Fault,
        operation: Operation,
        input: &Value,
        request: HttpRequest,
    ) -> Answer {
        match fault {
            Fault::LostAnswer => {
                self.ask(request).await?;
                Err(broken(io::ErrorKind::ConnectionReset))
            }
            Fault::AnswerNeverComes => {
                self.ask(request).await?;
                pending().await
            }
            Fault::Stuck => pending().await,
            Fault::Refused => Err(broken(io::ErrorKind::ConnectionRefused)),
            Fault::Unprocessed if operation == Operation::BatchWriteItem => {
                Ok(answer(200, &json!({"UnprocessedItems": input["RequestItems"]})))
            }
            Fault::Unprocessed => Ok(unprocessed(&input["RequestItems"])),
            Fault::HalfUnprocessed if operation == Operation::BatchWriteItem => {
                self.half_written(input, request).await
            }
            Fault::HalfUnprocessed => Ok(half_processed(input, &self.ask(request).await?)),
            _ => Ok(refusal(fault, operation, input)),
        }
    }

    /// Lets the engine write the first half of a batch, and tells that the second is unprocessed.
    async fn half_written(&self, input: &Value, request: HttpRequest) -> Answer {
        let mut first = input.clone();
        let mut rest = json!({});
        for (table, requests) in first["RequestItems"].as_object_mut().expect("tables") {
            let requests = requests.as_array_mut().expect("requests");
            rest[table] = json!(requests.split_off(requests.len() / 2));
        }
        let empty = |requests: &Value| requests.as_array().is_some_and(Vec::is_empty);
        if !first["RequestItems"].as_object().expect("tables").values().all(empty) {
            let mut half = HttpRequest::new(SdkBody::from(first.to_string()));
            half.set_uri(request.uri().to_owned()).expect("the same place");
            half.set_method(request.method()).expect("the same method");
            for (name, value) in request.headers() {
                if name != "content-length" {
                    half.headers_mut().insert(name.to_owned(), value.to_owned());
                }
            }
            self.ask(half).await?;
        }
        Ok(answer(200, &json!({"UnprocessedItems": rest})))
    }

    /// Asks the engine, and reads its whole answer where paused time does not matter.
    async fn ask(&self, request: HttpRequest) -> Answer {
        let engine = self.engine.clone();
        exchange(async move {
            let answer = engine.call(request).await?;
            let status = answer.status();
            let headers = answer.headers().clone();
            let body = ByteStream::new(answer.into_body()).collect().await;
            let body = body.map_err(|error| ConnectorError::io(error.into()))?;
            let mut answer = HttpResponse::new(status, SdkBody::from(body.into_bytes()));
            *answer.headers_mut() = headers;
            Ok(answer)
        })
        .await
    }
}

impl HttpConnector for FaultyClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().answer(request))
    }
}

impl HttpClient for FaultyClient {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn broken(kind: io::ErrorKind) -> ConnectorError {
    ConnectorError::io(io::Error::from(kind).into())
}

/// An error answer as DynamoDB words it.
fn refusal(fault: Fault, operation: Operation, input: &Value) -> HttpResponse {
    let in_transaction = operation == Operation::TransactWriteItems;
    match fault {
        Fault::Conflict if in_transaction => cancelled(input, "TransactionConflict"),
        Fault::ThrottledInTransaction => cancelled(input, "ThrottlingError"),
        Fault::Conflict => error(400, "TransactionConflictException", &json!({})),
        Fault::InProgress => error(400, "TransactionInProgressException", &json!({})),
        Fault::Throttled => error(400, "ThrottlingException", &json!({})),
        Fault::ThroughputExceeded => {
            error(400, "ProvisionedThroughputExceededException", &json!({}))
        }
        Fault::RequestLimit => error(400, "RequestLimitExceeded", &json!({})),
        _ => error(500, "InternalServerError", &json!({})),
    }
}

/// A transaction cancelled for its last action alone.
fn cancelled(input: &Value, code: &str) -> HttpResponse {
    let actions = input["TransactItems"].as_array().map_or(1, Vec::len);
    let mut reasons = vec![json!({"Code": "None"}); actions];
    reasons[actions - 1] = json!({"Code": code, "Message": "not now"});
    error(400, "TransactionCanceledException", &json!({"CancellationReasons": reasons}))
}

fn error(status: u16, code: &str, further: &Value) -> HttpResponse {
    let mut body = json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
        "message": format!("injected {code}"),
    });
    for (name, value) in further.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    answer(status, &body)
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    let status = StatusCode::try_from(status).expect("a status");
    let mut answer = HttpResponse::new(status, SdkBody::from(body.to_string()));
    answer.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    answer
}

fn unprocessed(requested: &Value) -> HttpResponse {
    answer(200, &json!({"Responses": {}, "UnprocessedKeys": requested}))
}

/// Takes the second half of the keys out of an answer, as if the database had not come to them.
fn half_processed(input: &Value, answered: &HttpResponse) -> HttpResponse {
    let body = answered.body().bytes().unwrap_or_default();
    let mut body: Value = serde_json::from_slice(body).expect("engines answer JSON");
    for (table, request) in input["RequestItems"].as_object().expect("a batch names its tables") {
        let keys = request["Keys"].as_array().expect("a batch names its keys");
        let left = &keys[keys.len() / 2..];
        let is_left = |item: &Value| {
            left.iter().any(|key| item["PK"] == key["PK"] && item["SK"] == key["SK"])
        };
        if let Some(items) = body["Responses"][table].as_array_mut() {
            items.retain(|item| !is_left(item));
        }
        let mut rest = request.clone();
        rest["Keys"] = json!(left);
        body["UnprocessedKeys"][table] = rest;
    }
    answer(200, &body)
}
