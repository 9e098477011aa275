//! The configurator's form as it is sent and received: the typed text, the document it changes, the
//! credential beside it, and the reasons of a refusal.

use std::collections::BTreeMap;
use std::sync::Arc;

use attendee_sync_app::MappingTest;
use attendee_sync_domain::config::{Authentication, DocumentProblem, EventDocument, SecretOwner};
use attendee_sync_domain::feed::FieldFound;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::schedule::Due;
use axum::http::StatusCode;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::EventHead;
use super::blocks::{Filling, FormMistake, ShownSection};
use super::trial::TrialView;
use crate::access::Session;
use crate::configurator::{Sections, TypedFields, document_of, form_of, name_of};
use crate::console::Console;
use crate::extract::FormFields;
use crate::problem::HttpProblem;
use crate::save::{SaveCondition, Saved};
use crate::texts::{t, text};
use crate::words::{Clockwork, Coming};
use crate::{credential, words};

/// The document that a form changes.
pub(super) struct BaseDocument {
    document: Value,
    sections: Sections,
    /// The address to which the form is sent.
    action: String,
    /// The stored version; empty for a new event.
    version: String,
    /// The owner of the event's credential; absent for a new event.
    owner: Option<SecretOwner>,
}

impl BaseDocument {
    /// Returns the document of a stored event.
    pub(super) fn stored(head: &EventHead) -> Result<Self, HttpProblem> {
        let document = serde_json::to_value(&head.document).map_err(|error| {
            tracing::error!(error = %error, "a configuration could not be written out");
            HttpProblem::internal()
        })?;
        Ok(Self {
            document,
            sections: Sections::Stored,
            action: format!("/events/{}/configuration", head.id()),
            version: head.version.to_string(),
            owner: Some(head.document.secret_owner()),
        })
    }

    /// Returns the document of a new event: the one from a preset, or the blank one.
    pub(super) fn new(document: Option<Value>) -> Self {
        let beginning = || {
            json!({
                "mapping": {
                    "email": "email", "first_name": "first_name", "last_name": "last_name",
                    "source_id": "id",
                },
            })
        };
        Self {
            document: document.unwrap_or_else(beginning),
            sections: Sections::New,
            action: "/new-event/form".to_owned(),
            version: String::new(),
            owner: None,
        }
    }

    /// Returns the document of a new event that a form sends back. A text that is no document is
    /// ignored.
    pub(super) fn brought(console: &Console, text: &str) -> Self {
        let document = serde_json::from_str(text).ok();
        let checked = document.and_then(|document| console.check(&document, None).ok());
        Self::new(checked.and_then(|document| serde_json::to_value(document).ok()))
    }
}

pub(super) struct ConfiguratorForm {
    base: BaseDocument,
    typed: TypedFields,
    pub(super) version: String,
    /// The handle of a credential that is kept for this form.
    pub(super) kept: Option<String>,
    /// The name of the preset that filled the form.
    pub(super) preset: String,
    /// The preset's note about the credential.
    pub(super) hint: String,
    /// The name of the document's secret, and whether the secret is stored.
    secret: Option<(String, bool)>,
    /// Handle of what a test found.
    pub(super) found_as: String,
    pub(super) found: Arc<[FieldFound]>,
    /// Mistakes by the names of fields.
    wrong: BTreeMap<String, String>,
    /// Problems that belong to no field.
    pub(super) others: Vec<DocumentProblem>,
    /// The message about what was refused, and why.
    pub(super) refused: String,
    /// The stored values, where another person changed them meanwhile.
    theirs: Option<TypedFields>,
    pub(super) trial: Option<TrialView>,
    /// The next automatic syncs, after a test of what was typed.
    pub(super) coming: Option<Vec<Coming>>,
    more_rows: String,
}

impl ConfiguratorForm {
    /// The form of a document.
    pub(super) async fn of(console: &Console, base: BaseDocument) -> Result<Self, HttpProblem> {
        Ok(Self {
            typed: form_of(base.sections, &base.document),
            version: base.version.clone(),
            secret: named_secret(console, &base.document, base.owner.clone()).await?,
            kept: None,
            preset: String::new(),
            hint: String::new(),
            found_as: String::new(),
            found: Arc::default(),
            wrong: BTreeMap::new(),
            others: Vec::new(),
            refused: String::new(),
            theirs: None,
            trial: None,
            coming: None,
            more_rows: String::new(),
            base,
        })
    }

    /// Fills in a value that is known already.
    pub(super) fn suppose(&mut self, name: &str, text: &str) {
        self.typed.set(name, text);
    }

    /// Returns the sections as the page shows them, and their mistakes.
    pub(super) fn show(&self) -> (Vec<ShownSection>, Vec<FormMistake>) {
        let filling = Filling {
            typed: &self.typed,
            wrong: &self.wrong,
            found: &self.found,
            theirs: self.theirs.as_ref(),
            action: &self.base.action,
            hint: &self.hint,
            is_kept: self.kept.is_some(),
            secret: self.secret.as_ref(),
            more_rows: &self.more_rows,
        };
        filling.show(self.base.sections)
    }

    pub(super) fn action(&self) -> &str {
        &self.base.action
    }

    /// Returns the document that the form changes, where it is not stored. It contains credentials
    /// by name only.
    pub(super) fn carried(&self) -> String {
        match self.base.sections {
            Sections::Stored => String::new(),
            Sections::New => self.base.document.to_string(),
        }
    }

    /// Returns the document of the form, with the credential in its place. Fails with all its
    /// mistakes.
    fn document(
        &mut self,
        console: &Console,
        credential: Option<&SecretString>,
    ) -> Result<Value, HttpProblem> {
        let (mut document, wrong) =
            document_of(self.base.sections, &self.typed, &self.base.document);
        if wrong.is_empty() {
            if let Some(credential) = credential {
                credential::put(&mut document, credential);
            }
            return Ok(document);
        }
        // Where the form has mistakes, the document has its earlier values there, and the rest can
        // be checked.
        let rest = console.check(&document, None).err();
        let rest = rest.into_iter().flat_map(|problem| problem.problems);
        let rest: Vec<DocumentProblem> = rest
            .filter(|place| {
                let name = name_of(self.base.sections, &self.typed, &place.path);
                name.is_some_and(|name| wrong.iter().all(|(known, _)| *known != name))
            })
            .collect();
        for (name, reason) in wrong {
            self.wrong(name, &reason);
        }
        Err(HttpProblem::unacceptable(rest))
    }

    /// Puts each problem beside its field, and the others at the top.
    fn refused(&mut self, refused: &str, problem: HttpProblem) {
        self.refused = if problem.problems.is_empty() && self.wrong.is_empty() {
            format!("{refused}. {}", words::sentence(&problem.detail))
        } else {
            text!(
                "configurator-form-refused-correct-these-fields",
                refused = refused
            )
        };
        for place in problem.problems {
            let name = name_of(self.base.sections, &self.typed, &place.path);
            match name {
                Some(name) => self.wrong(name, &place.reason),
                None => self.others.push(place),
            }
        }
    }

    fn wrong(&mut self, name: String, reason: &str) {
        let said = words::sentence(reason);
        let all = self.wrong.entry(name).or_default();
        *all = match all.as_str() {
            "" => said,
            before => format!("{before} {said}"),
        };
    }
}

/// Returns the name of a document's secret, and whether the secret is stored. A new event has no
/// secret yet, whatever community and event its document names.
async fn named_secret(
    console: &Console,
    document: &Value,
    owner: Option<SecretOwner>,
) -> Result<Option<(String, bool)>, HttpProblem> {
    let place = document.pointer("/source/authentication").cloned();
    let read = place.and_then(|place| serde_json::from_value::<Authentication>(place).ok());
    let authentication = read.unwrap_or_default();
    let Some(name) = authentication.named_secret() else {
        return Ok(None);
    };
    let is_there = match owner {
        Some(owner) => console.has_secret(&name.clone().owned_by(owner)).await?,
        None => false,
    };
    Ok(Some((name.to_string(), is_there)))
}

/// A submitted form.
pub(super) struct SubmittedConfiguration {
    session: Session,
    form: ConfiguratorForm,
    credential: Option<SecretString>,
}

impl SubmittedConfiguration {
    pub(super) async fn read(
        console: &Console,
        session: &Session,
        fields: &FormFields,
        base: BaseDocument,
    ) -> Result<Self, HttpProblem> {
        let mut typed = TypedFields::read(base.sections, |name| fields.get(name));
        if base.sections == Sections::New && typed.get("event").trim().is_empty() {
            let name = words::name_of(typed.get("name"));
            typed.set("event", name);
        }
        let credential = fields.get(&typed.credential()).trim();
        let kept = console
            .typed_secrets
            .take_in(session, credential, fields.get("kept"))
            .await?;
        let (handle, credential) = kept.unzip();
        let found_as = fields.get("found");
        let form = ConfiguratorForm {
            typed,
            version: fields.get("version").to_owned(),
            kept: handle,
            preset: fields.get("preset").to_owned(),
            hint: fields.get("hint").to_owned(),
            found: console
                .found
                .look(session, found_as)
                .await?
                .unwrap_or_default(),
            found_as: found_as.to_owned(),
            ..ConfiguratorForm::of(console, base).await?
        };
        Ok(Self {
            session: session.clone(),
            form,
            credential,
        })
    }

    /// Stores the document, as `event`'s or as a new event's.
    pub(super) async fn save(
        self,
        console: &Console,
        event: Option<&EventId>,
    ) -> Result<Saved, ConfiguratorForm> {
        let condition = match event {
            None => SaveCondition::Absent,
            Some(_) => SaveCondition::Version(self.form.version.parse().into_iter().collect()),
        };
        let mut form = self.form;
        let saved = match form.document(console, self.credential.as_ref()) {
            Ok(document) => {
                let author = &self.session.authority;
                Box::pin(console.save(author, &document, event, &condition)).await
            }
            Err(problem) => Err(problem),
        };
        match saved {
            Ok(saved) => {
                if let Some(handle) = &form.kept {
                    console.typed_secrets.forget(&self.session, handle).await;
                }
                Ok(saved)
            }
            Err(problem) if problem.status == StatusCode::PRECONDITION_FAILED => {
                form.overtaken(problem);
                Err(form)
            }
            Err(problem) => {
                form.refused(t("configurator-form-not-saved"), problem);
                Err(form)
            }
        }
    }

    /// Tests the document, and stores nothing.
    pub(super) async fn test_mapping(
        self,
        console: &Console,
        event: Option<&EventId>,
    ) -> Result<ConfiguratorForm, ConfiguratorForm> {
        let mut form = self.form;
        let tried = match form.document(console, self.credential.as_ref()) {
            Ok(document) => test_mapping(console, &self.session, &document, event).await,
            Err(problem) => Err(problem),
        };
        match tried {
            Ok((document, trial, coming, found)) => {
                let clock = Clockwork::new(&document.time_zone, console.app.now());
                form.coming = Some(coming.iter().map(|due| clock.coming(due)).collect());
                (form.found_as, form.found) = found;
                form.trial = Some(TrialView::new(trial, &document));
                Ok(form)
            }
            Err(problem) => {
                form.refused(t("configurator-form-test-not-run"), problem);
                Err(form)
            }
        }
    }

    /// Changes the form itself.
    pub(super) fn act(mut self, act: &str) -> ConfiguratorForm {
        let form = &mut self.form;
        match act.rsplit_once(".0.") {
            _ if act == "suggest" => form.typed.suggest(form.base.sections, &form.found),
            Some((path, "more")) => path.clone_into(&mut form.more_rows),
            _ => form.typed.act(form.base.sections, act),
        }
        self.form
    }
}

impl ConfiguratorForm {
    /// Says that another person saved first. The stored values are shown beside the typed ones,
    /// which can be saved over them.
    fn overtaken(&mut self, problem: HttpProblem) {
        if self.base.sections == Sections::New {
            let place = DocumentProblem {
                path: "event".to_owned(),
                reason: problem.detail,
            };
            return self.refused(
                t("configurator-form-not-saved"),
                HttpProblem::unacceptable(vec![place]),
            );
        }
        t("configurator-form-not-saved-the-configuration").clone_into(&mut self.refused);
        self.theirs = Some(form_of(self.base.sections, &self.base.document));
        self.version.clone_from(&self.base.version);
    }
}

async fn test_mapping(
    console: &Console,
    session: &Session,
    document: &Value,
    event: Option<&EventId>,
) -> Result<(EventDocument, MappingTest, Vec<Due>, KeptDraft), HttpProblem> {
    let checked = console.check(document, event)?;
    let author = &session.authority;
    console.require_author(author, document, &checked).await?;
    let coming = console.app.upcoming(&checked).await?;
    let seal = console.found.begin(&checked.community).await?;
    let trial = console
        .test_mapping(author, &checked.community, document)
        .await?;
    let fields: Arc<[FieldFound]> = trial.fields.clone().into();
    let handle = console.found.keep(session, &seal, &fields).await?;
    Ok((checked, trial, coming, (handle, fields)))
}

/// The fields that were found, with the handle under which they are kept.
type KeptDraft = (String, Arc<[FieldFound]>);
