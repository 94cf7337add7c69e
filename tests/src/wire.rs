//! Requests over a real socket, each on a connection of its own.

use std::io::{self, Write};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue, Request, Response};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tsunagu_local::client::Way;

use crate::secrets::Secrets;

/// The way to the server at an address.
pub struct Wire {
    /// Where it listens.
    pub address: String,
    /// Where the secrets are kept that go over it.
    pub secrets: Secrets,
}

impl Way for Wire {
    fn answer(&self, request: Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> {
        let (address, secrets) = (self.address.clone(), self.secrets.clone());
        Box::pin(async move {
            secrets.sent(&request);
            let answer = exchange(&address, &request).await.expect("the server takes connections");
            let answer = parsed(&answer).expect("the server answers in HTTP/1.1");
            secrets.told(&answer);
            answer
        })
    }
}

async fn exchange(address: &str, request: &Request<Bytes>) -> io::Result<Vec<u8>> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let mut sent = Vec::new();
    write!(sent, "{} {target} HTTP/1.1\r\nconnection: close\r\n", request.method())?;
    for (name, value) in request.headers() {
        write!(sent, "{name}: {}\r\n", value.to_str().map_err(io::Error::other)?)?;
    }
    write!(sent, "\r\n")?;
    sent.extend_from_slice(request.body());
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&sent).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// The head, and as the body whatever follows: the server knows the length of all that it sends.
fn parsed(answer: &[u8]) -> Option<Response<Bytes>> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut response = Response::new(Bytes::copy_from_slice(&answer[end + 4..]));
    *response.status_mut() = status.try_into().ok()?;
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        response.headers_mut().append(name, HeaderValue::from_str(value).ok()?);
    }
    (!response.headers().contains_key("transfer-encoding")).then_some(response)
}
