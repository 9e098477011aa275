//! The fields found by a test of the connection, as choices for the mapping.

use attendee_sync_domain::feed::FieldFound;

use super::part::ChoiceShape;
use super::{SectionPart, Sections, TypedFields};

/// Common names of the fields in other systems, without case and signs.
const NAMES: &[(&str, &[&str])] = &[
    (
        "mapping.email",
        &["email", "emailaddress", "attendeeemail", "mail"],
    ),
    (
        "mapping.first_name",
        &["firstname", "givenname", "forename", "first", "given"],
    ),
    (
        "mapping.last_name",
        &["lastname", "familyname", "surname", "last", "family"],
    ),
    (
        "mapping.source_id",
        &["id", "uuid", "code", "registrationid", "attendeeid"],
    ),
    ("mapping.title", &["title", "salutation", "prefix"]),
    (
        "mapping.job_title",
        &["jobtitle", "position", "jobposition", "job"],
    ),
    (
        "mapping.company",
        &[
            "company",
            "organisation",
            "organization",
            "companyname",
            "employer",
            "affiliation",
        ],
    ),
    (
        "mapping.country",
        &["country", "countrycode", "countryname"],
    ),
    ("mapping.biography", &["biography", "bio"]),
    (
        "mapping.groups",
        &["groups", "tags", "tickettype", "ticketname", "category"],
    ),
    (
        "mapping.digital_badge",
        &["digitalbadge", "badgeurl", "badge"],
    ),
];

/// Returns the found field that is most likely meant for a profile field: the one whose last name
/// is earliest in the list of common names, and which is nearest to the record.
pub(crate) fn likely<'f>(mapping: &str, found: &'f [FieldFound]) -> Option<&'f FieldFound> {
    let (_, names) = NAMES.iter().find(|(path, _)| *path == mapping)?;
    let rank = |field: &FieldFound| {
        let (above, last) = field.path.rsplit_once('.').unwrap_or(("", &field.path));
        let last = plain(last);
        let name = names.iter().position(|name| *name == last)?;
        Some((name, above.starts_with("parent"), above.len()))
    };
    let ranked = found.iter().filter_map(|field| Some((rank(field)?, field)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, field)| field)
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

impl TypedFields {
    /// Fills in a likely field where nothing is mapped yet, or where the mapped field is in no
    /// record.
    pub(crate) fn suggest(&mut self, sections: Sections, found: &[FieldFound]) {
        for part in sections.parts() {
            let SectionPart::Choice(choice) = part else {
                continue;
            };
            let name = format!("{}.path.path", choice.path);
            let is_path =
                choice.shape == ChoiceShape::Mapping && self.get(&choice.name()) == "path";
            let is_found = found
                .iter()
                .any(|field| field.path == self.get(&name).trim());
            if let Some(likely) = likely(choice.path, found).filter(|_| is_path && !is_found) {
                self.set(name, likely.path.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(paths: &[&str]) -> Vec<FieldFound> {
        let field = |path: &&str| FieldFound {
            path: (*path).to_owned(),
            filled: 1,
            example: None,
        };
        paths.iter().map(field).collect()
    }

    #[test]
    fn a_likely_field_is_one_of_the_usual_names_nearest_to_the_record() {
        let found = found(&[
            "Id",
            "parent.email",
            "person.E-Mail",
            "person.given_name",
            "emails",
        ]);
        let path = |mapping: &str| likely(mapping, &found).map(|field| field.path.as_str());
        assert_eq!(path("mapping.email"), Some("person.E-Mail"));
        assert_eq!(path("mapping.first_name"), Some("person.given_name"));
        assert_eq!(path("mapping.source_id"), Some("Id"));
        assert_eq!(path("mapping.company"), None);
    }

    #[test]
    fn what_is_mapped_to_a_field_that_exists_stays() {
        let found = found(&["email", "mail", "surname", "company"]);
        let mut typed = TypedFields::default();
        for (name, text) in [
            ("mapping.email.type", "path"),
            ("mapping.email.path.path", "mail"),
            ("mapping.last_name.type", "path"),
            ("mapping.last_name.path.path", "last_name"),
            ("mapping.company.type", "constant"),
        ] {
            typed.set(name, text);
        }
        typed.suggest(Sections::Stored, &found);
        assert_eq!(typed.get("mapping.email.path.path"), "mail");
        assert_eq!(typed.get("mapping.last_name.path.path"), "surname");
        assert_eq!(typed.get("mapping.company.path.path"), "");
    }

    #[test]
    fn every_name_stands_as_it_is_compared() {
        for (_, names) in NAMES {
            assert!(names.iter().all(|name| plain(name) == *name));
        }
    }
}
