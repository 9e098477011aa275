//! The form of an event's invitations: the typed text, the document it makes, and its mistakes by
//! field.

use attendee_sync_domain::config::{DocumentProblem, EventDocument};
use attendee_sync_domain::email::{EmailAddress, EmailError};
use serde_json::{Map, Value, json};

use super::field::FormField;
use crate::extract::FormFields;
use crate::problem::HttpProblem;
use crate::texts::{t, text};
use crate::words;

pub(super) struct InvitationForm {
    /// The version that is edited.
    pub(super) version: String,
    pub(super) enabled: bool,
    /// The fields of one line each.
    pub(super) lines: Vec<FormField>,
    pub(super) body: FormField,
    /// The attendee whose invitation is previewed.
    pub(super) preview_as: FormField,
    /// The recipient of a test.
    pub(super) test_to: FormField,
    /// The message about what was refused, as far as no field shows it.
    pub(super) refused: Option<String>,
    pub(super) problems: Vec<DocumentProblem>,
}

impl InvitationForm {
    fn empty() -> Self {
        let optional = |name, label, help| FormField {
            required: false,
            ..FormField::new(name, label, help)
        };
        let limit = FormField {
            kind: "number",
            ..optional(
                "limit_per_run",
                t("invitation-form-maximum-invitations-per-sync"),
                t("invitation-form-if-a-sync-would"),
            )
        };
        Self {
            version: String::new(),
            enabled: false,
            lines: vec![
                optional(
                    "from",
                    t("invitation-form-sender"),
                    t("invitation-form-for-example-devcon-noreply"),
                ),
                optional(
                    "reply_to",
                    t("invitation-form-reply-to"),
                    t("invitation-form-leave-it-empty-if"),
                ),
                optional(
                    "sign_in_url",
                    t("invitation-form-where-attendees-sign-in"),
                    t("invitation-form-the-link-that-sign"),
                ),
                limit,
                optional(
                    "test_recipients",
                    t("invitation-form-test-recipients"),
                    t("invitation-form-addresses-that-may-get"),
                ),
                optional(
                    "subject",
                    t("invitation-form-subject"),
                    t("invitation-form-for-example-welcome-to"),
                ),
            ],
            body: optional("body_markdown", t("invitation-form-text-of-the-mail"), ""),
            preview_as: optional(
                "preview_as",
                t("invitation-form-preview-for-this-attendee"),
                t("invitation-form-the-address-of-an"),
            ),
            test_to: optional(
                "test_to",
                t("invitation-form-send-a-test-to"),
                t("invitation-form-an-attendee-or-a"),
            ),
            refused: None,
            problems: Vec::new(),
        }
    }

    /// The form of a stored document.
    pub(super) fn of(document: &EventDocument, version: u64) -> Self {
        let invitations = &document.invitations;
        let mut form = Self::empty();
        form.version = version.to_string();
        form.enabled = invitations.enabled;
        let template = invitations.template.clone();
        let (from, reply_to, subject, body) = template.map_or_else(Default::default, |template| {
            let reply_to = template.reply_to.unwrap_or_default();
            (
                template.from,
                reply_to,
                template.subject,
                template.body_markdown,
            )
        });
        form.fill(|name| match name {
            "from" => from.clone(),
            "reply_to" => reply_to.clone(),
            "subject" => subject.clone(),
            "body_markdown" => body.clone(),
            "sign_in_url" => invitations.sign_in_url.clone().unwrap_or_default(),
            "limit_per_run" => invitations.limit_per_run.to_string(),
            "test_recipients" => joined(&invitations.test_recipients),
            _ => String::new(),
        });
        form
    }

    /// Reads a submitted form.
    pub(super) fn read(fields: &FormFields) -> Self {
        let mut form = Self::empty();
        fields.get("version").clone_into(&mut form.version);
        form.enabled = !fields.get("enabled").is_empty();
        // Browsers end lines with CRLF, like mail.
        form.fill(|name| match name {
            "body_markdown" => fields.get(name).replace("\r\n", "\n"),
            _ => fields.get(name).trim().to_owned(),
        });
        form
    }

    /// The subject as it is typed.
    pub(super) fn subject(&self) -> &str {
        let mut lines = self.lines.iter();
        let subject = lines.find(|line| line.name == "subject");
        subject.map_or("", |line| line.value.as_str())
    }

    fn fill(&mut self, value: impl Fn(&str) -> String) {
        for field in self.fields() {
            field.value = value(&field.name);
        }
    }

    fn fields(&mut self) -> impl Iterator<Item = &mut FormField> {
        let others = [&mut self.body, &mut self.preview_as, &mut self.test_to];
        self.lines.iter_mut().chain(others)
    }

    fn typed(&self, name: &str) -> &str {
        let lines = self.lines.iter().chain([&self.body]);
        let mut found = lines.filter(|field| field.name == name);
        found.next().map_or("", |field| &field.value)
    }

    /// Returns the stored document with these invitations, and the mistake in the limit, if there
    /// is one; the limit then stays as stored.
    pub(super) fn document(
        &self,
        stored: &EventDocument,
    ) -> Result<(Value, Option<DocumentProblem>), HttpProblem> {
        let mut document = serde_json::to_value(stored).map_err(|error| {
            tracing::error!(error = %error, "a configuration could not be written out");
            HttpProblem::internal()
        })?;
        let limit: Result<u32, DocumentProblem> =
            self.typed("limit_per_run")
                .parse()
                .map_err(|_| DocumentProblem {
                    path: "invitations.limit_per_run".to_owned(),
                    reason: t("invitation-form-enter-a-whole-number").to_owned(),
                });
        let place = document.pointer_mut("/invitations");
        let Some(invitations) = place.and_then(Value::as_object_mut) else {
            return Err(HttpProblem::internal());
        };
        invitations.insert("enabled".to_owned(), self.enabled.into());
        if let Ok(limit) = &limit {
            invitations.insert("limit_per_run".to_owned(), (*limit).into());
        }
        put(invitations, "sign_in_url", self.typed("sign_in_url"));
        let testers = separate(self.typed("test_recipients"));
        invitations.insert("test_recipients".to_owned(), testers.into());
        let texts = ["from", "subject", "body_markdown"];
        let blank = |name: &&str| self.typed(name).trim().is_empty();
        if texts.iter().all(blank) && self.typed("reply_to").is_empty() {
            invitations.remove("template");
        } else if let Some(template) = invitations
            .entry("template")
            .or_insert(json!({}))
            .as_object_mut()
        {
            put(template, "reply_to", self.typed("reply_to"));
            for name in texts {
                template.insert(name.to_owned(), self.typed(name).into());
            }
        }
        Ok((document, limit.err()))
    }

    /// Returns the attendee whose invitation is previewed; `None` where none is named.
    pub(super) fn shown_as(&self) -> Result<Option<EmailAddress>, DocumentProblem> {
        match self.preview_as.value.as_str() {
            "" => Ok(None),
            text => address("preview_as", text).map(Some),
        }
    }

    /// Returns the recipient of a test.
    pub(super) fn tester(&self) -> Result<EmailAddress, DocumentProblem> {
        address("test_to", &self.test_to.value)
    }

    /// Puts each problem beside its field, and the others at the top.
    pub(super) fn refused(mut self, refused: &str, problem: HttpProblem) -> Self {
        self.refused = Some(if problem.problems.is_empty() {
            format!("{refused}. {}", words::sentence(&problem.detail))
        } else {
            text!(
                "invitation-form-refused-correct-these-fields",
                refused = refused
            )
        });
        let mut others = Vec::new();
        for place in problem.problems {
            let field = place.path.strip_prefix("invitations.");
            let field = field.map_or(place.path.as_str(), |rest| {
                rest.strip_prefix("template.").unwrap_or(rest)
            });
            let field = match field.split('[').next() {
                // The API has other names for these fields.
                Some("to") => "test_to",
                Some("email") => "preview_as",
                other => other.unwrap_or(field),
            };
            let said = words::sentence(&place.reason);
            let known = self.fields().find(|known| known.name == field);
            let Some(known) = known else {
                others.push(place);
                continue;
            };
            known.problem = Some(match known.problem.take() {
                Some(before) => format!("{before} {said}"),
                None => said,
            });
        }
        self.problems = others;
        self
    }
}

/// Joins addresses with commas, as the form shows them.
fn joined(addresses: &[EmailAddress]) -> String {
    let addresses: Vec<&str> = addresses.iter().map(EmailAddress::as_str).collect();
    addresses.join(", ")
}

fn separate(typed: &str) -> Vec<&str> {
    let addresses = typed.split([',', ';', ' ']).map(str::trim);
    addresses.filter(|address| !address.is_empty()).collect()
}

/// Writes a text, or removes the key where the text is empty.
fn put(object: &mut Map<String, Value>, key: &str, text: &str) {
    if text.is_empty() {
        object.remove(key);
    } else {
        object.insert(key.to_owned(), text.into());
    }
}

fn address(field: &str, text: &str) -> Result<EmailAddress, DocumentProblem> {
    text.parse().map_err(|error: EmailError| DocumentProblem {
        path: field.to_owned(),
        reason: error.to_string(),
    })
}
