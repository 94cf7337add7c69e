//! A caller of the API, for tests and for demo data: of the gateway without a socket, or by another way.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::Value;

use crate::{gateway::Gateway, tokens::TokenError};

/// By what way requests reach the gateway.
pub trait Way: Send + Sync {
    /// Has one request answered.
    fn answer(&self, request: Request<Bytes>) -> BoxFuture<'static, Response<Bytes>>;
}

impl Way for Gateway {
    fn answer(&self, request: Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> {
        let gateway = self.clone();
        // Boxed, so that whoever waits for many answers stays shallow.
        Box::pin(async move { gateway.handle(request).await })
    }
}

/// Somebody who calls the API: nobody, a person, or a machine of the vendor.
#[derive(Clone)]
pub struct Caller {
    way: Arc<dyn Way>,
    headers: HeaderMap,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it is.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Caller {
    /// A caller without a token.
    pub fn nobody(gateway: &Gateway) -> Self {
        Self::by(Arc::new(gateway.clone()), gateway.authority())
    }

    /// A caller without a token, by a way to the gateway at this address.
    pub fn by(way: Arc<dyn Way>, authority: &str) -> Self {
        Self { way, headers: HeaderMap::new() }.with("host", authority)
    }

    /// The person with this address, signed in as the user pool would sign it in.
    pub async fn person(gateway: &Gateway, email: &str) -> Result<Self, TokenError> {
        let token = gateway.person_token(email).await?;
        Ok(Self::nobody(gateway).bearing(&token))
    }

    /// A machine of the vendor.
    pub fn platform(gateway: &Gateway) -> Result<Self, TokenError> {
        Ok(Self::nobody(gateway).bearing(&gateway.platform_token()?))
    }

    /// The same caller with this bearer token.
    #[must_use]
    pub fn bearing(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// The same caller with a header on every request. What no header can carry is left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            self.headers.insert(name, value);
        }
        self
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// The same under an idempotency key: sent again, it does nothing a second time.
    pub async fn post_once(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.clone().with("idempotency-key", key).post(path, body).await
    }

    /// `PUT path` with a JSON body.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// `PATCH path` with a JSON body.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, Some(body)).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Any request with a JSON body, or none.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let kind = body.map(|_| "application/json");
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        self.send_bytes(method, path, kind, body).await
    }

    /// Any request with any bytes. A path that is none is answered 400, as a socket would.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.clone());
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        if let Some(kind) = content_type {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let Ok(request) = request.body(body) else {
            let headers = HeaderMap::new();
            return Answer { status: StatusCode::BAD_REQUEST, headers, body: Bytes::new() };
        };
        let (parts, body) = self.way.answer(request).await.into_parts();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}
