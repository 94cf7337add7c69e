//! The binary itself: its lines, its exit codes, its end.

use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    process::{Child, Command, ExitStatus, Stdio},
};

fn binary(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tsunagu-local"));
    for name in ["TSUNAGU_PORT", "TSUNAGU_DATA", "TSUNAGU_DEMO", "DYNAMODB_ENDPOINT", "RUST_LOG"] {
        command.env_remove(name);
    }
    command.env("TSUNAGU_DATA", ":memory:").env("TSUNAGU_DEMO", "0");
    command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn refused(variables: &[(&str, &str)]) -> String {
    let output = binary(variables).output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let line = String::from_utf8(output.stderr).expect("text");
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

#[test]
fn given_a_bad_environment_when_started_then_one_line_and_exit_code_1() {
    assert!(refused(&[("TSUNAGU_PORT", "many")]).contains("TSUNAGU_PORT=many"));
    assert!(refused(&[("TSUNAGU_DEMO", "perhaps")]).contains("TSUNAGU_DEMO=perhaps"));
    assert!(refused(&[("DYNAMODB_ENDPOINT", "nowhere")]).contains("DYNAMODB_ENDPOINT=nowhere"));
    assert!(
        refused(&[("RUST_LOG", "tsunagu=loud")])
            .contains("RUST_LOG=tsunagu=loud: is no log filter")
    );
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml/data");
    let line = refused(&[("TSUNAGU_PORT", "0"), ("TSUNAGU_DATA", file)]);
    assert!(line.contains("cannot be written"), "{line}");
}

#[test]
fn given_arguments_that_mean_nothing_when_started_then_one_line_and_exit_code_1() {
    for (arguments, said) in [
        (["--binary", "folder"], "--binary is no argument"),
        (["--binaries", "/nowhere"], "/nowhere/accounts/bootstrap: "),
    ] {
        let output = binary(&[("TSUNAGU_PORT", "0")]).args(arguments).output().expect("runs");
        assert_eq!(output.status.code(), Some(1));
        let line = String::from_utf8(output.stderr).expect("text");
        assert!(line.contains(said), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}

#[test]
fn given_a_port_that_is_taken_when_started_then_one_line_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    assert!(refused(&[("TSUNAGU_PORT", &port)]).contains(&format!("port {port}")));
}

#[cfg(unix)]
fn terminate(child: &mut Child) -> ExitStatus {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("runs").success());
    child.wait().expect("ends")
}

#[cfg(unix)]
#[test]
fn given_a_server_when_it_is_ready_then_it_says_so_and_ends_well_when_asked() {
    let mut child = binary(&[("TSUNAGU_PORT", "0")]).spawn().expect("runs");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let ready = lines.next().expect("a line").expect("text");
    assert!(ready.starts_with("ready on http://127.0.0.1:"), "{ready}");
    let commands = lines.by_ref().skip(1).take(3).collect::<Result<Vec<_>, _>>().expect("text");
    assert!(commands.iter().all(|command| command.contains("curl -s ")), "{commands:?}");
    assert!(terminate(&mut child).success());
    let mut log = String::new();
    child.stderr.take().expect("its log").read_to_string(&mut log).expect("text");
    assert_eq!(log, "");
}
