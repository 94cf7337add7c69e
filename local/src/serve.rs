//! The gateway on a socket.

use std::{
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{ConnectInfo, Request},
    response::Response,
};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::net::TcpListener;

use crate::{
    answer::own,
    event::SourceIp,
    gateway::{BODY_LIMIT, Gateway},
};

/// How long requests that are being answered may go on after a stop was asked for.
const GRACE: Duration = Duration::from_secs(10);

/// A listener on loopback, and on nothing else.
pub async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Answers requests from `listener` until `stop` resolves; what is being answered then is finished.
pub async fn serve(
    gateway: Gateway,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = Router::new().fallback(move |request: Request| answer(gateway.clone(), request));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let served = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        // Nobody waits any more when the server has already ended.
        let _ = stopping.send(());
    });
    let late = async {
        let _ = stopped.await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = served.into_future() => ended,
        // A client that never finishes its request must not keep the process alive.
        () = late => Ok(()),
    }
}

async fn answer(gateway: Gateway, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() {
        let source = SourceIp(peer.ip());
        parts.extensions.insert(source);
    }
    let response = match collected(body).await {
        Ok(body) => gateway.handle(Request::from_parts(parts, body)).await,
        Err(refusal) => refusal,
    };
    response.map(Body::from)
}

async fn collected(body: Body) -> Result<Bytes, http::Response<Bytes>> {
    let too_large = || own(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    // A body that says that it is too large need not be waited for.
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return Err(too_large());
    }
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(own(StatusCode::BAD_REQUEST, "Bad Request")),
    }
}
