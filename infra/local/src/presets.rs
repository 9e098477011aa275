//! The available presets: those of the data directory, and those that come with the program. The
//! former have priority.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use attendee_sync_domain::preset::{Preset, PresetError, built_in};

/// Largest preset read.
const MAX_BYTES: u64 = 1024 * 1024;

/// Why a preset file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PresetFileError {
    /// The file cannot be read.
    #[error("{}: cannot be read", file.display())]
    Unreadable {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The file is no valid preset.
    #[error("{}", file.display())]
    Refused {
        file: PathBuf,
        #[source]
        source: PresetError,
    },
    /// It is larger than a preset can be.
    #[error("{}: is larger than {MAX_BYTES} bytes", file.display())]
    TooLarge { file: PathBuf },
}

/// The presets, and the files that are none.
#[derive(Debug, Default)]
pub(crate) struct LoadedPresets {
    /// The presets by name.
    pub(crate) good: BTreeMap<String, Preset>,
    /// The files by the name that their preset would have. They hide a built-in preset of that
    /// name: the person who put the file there does not want the other one.
    pub(crate) broken: BTreeMap<String, PresetFileError>,
}

impl LoadedPresets {
    /// Reads all presets; an invalid one does not hide the others.
    pub(crate) fn load(data_dir: &Path) -> Self {
        let mut presets = Self::default();
        for (name, text) in built_in() {
            let file = PathBuf::from(format!("shared/presets/{name}.toml"));
            presets.add(name, file, Preset::parse(name, text));
        }
        for file in files_in(&data_dir.join("presets")) {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            match read(&file) {
                Ok(text) => presets.add(&name, file.clone(), Preset::parse(&name, &text)),
                Err(error) => {
                    presets.good.remove(&*name);
                    presets.broken.insert(name.into_owned(), error);
                }
            }
        }
        presets
    }

    fn add(&mut self, name: &str, file: PathBuf, parsed: Result<Preset, PresetError>) {
        match parsed {
            Ok(preset) => {
                self.good.insert(name.to_owned(), preset);
            }
            Err(source) => {
                self.good.remove(name);
                let refused = PresetFileError::Refused { file, source };
                self.broken.insert(name.to_owned(), refused);
            }
        }
    }
}

/// The TOML files of a folder; none where there is no folder.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect()
}

fn read(file: &Path) -> Result<String, PresetFileError> {
    let unreadable = |source| PresetFileError::Unreadable {
        file: file.to_owned(),
        source,
    };
    if std::fs::metadata(file).map_err(unreadable)?.len() > MAX_BYTES {
        return Err(PresetFileError::TooLarge {
            file: file.to_owned(),
        });
    }
    std::fs::read_to_string(file).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_the_data_directory_go_first_and_a_broken_one_harms_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let plain = LoadedPresets::load(dir.path());
        assert!(plain.broken.is_empty(), "{:?}", plain.broken);
        assert!(plain.good.contains_key("tito"));

        let (_, tito) = built_in().iter().find(|(name, _)| *name == "tito").unwrap();
        let folder = dir.path().join("presets");
        std::fs::create_dir(&folder).unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        write("tito.toml", &tito.replace("\"Tito\"", "\"Our Tito\""));
        write("own.toml", tito);
        write("cvent.toml", &tito.replace("summary", "sumary"));
        write("notes.txt", "not a preset");

        let presets = LoadedPresets::load(dir.path());
        assert_eq!(presets.good["tito"].title, "Our Tito");
        assert_eq!(presets.good["own"].name, "own");
        assert_eq!(presets.good.len(), plain.good.len());
        assert!(!presets.good.contains_key("cvent"));
        let PresetFileError::Refused { file, source } = &presets.broken["cvent"] else {
            panic!("{:?}", presets.broken);
        };
        assert!(file.ends_with("presets/cvent.toml"), "{}", file.display());
        let said = source.to_string();
        assert!(said.contains("line 6: sumary: unknown field"), "{said}");
        assert_eq!(presets.broken.len(), 1);
    }
}
