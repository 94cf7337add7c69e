//! The environments of one function: as many as there are calls at a time, up to a limit, and reused.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::environment::{Blueprint, Called, Environment};
use crate::function::{Function, FunctionError, Invocation, PAYLOAD_LIMIT};

/// A function that runs as its own binary. Its environments end when it is dropped.
pub(super) struct Pool {
    inner: Arc<Inner>,
}

struct Inner {
    blueprint: Blueprint,
    limit: usize,
    room: Semaphore,
    idle: Mutex<Vec<Environment>>,
    started: Arc<AtomicUsize>,
}

impl Pool {
    /// A function that may have so many environments at a time; those that it has had are counted.
    pub(super) fn new(blueprint: Blueprint, limit: usize, started: Arc<AtomicUsize>) -> Self {
        let (room, idle) = (Semaphore::new(limit), Mutex::default());
        Self { inner: Arc::new(Inner { blueprint, limit, room, idle, started }) }
    }
}

impl Function for Pool {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Result<Value, FunctionError>> {
        let inner = self.inner.clone();
        Box::pin(async move {
            // A task of its own: on Lambda too a call goes on when nobody waits for it any more.
            let run = tokio::spawn(async move { inner.run(invocation).await });
            run.await.unwrap_or(Err(FunctionError::Panicked))
        })
    }
}

impl Inner {
    fn idle(&self) -> MutexGuard<'_, Vec<Environment>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, invocation: Invocation) -> Result<Value, FunctionError> {
        let Ok(_place) = self.room.try_acquire() else {
            return Err(FunctionError::Throttled(self.limit));
        };
        let Invocation { event, request_id, timeout } = invocation;
        let event = Bytes::from(event.to_string());
        if event.len() > PAYLOAD_LIMIT {
            return Err(FunctionError::EventTooLarge);
        }
        loop {
            let used = self.idle().pop();
            let is_fresh = used.is_none();
            let mut environment = match used {
                Some(environment) => environment,
                None => self.start().await?,
            };
            match environment.call(request_id.clone(), event.clone(), timeout).await {
                Called::Told(answer) => {
                    self.idle().push(environment);
                    return answer;
                }
                // It had ended while nobody looked: the call is still whole, and goes to another.
                Called::Untaken(_) if !is_fresh => {}
                Called::Untaken(error) | Called::Lost(error) => return Err(error),
            }
        }
    }

    async fn start(&self) -> Result<Environment, FunctionError> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let started = Environment::start(&self.blueprint).await;
        started.map_err(|error| FunctionError::NotStarted(error.to_string()))
    }
}
