//! Builds the description of the API from the routes and the types. Only tests build it: the
//! programs serve the stored one.

use attendee_sync_domain::config::event_definitions;
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId};
use serde_json::{Value, json};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Response};
use utoipa::openapi::{InfoBuilder, OpenApiBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::permits::Need;
use crate::problem::HttpProblem;
use crate::routes;

use super::{generators, parts};

/// The name of the security scheme.
const BEARER: &str = "token";

/// Builds the description of the API.
pub(crate) fn document() -> Value {
    let mut components = Components::new();
    components.add_security_scheme(
        BEARER,
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
    );
    let mut schemas = vec![(HttpProblem::name().into_owned(), HttpProblem::schema())];
    HttpProblem::schemas(&mut schemas);
    schemas_of_paths(&mut schemas);
    components.schemas.extend(schemas);
    let base = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Attendee Sync")
                .description(Some(ABOUT))
                .version(env!("CARGO_PKG_VERSION")),
        )
        .components(Some(components))
        .security(Some([SecurityRequirement::new(
            BEARER,
            Vec::<String>::new(),
        )]))
        .build();
    let described = routes::descriptions().into_iter();
    let described = described.fold(OpenApiRouter::default(), |described, route| {
        described.routes(route())
    });
    let mut document = OpenApiRouter::with_openapi(base)
        .nest("/api/v1", described)
        .into_openapi();
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        complete(operation);
    }
    let mut document = serde_json::to_value(document).unwrap_or_default();
    for entry in routes::entries() {
        let path = entry.path.replace('/', "~1");
        let place = format!("/paths/{path}/{}", entry.method.to_ascii_lowercase());
        let operation = document.pointer_mut(&place);
        let operation = operation.and_then(Value::as_object_mut);
        if let Some((operation, permission)) = operation.zip(permission(entry.need)) {
            operation.insert("x-permission".to_owned(), permission);
        }
    }
    // Schemas of the configuration are more precise: they have defaults and forbid unknown keys.
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        schemas.extend(event_definitions("#/components/schemas/"));
    }
    generators::rewrite(&mut document);
    document
}

/// Returns the least role for a route, and where the caller must have it.
fn permission(need: Need) -> Option<Value> {
    let (place, permission) = match need {
        Need::Open(_) | Need::Anybody => return None,
        Need::Somewhere(permission) => ("some_community", permission),
        Need::Everywhere(permission) => ("all_communities", permission),
        Need::There(permission) | Need::ThereOrNew(permission) => ("the_community", permission),
    };
    Some(json!({"role": permission.least().name(), "in": place}))
}

/// Adds the schemas of the names in paths.
fn schemas_of_paths(all: &mut Vec<(String, RefOr<Schema>)>) {
    all.extend([
        (CommunityId::name().into_owned(), CommunityId::schema()),
        (EventId::name().into_owned(), EventId::schema()),
        (RunId::name().into_owned(), RunId::schema()),
        (GroupName::name().into_owned(), GroupName::schema()),
        (EmailAddress::name().into_owned(), EmailAddress::schema()),
    ]);
}

const ABOUT: &str = "Syncs the attendees of events from registration systems. Lists are pages: \
    `next_cursor` of one is `cursor` of the next. Errors are problems (RFC 9457). Times are UTC \
    (RFC 3339). `x-permission` of an operation says the least role that it takes, and where.";

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
    .into_iter()
    .flatten()
}

/// Adds the answers that every route has, because the checks before all routes send them.
fn complete(operation: &mut Operation) {
    let tag = operation.tags.iter().flatten().next();
    operation.operation_id = tag
        .zip(operation.operation_id.as_ref())
        .map(|(tag, id)| format!("{tag}_{id}"));
    let mut add = |status: &str, response: Response| {
        let answers = &mut operation.responses.responses;
        answers
            .entry(status.to_owned())
            .or_insert_with(|| response.into());
    };
    if operation.security.is_none() {
        add(
            "401",
            parts::with_header(
                parts::problem("The API token is missing or wrong."),
                "WWW-Authenticate",
                Type::String,
                "How to prove who asks (RFC 6750).",
            ),
        );
        add(
            "403",
            parts::problem("The caller's role does not allow it; `detail` says which one would."),
        );
        add(
            "503",
            parts::problem("Who asks cannot be checked now; ask again."),
        );
        add(
            "429",
            parts::with_header(
                parts::problem(
                    "Too many wrong tokens came from this address, or as many checks of the community's sources are under way as may be at once; `detail` says which.",
                ),
                "Retry-After",
                Type::Integer,
                "Seconds after which it makes sense to ask again.",
            ),
        );
    }
    add(
        "421",
        parts::problem("The host name in the request is not served here."),
    );
    add(
        "504",
        parts::problem("In the cloud: it takes longer than a request may."),
    );
    add(
        "500",
        parts::problem("Something went wrong here; the log says what."),
    );
}
