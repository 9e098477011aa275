//! The mail server that a URL names.

use std::fmt;

use lettre::transport::smtp::client::TlsParameters;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The ports of mail submission (RFC 6409), and of submission over TLS from the start (RFC 8314).
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;

/// Why a URL names no mail server. The text repeats nothing of the URL, which may contain a
/// password.
#[derive(Debug, thiserror::Error)]
pub enum SmtpUrlError {
    /// The text is no URL.
    #[error("not a URL")]
    Url(#[from] url::ParseError),
    /// The scheme is neither `smtp` nor `smtps`.
    #[error("the URL of a mail server starts with smtp:// or smtps://")]
    Scheme,
    /// The URL has no host.
    #[error("the URL names no mail server")]
    Host,
    /// The URL has a path, a fragment, or an unknown parameter.
    #[error(
        "after the mail server there is nothing but ?tls=required, ?tls=opportunistic or ?tls=none"
    )]
    Rest,
    /// The URL has a password without a user, or a user without a password.
    #[error("a user and a password come together, as in smtps://USER:PASSWORD@HOST")]
    Credentials,
    /// The URL has a `%` without two hexadecimal digits, or is not UTF-8.
    #[error("the user or the password is not percent-encoded UTF-8")]
    Encoding,
    /// The machine's certificates cannot be used.
    #[error("TLS cannot be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// When a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// The connection is encrypted from its start.
    Always,
    /// The connection is encrypted by STARTTLS, or not used.
    Required,
    /// The connection is encrypted by STARTTLS where the server supports it.
    Opportunistic,
    /// The connection is not encrypted.
    Never,
}

/// A mail server, and the credentials to log in with.
pub(super) struct SmtpServerSettings {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) sign_in: Option<SmtpCredentials>,
    pub(super) tls: TlsParameters,
}

/// The credentials to log in with.
pub(super) struct SmtpCredentials {
    pub(super) user: String,
    pub(super) password: SecretString,
}

impl fmt::Debug for SmtpServerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("encryption", &self.encryption)
            .field("signs_in", &self.sign_in.is_some())
            .finish_non_exhaustive()
    }
}

impl SmtpServerSettings {
    /// Parses `smtps://[USER:PASSWORD@]HOST[:PORT]` and `smtp://…[?tls=…]`. Without `tls`,
    /// encryption is required, except for a server on this machine.
    pub(super) fn read(url: &str) -> Result<Self, SmtpUrlError> {
        let url = Url::parse(url)?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(SmtpUrlError::Host)?;
        // The certificate and the resolver use an IPv6 address without its brackets.
        let host = host.trim_matches(['[', ']']).to_owned();
        let is_here = host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback());
        let (encryption, port) = match url.scheme() {
            "smtps" if url.query().is_none() => (Encryption::Always, SUBMISSIONS),
            "smtp" => (encryption(url.query(), is_here)?, SUBMISSION),
            "smtps" => return Err(SmtpUrlError::Rest),
            _ => return Err(SmtpUrlError::Scheme),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SmtpUrlError::Rest);
        }
        Ok(Self {
            tls: TlsParameters::new(host.clone()).map_err(SmtpUrlError::Tls)?,
            host,
            port: url.port().unwrap_or(port),
            encryption,
            sign_in: sign_in(&url)?,
        })
    }

    /// Returns every spelling of the credentials that a server may repeat.
    pub(super) fn secrets(&self) -> Vec<String> {
        use base64::Engine;
        let Some(SmtpCredentials { user, password }) = &self.sign_in else {
            return Vec::new();
        };
        let password = password.expose_secret();
        let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        vec![
            password.to_owned(),
            base64(password),
            base64(user),
            base64(&format!("\0{user}\0{password}")),
            base64(&format!("{user}\0{user}\0{password}")),
        ]
    }
}

fn encryption(query: Option<&str>, is_here: bool) -> Result<Encryption, SmtpUrlError> {
    match query {
        Some("tls=required") => Ok(Encryption::Required),
        Some("tls=opportunistic") => Ok(Encryption::Opportunistic),
        Some("tls=none") => Ok(Encryption::Never),
        Some(_) => Err(SmtpUrlError::Rest),
        None if is_here => Ok(Encryption::Never),
        None => Ok(Encryption::Required),
    }
}

fn sign_in(url: &Url) -> Result<Option<SmtpCredentials>, SmtpUrlError> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(SmtpUrlError::Credentials),
        (user, Some(password)) => Ok(Some(SmtpCredentials {
            user: decoded(user)?,
            password: decoded(password)?.into(),
        })),
    }
}

fn decoded(text: &str) -> Result<String, SmtpUrlError> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let value = digit().zip(digit()).map(|(high, low)| high * 16 + low);
        let value = value.and_then(|value| u8::try_from(value).ok());
        bytes.push(value.ok_or(SmtpUrlError::Encoding)?);
    }
    String::from_utf8(bytes).map_err(|_| SmtpUrlError::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_from_its_url() {
        for (url, host, port, encryption) in [
            (
                "smtp://mail.example",
                "mail.example",
                587,
                Encryption::Required,
            ),
            (
                "smtp://mail.example:25/",
                "mail.example",
                25,
                Encryption::Required,
            ),
            (
                "smtp://mail.example?tls=none",
                "mail.example",
                587,
                Encryption::Never,
            ),
            (
                "smtp://a:b@mail.example?tls=opportunistic",
                "mail.example",
                587,
                Encryption::Opportunistic,
            ),
            (
                "smtps://a:b@mail.example",
                "mail.example",
                465,
                Encryption::Always,
            ),
            (
                "smtp://localhost:1025",
                "localhost",
                1025,
                Encryption::Never,
            ),
            ("smtp://[::1]:1025", "::1", 1025, Encryption::Never),
            (
                "smtp://127.0.0.1?tls=required",
                "127.0.0.1",
                587,
                Encryption::Required,
            ),
        ] {
            let server = SmtpServerSettings::read(url).unwrap();
            assert_eq!(
                (server.host.as_str(), server.port, server.encryption),
                (host, port, encryption),
                "{url}"
            );
        }
    }

    #[test]
    fn what_names_no_server_is_refused_and_not_repeated() {
        for url in [
            "",
            "mail.example",
            "http://demo:s3cret@mail.example",
            "smtp://demo:s3cret@",
            "smtp://demo@mail.example",
            "smtp://:s3cret@mail.example",
            "smtp://demo:s3cret@mail.example/inbox",
            "smtp://demo:s3cret@mail.example?tls=maybe",
            "smtps://demo:s3cret@mail.example?tls=none",
            "smtp://demo:s3cret%ff@mail.example",
            "smtp://demo:s3cret@mail.example:99999",
        ] {
            let error = SmtpServerSettings::read(url).unwrap_err();
            let told = format!("{error} {error:?}");
            assert!(!told.contains("s3cret") && !told.contains("demo"), "{told}");
        }
    }

    #[test]
    fn credentials_are_decoded_and_not_shown() {
        let server = SmtpServerSettings::read("smtps://de%40mo:s3%3acret@mail.example").unwrap();
        let sign_in = server.sign_in.as_ref().unwrap();
        assert_eq!(sign_in.user, "de@mo");
        assert_eq!(sign_in.password.expose_secret(), "s3:cret");
        let shown = format!("{server:?}");
        assert!(!shown.contains("cret") && !shown.contains("mo"), "{shown}");
    }
}
