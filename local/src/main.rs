//! `make run`: the whole back end on a laptop.

use std::{io::Write, process::ExitCode};

use tsunagu_local::{functions, server::Server, settings::Settings};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done where even standard error is closed.
            let _ = writeln!(std::io::stderr(), "tsunagu: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::from_environment()?;
    let server = Server::start(&settings, functions::all).await?;
    let base = format!("http://{}", server.gateway().authority());
    welcome(&base)?;
    server.run(stopped()).await?;
    Ok(())
}

fn welcome(base: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "ready on {base}")?;
    out.flush()
}

async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler the signal itself ends the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
