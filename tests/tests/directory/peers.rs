//! Peers that are no honest directory, and those that listen in.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{SinkExt, StreamExt};
use ldap3_proto::{
    LdapCodec, LdapMsg, LdapResultCode,
    proto::{LdapBindResponse, LdapExtendedResponse, LdapOp, LdapResult, LdapSearchResultEntry},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};
use tokio_util::codec::Framed;

/// What a peer does with a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Answers what was asked with this result.
    Code(LdapResultCode),
    /// Answers so, whatever was asked.
    Answers(Vec<LdapOp>),
    /// Says these bytes.
    Bytes(Vec<u8>),
    /// Says an entry without end.
    Entries,
    /// Answers well after a while.
    After(Duration),
    /// Goes away.
    Close,
}

/// A peer; it ends when it is dropped.
pub(crate) struct Peer {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
    _tasks: JoinSet<()>,
}

impl Peer {
    /// A peer that does what it is told to.
    pub(crate) async fn start(reply: impl FnMut(&LdapOp) -> Reply + Send + 'static) -> Self {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(answer(listener, reply));
        let directory = address;
        // All of it is heard by who listens in between.
        Self::between(directory, tasks).await
    }

    /// A peer that accepts nothing and says nothing.
    pub(crate) async fn silent() -> Self {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut held = Vec::new();
            while let Ok(accepted) = listener.accept().await {
                held.push(accepted);
            }
        });
        Self { address, heard: Arc::default(), _tasks: tasks }
    }

    /// Listens in between a client and a directory.
    pub(crate) async fn listening_to(port: u16) -> Self {
        Self::between(SocketAddr::from(([127, 0, 0, 1], port)), JoinSet::new()).await
    }

    async fn between(directory: SocketAddr, mut tasks: JoinSet<()>) -> Self {
        let (listener, address) = listen().await;
        let heard = Arc::new(Mutex::new(Vec::new()));
        tasks.spawn(listen_in(listener, directory, heard.clone()));
        Self { address, heard, _tasks: tasks }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Whether a client said this.
    pub(crate) fn heard(&self, text: &str) -> bool {
        let heard = self.heard.lock().expect("nobody panics with it");
        heard.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// Whether a client said anything.
    pub(crate) fn heard_anything(&self) -> bool {
        !self.heard.lock().expect("nobody panics with it").is_empty()
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("there is a free port");
    let address = listener.local_addr().expect("it listens");
    (listener, address)
}

async fn listen_in(listener: TcpListener, directory: SocketAddr, heard: Arc<Mutex<Vec<u8>>>) {
    loop {
        let (client, _) = listener.accept().await.expect("it listens");
        let mut directory = TcpStream::connect(directory).await.expect("it is up");
        let (mut from, mut to) = client.into_split();
        let (mut answers, mut requests) = directory.split();
        let ask = async {
            let mut bytes = [0; 4096];
            loop {
                let length = from.read(&mut bytes).await.unwrap_or(0);
                heard.lock().expect("nobody panics with it").extend(&bytes[..length]);
                if length == 0 || requests.write_all(&bytes[..length]).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = ask => {}
            _ = tokio::io::copy(&mut answers, &mut to) => {}
        }
    }
}

async fn answer(listener: TcpListener, mut reply: impl FnMut(&LdapOp) -> Reply) {
    loop {
        let (stream, _) = listener.accept().await.expect("it listens");
        let mut messages = Framed::new(stream, LdapCodec::default());
        while let Some(Ok(LdapMsg { msgid, op, .. })) = messages.next().await {
            let said = match reply(&op) {
                Reply::Code(code) => say(&mut messages, msgid, vec![result(&op, code)]).await,
                Reply::Answers(answers) => say(&mut messages, msgid, answers).await,
                Reply::Bytes(bytes) => messages.get_mut().write_all(&bytes).await.is_ok(),
                Reply::Entries => {
                    while say(&mut messages, msgid, vec![entry()]).await {}
                    false
                }
                Reply::After(time) => {
                    sleep(time).await;
                    say(&mut messages, msgid, vec![result(&op, LdapResultCode::Success)]).await
                }
                Reply::Close => false,
            };
            if !said {
                break;
            }
        }
    }
}

async fn say(messages: &mut Framed<TcpStream, LdapCodec>, id: i32, answers: Vec<LdapOp>) -> bool {
    for answer in answers {
        if messages.send(LdapMsg::new(id, answer)).await.is_err() {
            return false;
        }
    }
    true
}

/// The answer of its kind to a request.
pub(crate) fn result(asked: &LdapOp, code: LdapResultCode) -> LdapOp {
    let empty = String::new;
    let res = LdapResult { code, matcheddn: empty(), message: empty(), referral: Vec::new() };
    match asked {
        LdapOp::BindRequest(_) => LdapOp::BindResponse(LdapBindResponse { res, saslcreds: None }),
        LdapOp::SearchRequest(_) => LdapOp::SearchResultDone(res),
        _ => LdapOp::ExtendedResponse(LdapExtendedResponse { res, name: None, value: None }),
    }
}

/// An entry of no matter.
pub(crate) fn entry() -> LdapOp {
    LdapOp::SearchResultEntry(LdapSearchResultEntry {
        dn: "uid=hanako,dc=example,dc=com".to_owned(),
        attributes: Vec::new(),
    })
}
