//! The part of the form about authentication at the registration system, and its credential.

use serde_json::{Value, json};

use super::leaf::{Leaf, LeafKind, Options};
use super::part::{ChoiceShape, KindChoice};
use super::source::{answer, branch, word};
use crate::texts::{TextId, id};

const CLIENT: Options = &[
    (
        "basic",
        id("configurator-authentication-in-the-authorization-header"),
    ),
    (
        "post",
        id("configurator-authentication-in-the-request-body"),
    ),
];

const fn secret(key: &'static str, label: TextId, help: TextId) -> Leaf {
    Leaf::new(LeafKind::Secret, key, label, help)
}

pub(super) const AUTHENTICATION: KindChoice = KindChoice {
    path: "source.authentication",
    label: id("configurator-authentication-authentication"),
    help: id("configurator-authentication-your-registration-system-may"),
    shape: ChoiceShape::Tagged,
    shared: &[],
    kinds: &[
        branch("none", id("configurator-authentication-none-public"), &[]),
        branch(
            "bearer",
            id("configurator-authentication-bearer-token-authorization-bearer"),
            &[
                secret(
                    "token",
                    id("configurator-authentication-token"),
                    id("configurator-authentication-copy-it-from-the"),
                ),
                word(
                    "scheme",
                    id("configurator-authentication-word-before-the-token"),
                    id("configurator-authentication-almost-always-bearer-some"),
                )
                .or("Bearer"),
            ],
        ),
        branch(
            "header",
            id("configurator-authentication-api-key-in-a"),
            &[
                word(
                    "name",
                    id("configurator-authentication-name-of-the-header"),
                    id("configurator-authentication-for-example-x-api"),
                )
                .required(),
                secret(
                    "value",
                    id("configurator-authentication-key"),
                    id("configurator-authentication-copy-it-from-the"),
                ),
            ],
        ),
        branch(
            "query",
            id("configurator-authentication-api-key-in-the"),
            &[
                word(
                    "name",
                    id("configurator-authentication-name-of-the-parameter"),
                    id("configurator-authentication-for-example-api-key"),
                )
                .required(),
                secret(
                    "value",
                    id("configurator-authentication-key"),
                    id("configurator-authentication-copy-it-from-the-registration"),
                ),
            ],
        ),
        branch(
            "basic",
            id("configurator-authentication-user-name-and-password"),
            &[
                Leaf::new(
                    LeafKind::Text,
                    "username",
                    id("configurator-authentication-user-name"),
                    id("configurator-authentication-some-systems-require-the"),
                )
                .required(),
                secret(
                    "password",
                    id("configurator-authentication-password"),
                    id("configurator-authentication-leave-it-empty-if"),
                ),
            ],
        ),
        branch(
            "oauth2_client_credentials",
            id("configurator-authentication-oauth-2-client-credentials"),
            &[
                word(
                    "token_url",
                    id("configurator-authentication-url-of-the-token"),
                    id("configurator-authentication-for-example-https-registration"),
                )
                .required(),
                Leaf::new(
                    LeafKind::Text,
                    "client_id",
                    id("configurator-authentication-client-id"),
                    TextId::NONE,
                )
                .required(),
                secret(
                    "client_secret",
                    id("configurator-authentication-client-secret"),
                    id("configurator-authentication-copy-it-from-the"),
                ),
                Leaf::new(
                    LeafKind::Text,
                    "scope",
                    id("configurator-authentication-scope"),
                    id("configurator-authentication-only-if-the-api"),
                ),
                Leaf::new(
                    LeafKind::Choice(CLIENT),
                    "client_authentication",
                    id("configurator-authentication-how-the-client-secret"),
                    id("configurator-authentication-most-systems-expect-it"),
                )
                .or("basic"),
            ],
        ),
        branch(
            "login",
            id("configurator-authentication-log-in-for-a"),
            &[
                word(
                    "url",
                    id("configurator-authentication-url-of-the-login"),
                    id("configurator-authentication-for-example-https-registration-example"),
                )
                .required(),
                Leaf::new(
                    LeafKind::Text,
                    "username",
                    id("configurator-authentication-user-name"),
                    id("configurator-authentication-often-an-email-address"),
                )
                .required(),
                secret(
                    "password",
                    id("configurator-authentication-password"),
                    id("configurator-authentication-the-password-of-this"),
                ),
                word(
                    "username_field",
                    id("configurator-authentication-field-for-the-user"),
                    TextId::NONE,
                )
                .or("email"),
                word(
                    "password_field",
                    id("configurator-authentication-field-for-the-password"),
                    TextId::NONE,
                )
                .or("password"),
                answer(
                    "token_path",
                    id("configurator-authentication-path-to-the-token"),
                    TextId::NONE,
                )
                .or("token"),
            ],
        ),
    ],
};

/// Returns the form's field for the credential of a kind of authentication.
pub(super) fn credential(kind: &str) -> Option<String> {
    let branch = AUTHENTICATION.branch(kind)?;
    let (name, _) = AUTHENTICATION
        .own(branch)
        .find(|(_, leaf)| leaf.kind == LeafKind::Secret)?;
    Some(format!("{name}.credential"))
}

/// Adds the name of a secret to an authentication without a credential: the name under which a
/// typed credential is stored. A password may be missing.
pub(super) fn name_secret(document: &mut Value) {
    let event = document.get("event").and_then(Value::as_str);
    let event = event.unwrap_or_default().to_owned();
    let Some(place) = document.pointer_mut("/source/authentication") else {
        return;
    };
    let kind = place
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let Some(branch) = AUTHENTICATION.branch(kind).filter(|_| kind != "basic") else {
        return;
    };
    let secret = branch
        .leaves
        .iter()
        .find(|leaf| leaf.kind == LeafKind::Secret);
    if let (Some(leaf), Some(fields)) = (secret, place.as_object_mut())
        && !fields.contains_key(leaf.key)
    {
        let name = format!("{event}-{}", leaf.key.replace('_', "-"));
        fields.insert(leaf.key.to_owned(), json!({"secret": name}));
    }
}
