//! The product's own account of its capacity: the line that it logs for each request.

use std::{
    io,
    sync::{LazyLock, Mutex, PoisonError},
};

use serde_json::Value;
use tsunagu_local::client::Answer;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Sets the log up, once for all tests of this binary.
static SET_UP: LazyLock<()> = LazyLock::new(|| {
    let filter = "info".parse().expect("a log filter");
    // The product's log keeps panics' messages to itself; here they are what a test says.
    let hook = std::panic::take_hook();
    tsunagu_api::start::log_to(|| Sink, filter);
    std::panic::set_hook(hook);
});

struct Sink;

impl io::Write for Sink {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to keep what is logged.
pub(crate) fn begin() {
    LazyLock::force(&SET_UP);
}

/// Read and write units that the product logged for a request, by its id.
pub(crate) fn units(answer: &Answer) -> (f64, f64) {
    let id = answer.header("apigw-requestid").expect("the gateway names every request");
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let lines = String::from_utf8(lines).expect("the log is text");
    let line = lines.lines().rev().find(|line| line.contains(id) && line.contains("readUnits"));
    let line = line.unwrap_or_else(|| panic!("no line of the request {id}"));
    let line: Value = serde_json::from_str(line).expect("a line is JSON");
    let units = |name: &str| line[name].as_f64().expect("units");
    (units("readUnits"), units("writeUnits"))
}
