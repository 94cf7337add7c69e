//! The arrows of `docs/architecture.md`, and what holds for every file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use crate::{file, read, template};

const LONGEST_FILE: usize = 400;
/// One deployment is one template: it cannot be split without splitting the stack.
const LONGEST_TEMPLATE: usize = 1_100;
const LONGEST_MAIN: usize = 15;
/// The crates of the layers, from below.
const LAYERS: [&str; 3] = ["tsunagu-domain", "tsunagu-store", "tsunagu-api"];
/// Beside the layers: what seals secrets.
const VAULT: &str = "tsunagu-vault";

fn packages() -> Vec<Package> {
    // Our own packages alone: nothing is asked of a registry.
    let metadata = MetadataCommand::new().manifest_path(file("Cargo.toml")).no_deps().exec();
    metadata.expect("cargo tells of the workspace").packages
}

/// What a crate links, tests apart.
fn linked(package: &Package) -> BTreeSet<String> {
    let dependencies = package.dependencies.iter();
    dependencies
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.clone())
        .collect()
}

fn functions() -> BTreeSet<String> {
    template::functions().into_iter().map(|(name, ..)| name).collect()
}

/// Everything of ours that a crate links, directly or not.
fn reach(package: &str, all: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut left = vec![package.to_owned()];
    while let Some(next) = left.pop() {
        for name in all.get(&next).into_iter().flatten().filter(|name| all.contains_key(*name)) {
            if found.insert(name.clone()) {
                left.push(name.clone());
            }
        }
    }
    found
}

fn graph() -> BTreeMap<String, BTreeSet<String>> {
    packages().iter().map(|package| (package.name.to_string(), linked(package))).collect()
}

#[test]
fn given_a_function_then_it_links_the_layers_below_and_no_other_function() {
    let graph = graph();
    let below = LAYERS.into_iter().chain([VAULT]).map(str::to_owned);
    let below: BTreeSet<_> = below.collect();
    let functions = functions();
    assert_eq!(functions.len(), 12);
    for function in &functions {
        assert!(graph.contains_key(function), "{function} is a crate");
        let reached = reach(function, &graph);
        let beside: Vec<_> = reached.difference(&below).collect();
        assert!(beside.is_empty(), "{function} links {beside:?}");
    }
}

#[test]
fn given_a_layer_then_it_links_nothing_above_it() {
    let graph = graph();
    for (level, layer) in LAYERS.iter().enumerate() {
        let below: BTreeSet<_> = LAYERS[..level].iter().map(|name| (*name).to_owned()).collect();
        let reached = reach(layer, &graph);
        assert!(reached.is_subset(&below), "{layer} links {reached:?}");
    }
}

#[test]
fn given_the_operators_tool_then_it_links_layers_alone_and_nothing_links_it() {
    let graph = graph();
    let reached = reach("tsunagu-operator", &graph);
    assert_eq!(reached, LAYERS.into_iter().map(str::to_owned).collect());
    let above = graph.iter().filter(|(_, linked)| linked.contains("tsunagu-operator"));
    assert_eq!(above.count(), 0);
}

#[test]
fn given_the_rules_then_they_know_neither_aws_nor_http_nor_a_runtime() {
    let outside = ["aws", "lambda", "http", "hyper", "axum", "tower", "tokio", "utoipa-axum"];
    let graph = graph();
    for name in &graph["tsunagu-domain"] {
        assert!(!outside.iter().any(|prefix| name.starts_with(prefix)), "domain links {name}");
    }
    let edge = ["axum", "lambda", "tower", "utoipa-axum"];
    for name in &graph["tsunagu-store"] {
        assert!(!edge.iter().any(|prefix| name.starts_with(prefix)), "store links {name}");
    }
}

/// The project's files that people write, by their paths from the root.
fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&file(""), &mut found);
    let root = file("");
    found.iter().map(|path| path.strip_prefix(&root).expect("below").to_owned()).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let made = ["target", "node_modules"];
    for entry in fs::read_dir(folder).expect("a folder is read") {
        let entry = entry.expect("an entry is read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if path.is_dir() {
            if !name.starts_with('.') && !made.contains(&name.as_str()) {
                collect(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

fn has_extension(path: &Path, known: &[&str]) -> bool {
    path.extension().is_some_and(|found| known.iter().any(|one| found == *one))
}

#[test]
fn given_a_file_then_it_is_short_enough_to_be_read() {
    let written = ["rs", "md", "yaml", "toml", "py", "sh", "xml", "in"];
    let mut seen = 0;
    for path in files() {
        if !has_extension(&path, &written) && path.extension().is_some() {
            continue;
        }
        let generated = ["Cargo.lock", "LICENSE", "THIRD-PARTY-LICENSES"];
        if generated.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let lines = fs::read_to_string(file("").join(&path)).map_or(0, |text| text.lines().count());
        let is_template = path.ends_with("template.yaml");
        let longest = if is_template { LONGEST_TEMPLATE } else { LONGEST_FILE };
        assert!(lines <= longest, "{}: {lines} lines", path.display());
        seen += 1;
    }
    assert!(seen > 100, "the files are looked at: {seen}");
}

#[test]
fn given_a_function_then_it_has_a_readme_and_a_thin_main() {
    for function in functions() {
        let readme = read(&format!("functions/{function}/README.md"));
        assert!(readme.lines().count() >= 10, "{function}: its README tells what it owns");
        let main = read(&format!("functions/{function}/src/main.rs"));
        let lines = main.lines().count();
        assert!(lines <= LONGEST_MAIN, "{function}: main.rs has {lines} lines");
    }
}

#[test]
fn given_a_crate_then_it_takes_the_workspaces_lints_and_pinned_dependencies() {
    let root = read("Cargo.toml");
    assert!(root.contains("unsafe_code = \"forbid\""), "the workspace forbids unsafe code");
    let packages = packages();
    assert!(packages.len() >= 10, "all crates: {}", packages.len());
    for package in &packages {
        let manifest = fs::read_to_string(&package.manifest_path).expect("a manifest is read");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}: its lints", package.name);
        let pinned = manifest.lines().find(|line| line.contains("version = \""));
        assert_eq!(pinned, None, "{}: versions belong into the workspace", package.name);
    }
}

#[test]
fn given_the_layers_and_functions_then_time_comes_in_at_one_place() {
    // The present instant comes in at the first; the second compares it with Lambda's deadline.
    let places = [
        ("Utc::now", "shared/api/src/start.rs"),
        ("Local::now", "nowhere"),
        ("SystemTime::now", "shared/api/src/edge.rs"),
    ];
    // Durations are measured by the machine's monotonic time, and decide nothing that is promised.
    let stop_watches = [
        Path::new("functions/workspaces/src/floor.rs"),
        Path::new("shared/api/src/background.rs"),
        Path::new("shared/api/src/edge.rs"),
        Path::new("shared/store/src/services.rs"),
    ];
    let mut seen = 0;
    for path in files().iter().filter(|path| has_extension(path, &["rs"])) {
        let is_test =
            path.ends_with("tests.rs") || path.components().any(|c| c.as_os_str() == "tests");
        if is_test || (!path.starts_with("shared") && !path.starts_with("functions")) {
            continue;
        }
        seen += 1;
        let text = fs::read_to_string(file("").join(path)).expect("a source is read");
        for (call, place) in places {
            let asks = text.contains(call) && path != Path::new(place);
            assert!(!asks, "{} asks the system's clock by {call}", path.display());
        }
        let measures = text.contains("Instant::now()") || text.contains("Tick::now()");
        let allowed = stop_watches.iter().any(|allowed| path == allowed);
        assert!(!measures || allowed, "{} measures time", path.display());
    }
    assert!(seen > 60, "the sources are looked at: {seen}");
    let clippy = read("clippy.toml");
    let disallowed = clippy.lines().find(|line| line.starts_with("disallowed-methods"));
    let disallowed = disallowed.expect("clippy knows what is not allowed");
    assert!(disallowed.contains("chrono::Utc::now"), "{disallowed}");
    assert!(disallowed.contains("reason = "), "{disallowed}");
}
