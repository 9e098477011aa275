//! Shared parts of the descriptions of routes: the parameters of paths, and the refusals.

use std::collections::BTreeMap;

use attendee_sync_app::ports::QueueName;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::hand::{HandField, ImportId};
use attendee_sync_domain::ids::{CommunityId, EventId, RunId};
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, Object, Ref, RefOr, Response, ResponseBuilder, Type,
};
use utoipa::{IntoParams, IntoResponses, ToSchema};

use crate::problem::HttpProblem;

macro_rules! of {
    ($($name:ident { $($(#[$doc:meta])+ $field:ident: $kind:ty),+ })+) => {$(
        #[derive(IntoParams)]
        #[into_params(parameter_in = Path)]
        #[expect(dead_code, reason = "only described; handlers have extractors of their own")]
        pub(crate) struct $name {
            $($(#[$doc])+ $field: $kind,)+
        }
    )+};
}

of! {
    OfCommunity {
        /// The community.
        community: CommunityId
    }
    OfEvent {
        /// The event.
        event: EventId
    }
    OfConfigurationVersion {
        /// The event.
        event: EventId,
        /// The `id` that the list gives.
        version: String
    }
    OfRun {
        /// The run.
        run: RunId
    }
    OfAddress {
        /// The community.
        community: CommunityId,
        /// The address.
        email: EmailAddress
    }
    OfAttendee {
        /// The event.
        event: EventId,
        /// Their address.
        email: EmailAddress
    }
    OfHandField {
        /// The event.
        event: EventId,
        /// Their address.
        email: EmailAddress,
        /// What was set by hand.
        field: HandField
    }
    OfImport {
        /// The event.
        event: EventId,
        /// The import.
        import: ImportId
    }
    OfGroup {
        /// The community.
        community: CommunityId,
        /// The group; upper and lower case are the same.
        group: GroupName
    }
    OfMember {
        /// The community.
        community: CommunityId,
        /// The group; upper and lower case are the same.
        group: GroupName,
        /// Their address.
        email: EmailAddress
    }
    OfMail {
        /// The mail's name, as the list of mails returns it.
        name: String
    }
    OfToken {
        /// The token's name.
        name: String
    }
    OfQueue {
        /// The queue.
        queue: QueueName
    }
    OfPreset {
        /// The preset's name.
        preset: String
    }
}

/// Conditions about what is stored; at most one of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only described; the handler reads headers itself")]
pub(crate) struct Conditions {
    /// The `ETag` of the version that is to be replaced, or `*` for any (RFC 9110).
    #[param(rename = "If-Match", nullable = false)]
    if_match: Option<String>,
    /// `*`: only where there is none yet.
    #[param(rename = "If-None-Match", nullable = false, pattern = r"^\*$")]
    if_none_match: Option<String>,
}

/// Returns the description of a problem, which every refusal has.
pub(super) fn problem(description: &str) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(HttpProblem::name())))
        .build();
    ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content)
        .build()
}

pub(super) fn with_header(
    mut response: Response,
    name: &str,
    kind: Type,
    description: &str,
) -> Response {
    let header = HeaderBuilder::new()
        .schema(Some(Object::with_type(kind)))
        .description(Some(description))
        .build();
    response.headers.insert(name.to_owned(), header.into());
    response
}

/// The refusal of a test mail because too many were sent.
pub(crate) struct TooManyTests;

impl IntoResponses for TooManyTests {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let when = "The caller has sent 10 tests within an hour, or the people of the community \
            have sent 100 within a day; or too many wrong tokens came from this address.";
        let after = "Seconds after which it makes sense to ask again.";
        let response = with_header(problem(when), "Retry-After", Type::Integer, after);
        BTreeMap::from([("429".to_owned(), RefOr::T(response))])
    }
}

macro_rules! refusals {
    ($($name:ident { $($status:literal: $when:literal),+ $(,)? })+) => {$(
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                BTreeMap::from([
                    $(($status.to_owned(), RefOr::T(problem($when)))),+
                ])
            }
        }
    )+};
}

refusals! {
    NoSuch {
        "404": "There is no such thing.",
    }
    BadQuery {
        "400": "A parameter of the query cannot be used.",
    }
    BadHeader {
        "400": "A header cannot be used.",
    }
    BadBody {
        "400": "The body is no JSON, or a header cannot be used.",
        "413": "The body is larger than 1 MiB.",
        "415": "The body is not said to be JSON.",
        "422": "The body cannot be accepted; `problems` says where and why.",
    }
    TooLargeFile {
        "413": "The file is larger than 5 MiB.",
        "422": "The file is no list, or a column cannot be used; `problems` says which and why.",
    }
    NoAddress {
        "422": "The path names no e-mail address.",
    }
    NoGroup {
        "422": "The path names no group, or no e-mail address.",
    }
    Moved {
        "409": "Whom the cursor stood at is gone; begin the list again.",
    }
    Contended {
        "503": "Others keep changing the same; ask again.",
    }
    Unusable {
        "422": "The stored configuration cannot be used any more.",
    }
    NotNow {
        "409": "Something is in the way: a run under way, or what is stored.",
    }
    OtherVersion {
        "412": "What is stored is not what the condition asks for.",
    }
    Elsewhere {
        "502": "The source or the mail server did not do its part.",
    }
    NoQueue {
        "503": "The queue cannot be asked now; ask again.",
    }
}
