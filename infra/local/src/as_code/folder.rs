//! A folder of event documents: JSON and TOML files, a document in each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use attendee_sync_domain::config::{
    DocumentProblem, EventDocument, Problems, SecretValue, SourceAddresses, check_within,
};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::mail::Senders;

use crate::toml_document;

/// A document with its file.
pub(crate) struct FiledDocument {
    pub(crate) file: PathBuf,
    pub(crate) document: EventDocument,
}

/// What is wrong with files, by file.
pub(crate) type RefusedFiles = Vec<(String, Problems)>;

/// Reads and checks every document of a folder, by event; what is wrong with any of them is told together.
pub(crate) fn read(
    folder: &Path,
    addresses: &SourceAddresses,
    senders: &Senders,
) -> anyhow::Result<Result<BTreeMap<EventId, FiledDocument>, RefusedFiles>> {
    let mut documents: BTreeMap<EventId, FiledDocument> = BTreeMap::new();
    let mut refused = Vec::new();
    for file in files(folder)? {
        let name = file.display().to_string();
        let checked = match toml_document::read(&file) {
            Ok(value) => check_within(&value, addresses, senders),
            Err(error) => Err(problem("document", format!("{error:#}"))),
        };
        match checked.and_then(without_credential) {
            Err(problems) => refused.push((name, problems)),
            Ok(document) => {
                if let Some(other) = documents.get(&document.event) {
                    let reason = format!("{} is about the same event", other.file.display());
                    refused.push((name, problem("event", reason)));
                } else {
                    let event = document.event.clone();
                    documents.insert(event, FiledDocument { file, document });
                }
            }
        }
    }
    Ok(if refused.is_empty() {
        Ok(documents)
    } else {
        Err(refused)
    })
}

/// The files of a folder that are documents by their endings, by name; hidden ones are left out.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("the folder {} cannot be read", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        let is_document = ending.is_some_and(|ending| {
            ending.eq_ignore_ascii_case("json") || ending.eq_ignore_ascii_case("toml")
        });
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_document && !is_hidden && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        anyhow::bail!("the folder {} has no .json or .toml file", folder.display());
    }
    Ok(files)
}

/// What is kept in files is read by many: it names credentials, and holds none.
fn without_credential(mut document: EventDocument) -> Result<EventDocument, Problems> {
    if let Some((key, SecretValue::Plain(_))) = document.source.authentication.secret_mut() {
        let path = format!("source.authentication.{key}");
        let reason = "a file in a folder must not hold a credential; store it once in the console, and name it here: \
                      {\"secret\": \"NAME\"}";
        return Err(problem(&path, reason.to_owned()));
    }
    Ok(document)
}

fn problem(path: &str, reason: String) -> Problems {
    Problems(vec![DocumentProblem {
        path: path.to_owned(),
        reason,
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(event: &str, more: &str) -> String {
        format!(
            r#"{{"community": "acme", "event": "{event}", "name": "DevCon",
                "source": {{"url": "https://registration.example/attendees"{more}}},
                "mapping": {{"email": "mail", "first_name": "first", "last_name": "last"}}}}"#
        )
    }

    #[test]
    fn all_that_is_wrong_with_a_folder_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let none = read(folder.path(), &SourceAddresses::Public, &Senders::default());
        assert!(none.is_err_and(|error| error.to_string().contains("has no .json or .toml file")));
        write("a.json", &document("devcon", ""));
        write("b.json", &document("devcon", ""));
        write(
            "c.json",
            &document(
                "other",
                r#", "authentication": {"type": "bearer", "token": "canary"}"#,
            ),
        );
        write("d.toml", "community = ");
        write(".hidden.json", "{");
        write("notes.txt", "none");
        let read_all =
            || read(folder.path(), &SourceAddresses::Public, &Senders::default()).unwrap();
        let refused = read_all().err().unwrap();
        let told: Vec<_> = refused
            .iter()
            .map(|(file, problems)| format!("{file} {problems:?}"))
            .collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].contains("the same event"), "{told:?}");
        assert!(told[1].contains("source.authentication.token"), "{told:?}");
        assert!(!told[1].contains("canary"), "{told:?}");
        for name in ["b.json", "c.json", "d.toml"] {
            std::fs::remove_file(folder.path().join(name)).unwrap();
        }
        assert_eq!(read_all().ok().unwrap().len(), 1);
    }
}
