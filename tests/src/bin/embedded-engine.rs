//! The embedded engine alone in a process, so that a test can kill it: with its data in the folder that
//! is its argument, until somebody ends it or its standard input does.

use std::{error::Error, path::Path};

use tsunagu_local::engine::Engine;
use tsunagu_tests::elsewhere;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("the folder of its data is missing")?;
    let engine = Engine::in_folder(Path::new(&folder)).await?;
    Ok(elsewhere::serve(engine).await?)
}
