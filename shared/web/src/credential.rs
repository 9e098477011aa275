//! Moves credentials from a form to the secrets.
//!
//! A page never displays a credential, not even to the person who typed it. A typed credential that
//! is not stored yet is kept sealed; the form contains its handle.

use attendee_sync_domain::config::{Authentication, SecretName, SecretValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::access::Session;
use crate::console::Console;
use crate::form_drafts::FormDrafts;
use crate::problem::HttpProblem;
use crate::texts::t;

impl FormDrafts<SecretString> {
    /// Keeps a credential that was typed now, or finds the one that was typed before; returns it
    /// with its handle.
    pub(crate) async fn take_in(
        &self,
        session: &Session,
        typed: &str,
        before: &str,
    ) -> Result<Option<(String, SecretString)>, HttpProblem> {
        if typed.is_empty() {
            let credential = self.look(session, before).await?;
            return Ok(credential.map(|credential| (before.to_owned(), credential)));
        }
        let credential = SecretString::from(typed);
        let handle = self.keep(session, &credential).await?;
        Ok(Some((handle, credential)))
    }
}

impl Console {
    /// Returns whether a stored event has a secret of this name, of its own or in the environment.
    pub(crate) async fn has_secret(&self, name: &SecretName) -> Result<bool, HttpProblem> {
        Ok(self.app.has_secret(name).await?)
    }
}

/// The result of putting a credential into a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CredentialPlace {
    /// The document contains the credential now.
    Filled,
    /// The document's authentication needs none.
    None,
    /// The document's authentication cannot be read; the check of the document says why.
    Unclear,
}

/// Puts a credential in place of the document's own credential, or of the name of one.
pub(crate) fn put(document: &mut Value, credential: &SecretString) -> CredentialPlace {
    let Some(place) = document.pointer_mut("/source/authentication") else {
        return CredentialPlace::None;
    };
    let Ok(mut authentication) = serde_json::from_value::<Authentication>(place.clone()) else {
        return CredentialPlace::Unclear;
    };
    match (authentication.secret_mut(), place.as_object_mut()) {
        (None, _) => CredentialPlace::None,
        (Some(_), None) => CredentialPlace::Unclear,
        (Some((key, _)), Some(place)) => {
            place.insert(key.to_owned(), Value::from(credential.expose_secret()));
            CredentialPlace::Filled
        }
    }
}

/// Returns the credential that the document contains as plain text.
pub(crate) fn plain(document: &Value) -> Option<SecretString> {
    let place = document.pointer("/source/authentication")?;
    let mut authentication: Authentication = serde_json::from_value(place.clone()).ok()?;
    match authentication.secret_mut()?.1 {
        SecretValue::Plain(text) => Some(std::mem::take(text).into()),
        SecretValue::Secret(_) => None,
    }
}

/// Returns the problem that a credential was typed which the document has no place for.
pub(crate) fn no_place() -> HttpProblem {
    HttpProblem::at("credential", t("credential-the-document-has-no"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
                (CredentialPlace::Filled, Some("s3cret".to_owned()))
            );
        }
        assert_eq!(put(json!({"type": "none"})), (CredentialPlace::None, None));
        assert_eq!(
            put(json!({"type": "bearre"})),
            (CredentialPlace::Unclear, None)
        );
        let list = json!(["bearer", secret, "Bearer"]);
        assert_eq!(put(list), (CredentialPlace::Unclear, None));
        assert_eq!(
            super::put(&mut json!({"source": 1}), &"x".into()),
            CredentialPlace::None
        );
        assert!(plain(&with(json!({"type": "bearer", "token": secret}))).is_none());
    }
}
