//! A function as the Lambda service sees it: one JSON document in, one out, within a time and a
//! size. What stands behind it, a handler in this process or a binary, is no business of the gateway.

use std::{
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::future::BoxFuture;
use lambda_runtime::{Context, LambdaEvent};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tower::{Service, ServiceExt};

/// Lambda's limit for the event and for the answer of a synchronous invocation: 6 MB.
pub const PAYLOAD_LIMIT: usize = 6 * 1024 * 1024;

/// One call of a function.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The event.
    pub event: Value,
    /// The id under which the gateway knows the request.
    pub request_id: String,
    /// How long it may take.
    pub timeout: Duration,
}

/// Why a function gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// The event is larger than Lambda takes.
    #[error("the event is larger than {PAYLOAD_LIMIT} bytes")]
    EventTooLarge,
    /// The answer is larger than Lambda gives back.
    #[error("the answer is larger than {PAYLOAD_LIMIT} bytes")]
    AnswerTooLarge,
    /// The function returned an error.
    #[error("the function failed: {0}")]
    Failed(String),
    /// The function panicked.
    #[error("the function panicked")]
    Panicked,
    /// Its environment cannot be had: the binary does not start.
    #[error("the function did not start: {0}")]
    NotStarted(String),
    /// Its environment ended in the midst of the call.
    #[error("the function ended before it answered: {0}")]
    Ended(String),
    /// All environments that it may have are busy.
    #[error("all {0} environments of the function are busy")]
    Throttled(usize),
    /// The function took longer than it may.
    #[error("the function took longer than {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// A function that can be invoked.
pub trait Function: Send + Sync {
    /// Runs it once.
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Result<Value, FunctionError>>;
}

/// A handler in this process, as the Lambda runtime would call it.
pub struct InProcess<S, E> {
    // Services need not be `Sync`; each invocation works on a clone of its own.
    service: Arc<Mutex<S>>,
    event: PhantomData<fn(E)>,
}

impl<S, E> InProcess<S, E> {
    /// Puts `service` behind the gateway; `E` is the event that it takes.
    pub fn new(service: S) -> Self {
        Self { service: Arc::new(Mutex::new(service)), event: PhantomData }
    }
}

impl<S, E> Function for InProcess<S, E>
where
    S: Service<LambdaEvent<E>> + Clone + Send + 'static,
    S::Response: Serialize,
    S::Error: std::fmt::Display,
    S::Future: Send,
    E: DeserializeOwned + Send + 'static,
{
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Result<Value, FunctionError>> {
        let service = self.service.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(async move {
            let timeout = invocation.timeout;
            // A task of its own: a panic ends this invocation and nothing else.
            let mut task = tokio::spawn(run(service, invocation));
            match tokio::time::timeout(timeout, &mut task).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => Err(FunctionError::Panicked),
                Err(_) => {
                    task.abort();
                    Err(FunctionError::TimedOut(timeout))
                }
            }
        })
    }
}

async fn run<S, E>(service: S, invocation: Invocation) -> Result<Value, FunctionError>
where
    S: Service<LambdaEvent<E>>,
    S::Response: Serialize,
    S::Error: std::fmt::Display,
    E: DeserializeOwned,
{
    let context = context(&invocation);
    // Through bytes, as on AWS: what does not survive them must not work here.
    let event = serde_json::to_vec(&invocation.event).map_err(failed)?;
    if event.len() > PAYLOAD_LIMIT {
        return Err(FunctionError::EventTooLarge);
    }
    let event = serde_json::from_slice(&event).map_err(failed)?;
    let answer = service.oneshot(LambdaEvent::new(event, context)).await.map_err(failed)?;
    let answer = serde_json::to_vec(&answer).map_err(failed)?;
    if answer.len() > PAYLOAD_LIMIT {
        return Err(FunctionError::AnswerTooLarge);
    }
    serde_json::from_slice(&answer).map_err(failed)
}

fn context(invocation: &Invocation) -> Context {
    let deadline = SystemTime::now() + invocation.timeout;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut context = Context::default();
    context.request_id.clone_from(&invocation.request_id);
    context.deadline = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
    context
}

fn failed(error: impl std::fmt::Display) -> FunctionError {
    FunctionError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use lambda_runtime::{Error, service_fn};
    use serde_json::json;

    use super::*;

    fn invocation(event: Value) -> Invocation {
        Invocation { event, request_id: "r-1".to_owned(), timeout: Duration::from_secs(10) }
    }

    #[tokio::test]
    async fn given_a_handler_when_invoked_then_event_and_context_reach_it() {
        let echo = service_fn(|event: LambdaEvent<Value>| async move {
            let remaining = event.context.deadline() > SystemTime::now();
            Ok::<_, Error>(
                json!({"saw": event.payload, "id": event.context.request_id, "time": remaining}),
            )
        });
        let answer = InProcess::new(echo).invoke(invocation(json!({"a": 1}))).await;
        assert_eq!(answer, Ok(json!({"saw": {"a": 1}, "id": "r-1", "time": true})));
    }

    #[tokio::test]
    async fn given_a_handler_that_fails_or_panics_when_invoked_then_it_is_told_apart() {
        let failing =
            service_fn(|_: LambdaEvent<Value>| async { Err::<Value, Error>("no".into()) });
        let answer = InProcess::new(failing).invoke(invocation(json!({}))).await;
        assert_eq!(answer, Err(FunctionError::Failed("no".to_owned())));

        let panicking = service_fn(|event: LambdaEvent<Value>| async move {
            assert!(event.payload.is_string(), "panics on purpose");
            Ok::<_, Error>(json!({}))
        });
        let answer = InProcess::new(panicking).invoke(invocation(json!({}))).await;
        assert_eq!(answer, Err(FunctionError::Panicked));
    }

    #[tokio::test(start_paused = true)]
    async fn given_a_handler_that_hangs_when_its_time_is_over_then_it_is_stopped() {
        let hanging =
            service_fn(|_: LambdaEvent<Value>| std::future::pending::<Result<Value, Error>>());
        let answer = InProcess::new(hanging).invoke(invocation(json!({}))).await;
        assert_eq!(answer, Err(FunctionError::TimedOut(Duration::from_secs(10))));
    }

    #[tokio::test]
    async fn given_six_megabytes_when_invoked_then_lambdas_limits_hold_both_ways() {
        let huge = "x".repeat(PAYLOAD_LIMIT);
        let grow = service_fn(|event: LambdaEvent<Value>| async move {
            Ok::<_, Error>(json!([event.payload, event.payload]))
        });
        let function = InProcess::new(grow);
        let answer = function.invoke(invocation(json!(huge))).await;
        assert_eq!(answer, Err(FunctionError::EventTooLarge));
        let half = &huge[..=PAYLOAD_LIMIT / 2];
        let answer = function.invoke(invocation(json!(half))).await;
        assert_eq!(answer, Err(FunctionError::AnswerTooLarge));
    }

    #[tokio::test]
    async fn given_an_event_of_another_shape_when_invoked_then_the_function_fails() {
        let typed =
            service_fn(|event: LambdaEvent<u8>| async move { Ok::<_, Error>(event.payload) });
        let answer = InProcess::new(typed).invoke(invocation(json!("text"))).await;
        assert!(matches!(answer, Err(FunctionError::Failed(_))), "{answer:?}");
    }
}
