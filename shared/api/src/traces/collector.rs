//! Who listens on loopback: a collector, or who answers for the table.

use std::{
    io::{BufRead, BufReader, Read, Result, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::Span,
};
use prost::Message;

/// Answers each request in one way, and keeps what was sent.
#[derive(Clone)]
pub(super) struct Listener {
    address: String,
    sent: Arc<Mutex<Vec<Request>>>,
}

/// The first line of a request, and its body.
type Request = (String, Vec<u8>);

impl Listener {
    /// One that answers so, after so long.
    pub(super) fn new(answer: &'static str, after: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let sent: Arc<Mutex<Vec<Request>>> = Arc::default();
        let kept = Arc::clone(&sent);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || {
                    if let Ok(request) = read(&stream) {
                        kept.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                        thread::sleep(after);
                        let _ = answer_with(stream, answer);
                    }
                });
            }
        });
        Self { address, sent }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// What was sent until now.
    pub(super) fn sent(&self) -> Vec<Request> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was sent to a collector: the spans, and whose they are.
    pub(super) fn spans(&self) -> Vec<(Resource, Span)> {
        let batches = self.sent().into_iter().flat_map(|(line, body)| {
            assert_eq!(line, "POST /v1/traces HTTP/1.1");
            let batch = ExportTraceServiceRequest::decode(body.as_slice()).expect("protobuf");
            batch.resource_spans
        });
        let spans = batches.flat_map(|batch| {
            let resource = batch.resource.expect("a resource");
            let spans = batch.scope_spans.into_iter().flat_map(|scope| scope.spans);
            spans.map(|span| (resource.clone(), span)).collect::<Vec<_>>()
        });
        spans.collect()
    }
}

fn read(stream: &TcpStream) -> Result<Request> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((first.trim().to_owned(), body))
}

fn answer_with(mut stream: TcpStream, answer: &str) -> Result<()> {
    let (status, body) = answer.split_once(' ').expect("a status and a body");
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} .\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// Attributes as text: `name=value`.
pub(super) fn told(attributes: &[KeyValue]) -> Vec<String> {
    let told = attributes.iter().map(|attribute| {
        let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
        let value = match value.expect("a value") {
            Value::StringValue(text) => text.clone(),
            Value::BoolValue(flag) => flag.to_string(),
            Value::IntValue(number) => number.to_string(),
            other => panic!("{other:?}"),
        };
        format!("{}={value}", attribute.key)
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}
