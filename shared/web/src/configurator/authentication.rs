//! The part of the form about authentication at the registration system, and its credential.

use serde_json::{Value, json};

use super::leaf::{Leaf, LeafKind, Options};
use super::part::{ChoiceShape, KindChoice};
use super::source::{answer, branch, word};

const CLIENT: Options = &[
    ("basic", "In the Authorization header"),
    ("post", "In the request body"),
];

const fn secret(key: &'static str, label: &'static str, help: &'static str) -> Leaf {
    Leaf::new(LeafKind::Secret, key, label, help)
}

pub(super) const AUTHENTICATION: KindChoice = KindChoice {
    path: "source.authentication",
    label: "Authentication",
    help: "Your registration system may call it an API key, a token or a client. It is stored separately and never shown again.",
    shape: ChoiceShape::Tagged,
    shared: &[],
    kinds: &[
        branch("none", "None (public)", &[]),
        branch(
            "bearer",
            "Bearer token (Authorization: Bearer …)",
            &[
                secret("token", "Token", "Copy it from the registration system."),
                word(
                    "scheme",
                    "Word before the token",
                    "Almost always Bearer; some systems require Token.",
                )
                .or("Bearer"),
            ],
        ),
        branch(
            "header",
            "API key in a header",
            &[
                word("name", "Name of the header", "For example X-Api-Key").required(),
                secret("value", "Key", "Copy it from the registration system."),
            ],
        ),
        branch(
            "query",
            "API key in the URL",
            &[
                word("name", "Name of the parameter", "For example api_key").required(),
                secret(
                    "value",
                    "Key",
                    "Copy it from the registration system. It is left out of logs and pages.",
                ),
            ],
        ),
        branch(
            "basic",
            "User name and password (Basic)",
            &[
                Leaf::new(
                    LeafKind::Text,
                    "username",
                    "User name",
                    "Some systems require the API key here, and no password.",
                )
                .required(),
                secret(
                    "password",
                    "Password",
                    "Leave it empty if the system requires none.",
                ),
            ],
        ),
        branch(
            "oauth2_client_credentials",
            "OAuth 2 client credentials",
            &[
                word(
                    "token_url",
                    "URL of the token endpoint",
                    "For example https://registration.example/oauth2/token",
                )
                .required(),
                Leaf::new(LeafKind::Text, "client_id", "Client ID", "").required(),
                secret(
                    "client_secret",
                    "Client secret",
                    "Copy it from the registration system.",
                ),
                Leaf::new(
                    LeafKind::Text,
                    "scope",
                    "Scope",
                    "Only if the API documentation requires one.",
                ),
                Leaf::new(
                    LeafKind::Choice(CLIENT),
                    "client_authentication",
                    "How the client secret is sent",
                    "Most systems expect it in the header.",
                )
                .or("basic"),
            ],
        ),
        branch(
            "login",
            "Log in for a token",
            &[
                word(
                    "url",
                    "URL of the login",
                    "For example https://registration.example/api/auth/login",
                )
                .required(),
                Leaf::new(
                    LeafKind::Text,
                    "username",
                    "User name",
                    "Often an e-mail address.",
                )
                .required(),
                secret("password", "Password", "The password of this user."),
                word("username_field", "Field for the user name", "").or("email"),
                word("password_field", "Field for the password", "").or("password"),
                answer("token_path", "Path to the token in the response", "").or("token"),
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
