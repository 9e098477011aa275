//! The form for an event's document as text: the typed text, the credential beside it, and the
//! reasons of a refusal.

use attendee_sync_app::MappingTest;
use attendee_sync_domain::config::{DocumentProblem, EventDocument};
use attendee_sync_domain::ids::EventId;
use secrecy::SecretString;
use serde_json::Value;

use super::trial::TrialView;
use crate::access::Session;
use crate::console::Console;
use crate::credential;
use crate::extract::FormFields;
use crate::problem::HttpProblem;
use crate::save::{SaveCondition, Saved};
use crate::texts::{t, text};

#[derive(Default)]
pub(super) struct EditorForm {
    pub(super) typed: String,
    /// The version that is edited; empty for a new event.
    pub(super) version: String,
    /// The handle of a credential that is kept for this form.
    pub(super) kept: Option<String>,
    /// The name of the preset that filled the form.
    pub(super) preset: String,
    /// The note beside the credential's field.
    pub(super) hint: String,
    /// The message about what was refused, and why.
    pub(super) refused: &'static str,
    pub(super) problems: Vec<DocumentProblem>,
    pub(super) trial: Option<TrialView>,
}

impl EditorForm {
    /// The form of a document that is stored or was filled in.
    pub(super) async fn of(
        console: &Console,
        document: &EventDocument,
        version: Option<u64>,
    ) -> Result<Self, HttpProblem> {
        Ok(Self {
            typed: written(document)?,
            version: version.map_or_else(String::new, |version| version.to_string()),
            hint: hint(console, document).await?,
            ..Self::default()
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.typed.lines().count().clamp(16, 32)
    }

    /// Returns whether the form differs from a stored document.
    pub(super) fn is_busy(&self) -> bool {
        self.trial.is_some() || !self.problems.is_empty()
    }
}

/// Returns the document as text. A stored document contains credentials by name only.
pub(super) fn written(document: &EventDocument) -> Result<String, HttpProblem> {
    serde_json::to_string_pretty(document).map_err(|error| {
        tracing::error!(error = %error, "a configuration could not be written out");
        HttpProblem::internal()
    })
}

/// Returns the note about the credential of a document.
async fn hint(console: &Console, document: &EventDocument) -> Result<String, HttpProblem> {
    let Some(name) = document.named_secret() else {
        return Ok(t("editor-the-document-has-no").to_owned());
    };
    Ok(if console.has_secret(name).await? {
        text!("editor-one-is-stored-as", name = name)
    } else {
        text!("editor-none-is-stored-as", name = name)
    })
}

/// A submitted form.
pub(super) struct SubmittedDocument {
    session: Session,
    form: EditorForm,
    credential: Option<SecretString>,
    /// Whether the credential was typed just now.
    fresh: bool,
}

impl SubmittedDocument {
    pub(super) async fn read(
        console: &Console,
        session: &Session,
        fields: &FormFields,
    ) -> Result<Self, HttpProblem> {
        let typed = fields.get("credential").trim();
        let before = fields.get("kept");
        let kept = console
            .typed_secrets
            .take_in(session, typed, before)
            .await?;
        let (handle, credential) = kept.unzip();
        Ok(Self {
            session: session.clone(),
            form: EditorForm {
                typed: fields.get("document").to_owned(),
                version: fields.get("version").to_owned(),
                kept: handle,
                preset: fields.get("preset").to_owned(),
                hint: fields.get("hint").to_owned(),
                ..EditorForm::default()
            },
            credential,
            fresh: !typed.is_empty(),
        })
    }

    /// Stores the document, as `event`'s or as a new event's.
    pub(super) async fn save(
        self,
        console: &Console,
        event: Option<&EventId>,
    ) -> Result<Saved, EditorForm> {
        let condition = match event {
            None => SaveCondition::Absent,
            Some(_) => SaveCondition::Version(self.form.version.parse().into_iter().collect()),
        };
        let saved = match self.document() {
            Ok(document) => {
                let author = &self.session.authority;
                Box::pin(console.save(author, &document, event, &condition)).await
            }
            Err(problem) => Err(problem),
        };
        match saved {
            Ok(saved) => {
                if let Some(handle) = &self.form.kept {
                    console.typed_secrets.forget(&self.session, handle).await;
                }
                Ok(saved)
            }
            Err(problem) => Err(self.refused(t("editor-not-saved"), problem)),
        }
    }

    /// Tests the document, and stores nothing.
    pub(super) async fn test_mapping(
        self,
        console: &Console,
        event: Option<&EventId>,
    ) -> Result<EditorForm, EditorForm> {
        match self.trial(console, event).await {
            Ok((document, trial)) => Ok(EditorForm {
                trial: Some(TrialView::new(trial, &document)),
                ..self.form
            }),
            Err(problem) => Err(self.refused(t("editor-test-not-run"), problem)),
        }
    }

    async fn trial(
        &self,
        console: &Console,
        event: Option<&EventId>,
    ) -> Result<(EventDocument, MappingTest), HttpProblem> {
        let document = self.document()?;
        let checked = console.check(&document, event)?;
        console
            .require_author(&self.session.authority, &document, &checked)
            .await?;
        let author = &self.session.authority;
        let trial = console
            .test_mapping(author, &checked.community, &document)
            .await?;
        Ok((checked, trial))
    }

    /// Returns the typed document, with the credential in its place.
    fn document(&self) -> Result<Value, HttpProblem> {
        let mut document: Value = serde_json::from_str(&self.form.typed).map_err(|error| {
            HttpProblem::at("document", text!("editor-this-is-not-json", error = error))
        })?;
        let Some(credential) = &self.credential else {
            return Ok(document);
        };
        match credential::put(&mut document, credential) {
            credential::CredentialPlace::None if self.fresh => Err(credential::no_place()),
            _ => Ok(document),
        }
    }

    fn refused(self, refused: &'static str, problem: HttpProblem) -> EditorForm {
        EditorForm {
            refused,
            problems: problem.places(),
            ..self.form
        }
    }
}
