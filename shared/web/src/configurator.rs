//! The configuration as a form: tables of its fields, and a conversion from the document to the
//! form and back that loses nothing. It is pure: it knows no page, no store and no request.

mod access_pages;
mod authentication;
mod event;
mod found;
mod labels;
mod leaf;
mod mapping;
mod part;
mod places;
mod rules;
mod source;
#[cfg(test)]
mod tests;
mod translate;
mod typed;

pub(crate) use found::likely;
pub(crate) use labels::{label_of, with_labels};
pub(crate) use leaf::{Leaf, LeafKind};
pub(crate) use part::{Branch, ChoiceShape, KindChoice, ON, RowList, SectionPart};
pub(crate) use translate::{document_of, form_of, name_of};
pub(crate) use typed::TypedFields;

/// A group of parts under a heading.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section {
    /// The section's name in the page's address.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) parts: &'static [SectionPart],
}

/// The sections of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sections {
    /// For an event that is not stored yet.
    New,
    /// For a stored one, which keeps its names.
    Stored,
}

impl Sections {
    pub(crate) fn list(self) -> [Section; 7] {
        let basics = match self {
            Self::New => event::NEW,
            Self::Stored => event::BASICS,
        };
        [
            section("basics", "The event", "", basics),
            section(
                "source",
                "Source",
                "Where the registrations are read from. The API documentation of your registration system says what to enter here.",
                source::PARTS,
            ),
            section(
                "mapping",
                "Mapping",
                "How a record becomes an attendee. A field left empty here is never changed. After a connection test you can choose from the fields that were found.",
                mapping::PARTS,
            ),
            section("people", "Who takes part", "", rules::PARTS),
            section("schedule", "Schedule", "", event::SCHEDULE),
            section(
                "guards",
                "Safety limits",
                "Changes beyond these limits wait for your approval. All other changes are applied.",
                event::GUARDS,
            ),
            section("access", "Access", "", event::ACCESS),
        ]
    }

    /// Returns every part, whether it is folded or not.
    fn parts(self) -> Vec<&'static SectionPart> {
        fn collect(parts: &'static [SectionPart], all: &mut Vec<&'static SectionPart>) {
            for part in parts {
                match part {
                    SectionPart::More(_, parts) => collect(parts, all),
                    other => all.push(other),
                }
            }
        }
        let mut all = Vec::new();
        for section in self.list() {
            collect(section.parts, &mut all);
        }
        all
    }
}

const fn section(
    id: &'static str,
    title: &'static str,
    lead: &'static str,
    parts: &'static [SectionPart],
) -> Section {
    Section {
        id,
        title,
        lead,
        parts,
    }
}
