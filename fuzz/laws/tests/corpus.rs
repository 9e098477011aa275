//! Every input in `fuzz/corpus` keeps its law, and none of targets, laws and corpora lacks the others.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::{Path, PathBuf};

use attendee_sync_laws::LAWS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names in a folder of `fuzz`, without what stands behind a point.
fn names_in(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(fuzz().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let stems = paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let mut names: Vec<String> = stems.collect();
    names.sort();
    names
}

/// Plays the inputs of a law. The one that breaks it is the last that is named.
fn play(name: &str) {
    let (_, holds) = LAWS.iter().find(|(known, _)| *known == name).unwrap();
    let mut played = 0;
    for entry in fs::read_dir(fuzz().join("corpus").join(name)).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        holds(&fs::read(&path).unwrap());
        played += 1;
    }
    assert!(played > 0, "{name} has no inputs");
}

#[test]
fn every_law_has_a_target_and_a_corpus() {
    let laws = LAWS.map(|(name, _)| name.to_owned());
    assert_eq!(names_in("fuzz_targets"), laws);
    assert_eq!(names_in("corpus"), laws);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in laws {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}

/// A test for each law.
macro_rules! corpora {
    ($($law:ident)*) => {$(
        #[test]
        fn $law() {
            play(stringify!($law));
        }
    )*

        #[test]
        fn every_law_is_played() {
            let played = [$(stringify!($law)),*];
            assert_eq!(played, LAWS.map(|(name, _)| name));
        }
    };
}

corpora! {
    charset
    csv
    delete_flag
    document
    email
    expression
    lines
    links
    paths
    record
    records
    template
}
