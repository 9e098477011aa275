//! The configuration as a form: tables of its fields, and a conversion from the document to the
//! form and back that loses nothing. It is pure: it knows no page, no store and no request.

use crate::texts::{TextId, id};

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
    pub(crate) title: TextId,
    pub(crate) lead: TextId,
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
            section("basics", id("configurator-the-event"), TextId::NONE, basics),
            section(
                "source",
                id("configurator-source"),
                id("configurator-where-the-registrations-are"),
                source::PARTS,
            ),
            section(
                "mapping",
                id("configurator-mapping"),
                id("configurator-how-a-record-becomes"),
                mapping::PARTS,
            ),
            section(
                "people",
                id("configurator-who-takes-part"),
                TextId::NONE,
                rules::PARTS,
            ),
            section(
                "schedule",
                id("configurator-schedule"),
                TextId::NONE,
                event::SCHEDULE,
            ),
            section(
                "guards",
                id("configurator-safety-limits"),
                id("configurator-changes-beyond-these-limits"),
                event::GUARDS,
            ),
            section(
                "access",
                id("configurator-access"),
                TextId::NONE,
                event::ACCESS,
            ),
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
    title: TextId,
    lead: TextId,
    parts: &'static [SectionPart],
) -> Section {
    Section {
        id,
        title,
        lead,
        parts,
    }
}
