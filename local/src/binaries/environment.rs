//! One environment: a process of the function's bootstrap, and what it talks to. It takes one call at
//! a time and is reused until it ends, or has to be ended.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use bytes::Bytes;
use serde_json::Value;
use tokio::{
    process::{Child, Command},
    sync::{mpsc, oneshot},
    time::sleep,
};

use super::{
    api::{Call, RuntimeApi},
    log::Log,
};
use crate::function::FunctionError;

/// How long a bootstrap may take until it asks for its first event: as long as Lambda gives it.
const INIT_TIME: Duration = Duration::from_secs(10);

/// What an environment is made of.
pub(super) struct Blueprint {
    /// The function's name.
    pub(super) name: String,
    /// The program.
    pub(super) bootstrap: PathBuf,
    /// All that it finds in its environment, the address of the Runtime API apart.
    pub(super) variables: BTreeMap<String, String>,
    /// Where its output goes.
    pub(super) log: Log,
}

impl Blueprint {
    fn arn(&self) -> String {
        let region = self.variables.get("AWS_REGION").map_or("us-east-1", String::as_str);
        format!("arn:aws:lambda:{region}:000000000000:function:{}", self.name)
    }
}

/// What came of a call.
pub(super) enum Called {
    /// The function answered or told of its error. The environment can be called again.
    Told(Result<Value, FunctionError>),
    /// The environment ended before it took the call, which nobody has seen.
    Untaken(FunctionError),
    /// The environment ended with the call, or had to be ended.
    Lost(FunctionError),
}

/// A running environment; it ends when it is dropped.
pub(super) struct Environment {
    process: Child,
    calls: mpsc::Sender<Call>,
    unstarted: oneshot::Receiver<String>,
    // Answers as long as it is held.
    _api: RuntimeApi,
}

impl Environment {
    /// Starts the bootstrap. Whether it comes up shows with the first call.
    pub(super) async fn start(blueprint: &Blueprint) -> io::Result<Self> {
        let (calls, given) = mpsc::channel(1);
        let (telling, unstarted) = oneshot::channel();
        let api = RuntimeApi::start(blueprint.arn(), given, telling).await?;
        let mut command = Command::new(&blueprint.bootstrap);
        command
            // Nothing of the developer's own: neither a profile of AWS nor a proxy.
            .env_clear()
            .envs(&blueprint.variables)
            .env("AWS_LAMBDA_RUNTIME_API", api.authority())
            .current_dir(blueprint.bootstrap.parent().unwrap_or(Path::new("/")))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A key press of ctrl-c is for the server, which lets requests finish first.
        #[cfg(unix)]
        command.process_group(0);
        let mut process = command.spawn()?;
        blueprint.log.follow(process.stdout.take());
        blueprint.log.follow(process.stderr.take());
        Ok(Self { process, calls, unstarted, _api: api })
    }

    /// Has one call done. Its time begins when the bootstrap takes it.
    pub(super) async fn call(&mut self, id: String, event: Bytes, timeout: Duration) -> Called {
        let untaken = |why| Called::Untaken(FunctionError::NotStarted(why));
        // What waits for its next call on behalf of one that is gone must not be given any.
        if let Ok(Some(ended)) = self.process.try_wait() {
            return untaken(ended.to_string());
        }
        let (taken, is_taken) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        // Taken from the channel only by the interface, which is held as long as this is.
        let _ = self.calls.send(Call { id, event, timeout, taken, answer }).await;
        tokio::select! {
            biased;
            Ok(()) = is_taken => {}
            Ok(why) = &mut self.unstarted => return untaken(why),
            ended = self.process.wait() => return untaken(how(ended)),
            () = sleep(INIT_TIME) => {
                self.end().await;
                return untaken(format!("it asked for no event in {} s", INIT_TIME.as_secs()));
            }
        }
        tokio::select! {
            // What was answered counts, also where the process ended right behind it.
            biased;
            Ok(told) = answered => Called::Told(told),
            ended = self.process.wait() => Called::Lost(FunctionError::Ended(how(ended))),
            () = sleep(timeout) => {
                self.end().await;
                Called::Lost(FunctionError::TimedOut(timeout))
            }
        }
    }

    async fn end(&mut self) {
        // It may have ended by itself a moment before.
        let _ = self.process.kill().await;
    }
}

fn how(ended: io::Result<ExitStatus>) -> String {
    ended.map_or_else(|error| error.to_string(), |status| status.to_string())
}
