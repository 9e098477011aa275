//! Replaces paths in messages: messages name settings by their paths in the document, the console
//! by the labels of the form.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{SectionPart, Sections};
use crate::texts::{TextId, id};

/// An advice for the command line, and its replacement in the console.
const FLAG: (&str, TextId) = (
    "or start with --allow-private-sources",
    id("configurator-labels-or-ask-the-operator"),
);

/// The label of each setting by its path. Where several kinds of a setting share a path, it is the
/// first one's.
static LABELS: LazyLock<BTreeMap<String, TextId>> = LazyLock::new(|| {
    let mut labels = BTreeMap::new();
    let mut known = |path: String, label: TextId| {
        labels.entry(path).or_insert(label);
    };
    for part in Sections::Stored.parts() {
        match part {
            SectionPart::Leaf(leaf) => known(leaf.key.to_owned(), leaf.label),
            SectionPart::Choice(choice) => {
                known(choice.path.to_owned(), choice.label);
                let leaves = choice.kinds.iter().flat_map(|kind| kind.leaves);
                for leaf in leaves.chain(choice.shared) {
                    known(format!("{}.{}", choice.path, leaf.key), leaf.label);
                }
            }
            SectionPart::List(list) => known(list.path.to_owned(), list.label),
            SectionPart::More(..) => {}
        }
    }
    labels
});

/// Returns the label of a setting by its path in the document; `None` where the form has no such
/// field.
pub(crate) fn label_of(path: &str) -> Option<&'static str> {
    LABELS.get(path).map(|label| label.text())
}

/// Returns a message with the labels of settings in place of their paths, such as `source.url`.
pub(crate) fn with_labels(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        let (before, after) = rest.split_at(start);
        let end = after
            .find(|c: char| !is_of_a_path(c))
            .unwrap_or(after.len());
        let (word, left) = after.split_at(end);
        let path = word.trim_end_matches('.');
        text.push_str(before);
        // A single word, such as `missing`, is an ordinary word.
        match label_of(path).filter(|_| path.contains(['.', '_'])) {
            Some(label) => {
                text.push('\u{201c}');
                text.push_str(label);
                text.push('\u{201d}');
                text.push_str(word.strip_prefix(path).unwrap_or_default());
            }
            None => text.push_str(word),
        }
        rest = left;
    }
    text.push_str(rest);
    text.replace(FLAG.0, FLAG.1.text())
}

fn is_of_a_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_the_console_names_settings_by_their_labels() {
        for (message, shown) in [
            (
                "there is nothing there; check source.url and source.pagination.",
                "there is nothing there; check “URL of the registrations” and \
                 “Pagination”.",
            ),
            (
                "raise source.limits.timeout_seconds (or start with --allow-private-sources)",
                "raise “Timeout per request, in seconds” (or ask the operator of this installation to allow private \
                 sources)",
            ),
            (
                "needs mapping.source_id; the delete_flag is missing, and source.unknown too",
                "needs “Source ID”; the “Erase people permanently if a field says so” is missing, and \
                 source.unknown too",
            ),
        ] {
            assert_eq!(with_labels(message), shown);
        }
    }
}
