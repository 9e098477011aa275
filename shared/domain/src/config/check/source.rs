//! Checks where the registrations are and how they are requested.

use serde_json::Value;

use super::Checks;
use crate::config::details::DetailsUrl;
use crate::config::partial_reads::{Incremental, OnePersonRequest, OneRecordRequest};
use crate::config::source::{
    Authentication, FeedFormat, Pagination, ParameterPlace, RequestMethod, SourceSettings,
};
use crate::feed::FieldPath;
use crate::zone::time_zone;

impl Checks<'_> {
    pub(super) fn source(&mut self, source: &SourceSettings) {
        if source.upload {
            self.uploaded(source);
        } else if source.url.is_empty() {
            self.refuse(
                "source.url",
                "required: the URL of the registrations, or \"upload\": true where people upload the list",
            );
        } else {
            self.url("source.url", &source.url);
        }
        for (name, lookup) in &source.lookups {
            let path = format!("source.lookups.{name}");
            self.url(&format!("{path}.url"), &lookup.url);
            // A side list is requested with GET.
            self.pagination(&format!("{path}.pagination"), &lookup.pagination, None);
        }
        self.refuse_if(
            source.body.is_some() && source.method == RequestMethod::Get,
            "source.body",
            "a body needs \"method\": \"POST\"",
        );
        for (name, value) in &source.headers {
            let path = format!("source.headers.{name}");
            self.header(&path, name, value);
            self.refuse_if(
                name.eq_ignore_ascii_case("authorization"),
                &path,
                "credentials belong in source.authentication, where they are kept secret",
            );
        }
        match &source.authentication {
            Authentication::Header { name, .. } => {
                self.header("source.authentication.name", name, "");
            }
            Authentication::Bearer { scheme, .. } => {
                self.header("source.authentication.scheme", scheme, "");
            }
            Authentication::Oauth2ClientCredentials { token_url, .. } => {
                self.url("source.authentication.token_url", token_url);
            }
            Authentication::Login { url, .. } => self.url("source.authentication.url", url),
            _ => {}
        }
        self.pagination(
            "source.pagination",
            &source.pagination,
            source.body.as_ref(),
        );
        self.partial_reads(source);
        if let Some(details) = &source.details {
            self.details(&details.url, &source.url);
        }
        let limits = &source.limits;
        for (name, value) in [
            ("requests_per_minute", u64::from(limits.requests_per_minute)),
            ("timeout_seconds", u64::from(limits.timeout_seconds)),
            ("max_bytes", limits.max_bytes),
            ("max_records", u64::from(limits.max_records)),
        ] {
            self.refuse_if(
                value == 0,
                &format!("source.limits.{name}"),
                "must be at least 1",
            );
        }
    }

    /// A list that is uploaded is asked for nowhere.
    fn uploaded(&mut self, source: &SourceSettings) {
        let asked = [
            ("url", !source.url.is_empty()),
            ("body", source.body.is_some()),
            ("headers", !source.headers.is_empty()),
            (
                "authentication",
                source.authentication != Authentication::None,
            ),
            ("pagination", source.pagination != Pagination::None),
            ("lookups", !source.lookups.is_empty()),
            ("incremental", source.incremental.is_some()),
            ("one_person", source.one_person.is_some()),
            ("details", source.details.is_some()),
        ];
        for (key, is_given) in asked {
            self.refuse_if(
                is_given,
                &format!("source.{key}"),
                "an uploaded list is asked for nowhere; leave this out, or leave \"upload\" out",
            );
        }
    }

    /// Checks the address of each record's details.
    fn details(&mut self, url: &DetailsUrl, source: &str) {
        let at = "source.details.url";
        if !url.has_fixed_server() {
            return self.refuse(
                at,
                "the server has to stand there as text, as in https://registration.example/api/attendees/{id}; a field that is a link of its own stands alone, as in {url}",
            );
        }
        if let Some(example) = url.example() {
            self.url(at, &example);
        }
        self.refuse_if(
            !url.is_on_server_of(source),
            at,
            "must be on the server of source.url, because the credential is sent to no other server",
        );
    }

    /// Checks the requests that read less than everything.
    fn partial_reads(&mut self, source: &SourceSettings) {
        if let Some(incremental) = &source.incremental {
            self.refuse_if(
                incremental.parameter.trim().is_empty(),
                "source.incremental.parameter",
                "the parameter needs a name",
            );
            let in_utc = Incremental {
                time_zone: None,
                ..incremental.clone()
            };
            let usable = in_utc
                .value(jiff::Timestamp::UNIX_EPOCH)
                .is_some_and(|value| !value.chars().any(char::is_control));
            self.refuse_if(
                !usable,
                "source.incremental.format",
                "not a format of strftime, such as %Y-%m-%dT%H:%M:%SZ",
            );
            if let Some(zone) = &incremental.time_zone {
                self.refuse_if(
                    time_zone(zone).is_err(),
                    "source.incremental.time_zone",
                    "not a time zone; use a name such as Europe/Amsterdam",
                );
                self.refuse_if(
                    incremental.says_utc() && zone != "UTC",
                    "source.incremental.time_zone",
                    "source.incremental.format says that its times are in UTC; give a format without a zone, such as %Y-%m-%dT%H:%M:%S, or leave time_zone out",
                );
            }
            self.refuse_if(
                incremental.full_every_hours == 0,
                "source.incremental.full_every_hours",
                "must be at least 1; leave incremental out to read everything every time",
            );
        }
        if let Some(one) = &source.one_person {
            self.refuse_if(
                one.parameter.trim().is_empty(),
                "source.one_person.parameter",
                "the parameter needs a name",
            );
            self.refuse_if(
                !one.format.contains(OnePersonRequest::PLACEHOLDER)
                    || one.format.chars().any(char::is_control),
                "source.one_person.format",
                "the address goes where {email} is, as in email={email}",
            );
        }
        if let Some(one) = &source.one_record {
            self.url("source.one_record.url", &one.url_of("1"));
            self.refuse_if(
                !one.url.contains(OneRecordRequest::PLACEHOLDER),
                "source.one_record.url",
                "the id goes where {source_id} is, as in https://registration.example/api/attendees/{source_id}",
            );
            self.refuse_if(
                source.format != FeedFormat::Json,
                "source.one_record",
                "needs a source in JSON; leave it out for others",
            );
        }
    }

    fn pagination(&mut self, at: &str, pagination: &Pagination, body: Option<&Value>) {
        match pagination {
            Pagination::Page {
                parameter,
                size_parameter,
                size,
                place,
                ..
            } => {
                self.refuse_if(
                    size_parameter.is_some() != size.is_some(),
                    &format!("{at}.size"),
                    "give size and size_parameter together",
                );
                self.parameter(at, "parameter", parameter, *place, body);
                if let Some(name) = size_parameter {
                    self.parameter(at, "size_parameter", name, *place, body);
                }
            }
            Pagination::Offset {
                offset_parameter,
                limit_parameter,
                limit,
                place,
                ..
            } => {
                let path = format!("{at}.limit");
                self.refuse_if(*limit == 0, &path, "must be at least 1");
                self.parameter(at, "offset_parameter", offset_parameter, *place, body);
                self.parameter(at, "limit_parameter", limit_parameter, *place, body);
            }
            Pagination::Cursor {
                parameter, place, ..
            } => self.parameter(at, "parameter", parameter, *place, body),
            Pagination::None | Pagination::NextLink { .. } | Pagination::LinkHeader => {}
        }
    }

    /// Checks that a paging parameter in the body has a path that leads to a place in it.
    fn parameter(
        &mut self,
        at: &str,
        key: &str,
        parameter: &str,
        place: ParameterPlace,
        body: Option<&Value>,
    ) {
        if place == ParameterPlace::Query {
            return;
        }
        let Some(body) = body else {
            return self.refuse(
                format!("{at}.in"),
                "there is no request body to put it in; set source.method to POST and give source.body",
            );
        };
        let path = format!("{at}.{key}");
        match parameter.parse::<FieldPath>() {
            Err(error) => self.refuse(path, error.to_string()),
            Ok(field) => {
                let fits = field.put(&mut body.clone(), Value::Null).is_ok();
                self.refuse_if(
                    !fits,
                    &path,
                    "source.body has something else there than an object; give a path in it, such as variables.after",
                );
            }
        }
    }
}
