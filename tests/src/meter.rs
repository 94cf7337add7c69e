//! The SDK's HTTP layer, measured: every call with its input, its answer and its time.

use std::{
    mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use aws_sdk_dynamodb::config::RuntimeComponents;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use bytes::Bytes;
use serde_json::Value;

use crate::{background::exchange, record::Operation};

/// One call, measured.
#[derive(Clone, Debug)]
pub struct Metered {
    /// The operation.
    pub operation: Operation,
    /// What was asked.
    pub input: Value,
    /// What was answered.
    pub answer: Value,
    /// The answer's status.
    pub status: u16,
    /// When it was sent.
    pub begun: Instant,
    /// When the whole answer was there.
    pub ended: Instant,
}

impl Default for Metered {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            operation: Operation::Other,
            input: Value::Null,
            answer: Value::Null,
            status: 200,
            begun: now,
            ended: now,
        }
    }
}

impl Metered {
    /// The capacity that the engine says it consumed; refused calls say nothing.
    pub fn consumed(&self) -> f64 {
        let consumed = &self.answer["ConsumedCapacity"];
        let answers = consumed.as_array().map_or(std::slice::from_ref(consumed), Vec::as_slice);
        answers.iter().filter_map(|answer| answer["CapacityUnits"].as_f64()).sum()
    }

    /// Whether it reads.
    pub fn is_read(&self) -> bool {
        Operation::READS.contains(&self.operation)
    }

    /// Whether this is the permission check's round trip: it asks for the caller as administrator.
    pub fn is_permission_check(&self) -> bool {
        let tables = self.input["RequestItems"].as_object().into_iter().flatten();
        let mut keys = tables.filter_map(|(_, request)| request["Keys"].as_array()).flatten();
        keys.any(|key| key["SK"]["S"].as_str().is_some_and(|sk| sk.starts_with("ADMIN#S#")))
    }
}

/// A call as it went over the wire. It is read only when somebody asks: the measured request does
/// not wait for that.
#[derive(Debug)]
struct Seen {
    operation: Operation,
    input: Bytes,
    answer: Bytes,
    status: u16,
    begun: Instant,
    ended: Instant,
}

/// A meter; clones write into the same book.
#[derive(Clone, Debug)]
pub struct Meter {
    engine: SharedHttpConnector,
    book: Arc<Mutex<Vec<Seen>>>,
    transactions: Arc<AtomicU64>,
    apart: bool,
    keeps_book: bool,
}

impl Meter {
    /// A meter for calls in real time.
    pub fn real_time() -> Self {
        Self::new(false, true)
    }

    /// A meter in real time that keeps no book, only counts: where memory is what is measured.
    pub fn counting() -> Self {
        Self::new(false, false)
    }

    /// A meter for tests in paused time: exchanges run apart, so that they take none.
    pub fn paused_time() -> Self {
        Self::new(true, true)
    }

    fn new(apart: bool, keeps_book: bool) -> Self {
        let engine = SharedHttpConnector::new(Connector::builder().build_http());
        let (book, transactions) = (Arc::default(), Arc::default());
        Self { engine, book, transactions, apart, keeps_book }
    }

    /// How many transactions were written since it was made.
    pub fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    /// The calls since the last time, in the order in which they began: of those that are made at
    /// once, any may end first.
    pub fn take(&self) -> Vec<Metered> {
        let mut seen = mem::take(&mut *self.book.lock().unwrap_or_else(PoisonError::into_inner));
        seen.sort_by_key(|call| call.begun);
        seen.into_iter().map(Metered::from).collect()
    }

    async fn answer(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = Operation::of_target(target);
        if operation == Operation::TransactWriteItems {
            self.transactions.fetch_add(1, Ordering::Relaxed);
        }
        if !self.keeps_book {
            return self.engine.call(request).await;
        }
        let input = Bytes::copy_from_slice(request.body().bytes().unwrap_or_default());
        let begun = Instant::now();
        let asked = ask(self.engine.clone(), request);
        let asked = if self.apart { exchange(asked).await } else { asked.await };
        let (http, answer) = asked?;
        let status = http.status().as_u16();
        let seen = Seen { operation, input, answer, status, begun, ended: Instant::now() };
        self.book.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
        Ok(http)
    }
}

impl From<Seen> for Metered {
    fn from(seen: Seen) -> Self {
        let Seen { operation, input, answer, status, begun, ended } = seen;
        let parsed = |body: &[u8]| serde_json::from_slice(body).unwrap_or_default();
        Self { operation, input: parsed(&input), answer: parsed(&answer), status, begun, ended }
    }
}

/// Asks the engine and reads the whole answer.
async fn ask(
    engine: SharedHttpConnector,
    request: HttpRequest,
) -> Result<(HttpResponse, Bytes), ConnectorError> {
    let answer = engine.call(request).await?;
    let status = answer.status();
    let headers = answer.headers().clone();
    let body = ByteStream::new(answer.into_body()).collect().await;
    let body = body.map_err(|error| ConnectorError::io(error.into()))?;
    let body = body.into_bytes();
    let mut answer = HttpResponse::new(status, SdkBody::from(body.clone()));
    *answer.headers_mut() = headers;
    Ok((answer, body))
}

impl HttpConnector for Meter {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().answer(request))
    }
}

impl HttpClient for Meter {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
