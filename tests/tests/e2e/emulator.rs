//! Every binary under AWS's own emulator of the Lambda runtime, which is part of the SAM CLI: what our
//! stand-in for the Runtime API gets wrong, this one need not. It takes one call at a time.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use tokio::{net::TcpStream, time::sleep};
use tsunagu_local::{
    binaries::environment,
    client::Way,
    engine::Engine,
    server::TABLE,
    template::{DEPLOYED, Template},
};
use tsunagu_tests::{
    elsewhere::free_address,
    events,
    laptop::folder,
    secrets::Secrets,
    wire::Wire,
    world::{environments, parameters},
};

/// Names the emulator's program; `make e2e` does.
const EMULATOR: &str = "LAMBDA_EMULATOR";
const INVOKE: &str = "/2015-03-31/functions/function/invocations";

/// A function under the emulator; its process starts with the first call, and ends with this.
struct Emulated {
    emulator: Child,
    authority: String,
}

impl Emulated {
    async fn start(
        emulator: &Path,
        bootstrap: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let authority = free_address().to_string();
        let child = Command::new(emulator)
            .args(["--log-level", "error", "--runtime-interface-emulator-address", &authority])
            .args(["--runtime-api-address", &free_address().to_string()])
            .arg(bootstrap)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        for _ in 0..200 {
            if TcpStream::connect(&authority).await.is_ok() {
                break;
            }
            sleep(Duration::from_millis(25)).await;
        }
        Self { emulator: child, authority }
    }

    async fn call(&self, event: &Value) -> Value {
        let body = Bytes::from(event.to_string());
        let request = Request::post(INVOKE)
            .header("host", &self.authority)
            .header("content-length", body.len())
            .body(body)
            .expect("a request");
        let wire = Wire { address: self.authority.clone(), secrets: Secrets::default() };
        let answer = wire.answer(request).await;
        serde_json::from_slice(answer.body()).expect("the function's answer is JSON")
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        // The binary ends by itself: its Runtime API is gone.
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_aws_own_emulator_when_a_binary_is_handed_its_sample_twice_then_it_answers() {
    let emulator = env::var_os(EMULATOR).map(PathBuf::from);
    let emulator = emulator.expect("make e2e names AWS's emulator in LAMBDA_EMULATOR");
    let template = Template::parse(DEPLOYED, &parameters()).expect("it is ours");
    let own = environments(&template, TABLE);
    for (name, spec) in &template.functions {
        // Given a table of its own, so that the answer is that of an empty one
        let engine = Engine::in_memory().await.expect("the embedded engine starts");
        let table = template.table.clone().without_stream();
        table.create_if_absent(&engine.client(), TABLE).await.expect("the table is made");
        let variables = environment(name, spec, own[name].clone(), &engine);
        let bootstrap = folder().join(name).join("bootstrap");
        let emulated = Emulated::start(&emulator, &bootstrap, &variables).await;
        // When it is called, then it answers; and once more from the environment that is there.
        events::expect_answer(name, &emulated.call(&events::event(name)).await);
        let again = emulated.call(&events::event(name)).await;
        assert!(again.get("errorMessage").is_none(), "{name}: {again}");
        drop(emulated);
        engine.stop().await;
    }
}
