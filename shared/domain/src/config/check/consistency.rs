//! Checks the parts of a document that are about records: the mapping, the rules, the delete flag
//! and the guards.

use super::Checks;
use crate::config::document::{EventDocument, Guards};
use crate::config::mapping::{FieldMapping, Mapping, ValueOrigin};
use crate::config::rule::{Condition, DeleteFlag, TrueValues};
use crate::profile::AttendeeField;

impl Checks<'_> {
    pub(super) fn guards(&mut self, guards: &Guards) {
        for (name, percent) in [
            ("removals_percent", guards.removals_percent),
            ("blanked_percent", guards.blanked_percent),
            ("rejected_percent", guards.rejected_percent),
        ] {
            self.refuse_if(
                percent > 100,
                &format!("guards.{name}"),
                "a percentage is at most 100",
            );
        }
        self.refuse_if(
            guards
                .additions_percent
                .is_some_and(|percent| !(1..=10_000).contains(&percent)),
            "guards.additions_percent",
            "from 1 to 10000 percent of the attendees; leave it out for no limit",
        );
    }

    pub(super) fn mapping(&mut self, mapping: &Mapping) {
        for (name, field) in mapping.all() {
            let path = format!("mapping.{name}");
            self.refuse_if(
                field.separator.is_some() && name != AttendeeField::Groups,
                &path,
                "only groups take a separator",
            );
            self.refuse_if(
                field.separator.as_deref() == Some(""),
                &path,
                "the separator is empty",
            );
            self.constant(name, &path, field);
            if let ValueOrigin::Expression(expression) = &field.origin {
                for mistake in expression.mistakes() {
                    self.refuse(path.clone(), mistake);
                }
            }
            self.refuse_if(
                field.default.is_some()
                    && matches!(name, AttendeeField::Email | AttendeeField::SourceId),
                &path,
                "a default would be the same for everybody",
            );
            self.refuse_if(
                field
                    .default
                    .as_deref()
                    .is_some_and(|text| text.trim().is_empty()),
                &path,
                "the default is blank; leave it out",
            );
        }
    }

    fn constant(&mut self, name: AttendeeField, path: &str, field: &FieldMapping) {
        let ValueOrigin::Constant(text) = &field.origin else {
            return;
        };
        self.refuse_if(
            matches!(name, AttendeeField::Email | AttendeeField::SourceId),
            path,
            "a constant would be the same for everybody",
        );
        self.refuse_if(
            matches!(name, AttendeeField::FirstName | AttendeeField::LastName)
                && text.trim().is_empty(),
            path,
            "mandatory, so the constant cannot be empty",
        );
    }

    fn flag(&mut self, flag: &DeleteFlag) {
        let TrueValues::Listed(true_values) = &flag.true_values else {
            return;
        };
        let fold = |text: &String| text.trim().to_lowercase();
        let both = true_values.iter().any(|value| {
            flag.false_values
                .iter()
                .any(|other| fold(other) == fold(value))
        });
        self.refuse_if(
            both,
            "delete_flag",
            "a value is listed as both true and false",
        );
        self.refuse_if(
            true_values.is_empty() || true_values.iter().any(|value| value.trim().is_empty()),
            "delete_flag.true_values",
            "list at least one value, none of them blank: a blank must not erase anybody",
        );
    }

    pub(super) fn flag_and_rules(&mut self, document: &EventDocument) {
        if let Some(flag) = &document.delete_flag {
            self.flag(flag);
        }
        self.refuse_if(document.rules.len() > 200, "rules", "at most 200 rules");
        for (index, rule) in document.rules.iter().enumerate() {
            let Condition::Expression(when) = &rule.condition else {
                continue;
            };
            for mistake in when.mistakes_of_condition() {
                self.refuse(format!("rules[{index}].when"), mistake);
            }
        }
    }
}
