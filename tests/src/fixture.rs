//! A folder under `fixtures/feeds`: the event document, the routes with their bodies, and what is expected.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// What is in a folder, which is named from the folder of this crate; in order.
#[must_use]
pub fn names_in(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("an entry can be read").file_name())
        .map(|name| name.into_string().expect("a file's name is Unicode"))
        .collect();
    names.sort();
    names
}

/// One fixture folder.
#[derive(Clone, Debug)]
pub struct Fixture {
    folder: PathBuf,
}

impl Fixture {
    /// The feed fixture of this name. Fails the test when there is none.
    #[must_use]
    pub fn feed(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/feeds")
            .join(name);
        assert!(folder.is_dir(), "there is no fixture {}", folder.display());
        Self { folder }
    }

    /// The feed fixtures there are, by name.
    #[must_use]
    pub fn feeds() -> Vec<String> {
        names_in("fixtures/feeds")
    }

    /// The folder's name.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.folder.file_name().and_then(OsStr::to_str);
        name.expect("a fixture has a name")
    }

    /// Whether the folder has this file.
    #[must_use]
    pub fn has(&self, file: &str) -> bool {
        self.folder.join(file).is_file()
    }

    /// A file's text.
    #[must_use]
    pub fn text(&self, file: &str) -> String {
        let path = self.folder.join(file);
        std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()))
    }

    /// A file's JSON.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self, file: &str) -> T {
        serde_json::from_str(&self.text(file))
            .unwrap_or_else(|error| panic!("{}: {error}", self.folder.join(file).display()))
    }
}
