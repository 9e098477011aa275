//! The invitation of an event: its checked and compiled template, and the letter that it produces
//! for one recipient.

use std::collections::BTreeMap;
use std::fmt;

use minijinja::value::Value;
use url::Url;

use super::letter::{self, Outline};
use super::recipient::one_line;
use super::template::{
    self, MAX_TEXT, TemplateFacts, TemplateForm, TemplateMistake, Templates, VARIABLES,
};
use super::{Letter, Mailbox, Recipient};
use crate::config::{DocumentProblem, EventDocument};
use crate::expression::ExpressionEvent;
use crate::profile::ProfileField;

/// Longest template of a subject, in bytes.
const MAX_SUBJECT_SOURCE: usize = 1_000;
/// Longest template of a body, in bytes: the engine counts lines and columns in 16 bits.
const MAX_BODY_SOURCE: usize = 64_000;
/// Longest subject, in characters.
const MAX_SUBJECT: usize = 200;
/// The unsubscribe link of an example letter.
const EXAMPLE_UNSUBSCRIBE_URL: &str = "https://app.example.org/unsubscribe";

/// One of the texts of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateText {
    /// The subject.
    Subject,
    /// The body.
    Body,
}

impl TemplateText {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Body => "body",
        }
    }

    /// Returns the path of the text in the document.
    fn path(self) -> &'static str {
        match self {
            Self::Subject => "invitations.template.subject",
            Self::Body => "invitations.template.body_markdown",
        }
    }

    fn max_source(self) -> usize {
        match self {
            Self::Subject => MAX_SUBJECT_SOURCE,
            Self::Body => MAX_BODY_SOURCE,
        }
    }
}

impl fmt::Display for TemplateText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The reason why there is no letter for this recipient. No variant repeats personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// The template uses too much fuel for this recipient.
    #[error("writing the {0} takes too much work")]
    TooMuchWork(TemplateText),
    /// The text is longer than 256 KiB.
    #[error("the {0} would be longer than 256 KiB")]
    TooLong(TemplateText),
    /// An expression of the template failed for this recipient.
    #[error("the {place} cannot be written: {reason}, on line {line}")]
    Failed {
        /// The text that failed.
        place: TemplateText,
        /// Its line, counting from 1.
        line: usize,
        /// The kind of failure, without any value.
        reason: String,
    },
    /// The unsubscribe link is not a URL.
    #[error("the unsubscribe link is not an http or https URL")]
    UnsubscribeUrl,
}

impl LetterError {
    fn path(&self) -> &'static str {
        match self {
            Self::TooMuchWork(place) | Self::TooLong(place) | Self::Failed { place, .. } => {
                place.path()
            }
            Self::UnsubscribeUrl => "invitations",
        }
    }
}

/// The invitation template of an event, checked and compiled.
pub struct InvitationTemplate {
    from: Mailbox,
    reply_to: Option<Mailbox>,
    templates: Templates,
    event: Value,
    event_name: String,
    sign_in_url: String,
}

impl fmt::Debug for InvitationTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvitationTemplate")
            .field("event_name", &self.event_name)
            .finish_non_exhaustive()
    }
}

impl InvitationTemplate {
    /// Returns the template of a document, or all its problems. A template that fails for an
    /// example recipient is refused too.
    pub fn new(document: &EventDocument) -> Result<Self, Vec<DocumentProblem>> {
        let mut found = TemplateProblems::default();
        found.sign_in_url(document);
        let Some(template) = &document.invitations.template else {
            found.add(
                "invitations.template",
                "invitations cannot be switched on without a template",
            );
            return Err(found.0);
        };
        let from = found.mailbox("invitations.template.from", &template.from);
        let reply_to = template
            .reply_to
            .as_deref()
            .map(|text| found.mailbox("invitations.template.reply_to", text));
        let sign_in_url = document.invitations.sign_in_url.clone();
        let known = TemplateFacts {
            sign_in_url: sign_in_url.is_some(),
        };
        let mut templates = Templates::new();
        for (place, source, form) in [
            (
                TemplateText::Subject,
                &template.subject,
                TemplateForm::Plain,
            ),
            (
                TemplateText::Body,
                &template.body_markdown,
                TemplateForm::Markdown,
            ),
        ] {
            found.template(&mut templates, place, source, form, known);
        }
        // A missing part was reported as a problem already.
        let (Some(from), reply_to, true) = (from, reply_to.flatten(), found.0.is_empty()) else {
            return Err(found.0);
        };
        let template = Self {
            from,
            reply_to,
            templates,
            event: Value::from_object(ExpressionEvent::of(document)),
            event_name: one_line(&document.name),
            sign_in_url: sign_in_url.unwrap_or_default(),
        };
        template.test_mapping().map_err(|problem| vec![problem])?;
        Ok(template)
    }

    /// Returns the sender.
    #[must_use]
    pub fn sender(&self) -> &Mailbox {
        &self.from
    }

    /// Returns the letter for one recipient, with their unsubscribe link.
    pub fn letter(
        &self,
        recipient: &Recipient,
        unsubscribe_url: &str,
    ) -> Result<Letter, LetterError> {
        let unsubscribe_url = web_url(unsubscribe_url).ok_or(LetterError::UnsubscribeUrl)?;
        let variables = self.variables(recipient, &unsubscribe_url);
        let subject = match self.subject(&variables)? {
            blank if blank.is_empty() => self.event_name.clone(),
            subject => subject,
        };
        let body = self.templates.render(TemplateText::Body, variables)?;
        let links = [
            self.sign_in_url.as_str(),
            recipient.digital_badge.as_deref().unwrap_or_default(),
            &unsubscribe_url,
        ];
        let footer = letter::Footer {
            event_name: &self.event_name,
            unsubscribe_url: &unsubscribe_url,
        };
        let outline = Outline::of(&body, &links);
        let html = letter::html(&subject, &outline, &footer);
        let text = letter::text(&outline, &footer);
        if html.len().max(text.len()) > MAX_TEXT {
            return Err(LetterError::TooLong(TemplateText::Body));
        }
        Ok(Letter {
            from: self.from.clone(),
            reply_to: self.reply_to.clone(),
            subject,
            html,
            text,
        })
    }

    /// Returns the subject as one line; empty where the template produces nothing.
    fn subject(&self, variables: &Value) -> Result<String, LetterError> {
        let text = self
            .templates
            .render(TemplateText::Subject, variables.clone())?;
        let line = one_line(&template::placeholder::plain(&text));
        let short: String = line.chars().take(MAX_SUBJECT).collect();
        Ok(short.trim_end().to_owned())
    }

    fn variables(&self, recipient: &Recipient, unsubscribe_url: &str) -> Value {
        let value = |name| match name {
            "email" => Value::from(recipient.email.as_str()),
            "groups" => Value::from(recipient.groups.clone()),
            "event" => self.event.clone(),
            "badge_url" => Value::from(recipient.digital_badge.as_deref().unwrap_or_default()),
            "sign_in_url" => Value::from(self.sign_in_url.as_str()),
            "unsubscribe_url" => Value::from(unsubscribe_url),
            _ => {
                let field = ProfileField::ALL.iter().find(|field| field.name() == name);
                let text = field.and_then(|field| recipient.profile.get(*field));
                Value::from(text.unwrap_or_default())
            }
        };
        let variables = VARIABLES.map(|name| (name, value(name)));
        Value::from(BTreeMap::from(variables))
    }

    /// Checks that the template produces a letter for an example recipient.
    fn test_mapping(&self) -> Result<(), DocumentProblem> {
        let recipient = Recipient::example();
        let problem = |path: &str, reason: String| DocumentProblem {
            path: path.to_owned(),
            reason,
        };
        let failed = |error: LetterError| problem(error.path(), error.to_string());
        self.letter(&recipient, EXAMPLE_UNSUBSCRIBE_URL)
            .map_err(failed)?;
        let variables = self.variables(&recipient, EXAMPLE_UNSUBSCRIBE_URL);
        if self.subject(&variables).map_err(failed)?.is_empty() {
            let reason = "the result is empty, even if all variables have a value";
            return Err(problem(TemplateText::Subject.path(), reason.to_owned()));
        }
        Ok(())
    }
}

/// Returns the URL in normal form, if it is an `http` or `https` URL.
fn web_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.into())
}

/// The problems found so far.
#[derive(Default)]
struct TemplateProblems(Vec<DocumentProblem>);

impl TemplateProblems {
    fn add(&mut self, path: &str, reason: impl Into<String>) {
        self.0.push(DocumentProblem {
            path: path.to_owned(),
            reason: reason.into(),
        });
    }

    fn sign_in_url(&mut self, document: &EventDocument) {
        if let Some(text) = &document.invitations.sign_in_url
            && web_url(text).is_none()
        {
            self.add(
                "invitations.sign_in_url",
                "not a URL that starts with https://",
            );
        }
    }

    fn mailbox(&mut self, path: &str, text: &str) -> Option<Mailbox> {
        text.parse()
            .map_err(|error: super::MailboxError| self.add(path, error.to_string()))
            .ok()
    }

    fn template(
        &mut self,
        templates: &mut Templates,
        place: TemplateText,
        source: &str,
        form: TemplateForm,
        known: TemplateFacts,
    ) {
        let max = place.max_source();
        if source.trim().is_empty() {
            return self.add(place.path(), "cannot be empty");
        }
        if source.len() > max {
            return self.add(place.path(), format!("longer than {max} bytes"));
        }
        for TemplateMistake { line, reason } in templates
            .add(place, source, form, known)
            .err()
            .unwrap_or_default()
        {
            self.add(place.path(), format!("line {line}: {reason}"));
        }
    }
}

#[cfg(test)]
mod tests;
