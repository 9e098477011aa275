//! Which servers may be requested. Names are checked where they are resolved, so that the
//! connection goes to the checked address; addresses written in a URL are checked before each
//! request.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};

use attendee_sync_app::ports::SourceError;
use attendee_sync_domain::config::{SourceAddresses, is_public};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// The error of a name that resolves to no public address.
#[derive(Debug, thiserror::Error)]
#[error(
    "{host} is at a private, loopback or link-local address; only public addresses are allowed \
     (or start with --allow-private-sources)"
)]
pub(crate) struct NotPublic {
    host: String,
}

impl NotPublic {
    /// Returns the error that a name is not public, where it caused this error.
    pub(crate) fn behind(error: &reqwest::Error) -> Option<SourceError> {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        causes
            .filter_map(|cause| cause.downcast_ref::<Self>())
            .map(|refused| SourceError::new(refused.to_string()))
            .next()
    }
}

/// Resolves names to public addresses only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str();
            // The connector replaces port 0 by the URL's port.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            let public: Vec<_> = found
                .into_iter()
                .filter(|address| is_public(address.ip()))
                .collect();
            if public.is_empty() {
                return Err(NotPublic {
                    host: host.to_owned(),
                }
                .into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Refuses a URL that can be seen not to be allowed without resolving its name.
pub(crate) fn check(url: &Url, allowed: &SourceAddresses) -> Result<(), SourceError> {
    if allowed.allow(url) {
        return Ok(());
    }
    if url.scheme() != "https" {
        return Err(SourceError::new(format!(
            "{} is not https; only https is allowed (or start with --allow-private-sources)",
            address(url)
        )));
    }
    let written_out = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) | None => None,
    };
    match written_out {
        Some(ip) if !is_public(ip) => {
            let host = ip.to_string();
            Err(SourceError::new(NotPublic { host }.to_string()))
        }
        _ => Ok(()),
    }
}

/// Returns a URL for messages, without its query, which may contain a credential.
pub(super) fn address(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // These calls fail only for URLs that cannot have a user or password.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn name_that_resolves_to_loopback_is_refused() {
        for name in ["localhost", "localhost.", "LOCALHOST"] {
            let Err(error) = PublicResolver.resolve(name.parse().unwrap()).await else {
                panic!("{name} was resolved");
            };
            // A resolver may not know the name with a dot at all.
            assert!(error.is::<NotPublic>() || name.ends_with('.'), "{error}");
        }
    }

    #[test]
    fn only_https_to_public_addresses_may_be_asked() {
        let public = |url: &str| check(&Url::parse(url).unwrap(), &SourceAddresses::Public);
        for refused in [
            "http://registration.example/api",
            "https://169.254.169.254/latest/meta-data",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://0/",
            "https://0.0.0.0/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.0.0.1./",
            "https://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
            "https://me:pw@10.0.0.1/",
            "https://100.64.0.1/",
            "https://255.255.255.255/",
            "https://[::]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::10.0.0.1]/",
            "https://[2002:7f00:1::]/",
            "https://[2001:0:1::]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
        ] {
            assert!(public(refused).is_err(), "{refused}");
        }
        for allowed in ["https://registration.example/api", "https://1.1.1.1/"] {
            assert!(public(allowed).is_ok(), "{allowed}");
        }
    }

    #[test]
    fn one_origin_may_be_asked_beside_public_addresses() {
        let allowed = SourceAddresses::PublicAnd("http://127.0.0.1:8081".to_owned());
        let asked = |url: &str| check(&Url::parse(url).unwrap(), &allowed);
        assert!(asked("http://127.0.0.1:8081/people?page=2").is_ok());
        assert!(asked("http://127.0.0.1:8082/people").is_err());
        assert!(asked("https://127.0.0.1:8081/people").is_err());
    }

    #[test]
    fn address_in_a_message_has_neither_query_nor_user() {
        let url = Url::parse("https://me:pw@registration.example/api?key=canary#top").unwrap();
        assert_eq!(address(&url), "https://registration.example/api");
    }
}
