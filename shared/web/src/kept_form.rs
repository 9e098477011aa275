//! Keeps what a person typed into a form whose session had ended. It is kept for an hour, for the
//! next sign-in in the same browser.
//!
//! The browser has the handle in a cookie; it is in no page and no address. A form about an event
//! or a community is also sealed with the secret of that community, so that an erasure makes it
//! unreadable. This module never writes what was typed, which may include keys, into a page: the
//! form is submitted again from here.

use std::collections::HashMap;

use attendee_sync_app::Error;
use attendee_sync_domain::ids::{CommunityId, EventId};
use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::extract::FormFields;
use crate::form_drafts::Sheet;
use crate::problem::HttpProblem;

/// The field by which a form says that the kept form is to be used in its place.
pub(crate) const FIELD: &str = "kept_form";
/// How long a form is kept, in seconds.
pub(crate) const SECONDS: i64 = 3600;
/// The owner of all kept forms: the handle alone opens one.
const OWNER: &str = "";
/// Endings of paths whose forms are shown again with everything that was typed, and the paths that
/// show them: the forms of documents.
const SHOWN_AGAIN: [(&str, &str); 2] = [
    ("/configuration", "/configuration/rows"),
    ("/new-event/form", "/new-event/form/rows"),
];

/// A form that is kept.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeptForm {
    /// The path to which the form was sent.
    path: String,
    fields: HashMap<String, String>,
}

impl Sheet for KeptForm {
    fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        serde_json::from_slice(&bytes).ok()
    }
}

impl KeptForm {
    /// Returns the path at which the form continues: a page that shows what was typed, if there is
    /// one, otherwise the path to which it was sent.
    pub(crate) fn goes_on_at(&self) -> String {
        self.shown_again().unwrap_or_else(|| self.path.clone())
    }

    /// Returns whether the form continues at a page that only shows what was typed.
    pub(crate) fn is_shown_again(&self) -> bool {
        self.shown_again().is_some()
    }

    /// Returns the event that the form is about.
    pub(crate) fn event(&self) -> Option<EventId> {
        named(&self.path, "events")?.parse().ok()
    }

    fn shown_again(&self) -> Option<String> {
        SHOWN_AGAIN.iter().find_map(|(end, shown)| {
            let path = self.path.strip_suffix("/test").unwrap_or(&self.path);
            let path = path.strip_suffix("/rows").unwrap_or(path);
            Some(format!("{}{shown}", path.strip_suffix(end)?))
        })
    }
}

/// Returns the name after this segment at the beginning of a path.
fn named<'p>(path: &'p str, segment: &str) -> Option<&'p str> {
    let mut parts = path.trim_start_matches('/').split('/');
    (parts.next() == Some(segment))
        .then(|| parts.next())
        .flatten()
}

impl Console {
    /// Keeps what was typed into a form for this path; returns its handle. `None` where the form is
    /// about no existing event or community.
    pub(crate) async fn keep_form(
        &self,
        path: &str,
        fields: FormFields,
    ) -> Result<Option<String>, HttpProblem> {
        let Some(community) = self.community_of_form(path).await? else {
            return Ok(None);
        };
        let seal = self.forms.begin(&community).await?;
        let form = KeptForm {
            path: path.to_owned(),
            fields: fields.typed(),
        };
        let handle = self.forms.keep_for(OWNER, &seal, &form).await?;
        Ok(Some(handle))
    }

    /// Returns the form with this handle, while it is kept.
    pub(crate) async fn kept_form(&self, handle: &str) -> Result<Option<KeptForm>, Error> {
        self.forms.look_for(OWNER, handle).await
    }

    /// Returns what was typed into the form with this handle, if it continues at this path.
    pub(crate) async fn typed_before(
        &self,
        handle: Option<&str>,
        path: &str,
    ) -> Result<FormFields, HttpProblem> {
        let form = match handle {
            Some(handle) => self.kept_form(handle).await?,
            None => None,
        };
        let form = form.filter(|form| form.goes_on_at() == path);
        let fields = form.map(|form| FormFields::of(form.fields));
        fields.ok_or_else(HttpProblem::form_not_kept)
    }

    /// Deletes the form with this handle.
    pub(crate) async fn forget_form(&self, handle: &str) {
        self.forms.forget_for(OWNER, handle).await;
    }

    async fn community_of_form(&self, path: &str) -> Result<Option<CommunityId>, HttpProblem> {
        if let Some(event) = named(path, "events").and_then(|id| id.parse::<EventId>().ok()) {
            let stored = self.app.find_event(&event).await?;
            return Ok(stored.map(|stored| stored.value.community));
        }
        if let Some(community) = named(path, "communities").and_then(|id| id.parse().ok()) {
            let all = self.app.communities().await?;
            return Ok(all.into_iter().find(|known| *known == community));
        }
        if path.starts_with("/new-event") {
            // Nothing in this form belongs to an event yet, so that the secret of any community may
            // seal it.
            return Ok(self.app.communities().await?.into_iter().next());
        }
        Ok(None)
    }
}

/// Returns whether a path is one of ours, to which a sign-in may redirect: it has no other host and
/// no scheme.
pub(crate) fn is_our_path(path: &str) -> bool {
    let mut signs = path.chars();
    signs.next() == Some('/')
        && !matches!(signs.next(), Some('/' | '\\'))
        && path.len() <= 2_000
        && path
            .chars()
            .all(|sign| sign.is_ascii_graphic() && sign != '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_to_no_other_host() {
        for path in [
            "/",
            "/events/devcon?after=1#list",
            "/new-event/steps/ab/connect",
        ] {
            assert!(is_our_path(path), "{path}");
        }
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "evil",
            "/a\n",
            "/a b",
        ] {
            assert!(!is_our_path(path), "{path}");
        }
    }

    #[test]
    fn forms_of_documents_are_shown_again_and_others_sent() {
        let goes_on = |path: &str| {
            let form = KeptForm {
                path: path.to_owned(),
                fields: HashMap::new(),
            };
            (form.goes_on_at(), form.is_shown_again())
        };
        let rows = ("/events/devcon/configuration/rows".to_owned(), true);
        for path in ["", "/test", "/rows"] {
            let path = format!("/events/devcon/configuration{path}");
            assert_eq!(goes_on(&path), rows, "{path}");
        }
        assert_eq!(goes_on("/new-event/form").0, "/new-event/form/rows");
        for path in [
            "/events/devcon/invitations",
            "/events/devcon/configuration/document",
        ] {
            assert_eq!(goes_on(path), (path.to_owned(), false));
        }
    }
}
