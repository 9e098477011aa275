//! Recognises credentials among the headers and parameters of a pasted request, and the kind of
//! authentication they are for.

use super::sign_in::ProposedAuthentication;

pub(super) fn bearer(scheme: &str) -> ProposedAuthentication {
    ProposedAuthentication::Bearer {
        scheme: scheme.to_owned(),
    }
}

/// Returns the authentication for a user with a password. Where the password is empty, the user's
/// name is the credential and would not be kept secret as a user name.
pub(super) fn basic(name: &str, password: &str) -> (ProposedAuthentication, String) {
    if password.is_empty() || password.eq_ignore_ascii_case("x") {
        return (
            bearer("Basic"),
            base64(format!("{name}:{password}").as_bytes()),
        );
    }
    (
        ProposedAuthentication::Basic {
            username: name.to_owned(),
        },
        password.to_owned(),
    )
}

/// The credential in a header, if it is one.
pub(super) fn credential_in(name: &str, value: &str) -> Option<(ProposedAuthentication, String)> {
    let lower = name.to_ascii_lowercase();
    if lower == "authorization" {
        let Some((scheme, token)) = value.split_once(' ') else {
            return Some((
                ProposedAuthentication::Header {
                    name: name.to_owned(),
                },
                value.to_owned(),
            ));
        };
        let token = token.trim();
        if scheme.eq_ignore_ascii_case("basic")
            && let Some((user, password)) = unbase64(token)
                .as_deref()
                .and_then(|text| text.split_once(':'))
        {
            return Some(basic(user, password));
        }
        return Some((bearer(scheme), token.to_owned()));
    }
    let is_credential = lower == "cookie" || lower == "proxy-authorization" || is_key_name(&lower);
    is_credential.then(|| {
        (
            ProposedAuthentication::Header {
                name: name.to_owned(),
            },
            value.to_owned(),
        )
    })
}

/// Returns whether a header or parameter of this name contains a credential.
pub(super) fn is_key_name(name: &str) -> bool {
    let name: String = name
        .to_ascii_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let is_token = name.ends_with("token")
        && !name.ends_with("pagetoken")
        && !name.ends_with("nexttoken")
        && !name.ends_with("continuationtoken");
    let ends = [
        "apikey",
        "accesskey",
        "secret",
        "secretkey",
        "authkey",
        "privatekey",
        "password",
        "authorization",
        "subscriptionkey",
        "appkey",
    ];
    is_token
        || ends.iter().any(|end| name.ends_with(end))
        || matches!(
            name.as_str(),
            "xkey" | "xauth" | "auth" | "apisecret" | "sessionid"
        )
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk
            .iter()
            .fold(0_u32, |number, byte| number << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = BASE64
                .get((number >> (18 - 6 * place) & 63) as usize)
                .filter(|_| place <= chunk.len());
            text.push(letter.map_or('=', |letter| char::from(*letter)));
        }
    }
    text
}

fn unbase64(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut number, mut bits) = (0_u32, 0_u32);
    for letter in text.trim_end_matches('=').bytes() {
        let value = BASE64.iter().position(|known| *known == letter)?;
        number = (number << 6 | u32::try_from(value).ok()?) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(number >> bits & 0xFF).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}
