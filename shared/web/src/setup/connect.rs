//! The first query of a source: finds its authentication, and whether it returns people.

use serde_json::{Value, json};

use super::reading::{SetupFailure, asked_sample};
use super::{KeyKind, SetupDraft, SetupSample};
use crate::access::Session;
use crate::console::Console;
use crate::texts::{t, text};

/// Queries the source. If the kind of the key is not chosen, the first query has no key, and the
/// authentication that the source then requires becomes the choice.
pub(crate) async fn connect(
    console: &Console,
    session: &Session,
    draft: &mut SetupDraft,
) -> Result<SetupSample, SetupFailure> {
    if draft.list.is_some() {
        return asked_sample(console, session, draft).await.map_err(of_list);
    }
    if let Some(chosen) = draft.chosen_authentication() {
        draft.authentication = Some(chosen);
        if matches!(
            draft.kind,
            KeyKind::Basic | KeyKind::Header | KeyKind::Query
        ) && draft.key_name.is_empty()
        {
            return Err(SetupFailure::at("key_name", of_name(draft.kind)));
        }
        return with_reasons(asked_sample(console, session, draft).await, draft);
    }
    draft.authentication = Some(json!({"type": "none"}));
    let first = asked_sample(console, session, draft).await;
    let has_key = draft.credential.is_some();
    match first {
        Err(SetupFailure::Refused(status, asked)) => {
            let (authentication, reason) = asked.unwrap_or_else(|| {
                let reason = text!("setup-connect-the-source-answered-status", status = status);
                (json!({"type": "bearer"}), reason)
            });
            adopt(draft, authentication);
            if !has_key {
                return Err(SetupFailure::at(
                    "credential",
                    text!("setup-connect-reason-enter-the-key", reason = reason),
                ));
            }
            if draft.kind == KeyKind::Basic && draft.key_name.is_empty() {
                return Err(SetupFailure::at(
                    "key_name",
                    text!("setup-connect-reason-enter-the-user", reason = reason),
                ));
            }
            with_reasons(asked_sample(console, session, draft).await, draft)
        }
        // Without authentication, a source may send something other than a refusal.
        Err(SetupFailure::Fields(problems)) if has_key => {
            let before = draft.clone();
            adopt(draft, json!({"type": "bearer"}));
            match asked_sample(console, session, draft).await {
                Ok(sample) => Ok(sample),
                Err(SetupFailure::Refused(..)) => {
                    with_reasons(Err(SetupFailure::Refused(401, None)), draft)
                }
                Err(_) => {
                    *draft = before;
                    Err(SetupFailure::Fields(problems))
                }
            }
        }
        other => other,
    }
}

/// What is wrong with a list is said beside it.
fn of_list(failure: SetupFailure) -> SetupFailure {
    match failure {
        SetupFailure::Fields(mut problems) => {
            for problem in &mut problems {
                if problem.path.starts_with("source") {
                    "list".clone_into(&mut problem.path);
                }
            }
            SetupFailure::Fields(problems)
        }
        other => other,
    }
}

/// Makes an authentication the choice.
pub(crate) fn adopt(draft: &mut SetupDraft, authentication: Value) {
    let text = |key: &str| {
        let text = authentication.get(key).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    draft.kind = KeyKind::of_document(&authentication);
    draft.scheme = text("scheme");
    draft.key_name = match draft.kind {
        // A user name that was typed is kept.
        KeyKind::Basic if text("username").is_empty() => draft.key_name.clone(),
        KeyKind::Basic => text("username"),
        _ => text("name"),
    };
    draft.authentication = draft.chosen_authentication().or(Some(authentication));
}

fn of_name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Basic => t("setup-connect-enter-the-user-name"),
        KeyKind::Header => t("setup-connect-enter-the-name-of"),
        _ => t("setup-connect-enter-the-name-of-the"),
    }
}

/// Turns a refusal of the source into a problem beside the key, with the reason.
fn with_reasons(
    asked: Result<SetupSample, SetupFailure>,
    draft: &SetupDraft,
) -> Result<SetupSample, SetupFailure> {
    asked.map_err(|failure| match failure {
        SetupFailure::Refused(status, _) if draft.kind == KeyKind::None => SetupFailure::at(
            "credential",
            text!(
                "setup-connect-the-source-answered-status-and",
                status = status
            ),
        ),
        SetupFailure::Refused(status, other) => {
            let other = other
                .filter(|(authentication, _)| KeyKind::of_document(authentication) != draft.kind);
            let reason = match other {
                Some((_, reason)) => text!(
                    "setup-connect-refused-with-reason",
                    status = status,
                    reason = reason
                ),
                None => text!("setup-connect-refused", status = status),
            };
            SetupFailure::at("credential", reason)
        }
        other => other,
    })
}
