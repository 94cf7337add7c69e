//! Prints the OpenAPI document of all functions: `make openapi`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

fn main() -> ExitCode {
    let text = tsunagu_tests::contract::document_text();
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
