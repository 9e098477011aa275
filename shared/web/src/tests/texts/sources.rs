//! Reads templates and modules for the messages that they name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A message that a template or a module names.
pub(super) struct NamedMessage {
    pub(super) place: String,
    pub(super) id: String,
    /// The names of the values that it gets, where they stand beside it.
    pub(super) values: Option<BTreeSet<String>>,
    /// The elements that it gets.
    pub(super) elements: Option<BTreeSet<String>>,
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The modules and templates, but for tests and for the catalogue itself.
fn sources() -> Vec<(String, String)> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&package.join("src"), &mut found);
    files(&package.join("templates"), &mut found);
    let named = |path: PathBuf| {
        let name = path.strip_prefix(package).unwrap().to_string_lossy();
        let is_tested = !name.starts_with("src/tests") && !name.starts_with("src/texts");
        is_tested.then(|| (name.into_owned(), std::fs::read_to_string(&path).unwrap()))
    };
    found.into_iter().filter_map(named).collect()
}

/// Everything between quotation marks.
pub(super) fn quoted() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (_, text) in sources() {
        all.extend(text.split('"').map(str::to_owned));
    }
    all
}

/// What stands before the id of a message.
const CALLS: [&str; 5] = ["t(\"", "id(\"", "text(\"", "text!(", "sentence(\""];

pub(super) fn named_messages() -> Vec<NamedMessage> {
    let mut all = Vec::new();
    for (place, text) in sources() {
        for call in CALLS {
            for (at, _) in text.match_indices(call) {
                let before = text.get(..at).unwrap().chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || "_.".contains(c)) {
                    continue;
                }
                let rest = text.get(at + call.len()..).unwrap().trim_start();
                let rest = rest.strip_prefix('"').unwrap_or(rest);
                let (id, after) = rest.split_once('"').unwrap();
                // Others are fields of forms and documents, which closures of the same names read.
                if !id.contains('-') {
                    continue;
                }
                all.push(NamedMessage {
                    place: place.clone(),
                    id: id.to_owned(),
                    values: values(call, after),
                    elements: elements(call, after),
                });
            }
        }
    }
    all
}

fn values(call: &str, after: &str) -> Option<BTreeSet<String>> {
    match call {
        "text!(" => {
            // The arguments of the macro, at the depth of its parentheses.
            let (mut depth, mut names, mut word) = (1, BTreeSet::new(), String::new());
            let mut last = ' ';
            for c in after.chars() {
                match c {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth -= 1,
                    '=' if depth == 1 && last == ' ' => {
                        names.insert(word.trim().to_owned());
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                if c == ',' || c == '(' {
                    word.clear();
                } else {
                    word.push(c);
                }
                last = c;
            }
            Some(names)
        }
        "sentence(\"" => {
            let block = after.split("endfilter").next()?;
            let names = block.split("<arg ").skip(1);
            let name = |rest: &str| rest.split('>').next().map(str::to_owned);
            Some(names.filter_map(name).collect())
        }
        "text(\"" if after.starts_with(").with(") => {
            let chain = after.split("}}").next()?;
            let names = chain.split(".with(\"").skip(1);
            let name = |rest: &str| rest.split('"').next().map(str::to_owned);
            Some(names.filter_map(name).collect())
        }
        // Without values, or with values that are added elsewhere.
        _ => None,
    }
}

fn elements(call: &str, after: &str) -> Option<BTreeSet<String>> {
    if call != "sentence(\"" {
        return None;
    }
    let block = after.split("endfilter").next()?;
    let block = block.split_once("%}")?.1;
    let block = block.split("<arg ").next()?;
    let mut found: Vec<String> = Vec::new();
    for tag in block.split('<').skip(1) {
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
        if !name.is_empty() {
            let before = found
                .iter()
                .filter(|one| one.trim_end_matches(char::is_numeric) == name);
            let before = before.count();
            found.push(match before {
                0 => name.to_owned(),
                more => format!("{name}{}", more + 1),
            });
        }
    }
    Some(found.into_iter().collect())
}
