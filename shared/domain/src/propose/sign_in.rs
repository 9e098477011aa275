//! Proposes the kind of authentication that a source requires, by its answer.

use serde_json::{Value, json};

/// A kind of authentication, without its credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProposedAuthentication {
    /// No authentication.
    None,
    /// A user name and a password.
    Basic {
        /// The user name, where it is known.
        username: String,
    },
    /// A token after a word in the `Authorization` header.
    Bearer {
        /// The word.
        scheme: String,
    },
    /// A header that contains the credential.
    Header {
        /// Its name.
        name: String,
    },
    /// A query parameter that contains the credential.
    Query {
        /// Its name.
        name: String,
    },
}

impl ProposedAuthentication {
    /// Returns the authentication as a document writes it; its credential is the secret of this
    /// name, if one is given.
    #[must_use]
    pub fn to_document(&self, secret: Option<&str>) -> Value {
        let (mut document, key) = match self {
            Self::None => return json!({ "type": "none" }),
            Self::Basic { username } => {
                (json!({ "type": "basic", "username": username }), "password")
            }
            Self::Bearer { scheme } if scheme == "Bearer" => (json!({ "type": "bearer" }), "token"),
            Self::Bearer { scheme } => (json!({ "type": "bearer", "scheme": scheme }), "token"),
            Self::Header { name } => (json!({ "type": "header", "name": name }), "value"),
            Self::Query { name } => (json!({ "type": "query", "name": name }), "value"),
        };
        if let (Some(secret), Value::Object(fields)) = (secret, &mut document) {
            fields.insert(key.to_owned(), json!({ "secret": secret }));
        }
        document
    }
}

/// Names of headers and parameters for a key that answers mention, the longest first.
const KEYS: &[&str] = &[
    "x-api-key",
    "x-auth-token",
    "x-access-token",
    "api-key",
    "api_key",
    "apikey",
    "access_token",
];

/// Returns the authentication that a source requires, and the reason, by the answer's status, its
/// `WWW-Authenticate` values and the beginning of its text. `None` where the answer does not say.
#[must_use]
pub fn authentication_for(
    status: u16,
    challenges: &[&str],
    text: &str,
) -> Option<(ProposedAuthentication, String)> {
    if !matches!(status, 401 | 403 | 407) {
        return None;
    }
    let schemes: Vec<&str> = challenges
        .iter()
        .flat_map(|challenge| schemes_in(challenge))
        .collect();
    let has = |name: &str| {
        schemes
            .iter()
            .find(|scheme| scheme.eq_ignore_ascii_case(name))
    };
    for (name, scheme) in [("bearer", "Bearer"), ("token", "Token"), ("oauth", "OAuth")] {
        if has(name).is_some() {
            let authentication = ProposedAuthentication::Bearer {
                scheme: scheme.to_owned(),
            };
            return Some((
                authentication,
                format!("the source answered {status} and asks for a token ({scheme})"),
            ));
        }
    }
    if has("basic").is_some() {
        let authentication = ProposedAuthentication::Basic {
            username: String::new(),
        };
        return Some((
            authentication,
            format!("the source answered {status} and asks for a user name and a password (Basic)"),
        ));
    }
    let text = text.chars().take(4_000).collect::<String>().to_lowercase();
    if let Some(key) = KEYS.iter().find(|key| text.contains(*key)) {
        return Some(by_key(status, key, &text));
    }
    if let Some(scheme) = schemes.first() {
        let scheme: String = scheme
            .chars()
            .filter(char::is_ascii_graphic)
            .take(40)
            .collect();
        let is_key = scheme.to_lowercase().contains("key");
        let authentication = if is_key {
            ProposedAuthentication::Header {
                name: "X-API-Key".to_owned(),
            }
        } else {
            ProposedAuthentication::Bearer {
                scheme: scheme.clone(),
            }
        };
        let known = if matches!(
            scheme.to_lowercase().as_str(),
            "digest" | "negotiate" | "ntlm"
        ) {
            "which this program does not have; ask the provider for an API key"
        } else {
            "so the key goes there; look into the provider's documentation"
        };
        return Some((
            authentication,
            format!("the source answered {status} and asks for {scheme}, {known}"),
        ));
    }
    let authentication = ProposedAuthentication::Bearer {
        scheme: "Bearer".to_owned(),
    };
    let reason = match status {
        403 => {
            "the source answered 403: the key is not accepted, or may not read this list; where none was sent, a token (Bearer) \
                is the most usual kind"
        }
        _ => {
            "the source answered 401 and does not say what it asks for; a token (Bearer) is the most usual kind"
        }
    };
    Some((authentication, reason.to_owned()))
}

fn by_key(status: u16, key: &str, text: &str) -> (ProposedAuthentication, String) {
    let is_query = text.contains("query") || text.contains("parameter");
    let is_header = key.starts_with("x-") || (text.contains("header") && !is_query);
    if is_header || !is_query {
        let name = if key == "access_token" {
            "Authorization"
        } else {
            key
        };
        let authentication = ProposedAuthentication::Header {
            name: name.to_owned(),
        };
        return (
            authentication,
            format!("the source answered {status} and speaks of {key}, a header with the key"),
        );
    }
    let authentication = ProposedAuthentication::Query {
        name: key.to_owned(),
    };
    (
        authentication,
        format!(
            "the source answered {status} and speaks of {key}, a parameter of the address with the key"
        ),
    )
}

/// Returns the schemes of a `WWW-Authenticate` header (RFC 9110, section 11.6.1): the words without
/// an `=` after them.
fn schemes_in(challenge: &str) -> Vec<&str> {
    let mut schemes = Vec::new();
    let mut is_quoted = false;
    let parts = challenge.split(move |letter: char| {
        is_quoted ^= letter == '"';
        letter == ',' && !is_quoted
    });
    for part in parts {
        let word = part.trim().split(' ').next().unwrap_or_default();
        if !word.is_empty() && !word.contains('=') {
            schemes.push(word);
        }
    }
    schemes
}
