//! `make run`: the whole back end on a laptop.

use std::{env, error::Error, io::Write, process::ExitCode, sync::Arc};

use tsunagu_api::start::{LogFilter, log_to};
use tsunagu_local::{
    arguments::Arguments,
    binaries::Binaries,
    demo::{self, Demo, people},
    functions,
    server::{Server, TABLE},
    settings::Settings,
};

/// What is logged where nobody says otherwise. The embedded database warns of every condition that
/// does not hold, which is how the product finds out what is there.
const FILTER: &str = "info,dynoxide=error";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    // Lossy on purpose: what is no Unicode means nothing here and is shown as such.
    let arguments = env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let arguments = Arguments::read(arguments)?;
    let settings = Settings::from_environment()?;
    let filter = filter()?;
    // Quiet until everything is up: a newcomer wants to see the ready line, not how demo data is made.
    let stop = stopped()?;
    let server = match arguments.binaries {
        None => Server::start(&settings, functions::all).await?,
        Some(folder) => {
            let binaries = Binaries::in_folder(folder, Arc::new(write_line));
            Server::start_binaries(&settings, &binaries).await?
        }
    };
    let demo = demo_data(&settings, &server).await;
    let (reads, clock) = (server.gateway().reads().clone(), server.gateway().clock().clone());
    log_to(reads.beside(std::io::stderr, clock), filter);
    welcome(&server, &settings, demo.as_ref())?;
    server.run(stop).await?;
    Ok(())
}

fn filter() -> Result<LogFilter, String> {
    let asked = env::var("RUST_LOG").ok().filter(|asked| !asked.is_empty());
    let asked = asked.unwrap_or_else(|| FILTER.to_owned());
    asked.parse().map_err(|error| format!("RUST_LOG={asked}: is no log filter: {error}"))
}

/// Demo data where it is wanted and allowed. Without it the server is as good as with it, so a
/// failure is told and no more.
async fn demo_data(settings: &Settings, server: &Server) -> Option<Demo> {
    if !settings.demo || !settings.development() {
        return None;
    }
    let telling = || complain("writing demo data …");
    let demo = if server.gateway().clock().is_movable() {
        demo::seed_telling(server.gateway(), telling).await.map(Some)
    } else {
        demo::find(server.gateway()).await.inspect(|found| {
            if found.is_none() {
                complain(
                    "demo data is made by `make run`: the clock of binaries cannot be set back",
                );
            }
        })
    };
    match demo {
        Ok(demo) => demo,
        Err(error) => {
            complain(&error.to_string());
            None
        }
    }
}

/// A line of a binary's log, as it is.
fn write_line(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn complain(problem: &str) {
    // Nothing can be done where even standard error is closed.
    let _ = writeln!(std::io::stderr(), "tsunagu: {problem}");
}

fn welcome(server: &Server, settings: &Settings, demo: Option<&Demo>) -> std::io::Result<()> {
    let base = format!("http://{}", server.gateway().authority());
    let mut out = std::io::stdout().lock();
    writeln!(out, "ready on {base}")?;
    if settings.development() {
        let partner = demo.and_then(|demo| demo.partners.first());
        let (email, path) = match partner {
            Some((email, account)) => {
                (email.as_str(), format!("v1/accounts/{account}/customers?limit=3"))
            }
            None => ("you@example.com", "v1/services".to_owned()),
        };
        writeln!(out, "try, in another terminal:")?;
        writeln!(
            out,
            "  TOKEN=$(curl -s {base}/dev/token -H 'content-type: application/json' \
             -d '{{\"email\": \"{email}\"}}' | cut -d'\"' -f4)"
        )?;
        writeln!(out, "  curl -s {base}/v1/me -H \"authorization: Bearer $TOKEN\"")?;
        writeln!(out, "  curl -s '{base}/{path}' -H \"authorization: Bearer $TOKEN\"")?;
        for (email, account) in demo.iter().flat_map(|demo| &demo.partners) {
            writeln!(out, "demo partner {account}: {email}")?;
        }
        for (host, users) in demo.iter().flat_map(|demo| &demo.workspaces) {
            writeln!(
                out,
                "demo workspace {host}: {users}, each with the password {}",
                people::PASSWORD
            )?;
        }
        if let Some((host, users)) = demo.and_then(|demo| demo.workspaces.first()) {
            let user = users.split(", ").next().unwrap_or_default();
            writeln!(
                out,
                "  curl -s {base}/v1/workspaces/{host}/sign-in -H 'content-type: application/json' \
                 -d '{{\"username\": \"{user}\", \"password\": \"{}\"}}'",
                people::PASSWORD
            )?;
        }
        let table = server.engine().endpoint();
        writeln!(out, "table {TABLE}, for tools: AWS_ENDPOINT_URL_DYNAMODB={table}")?;
    }
    out.flush()
}

/// Resolves when the process is asked to end.
fn stopped() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the signal itself ends the process.
            std::future::pending::<()>().await;
        }
    })
}
