//! Each name stands for one thing: no two types of the workspace share one, tests included. And the use cases are
//! sorted: wings that use each other one way, ports by subject.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const FOLDERS: [&str; 5] = ["functions", "fuzz", "infra", "shared", "tests"];

/// Every Rust file below a folder, but for what builds leave there.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The type that a line defines, if it does. Types within an `impl` are none of their own.
fn defined(line: &str) -> Option<&str> {
    let is_inner_alias = line.starts_with(' ') && line.trim_start().starts_with("type ");
    let mut words = line.split_whitespace().skip_while(|word| {
        word.starts_with("pub")
            || matches!(*word, "unsafe" | "super)" | "crate)")
            || word.ends_with(')')
    });
    let kind = words.next()?;
    if is_inner_alias || !matches!(kind, "struct" | "enum" | "trait" | "type" | "union") {
        return None;
    }
    let name = words.next()?;
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_');
    let name = &name[..end.unwrap_or(name.len())];
    name.starts_with(char::is_uppercase).then_some(name)
}

#[test]
fn no_two_types_share_a_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for folder in FOLDERS {
        rust_files(&root.join(folder), &mut files);
    }
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(root).unwrap().display().to_string();
        for name in text.lines().filter_map(defined) {
            places
                .entry(name.to_owned())
                .or_default()
                .push(path.clone());
        }
    }
    assert!(
        places.len() > 1_000,
        "only {} types were found",
        places.len()
    );
    places.retain(|_, of| of.len() > 1);
    assert!(
        places.is_empty(),
        "give each a name of its own: {places:#?}"
    );
}

/// The wings of `shared/app`, each of which may use those before it.
const WINGS: [&str; 4] = ["people", "runs", "invitations", "events"];

#[test]
fn wings_of_the_use_cases_use_each_other_one_way() {
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/app/src");
    let mut wrong = Vec::new();
    for (place, wing) in WINGS.iter().enumerate() {
        let mut files = Vec::new();
        rust_files(&app.join(wing), &mut files);
        assert!(!files.is_empty(), "{wing}");
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let later = WINGS.iter().skip(place + 1);
            let used = later.filter(|other| text.contains(&format!("crate::{other}::")));
            wrong.extend(used.map(|other| format!("{} uses {other}", file.display())));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_serves_people_reaches_neither_the_table_nor_secrets() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for folder in ["shared/web/src", "infra/local/src", "functions"] {
        rust_files(&root.join(folder), &mut files);
    }
    files.retain(|file| !file.components().any(|part| part.as_os_str() == "tests"));
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let code: String = code.split_whitespace().collect();
        let reached = ["parts().store", "parts().secrets"];
        if reached.iter().any(|port| code.contains(port)) {
            wrong.push(file);
        }
    }
    assert!(wrong.is_empty(), "use a use case instead: {wrong:#?}");
}

#[test]
fn ports_are_by_subject_and_short() {
    let ports = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/app/src/ports");
    let mut files = Vec::new();
    rust_files(&ports, &mut files);
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 300, "{} has {lines} lines", file.display());
    }
}
