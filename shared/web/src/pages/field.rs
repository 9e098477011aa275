//! A field of a form.

pub(super) struct FormField {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) kind: &'static str,
    pub(super) help: String,
    pub(super) value: String,
    pub(super) required: bool,
    /// Handle of a credential that was typed before.
    pub(super) kept: Option<String>,
    pub(super) problem: Option<String>,
}

impl FormField {
    /// Returns a required line of text.
    pub(super) fn new(name: &str, label: &str, help: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            kind: "text",
            help: help.to_owned(),
            value: String::new(),
            required: true,
            kept: None,
            problem: None,
        }
    }
}
