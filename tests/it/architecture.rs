//! The house stands as drawn: dependencies point one way, and the domain stays pure.
//!
//! Read from `cargo metadata`, so a new edge fails here before anyone has to notice it in review.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what `cargo metadata` always has is indexed; a panic is how a test fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The workspace's packages and what the whole graph resolves to.
struct Graph {
    /// Package id -> name.
    names: BTreeMap<String, String>,
    /// Package id -> ids of its normal and build dependencies.
    edges: BTreeMap<String, Vec<String>>,
    /// Folder in the workspace -> package id.
    members: BTreeMap<String, String>,
}

impl Graph {
    fn read() -> Self {
        let metadata = metadata();
        let root = Path::new(text(&metadata["workspace_root"]));
        let mut graph = Self {
            names: BTreeMap::new(),
            edges: BTreeMap::new(),
            members: BTreeMap::new(),
        };
        for package in list(&metadata["packages"]) {
            let id = text(&package["id"]).to_owned();
            if package["source"].is_null() {
                let folder = Path::new(text(&package["manifest_path"])).parent();
                let folder = folder.and_then(|folder| folder.strip_prefix(root).ok());
                let Some(folder) = folder.and_then(Path::to_str) else {
                    panic!("{id} lies outside the workspace")
                };
                graph.members.insert(folder.replace('\\', "/"), id.clone());
            }
            graph.names.insert(id, text(&package["name"]).to_owned());
        }
        for node in list(&metadata["resolve"]["nodes"]) {
            let used = list(&node["deps"]).iter().filter(|edge| is_used(edge));
            let used = used.map(|edge| text(&edge["pkg"]).to_owned()).collect();
            graph.edges.insert(text(&node["id"]).to_owned(), used);
        }
        graph
    }

    fn id_of(&self, folder: &str) -> &str {
        let Some(id) = self.members.get(folder) else {
            panic!("the workspace has no member {folder}")
        };
        id
    }

    /// Folders of the workspace that the member in `folder` depends on directly.
    fn uses(&self, folder: &str) -> BTreeSet<&str> {
        let used = &self.edges[self.id_of(folder)];
        self.members
            .iter()
            .filter(|(_, id)| used.contains(id))
            .map(|(folder, _)| folder.as_str())
            .collect()
    }

    /// Names of everything that the member in `folder` needs, at any depth.
    fn tree(&self, folder: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut open = vec![self.id_of(folder)];
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(self.edges[id].iter().map(String::as_str));
            }
        }
        seen.into_iter().map(|id| self.names[id].as_str()).collect()
    }
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    match output {
        Ok(output) if output.status.success() => match serde_json::from_slice(&output.stdout) {
            Ok(metadata) => metadata,
            Err(error) => panic!("cargo metadata gave no JSON: {error}"),
        },
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("cargo cannot be run: {error}"),
    }
}

/// What only tests need may point anywhere.
fn is_used(edge: &Value) -> bool {
    list(&edge["dep_kinds"])
        .iter()
        .any(|kind| kind["kind"] != "dev")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What a member may depend on directly, of the workspace. `None`: nobody has said yet.
fn allowed(folder: &str) -> Option<&'static [&'static str]> {
    const DOMAIN: &str = "shared/domain";
    const APP: &str = "shared/app";
    const ADAPTERS: &str = "shared/adapters";
    const WEB: &str = "shared/web";
    const SETUP: &str = "functions/setup";
    const SAMPLE: &str = "infra/sample-registration";
    const TESTKIT: &str = "shared/testkit";
    match folder {
        DOMAIN | SAMPLE => Some(&[]),
        APP => Some(&[DOMAIN]),
        ADAPTERS | WEB => Some(&[APP, DOMAIN]),
        TESTKIT => Some(&[ADAPTERS, APP, DOMAIN]),
        "infra/local" => Some(&[WEB, ADAPTERS, APP, DOMAIN, SAMPLE]),
        "functions/http" => Some(&[SETUP, WEB, APP, DOMAIN]),
        SETUP => Some(&[ADAPTERS, APP, DOMAIN]),
        function if function.starts_with("functions/") => Some(&[SETUP, APP, DOMAIN]),
        tests if tests == "tests" || tests.starts_with("tests/") => {
            Some(&[WEB, ADAPTERS, APP, DOMAIN, SAMPLE, TESTKIT])
        }
        "fuzz/laws" => Some(&[ADAPTERS, APP, DOMAIN]),
        _ => None,
    }
}

#[test]
fn dependencies_point_one_way() {
    let graph = Graph::read();
    let mut wrong = Vec::new();
    for folder in graph.members.keys() {
        let Some(allowed) = allowed(folder) else {
            wrong.push(format!("{folder}: add it to `allowed`"));
            continue;
        };
        for used in graph.uses(folder) {
            if !allowed.contains(&used) {
                wrong.push(format!("{folder} must not use {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn layers_stand_on_each_other() {
    let graph = Graph::read();
    for (upper, lower) in [
        ("shared/app", "shared/domain"),
        ("shared/adapters", "shared/app"),
        ("shared/web", "shared/app"),
        ("infra/local", "shared/web"),
        ("infra/local", "shared/adapters"),
    ] {
        assert!(graph.uses(upper).contains(lower), "{upper} uses {lower}");
    }
}

#[test]
fn web_knows_no_adapter() {
    let graph = Graph::read();
    let tree = graph.tree("shared/web");
    let adapters = graph.names[graph.id_of("shared/adapters")].as_str();
    assert!(!tree.contains(adapters));
    let clients: Vec<_> = tree
        .into_iter()
        .filter(|name| *name == "reqwest" || name.starts_with("aws-"))
        .collect();
    assert!(clients.is_empty(), "{clients:?}");
}

/// Whether the code in this folder, tests left out, asks whether there is a cloud.
fn asks_for_the_edition(folder: &Path) -> Vec<String> {
    let mut asking = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "tests") {
                asking.extend(asks_for_the_edition(&path));
            }
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            if text.contains(".cloud") || text.contains("ports::Cloud") {
                asking.push(path.display().to_string());
            }
        }
    }
    asking
}

#[test]
fn console_and_command_line_do_not_ask_which_edition_they_are_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in ["shared/web/src", "infra/local/src"] {
        let asking = asks_for_the_edition(&root.join(folder));
        assert_eq!(asking, [""; 0], "they are told by `Hosting` and `Orders`");
    }
}

#[test]
fn domain_needs_no_runtime_no_network_and_no_cloud() {
    let graph = Graph::read();
    let impure: Vec<_> = graph
        .tree("shared/domain")
        .into_iter()
        .filter(|name| {
            matches!(
                *name,
                "tokio" | "reqwest" | "hyper" | "rand" | "getrandom" | "async-trait"
            ) || name.starts_with("aws-")
                || name.starts_with("tokio-")
                || name.starts_with("hyper-")
        })
        .collect();
    assert!(impure.is_empty(), "{impure:?}");
}

/// Most crates that a first build of the single-machine program compiles: 220, and those by which it takes uploaded
/// files and spreadsheets, verifies the tokens of identity providers, and reads the catalogue of texts.
const MOST_CRATES: usize = 240;

#[test]
fn a_first_build_of_the_single_machine_program_is_lean() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "attendee-sync",
            "--edges",
            "normal,build",
        ])
        .args([
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--no-dedupe",
            "--locked",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let crates: BTreeSet<_> = std::str::from_utf8(&output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.trim_end_matches(" (proc-macro)"))
        .collect();
    // Tests alone describe the API by its types, and the cloud edition alone talks to AWS.
    let heavy: Vec<_> = crates
        .iter()
        .filter(|name| name.starts_with("utoipa") || name.starts_with("aws-"))
        .collect();
    assert!(heavy.is_empty(), "{heavy:?}");
    assert!(crates.len() <= MOST_CRATES, "{} crates", crates.len());
}

/// Rust files below a folder, but for what builds leave there.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The part of a file that is of tests alone.
fn of_tests<'t>(path: &Path, text: &'t str) -> &'t str {
    let is_test = |part: &std::ffi::OsStr| part == "tests" || part == "tests.rs";
    if path.iter().any(is_test) {
        return text;
    }
    let inline = text.split("#[cfg(test)]\nmod ").skip(1);
    let has_body = |part: &&str| part.lines().next().is_some_and(|name| name.ends_with('{'));
    inline.filter(has_body).last().unwrap_or_default()
}

#[test]
fn no_test_sleeps() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for folder in ["functions", "fuzz", "infra", "shared", "tests"] {
        rust_files(&root.join(folder), &mut files);
    }
    // It has what tests wait by, and servers that are slow.
    let testkit = root.join("shared/testkit");
    let calls = ["sleep", "sleep_until", "park_timeout"].map(|name| format!("{name}("));
    let mut sleeping = Vec::new();
    for file in files {
        if file.starts_with(&testkit) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(root).unwrap();
        let lines = of_tests(path, &text).lines();
        let called = |line: &&str| {
            let is_defined = line.trim_start().starts_with("fn ");
            !is_defined && calls.iter().any(|call| line.contains(call.as_str()))
        };
        let found = lines.filter(called);
        sleeping.extend(found.map(|line| format!("{}: {}", path.display(), line.trim())));
    }
    assert_eq!(
        sleeping, [""; 0],
        "wait by `attendee_sync_testkit::waiting`"
    );
}

/// `deny.toml` says what others may ask for; this says what we do.
#[test]
fn every_crate_of_ours_has_the_licences_of_the_project() {
    let metadata = metadata();
    let ours = list(&metadata["packages"])
        .iter()
        .filter(|package| package["source"].is_null());
    let other: Vec<_> = ours
        .filter(|package| package["license"] != "MIT OR Apache-2.0")
        .map(|package| text(&package["name"]))
        .collect();
    assert!(other.is_empty(), "{other:?}");
}
