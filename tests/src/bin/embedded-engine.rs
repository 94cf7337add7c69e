//! The embedded engine alone in a process, so that a test can kill it: with its data in the folder that
//! is its argument, until somebody ends it or its standard input does.

use std::{error::Error, io::Write, path::Path};

use tokio::io::AsyncReadExt;
use tsunagu_local::engine::Engine;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("the folder of its data is missing")?;
    let engine = Engine::in_folder(Path::new(&folder)).await?;
    writeln!(std::io::stdout(), "{}", engine.endpoint())?;
    // Whoever started it is gone when nobody holds the other end.
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    engine.stop().await;
    Ok(())
}
