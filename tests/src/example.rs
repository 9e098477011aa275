//! The event documents of `examples/`. Each is played against the fixture `example-<its name>`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::names_in;

/// Scheme and host of every address that an example reads; the fixture server takes their place.
const ORIGIN: &str = "https://registration.example";
/// Where the examples are, from the folder of this crate.
const FOLDER: &str = "../examples";

/// One document.
#[derive(Clone, Debug)]
pub struct ExampleDocument {
    /// The file's name, such as `graphql-cursor.json`.
    pub file: String,
}

impl ExampleDocument {
    /// Returns all of them, by the names of their files.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let files = names_in(FOLDER).into_iter();
        files
            .filter(|file| is_a(file, "json") || is_a(file, "toml"))
            .map(|file| Self { file })
            .collect()
    }

    /// Returns the example that a fixture has the answers of, if it is one of an example.
    #[must_use]
    pub fn played_by(fixture: &str) -> Option<Self> {
        Self::all()
            .into_iter()
            .find(|example| example.fixture() == fixture)
    }

    /// Returns the name of the fixture that has the answers.
    #[must_use]
    pub fn fixture(&self) -> String {
        let name = Path::new(&self.file).file_stem();
        let name = name.and_then(|name| name.to_str());
        format!("example-{}", name.expect("an example has a name"))
    }

    /// Returns where the file is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(FOLDER)
            .join(&self.file)
    }

    /// Returns the file's text with the addresses of a fixture server.
    #[must_use]
    pub(crate) fn text_for(&self, base: &str) -> String {
        let path = self.path();
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
        text.replace(ORIGIN, base)
    }
}

/// Returns the members of an event document, which is TOML where the file's name says so.
pub(crate) fn parsed(file: &str, text: &str) -> Value {
    let document = if is_a(file, "toml") {
        toml::from_str(text).map_err(|error| error.to_string())
    } else {
        serde_json::from_str(text).map_err(|error| error.to_string())
    };
    document.unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn is_a(file: &str, ending: &str) -> bool {
    Path::new(file).extension().is_some_and(|end| end == ending)
}
