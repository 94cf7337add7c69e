//! The runtime that engines and connections to them live on.
//!
//! Tests run in paused time, which jumps to the next timer as soon as nothing is left to do, and
//! waiting for a socket counts as nothing. So every exchange with an engine runs over here, while
//! the test's own runtime holds a blocking task, during which its time stands still. An exchange
//! takes no time at all, then, and a time limit only strikes where a fault makes it.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("threads can be had")
});

/// Runs a future on the background runtime; the caller's paused time stands still meanwhile.
pub async fn exchange<F>(future: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let running = tokio::task::spawn_blocking(|| RUNTIME.block_on(future));
    running.await.expect("the exchange does not panic")
}

/// Lets a future run that waits for sockets of its own, those of a directory: the paused time of its
/// runtime stands still meanwhile, as in an exchange. What waits for time there waits for ever.
pub async fn standing_still<F: Future>(future: F) -> F::Output {
    let (running, ended) = std::sync::mpsc::channel::<()>();
    // Ends when the sender is gone.
    let held = tokio::task::spawn_blocking(move || ended.recv());
    let output = future.await;
    drop(running);
    let _ = held.await;
    output
}

/// An exchange from a thread that no future runs on, or from a destructor.
pub(crate) fn exchange_now<F>(future: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let running = std::thread::spawn(|| RUNTIME.block_on(future));
    running.join().expect("the exchange does not panic")
}
