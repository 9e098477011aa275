//! SECURITY.md claims nothing that nobody holds: the files that it names are there, and so are the
//! tests and functions.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn page() -> String {
    fs::read_to_string(root().join("SECURITY.md")).unwrap()
}

/// What stands between backticks, outside of blocks.
fn quoted(page: &str) -> Vec<&str> {
    page.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

/// A path of ours, as far as it can be told from the word alone.
fn is_path(word: &str) -> bool {
    let folders = ["shared/", "functions/", "infra/", "tests/", ".github/"];
    folders.iter().any(|folder| word.starts_with(folder))
        || ["template.yaml", "deny.toml", "README.md", "ARCHITECTURE.md"].contains(&word)
}

/// A name of a test or a function: words joined by three underscores or more.
fn is_name(word: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    word.chars().all(letters) && word.matches('_').count() >= 3
}

/// Every source of ours, one after the other.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            sources(&path, all);
        } else if path
            .extension()
            .is_some_and(|kind| kind == "rs" || kind == "py")
        {
            all.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_file_that_the_page_names_is_there() {
    let page = page();
    let paths: Vec<&str> = quoted(&page)
        .into_iter()
        .filter(|word| is_path(word))
        .collect();
    assert!(paths.len() > 40, "{paths:?}");
    for path in paths {
        assert!(root().join(path).exists(), "{path}");
    }
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let page = page();
    let names: Vec<&str> = quoted(&page)
        .into_iter()
        .filter(|word| is_name(word))
        .collect();
    assert!(names.len() > 40, "{names:?}");
    let mut all = String::new();
    for folder in ["shared", "functions", "infra", "tests"] {
        sources(&root().join(folder), &mut all);
    }
    for name in names {
        let rust = all.contains(&format!("fn {name}("));
        assert!(rust || all.contains(&format!("def {name}(")), "{name}");
    }
}

/// A row of a table of claims ends with what holds it and what checks it.
#[test]
fn every_claim_names_what_holds_it() {
    let page = page();
    let mut claims = 0;
    let mut within = false;
    for line in page.lines() {
        if line.starts_with("| claim |") {
            within = true;
        } else if !line.starts_with('|') {
            within = false;
        } else if within && !line.starts_with("|---") {
            claims += 1;
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            let [_, held, checked] = cells.as_slice() else {
                panic!("{line}")
            };
            assert!(quoted(held).into_iter().any(is_path), "{line}");
            let named = |word: &str| is_name(word) || is_path(word);
            assert!(quoted(checked).into_iter().any(named), "{line}");
        }
    }
    assert!(claims > 30, "{claims}");
}

/// A tag can be moved to other code after somebody has read what it named; a commit cannot.
#[test]
fn actions_are_named_by_commit() {
    let mut used = 0;
    for entry in fs::read_dir(root().join(".github/workflows")).unwrap() {
        let workflow = fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in workflow.lines() {
            let Some((_, action)) = line.split_once("uses:") else {
                continue;
            };
            used += 1;
            let (action, version) = action.split_once('#').unwrap_or((action, ""));
            let commit = action
                .trim()
                .split_once('@')
                .map_or("", |(_, commit)| commit);
            let is_commit = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            assert!(is_commit, "{line}");
            // For people, and for programs that look for newer ones.
            assert!(version.trim().starts_with('v'), "{line}");
        }
    }
    assert!(used > 0, "no workflow uses an action");
}
