//! SECURITY.md claims nothing that nobody holds: the files that it names are there, and so are the
//! tests and functions.

use std::fs;

use crate::documents::{has_function, is_name, is_path, quoted, read, root, sources};

fn page() -> String {
    read("SECURITY.md")
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
    let sources = sources();
    for name in names {
        assert!(has_function(&sources, name), "{name}");
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
