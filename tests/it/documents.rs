//! The documents name nothing that is not there: files, functions, tests, links and commands.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use attendee_sync_tests::TestCli;

/// Folders whose sources the documents talk about.
const SOURCES: [&str; 4] = ["shared", "functions", "infra", "tests"];

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

pub(super) fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// Returns every page of the guide and of the internals, by its path from the root.
pub(super) fn pages() -> Vec<String> {
    let mut pages: Vec<_> = [
        "README",
        "ARCHITECTURE",
        "CONTRIBUTING",
        "SECURITY",
        "CHANGELOG",
    ]
    .iter()
    .map(|name| format!("{name}.md"))
    .collect();
    for folder in ["docs", "docs/internals", "examples"] {
        let mut names: Vec<_> = fs::read_dir(root().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| is_a(name, "md"))
            .collect();
        names.sort();
        pages.extend(names.iter().map(|name| format!("{folder}/{name}")));
    }
    pages
}

fn is_a(file: &str, ending: &str) -> bool {
    Path::new(file).extension().is_some_and(|end| end == ending)
}

/// Returns the lines outside of fenced blocks.
fn prose(page: &str) -> Vec<&str> {
    let mut within = false;
    page.lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            within ^= fence;
            !within && !fence
        })
        .collect()
}

/// Returns what is between backticks, outside of blocks.
pub(super) fn quoted(page: &str) -> Vec<&str> {
    prose(page)
        .into_iter()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

/// Whether a word is a path of ours, as far as the word alone tells.
pub(super) fn is_path(word: &str) -> bool {
    let folders = [
        "shared/",
        "functions/",
        "infra/",
        "tests/",
        ".github/",
        "docs/",
    ];
    let known = [
        "template.yaml",
        "deny.toml",
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
    ];
    let plain = !word.contains(['*', '{', ' ', '…', '<']);
    plain && (folders.iter().any(|folder| word.starts_with(folder)) || known.contains(&word))
}

/// Whether a word is the name of a test or a function: words joined by three underscores or more.
pub(super) fn is_name(word: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    word.chars().all(letters) && word.matches('_').count() >= 3
}

/// Whether some source has a function of this name.
pub(super) fn has_function(sources: &str, name: &str) -> bool {
    sources.contains(&format!("fn {name}(")) || sources.contains(&format!("def {name}("))
}

/// Returns every source of ours, one after the other.
pub(super) fn sources() -> String {
    let mut all = String::new();
    for path in files() {
        if path
            .extension()
            .is_some_and(|end| end == "rs" || end == "py")
        {
            all.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
    all
}

fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<_> = SOURCES.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !path.is_dir() {
                found.push(path);
            } else if name != "target" && !name.starts_with('.') {
                open.push(path);
            }
        }
    }
    found
}

#[test]
fn every_file_and_test_that_a_page_for_engineers_names_is_there() {
    let sources = sources();
    let files: Vec<_> = files()
        .iter()
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    let mut missing = Vec::new();
    for page in pages() {
        if page == "CHANGELOG.md" {
            continue;
        }
        for word in quoted(&read(&page)) {
            let there = if is_path(word) {
                // A step of a command, such as `tests/run lints`, is no path and is not looked at.
                root().join(word).exists()
            } else if is_name(word) {
                has_function(&sources, word)
            } else if is_a(word, "rs") && page.starts_with("docs/internals/") {
                // A file by its name, beside the subject of the page.
                files.iter().any(|file| file.ends_with(&format!("/{word}")))
            } else {
                true
            };
            if !there {
                missing.push(format!("{page}: {word}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Returns the targets of a page's links.
fn links(page: &str) -> Vec<&str> {
    let ends = |line: &'_ str| line.find(')').unwrap_or(line.len());
    prose(page)
        .into_iter()
        .flat_map(|line| line.split("](").skip(1))
        .map(|rest| rest.get(..ends(rest)).unwrap_or(rest))
        .collect()
}

/// Returns the anchors of a page, as they are made of its headings.
fn anchors(page: &str) -> BTreeSet<String> {
    prose(page)
        .into_iter()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            heading
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut broken = Vec::new();
    let mut followed = 0;
    for page in pages() {
        let text = read(&page);
        for link in links(&text) {
            if link.contains("://") {
                continue;
            }
            followed += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let folder = root().join(&page).parent().unwrap().to_owned();
            let target = if file.is_empty() {
                root().join(&page)
            } else {
                folder.join(file)
            };
            let leads = target.exists()
                && (anchor.is_empty()
                    || anchors(&fs::read_to_string(&target).unwrap()).contains(anchor));
            if !leads {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(followed > 60, "{followed}");
}

/// Every row of the table says in which file and function a rule is, and which test holds it.
#[test]
fn every_rule_of_the_product_names_its_function_and_its_test() {
    let sources = sources();
    let page = read("docs/internals/rules.md");
    let rows: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| question"))
        .collect();
    assert_eq!(rows.len(), 10);
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").collect();
        let [question, _answer, held, checked] = cells.as_slice() else {
            panic!("{row}")
        };
        assert!(question.trim().ends_with('?'), "{row}");
        let words = quoted(held);
        let [file, functions @ ..] = words.as_slice() else {
            panic!("{row}")
        };
        let source = read(file);
        assert!(!functions.is_empty(), "{row}");
        for function in functions {
            let there = source.contains(&format!("fn {function}("))
                || source.contains(&format!("fn {function}<"));
            assert!(there, "{file} has no function {function}");
        }
        let tests = quoted(checked);
        assert!(!tests.is_empty(), "{row}");
        for name in tests {
            assert!(has_function(&sources, name), "{name}");
        }
    }
}

#[test]
fn every_command_is_in_the_guide_and_the_guide_has_no_other() {
    let help = TestCli::new().run(&["--help"]).expect_status(0).stdout;
    let commands = help.split_once("Commands:").unwrap().1;
    let commands = commands.split("Options:").next().unwrap();
    let known: BTreeSet<_> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(known.len() > 15, "{help}");

    let table = read("docs/command-line.md");
    let rows = table.split_once("## Options").unwrap().0;
    let told: BTreeSet<_> = rows
        .lines()
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| quoted(line.split(" | ").next().unwrap()))
        .filter_map(|command| command.split_whitespace().next())
        .collect();
    assert_eq!(told, known);

    for page in pages() {
        let text = read(&page);
        let blocks = text.lines().map(str::trim_start);
        let typed = blocks.filter(|line| line.starts_with("$ attendee-sync "));
        let named = quoted(&text).into_iter();
        for line in named
            .filter(|word| word.starts_with("attendee-sync "))
            .chain(typed)
        {
            let command = line
                .trim_start_matches("$ ")
                .split_whitespace()
                .nth(1)
                .unwrap();
            let is_known = known.contains(command) || command.starts_with('-');
            assert!(is_known, "{page}: {line}");
        }
    }
}

/// A newcomer reads it in one go; what is longer belongs into the guide.
#[test]
fn readme_and_architecture_are_a_page_each() {
    for (page, most) in [("README.md", 150), ("ARCHITECTURE.md", 120)] {
        let lines = read(page).lines().count();
        assert!(lines <= most, "{page} has {lines} lines");
    }
}

#[test]
fn changelog_keeps_its_form() {
    let page = read("CHANGELOG.md");
    assert!(page.contains("## [Unreleased]"));
    for line in page.lines().filter(|line| line.starts_with('#')) {
        let kinds = [
            "Added",
            "Changed",
            "Deprecated",
            "Removed",
            "Fixed",
            "Security",
        ];
        let is_kind = line
            .strip_prefix("### ")
            .is_some_and(|kind| kinds.contains(&kind));
        let is_version = line.strip_prefix("## [").is_some_and(|version| {
            version == "Unreleased]"
                || version.split_once("] - ").is_some_and(|(number, date)| {
                    number.split('.').count() == 3 && date.split('-').count() == 3
                })
        });
        assert!(is_kind || is_version || line == "# Changelog", "{line}");
    }
}

#[test]
fn devcontainer_has_the_oldest_compiler_that_is_supported() {
    let manifest = read("Cargo.toml");
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .unwrap()
        .trim_matches('"');
    let container = read(".devcontainer/devcontainer.json");
    assert!(
        container.contains(&format!("/rust:{version}-")),
        "{version}"
    );
    assert!(read("README.md").contains(&format!("Rust {version} or newer")));
    assert!(read("CONTRIBUTING.md").contains(&format!("Rust {version} or newer")));
}
