//! The single steps of a round.

use std::future::Future;

use http::Method;
use serde_json::Value;
use tsunagu_local::client::{Answer, Caller};

use crate::background::standing_still;

/// Who walks with a round.
pub trait Watch {
    /// A request is about to be made.
    fn before(&mut self, name: &'static str) -> impl Future<Output = ()>;
    /// It was answered.
    fn after(&mut self, asked: &Asked) -> impl Future<Output = ()>;
}

/// A request to make.
pub struct Request<'a> {
    pub(super) name: &'static str,
    route: &'static str,
    caller: Caller,
    parameters: Vec<&'a str>,
    query: &'a str,
    body: Option<Value>,
    status: u16,
    stands_still: bool,
}

/// A request that was answered as expected.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What it is for, in a few words.
    pub name: &'static str,
    /// The route key.
    pub route: &'static str,
    /// The query, without its question mark.
    pub query: String,
    /// The body that was sent.
    pub body: Option<Value>,
    /// What came back.
    pub answer: Answer,
}

impl<'a> Request<'a> {
    /// A request by its route key, for 200.
    pub fn new(name: &'static str, route: &'static str, caller: &Caller) -> Self {
        let caller = caller.clone();
        Self {
            name,
            route,
            caller,
            parameters: Vec::new(),
            query: "",
            body: None,
            status: 200,
            stands_still: false,
        }
    }

    /// Its path parameters, in their order.
    #[must_use]
    pub fn at(self, parameters: &[&'a str]) -> Self {
        Self { parameters: parameters.to_vec(), ..self }
    }

    /// Its query, encoded, without the question mark.
    #[must_use]
    pub fn query(self, query: &'a str) -> Self {
        Self { query, ..self }
    }

    /// Its body.
    #[must_use]
    pub fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// One more header.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        Self { caller: self.caller.with(name, value), ..self }
    }

    /// One that waits for a directory: paused time stands still meanwhile.
    #[must_use]
    pub fn standing_still(self) -> Self {
        Self { stands_still: true, ..self }
    }

    /// The status that it has to be answered with.
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(super) async fn send(self) -> Asked {
        let (method, path) = self.target();
        let sending = self.caller.send(method, &path, self.body.as_ref());
        let answer = if self.stands_still { standing_still(sending).await } else { sending.await };
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status.as_u16(), self.status, "{}: {text}", self.name);
        let Self { name, route, body, .. } = self;
        Asked { name, route, query: self.query.to_owned(), body, answer }
    }

    /// The method, and the path with its parameters in their places.
    fn target(&self) -> (Method, String) {
        let (method, template) = self.route.split_once(' ').expect("a route key has two parts");
        let mut parameters = self.parameters.iter();
        let mut segments: Vec<&str> = Vec::new();
        for segment in template.split('/') {
            let is_parameter = segment.starts_with('{');
            segments.push(if is_parameter { parameters.next().expect("given") } else { segment });
        }
        assert!(parameters.next().is_none(), "{}: too many parameters", self.name);
        let path = segments.join("/");
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        (method.parse().expect("a method"), path + &query)
    }
}

impl Asked {
    /// The body of the answer.
    pub fn json(&self) -> Value {
        self.answer.json()
    }

    /// A text in the body of the answer.
    pub fn text(&self, pointer: &str) -> String {
        let json = self.json();
        let text = json.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("{}: no text at {pointer}: {json}", self.name)).to_owned()
    }

    /// The mark of what was shown.
    pub fn etag(&self) -> String {
        self.answer.header("etag").unwrap_or_else(|| panic!("{}: no ETag", self.name)).to_owned()
    }
}
