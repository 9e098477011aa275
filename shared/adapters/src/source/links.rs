//! Links from one page to the next: their targets, and whether a credential may be sent there.

use attendee_sync_app::ports::SourceError;
use url::{Url, form_urlencoded};

/// The server that the document names. The credential is sent to no other.
#[derive(Clone)]
pub(super) struct ServerOrigin(Url);

impl ServerOrigin {
    pub(super) fn of(url: &Url) -> Self {
        Self(url.clone())
    }

    /// Returns the target of a link from the page at `from`, always on this server. A link with
    /// another host, port or scheme is requested here: a server behind a proxy often knows only its
    /// own internal name, and nothing is sent to any other server.
    pub(super) fn page_link(&self, from: &Url, link: &str) -> Result<Url, SourceError> {
        let no_link =
            || SourceError::new("the link to the next page is not one that can be followed");
        let link = self.unescaped(link);
        let target = plain(from.join(&link).map_err(|_| no_link())?);
        if let Some(target) = self.holds(&target) {
            return Ok(target);
        }
        if !matches!(target.scheme(), "http" | "https") {
            return Err(no_link());
        }
        let mut here = self.0.clone();
        here.set_path(target.path());
        here.set_query(target.query());
        Ok(here)
    }

    /// Returns the target of a redirect from `from`.
    pub(super) fn redirect(&self, from: &Url, location: &str) -> Result<Redirect, SourceError> {
        let target = from.join(&self.unescaped(location)).map_err(|_| {
            SourceError::new("the source redirects to an address that cannot be read")
        })?;
        let target = plain(target);
        Ok(match self.holds(&target) {
            Some(target) => Redirect::Here(target),
            None => Redirect::Elsewhere(target),
        })
    }

    /// Returns the URL to request for `url`, where that is on this server.
    pub(super) fn holds(&self, url: &Url) -> Option<Url> {
        let mut target = plain(url.clone());
        if self.is_insecure_twin(&target) {
            let _ = target.set_scheme("https");
        }
        (self.is_same(&target) || self.is_secure_twin(&target)).then_some(target)
    }

    /// A link as it was meant: some are escaped as in a web page, or lack their scheme.
    fn unescaped(&self, link: &str) -> String {
        let mut link = link.trim().to_owned();
        for escaped in ["&amp;", "&#38;", "&#038;", "&#x26;", "&AMP;"] {
            while link.contains(escaped) {
                link = link.replace(escaped, "&");
            }
        }
        let after_host = self.0.host_str().and_then(|host| link.strip_prefix(host));
        if after_host.is_some_and(|rest| rest.starts_with(['/', ':', '?'])) {
            link.insert_str(0, "//");
        }
        link
    }

    fn is_same(&self, target: &Url) -> bool {
        target.origin() == self.0.origin()
    }

    /// Returns whether the target is the same host with https instead of http, both on their
    /// default ports.
    fn is_secure_twin(&self, target: &Url) -> bool {
        self.is_twin(target) && target.scheme() == "https"
    }

    /// Returns whether the target is the same host with http: servers behind a proxy that ends TLS
    /// often write their own links so.
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

/// The target of a redirect.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Redirect {
    /// It leads to the server that the document names.
    Here(Url),
    /// It leads to another server, which gets no credential.
    Elsewhere(Url),
}

/// A URL without user, password and fragment.
fn plain(mut url: Url) -> Url {
    url.set_fragment(None);
    // These calls fail only for URLs without a host, which are never followed.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// Returns `url` with those parameters of `document` that it lacks: a link to the next page may
/// have lost the parameter that selects the event.
pub(super) fn with_parameters_of(document: &Url, url: &Url) -> Url {
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name).collect();
    let lost = document
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|part| {
            let decoded = form_urlencoded::parse(part.as_bytes()).next();
            decoded.is_some_and(|(name, _)| !names.contains(&name))
        });
    let own = url.query().filter(|query| !query.is_empty());
    let query: Vec<&str> = own.into_iter().chain(lost).collect();
    let mut url = url.clone();
    url.set_query(
        Some(query.join("&"))
            .filter(|query| !query.is_empty())
            .as_deref(),
    );
    url
}

/// Returns `url` without the parameters that have the value `secret`.
pub(super) fn without_value(url: &Url, secret: &str) -> Url {
    let is_other = |part: &&str| {
        let decoded = form_urlencoded::parse(part.as_bytes()).next();
        decoded.is_none_or(|(_, value)| value != secret)
    };
    let Some(query) = url.query() else {
        return url.clone();
    };
    let kept: Vec<&str> = query.split('&').filter(is_other).collect();
    let mut url = url.clone();
    url.set_query(
        Some(kept.join("&"))
            .filter(|query| !query.is_empty())
            .as_deref(),
    );
    url
}

/// Returns `url` with the parameter `name` in place of others of that name. The rest keeps its
/// spelling.
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
        ServerOrigin::of(&page)
            .page_link(&page, link)
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
            (
                " ?page=2\n",
                "https://registration.example/api/people?page=2",
            ),
            (
                "registration.example/api?page=2",
                "https://registration.example/api?page=2",
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
    fn link_that_is_escaped_as_in_a_web_page_is_read() {
        for link in [
            "?a=1&amp;page=2",
            "?a=1&amp;amp;page=2",
            "?a=1&#038;page=2",
            "?a=1&#38;page=2",
            "?a=1&#x26;page=2",
            "https://registration.example/api/people?a=1&amp;page=2",
        ] {
            let target = follow(link).unwrap();
            assert_eq!(target, "https://registration.example/api/people?a=1&page=2");
        }
    }

    #[test]
    fn link_that_names_another_server_is_asked_for_at_this_one() {
        for link in [
            "http://registration.internal:8000/p%20q?page=2&x=%2B",
            "http://10.0.0.7/p%20q?page=2&x=%2B",
            "//app-7/p%20q?page=2&x=%2B",
            "https://registration.example:8443/p%20q?page=2&x=%2B",
            "http://registration.example:8080/p%20q?page=2&x=%2B",
            "http://169.254.169.254/p%20q?page=2&x=%2B",
        ] {
            let target = follow(link).unwrap();
            assert_eq!(target, "https://registration.example/p%20q?page=2&x=%2B");
        }
    }

    #[test]
    fn link_that_is_no_address_of_a_page_is_refused_without_its_query() {
        for link in [
            "file:///etc/passwd?key=canary",
            "javascript:canary",
            "data:text/plain,key=canary",
            "mailto:canary@example.org",
            "https://",
        ] {
            let message = follow(link).unwrap_err();
            assert!(
                message.contains("not one that can be followed"),
                "{message}"
            );
            assert!(!message.contains("canary"), "{message}");
        }
    }

    #[test]
    fn server_that_moves_from_http_to_https_is_followed() {
        let page = Url::parse("http://registration.example/api").unwrap();
        let target = ServerOrigin::of(&page).page_link(&page, "https://registration.example/api");
        assert_eq!(target.unwrap().scheme(), "https");
    }

    #[test]
    fn redirect_is_told_from_one_that_leaves_the_server() {
        let page = Url::parse(PAGE).unwrap();
        for (location, is_here) in [
            ("/v2", true),
            ("http://registration.example/v2", true),
            ("https://registration.example:8443/v2", false),
            ("https://store.example/9f?sig=a", false),
            ("http://10.0.0.7/v2", false),
            ("file:///etc/passwd", false),
        ] {
            let redirect = ServerOrigin::of(&page).redirect(&page, location).unwrap();
            assert_eq!(matches!(redirect, Redirect::Here(_)), is_here, "{location}");
        }
    }

    #[test]
    fn lost_parameters_of_the_document_are_put_back() {
        let document = Url::parse("https://r.example/p?event=7&t[]=a&t%5B%5D=b&q").unwrap();
        for (link, query) in [
            ("?offset=2", "offset=2&event=7&t[]=a&t%5B%5D=b&q"),
            ("?offset=2&event=7", "offset=2&event=7&t[]=a&t%5B%5D=b&q"),
            ("?event=8&t%5B%5D=a&q=", "event=8&t%5B%5D=a&q="),
            ("/other", "event=7&t[]=a&t%5B%5D=b&q"),
        ] {
            let url = document.join(link).unwrap();
            let url = with_parameters_of(&document, &url);
            assert_eq!(url.query(), Some(query), "{link}");
        }
        let plain = Url::parse("https://r.example/p").unwrap();
        let url = plain.join("?page=2").unwrap();
        assert_eq!(with_parameters_of(&plain, &url), url);
        assert_eq!(with_parameters_of(&plain, &plain), plain);
    }

    #[test]
    fn parameters_with_a_secret_are_taken_out() {
        let url = Url::parse("https://s.example/f?key=a%2Bb&sig=9&other=a%2Bb").unwrap();
        assert_eq!(without_value(&url, "a+b").query(), Some("sig=9"));
    }

    #[test]
    fn parameter_replaces_its_namesakes_and_leaves_the_rest_as_written() {
        let url = Url::parse("https://r.example/?a[]=x y&page%5Bn%5D=9&a[]=2&page[n]=8").unwrap();
        let url = with_parameter(&url, "page[n]", "a&b");
        assert_eq!(url.query(), Some("a[]=x%20y&a[]=2&page%5Bn%5D=a%26b"));
    }
}
