//! Links from one page to the next: where they lead, and whether a credential may go there.

use attendee_sync_app::ports::SourceError;
use url::{Url, form_urlencoded};

use super::addresses::address;

/// The server that the document names. No request goes to any other.
#[derive(Clone)]
pub(super) struct Origin(Url);

impl Origin {
    pub(super) fn of(url: &Url) -> Self {
        Self(url.clone())
    }

    /// Follows `link` from the page at `from`, to this server alone.
    pub(super) fn follow(&self, from: &Url, link: &str) -> Result<Url, SourceError> {
        let mut target = from.join(link).map_err(|_| {
            SourceError::new("the link to the next page is not one that can be followed")
        })?;
        target.set_fragment(None);
        // These fail only for URLs without a host, which are refused below.
        let _ = target.set_username("");
        let _ = target.set_password(None);
        if self.is_insecure_twin(&target) {
            let _ = target.set_scheme("https");
        }
        if self.is_same(&target) || self.is_secure_twin(&target) {
            return Ok(target);
        }
        Err(SourceError::new(format!(
            "the source sends us on to {}, which is not the server of source.url; the credential \
             is not given to other servers: put the right address in source.url",
            address(&target)
        )))
    }

    /// The URL to ask for `url`, where that is on this server.
    pub(super) fn holds(&self, url: &Url) -> Option<Url> {
        self.follow(url, url.as_str()).ok()
    }

    fn is_same(&self, target: &Url) -> bool {
        target.origin() == self.0.origin()
    }

    /// The same host with https instead of http, both on their usual ports.
    fn is_secure_twin(&self, target: &Url) -> bool {
        self.is_twin(target) && target.scheme() == "https"
    }

    /// Servers behind a proxy that ends TLS often write their own links with http.
    fn is_insecure_twin(&self, target: &Url) -> bool {
        self.is_twin(target) && self.0.scheme() == "https"
    }

    fn is_twin(&self, target: &Url) -> bool {
        matches!(
            (self.0.scheme(), target.scheme()),
            ("http", "https") | ("https", "http")
        ) && self.0.host() == target.host()
            && self.0.port().is_none()
            && target.port().is_none()
    }
}

/// `url` with the parameter `name`, in the place of others of that name; the rest stays as it is
/// written.
pub(super) fn with_parameter(url: &Url, name: &str, value: &str) -> Url {
    let is_other = |part: &&str| {
        let decoded = form_urlencoded::parse(part.as_bytes()).next();
        decoded.is_some_and(|(found, _)| found != name)
    };
    let mut query: String = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(is_other)
        .collect::<Vec<_>>()
        .join("&");
    if !query.is_empty() {
        query.push('&');
    }
    query.extend(form_urlencoded::byte_serialize(name.as_bytes()));
    query.push('=');
    query.extend(form_urlencoded::byte_serialize(value.as_bytes()));
    let mut url = url.clone();
    url.set_query(Some(&query));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://registration.example/api/people?event=42&page=1";

    fn follow(link: &str) -> Result<String, String> {
        let page = Url::parse(PAGE).unwrap();
        Origin::of(&page)
            .follow(&page, link)
            .map(Into::into)
            .map_err(|error| error.message)
    }

    #[test]
    fn links_are_resolved_against_their_page() {
        for (link, target) in [
            ("?page=2", "https://registration.example/api/people?page=2"),
            ("people/2", "https://registration.example/api/people/2"),
            ("/v2?page=2#top", "https://registration.example/v2?page=2"),
            (
                "https://registration.example:443/x",
                "https://registration.example/x",
            ),
            (
                "https://a:b@registration.example/x",
                "https://registration.example/x",
            ),
        ] {
            assert_eq!(follow(link).unwrap(), target, "{link}");
        }
    }

    #[test]
    fn link_that_forgot_the_s_of_https_is_asked_with_https() {
        let target = follow("http://registration.example/api?page=2").unwrap();
        assert_eq!(target, "https://registration.example/api?page=2");
    }

    #[test]
    fn link_to_another_server_is_refused_without_its_query() {
        for link in [
            "https://evil.example/?key=canary",
            "//evil.example/?key=canary",
            "https://registration.example:8443/?key=canary",
            "http://registration.example:8080/?key=canary",
            "http://169.254.169.254/latest?key=canary",
            "file:///etc/passwd?key=canary",
            "javascript:canary",
        ] {
            let message = follow(link).unwrap_err();
            assert!(
                message.contains("not the server of source.url"),
                "{message}"
            );
            assert!(!message.contains("key=canary"), "{message}");
        }
    }

    #[test]
    fn server_that_moves_from_http_to_https_is_followed() {
        let page = Url::parse("http://registration.example/api").unwrap();
        let target = Origin::of(&page).follow(&page, "https://registration.example/api");
        assert_eq!(target.unwrap().scheme(), "https");
    }

    #[test]
    fn parameter_replaces_its_namesakes_and_leaves_the_rest_as_written() {
        let url = Url::parse("https://r.example/?a[]=x y&page%5Bn%5D=9&a[]=2&page[n]=8").unwrap();
        let url = with_parameter(&url, "page[n]", "a&b");
        assert_eq!(url.query(), Some("a[]=x%20y&a[]=2&page%5Bn%5D=a%26b"));
    }
}
