//! The way to the database, on which things go wrong: connections are refused and cut, answers come
//! late, and answers are dropped although the database has done the work.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
};

use crate::{dice::Dice, report::Tally};

pub(crate) const REFUSED: &str = "connections refused while the database is away";
pub(crate) const CUT_OFF: &str = "connections cut as the database went away";
pub(crate) const CUT_BEFORE: &str = "requests cut before the database";
pub(crate) const DROPPED_AFTER: &str = "answers dropped after the work was done";
pub(crate) const DELAYED: &str = "answers delayed";

/// Of a thousand requests, how many never reach the database.
const CUT: u32 = 6;
/// Of a thousand answers, how many never come.
const DROPPED: u32 = 12;
/// Of a thousand answers, how many come late: up to beyond what the store waits for one.
const LATE: u32 = 20;

/// Which way bytes go.
#[derive(Clone, Copy)]
enum Bytes {
    Asked,
    Answered,
}

/// The way. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Proxy {
    inner: Arc<Inner>,
}

struct Inner {
    /// Where everybody else finds it.
    address: SocketAddr,
    /// Where the database is; nowhere while it is away. Whoever sends cuts all that is under way.
    database: watch::Sender<Option<SocketAddr>>,
    harmful: AtomicBool,
    dice: Dice,
    tally: Tally,
}

impl Proxy {
    /// A way that does no harm yet.
    pub(crate) async fn start(dice: Dice, tally: Tally) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, harmful) = (listener.local_addr()?, AtomicBool::new(false));
        let inner = Inner { address, database: watch::Sender::new(None), harmful, dice, tally };
        let inner = Arc::new(inner);
        let serving = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let serving = Arc::clone(&serving);
                tokio::spawn(async move { serving.carry(client).await });
            }
        });
        Ok(Self { inner })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.inner.address)
    }

    /// The database is there; or nowhere, and every connection to it is cut.
    pub(crate) fn leads_to(&self, database: Option<SocketAddr>) {
        self.inner.database.send_replace(database);
    }

    /// Whether it does harm by itself.
    pub(crate) fn set_harmful(&self, harmful: bool) {
        self.inner.harmful.store(harmful, Ordering::Relaxed);
    }
}

impl Inner {
    /// Whether something happens to this request or answer.
    fn strikes(&self, of_thousand: u32) -> bool {
        self.harmful.load(Ordering::Relaxed) && self.dice.chance(of_thousand)
    }

    /// Carries what goes to and fro on a connection, until one side or the way ends it.
    async fn carry(&self, mut client: TcpStream) {
        let mut database = self.database.subscribe();
        let address = *database.borrow_and_update();
        let Some(address) = address else {
            self.tally.fault(REFUSED);
            return;
        };
        let Ok(mut server) = TcpStream::connect(address).await else { return };
        // Many small answers: none of them waits for the next.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let asked = AtomicBool::new(false);
        let ((asking, answered), (answering, questions)) = (client.split(), server.split());
        tokio::select! {
            _ = self.carry_on(Bytes::Asked, (asking, questions), &asked) => {}
            _ = self.carry_on(Bytes::Answered, (answering, answered), &asked) => {}
            _ = database.changed() => self.tally.fault(CUT_OFF),
        }
    }

    /// Carries bytes one way, as long as they may pass.
    async fn carry_on(
        &self,
        bytes: Bytes,
        (mut from, mut to): (ReadHalf<'_>, WriteHalf<'_>),
        asked: &AtomicBool,
    ) -> io::Result<()> {
        let mut piece = vec![0; 64 * 1024];
        loop {
            let count = from.read(&mut piece).await?;
            if count == 0 {
                return Ok(());
            }
            let may_pass = match bytes {
                Bytes::Asked => self.passes_on(asked),
                Bytes::Answered => self.gives_back(asked).await,
            };
            if !may_pass {
                return Ok(());
            }
            to.write_all(&piece[..count]).await?;
        }
    }

    /// Whether what was asked gets to the database; it is struck where a request begins.
    fn passes_on(&self, asked: &AtomicBool) -> bool {
        let is_cut = !asked.swap(true, Ordering::Relaxed) && self.strikes(CUT);
        if is_cut {
            self.tally.fault(CUT_BEFORE);
        }
        !is_cut
    }

    /// Whether an answer gets to whoever asked, sooner or later. When it begins, the database has done the
    /// work.
    async fn gives_back(&self, asked: &AtomicBool) -> bool {
        if !asked.swap(false, Ordering::Relaxed) {
            return true;
        }
        if self.strikes(DROPPED) {
            self.tally.fault(DROPPED_AFTER);
            return false;
        }
        if self.strikes(LATE) {
            self.tally.fault(DELAYED);
            tokio::time::sleep(self.dice.millis(20..2500)).await;
        }
        true
    }
}
