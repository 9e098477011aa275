//! Whether a hook comes from who it seems to come from.
//!
//! All signatures are HMAC-SHA-256 (RFC 2104); they differ in the header, in what is signed beside the body, and in
//! how the result is written.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::config::{HookSettings, HookSignature};

/// How far the time of a signed hook may be from ours (Standard Webhooks and Ticket Tailor name the same).
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// What secrets of Standard Webhooks begin with.
const SECRET_PREFIX: &str = "whsec_";

/// Gives the value of a header of a hook by its name in lower case.
pub type HookHeaders<'h> = dyn Fn(&str) -> Option<&'h str> + Sync + 'h;

/// Why a hook was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HookRefusal {
    /// Its address is none of an event, or an earlier one.
    UnknownAddress,
    /// It has no signature where the event asks for one.
    NotSigned,
    /// Its signature is not that of the event's secret.
    WrongSignature,
    /// It was signed more than five minutes ago, or in the future.
    WrongTime,
    /// Its body is over 1 MiB.
    TooLarge,
    /// The secret that its signature is checked by cannot be had.
    NoSecret,
}

impl HookRefusal {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::UnknownAddress,
        Self::NotSigned,
        Self::WrongSignature,
        Self::WrongTime,
        Self::TooLarge,
        Self::NoSecret,
    ];

    /// Its name, as the interface has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownAddress => "unknown_address",
            Self::NotSigned => "not_signed",
            Self::WrongSignature => "wrong_signature",
            Self::WrongTime => "wrong_time",
            Self::TooLarge => "too_large",
            Self::NoSecret => "no_secret",
        }
    }
}

/// Verifies the signature of a hook by the secret of its event, in the way that the event's document says.
///
/// # Errors
///
/// Says why the hook is to be refused.
pub fn verify(
    settings: &HookSettings,
    secret: &str,
    headers: &HookHeaders<'_>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), HookRefusal> {
    match settings.signature {
        HookSignature::None => Ok(()),
        HookSignature::StandardWebhooks => standard(secret, headers, body, now),
        HookSignature::TicketTailor => ticket_tailor(secret, headers, body, now),
        HookSignature::Tito => plain("tito-signature", secret, headers, body),
        HookSignature::HiEvents => plain("signature", secret, headers, body),
        HookSignature::Hmac => plain(&settings.hmac_header(), secret, headers, body),
    }
}

/// The signature of the body alone, in hexadecimal digits or base64, perhaps after `sha256=`.
fn plain(
    header: &str,
    secret: &str,
    headers: &HookHeaders<'_>,
    body: &[u8],
) -> Result<(), HookRefusal> {
    let text = headers(header).ok_or(HookRefusal::NotSigned)?.trim();
    let text = text.strip_prefix("sha256=").unwrap_or(text);
    let given = bytes_of(text).ok_or(HookRefusal::WrongSignature)?;
    is_signed(secret.as_bytes(), &[body], &given)
}

/// The time and the body, one right after the other, as `t=TIME,v1=HEX`.
fn ticket_tailor(
    secret: &str,
    headers: &HookHeaders<'_>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), HookRefusal> {
    let text = headers("tickettailor-webhook-signature").ok_or(HookRefusal::NotSigned)?;
    let part = |name: &str| {
        let parts = text
            .split(',')
            .filter_map(|part| part.trim().split_once('='));
        parts
            .filter(|(known, _)| *known == name)
            .map(|(_, value)| value)
            .next()
    };
    let (Some(time), Some(given)) = (part("t"), part("v1")) else {
        return Err(HookRefusal::WrongSignature);
    };
    let given = bytes_of(given).ok_or(HookRefusal::WrongSignature)?;
    is_signed(secret.as_bytes(), &[time.as_bytes(), body], &given)?;
    is_recent(time, now)
}

/// Standard Webhooks 1.0: the id, the time and the body with dots between them; several signatures may be given,
/// as while a secret is replaced. Svix, from which the standard comes, has the same under names of its own.
fn standard(
    secret: &str,
    headers: &HookHeaders<'_>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), HookRefusal> {
    let header = |name: &str| {
        let own = headers(&format!("webhook-{name}"));
        own.or_else(|| headers(&format!("svix-{name}")))
    };
    let (Some(id), Some(time), Some(signatures)) =
        (header("id"), header("timestamp"), header("signature"))
    else {
        return Err(HookRefusal::NotSigned);
    };
    let key = standard_key(secret).ok_or(HookRefusal::NoSecret)?;
    let signed = format!("{id}.{time}.");
    let mut given = signatures
        .split(' ')
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .filter_map(bytes_of);
    let is_genuine = given.any(|given| is_signed(&key, &[signed.as_bytes(), body], &given).is_ok());
    if !is_genuine {
        return Err(HookRefusal::WrongSignature);
    }
    is_recent(time, now)
}

/// Returns the signature header of a message by Standard Webhooks; nothing where the secret is none.
#[must_use]
pub fn sign_standard(secret: &str, id: &str, sent: Timestamp, body: &[u8]) -> Option<String> {
    let key = standard_key(secret)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{}.", sent.as_second()).as_bytes());
    mac.update(body);
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    Some(format!("v1,{signature}"))
}

/// Whether a text can be a secret of Standard Webhooks.
#[must_use]
pub fn is_standard_secret(secret: &str) -> bool {
    standard_key(secret).is_some()
}

/// The key that a secret of Standard Webhooks stands for: base64, perhaps after `whsec_`.
fn standard_key(secret: &str) -> Option<Vec<u8>> {
    let secret = secret.trim();
    let text = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
    let key = BASE64_STANDARD.decode(text).ok()?;
    (!key.is_empty()).then_some(key)
}

/// Compares in constant time.
fn is_signed(key: &[u8], parts: &[&[u8]], given: &[u8]) -> Result<(), HookRefusal> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| HookRefusal::NoSecret)?;
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(given)
        .map_err(|_| HookRefusal::WrongSignature)
}

fn is_recent(time: &str, now: Timestamp) -> Result<(), HookRefusal> {
    let time: i64 = time.parse().map_err(|_| HookRefusal::WrongTime)?;
    let time = Timestamp::from_second(time).map_err(|_| HookRefusal::WrongTime)?;
    if now.duration_since(time).abs() > TOLERANCE {
        return Err(HookRefusal::WrongTime);
    }
    Ok(())
}

/// The bytes that 64 hexadecimal digits or base64 stand for.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let is_hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex {
        return BASE64_STANDARD.decode(text).ok();
    }
    let pairs = (0..text.len()).step_by(2).map(|at| text.get(at..at + 2));
    pairs
        .map(|pair| u8::from_str_radix(pair?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn settings(signature: HookSignature) -> HookSettings {
        HookSettings {
            signature,
            ..HookSettings::default()
        }
    }

    fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    fn checked(
        settings: &HookSettings,
        secret: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        now: i64,
    ) -> Result<(), HookRefusal> {
        let find = |name: &str| {
            let found = headers.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| *value)
        };
        verify(settings, secret, &find, body, at(now))
    }

    #[test]
    fn signatures_of_standard_webhooks_are_those_of_its_libraries() {
        // The example of the official libraries.
        let (id, time) = ("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553);
        let signature = sign_standard(SECRET, id, at(time), BODY).unwrap();
        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
        let standard = settings(HookSignature::StandardWebhooks);
        let several = format!("v1,AAAA v2,xyz {signature}");
        let text = time.to_string();
        for prefix in ["webhook", "svix"] {
            let names = ["id", "timestamp", "signature"].map(|name| format!("{prefix}-{name}"));
            let headers = |id, signature| {
                [
                    (names[0].as_str(), id),
                    (names[1].as_str(), text.as_str()),
                    (names[2].as_str(), signature),
                ]
            };
            let verdict = |id, signature, body, now| {
                checked(&standard, SECRET, &headers(id, signature), body, now)
            };
            assert_eq!(verdict(id, &signature, BODY, time + 299), Ok(()));
            assert_eq!(verdict(id, &several, BODY, time - 299), Ok(()));
            let wrong = Err(HookRefusal::WrongSignature);
            assert_eq!(verdict("msg_other", &signature, BODY, time), wrong);
            assert_eq!(verdict(id, &signature, b"{}", time), wrong);
            assert_eq!(verdict(id, "v1,", BODY, time), wrong);
            let old = Err(HookRefusal::WrongTime);
            assert_eq!(verdict(id, &signature, BODY, time + 301), old);
            assert_eq!(verdict(id, &signature, BODY, time - 301), old);
        }
        assert_eq!(
            checked(&standard, SECRET, &[], BODY, time),
            Err(HookRefusal::NotSigned)
        );
    }

    #[test]
    fn signatures_of_the_body_alone_are_taken_in_hexadecimal_and_base64() {
        let right = mac(b"topsecret", &[BODY]);
        let base64 = BASE64_STANDARD.encode(&right);
        let own = HookSettings {
            header: Some("X-Signature".to_owned()),
            ..settings(HookSignature::Hmac)
        };
        for (settings, header) in [
            (settings(HookSignature::Tito), "tito-signature"),
            (settings(HookSignature::HiEvents), "signature"),
            (settings(HookSignature::Hmac), "x-hub-signature-256"),
            (own, "x-signature"),
        ] {
            for text in [
                hex(&right),
                base64.clone(),
                format!("sha256={}", hex(&right)),
            ] {
                let headers = [(header, text.as_str())];
                assert_eq!(checked(&settings, "topsecret", &headers, BODY, 0), Ok(()));
                assert_eq!(
                    checked(&settings, "other", &headers, BODY, 0),
                    Err(HookRefusal::WrongSignature)
                );
            }
            for wrong in ["", "sha256=", "00", "not base64!"] {
                assert_eq!(
                    checked(&settings, "topsecret", &[(header, wrong)], BODY, 0),
                    Err(HookRefusal::WrongSignature),
                    "{wrong}"
                );
            }
            assert_eq!(
                checked(&settings, "topsecret", &[("other", "x")], BODY, 0),
                Err(HookRefusal::NotSigned)
            );
        }
    }

    #[test]
    fn ticket_tailor_signs_the_time_with_the_body() {
        let tailor = settings(HookSignature::TicketTailor);
        let signed = |time: &str| {
            let right = hex(&mac(b"ABCD123", &[time.as_bytes(), BODY]));
            format!("t={time},v1={right}")
        };
        let verdict = |text: &str, now| {
            let headers = [("tickettailor-webhook-signature", text)];
            checked(&tailor, "ABCD123", &headers, BODY, now)
        };
        assert_eq!(verdict(&signed("1000"), 1_200), Ok(()));
        assert_eq!(verdict(&signed("1000"), 1_301), Err(HookRefusal::WrongTime));
        let other_time = signed("1000").replace("t=1000", "t=1100");
        for wrong in [other_time.as_str(), "t=1000", "v1=00", ""] {
            assert_eq!(verdict(wrong, 1_100), Err(HookRefusal::WrongSignature));
        }
    }

    #[test]
    fn a_hook_that_needs_no_signature_is_taken_as_it_is() {
        let none = settings(HookSignature::None);
        assert_eq!(checked(&none, "", &[], b"anything", 0), Ok(()));
    }
}
