//! Credentials on their way from a form into the secrets.
//!
//! A page never shows one, not even to the person who typed it. What was typed and is not stored
//! yet waits in memory for an hour; the form carries a handle, which opens nothing without the
//! session that typed it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use attendee_sync_domain::config::{Authentication, SecretValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::access::{Session, secret};
use crate::problem::Problem;

/// How long a credential waits for its form.
const KEPT: Duration = Duration::from_hours(1);
/// Most that wait; the oldest make room.
const MOST: usize = 1_000;

/// The credentials that wait for their forms.
#[derive(Default)]
pub(crate) struct Pad(Mutex<HashMap<String, Kept>>);

struct Kept {
    session: String,
    credential: SecretString,
    until: Instant,
}

impl Pad {
    /// Keeps a credential; gives its handle.
    pub(crate) fn keep(&self, session: &Session, credential: &str, now: Instant) -> String {
        let mut all = self.lock();
        all.retain(|_, kept| kept.until > now);
        if all.len() >= MOST {
            let oldest = all.iter().min_by_key(|(_, kept)| kept.until);
            if let Some(handle) = oldest.map(|(handle, _)| handle.clone()) {
                all.remove(&handle);
            }
        }
        let handle = secret();
        let kept = Kept {
            session: session.id.clone(),
            credential: credential.into(),
            until: now + KEPT,
        };
        all.insert(handle.clone(), kept);
        handle
    }

    /// The credential, while it waits.
    pub(crate) fn look(
        &self,
        session: &Session,
        handle: &str,
        now: Instant,
    ) -> Option<SecretString> {
        let all = self.lock();
        let kept = all.get(handle)?;
        (kept.session == session.id && kept.until > now).then(|| kept.credential.clone())
    }

    /// Keeps what was typed, or finds what was typed before; with its handle.
    pub(crate) fn take_in(
        &self,
        session: &Session,
        typed: &str,
        before: &str,
        now: Instant,
    ) -> Option<(String, SecretString)> {
        let handle = match typed {
            "" => before.to_owned(),
            _ => self.keep(session, typed, now),
        };
        let credential = self.look(session, &handle, now)?;
        Some((handle, credential))
    }

    /// Forgets a credential that was stored.
    pub(crate) fn forget(&self, handle: &str) {
        self.lock().remove(handle);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a document was given a place for a credential.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is there now.
    Filled,
    /// Its authentication takes none.
    None,
    /// Its authentication cannot be read; its check says why.
    Unclear,
}

/// Puts a credential where the document has its own, or the name of one.
pub(crate) fn put(document: &mut Value, credential: &SecretString) -> Place {
    let Some(place) = document.pointer_mut("/source/authentication") else {
        return Place::None;
    };
    let Ok(mut authentication) = serde_json::from_value::<Authentication>(place.clone()) else {
        return Place::Unclear;
    };
    match (authentication.secret_mut(), place.as_object_mut()) {
        (None, _) => Place::None,
        (Some(_), None) => Place::Unclear,
        (Some((key, _)), Some(place)) => {
            place.insert(key.to_owned(), Value::from(credential.expose_secret()));
            Place::Filled
        }
    }
}

/// Takes a credential that is written plainly in the document.
pub(crate) fn plain(document: &Value) -> Option<SecretString> {
    let place = document.pointer("/source/authentication")?;
    let mut authentication: Authentication = serde_json::from_value(place.clone()).ok()?;
    match authentication.secret_mut()?.1 {
        SecretValue::Plain(text) => Some(std::mem::take(text).into()),
        SecretValue::Secret(_) => None,
    }
}

/// The refusal of a credential that was typed and has no place.
pub(crate) fn no_place() -> Problem {
    Problem::at(
        "credential",
        "the document has no source.authentication that takes one; write that first, or leave the field empty",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn session(id: &str) -> Session {
        Session {
            id: id.to_owned(),
            csrf: String::new(),
        }
    }

    #[test]
    fn a_credential_waits_an_hour_for_the_session_that_typed_it() {
        let pad = Pad::default();
        let now = Instant::now();
        let (ours, other) = (session("ours"), session("other"));
        let handle = pad.keep(&ours, "s3cret", now);
        assert!(!handle.contains("s3cret"));
        let seen = pad.look(&ours, &handle, now).unwrap();
        assert_eq!(seen.expose_secret(), "s3cret");
        assert!(pad.look(&other, &handle, now).is_none());
        assert!(pad.look(&ours, &handle, now + KEPT).is_none());
        pad.forget(&handle);
        assert!(pad.look(&ours, &handle, now).is_none());
    }

    #[test]
    fn the_oldest_make_room() {
        let pad = Pad::default();
        let now = Instant::now();
        let ours = session("ours");
        let first = pad.keep(&ours, "first", now);
        let later = now + Duration::from_secs(1);
        let others: Vec<String> = (0..MOST).map(|_| pad.keep(&ours, "x", later)).collect();
        assert!(pad.look(&ours, &first, later).is_none());
        assert!(
            others
                .iter()
                .all(|one| pad.look(&ours, one, later).is_some())
        );
    }

    #[test]
    fn a_credential_is_put_where_the_document_has_its_own() {
        let with = |authentication: Value| json!({"source": {"authentication": authentication}});
        let put = |authentication: Value| {
            let mut document = with(authentication);
            let place = put(&mut document, &"s3cret".into());
            (
                place,
                plain(&document).map(|text| text.expose_secret().to_owned()),
            )
        };
        let secret = json!({"secret": "devcon-token"});
        for authentication in [
            json!({"type": "bearer", "token": secret}),
            json!({"type": "basic", "username": "ada"}),
            json!({"type": "header", "name": "x-api-key", "value": "another"}),
        ] {
            assert_eq!(
                put(authentication),
                (Place::Filled, Some("s3cret".to_owned()))
            );
        }
        assert_eq!(put(json!({"type": "none"})), (Place::None, None));
        assert_eq!(put(json!({"type": "bearre"})), (Place::Unclear, None));
        let list = json!(["bearer", secret, "Bearer"]);
        assert_eq!(put(list), (Place::Unclear, None));
        assert_eq!(
            super::put(&mut json!({"source": 1}), &"x".into()),
            Place::None
        );
        assert!(plain(&with(json!({"type": "bearer", "token": secret}))).is_none());
    }
}
