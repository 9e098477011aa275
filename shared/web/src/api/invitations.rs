//! Invitations: their states, requests for them, and previews.

use attendee_sync_app::{
    InvitationRequest, InvitationSample, InvitationsRequested, InvitationsView,
};
use attendee_sync_domain::config::DocumentProblem;
#[cfg(test)]
use attendee_sync_domain::config::EventDocument;
use attendee_sync_domain::email::{EmailAddress, EmailError};
use attendee_sync_domain::ids::{EventId, RunId};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ListPage, Paging};
use crate::console::SharedConsole;
use crate::extract::{JsonBody, Named, QueryParameters as Query};
use crate::inviting::WantedTest;
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// Most addresses in a request.
const MAX_ADDRESSES: usize = 1_000;

pub(super) async fn states(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
) -> Result<Json<InvitationsView>, HttpProblem> {
    Ok(Json(console.app.invitations(&event).await?))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schema(as = WantedInvitations))]
pub(super) struct InvitationsWanted {
    /// `not_invited`, or addresses.
    #[cfg_attr(test, schema(schema_with = to_schema))]
    to: Value,
    /// Also people who have an invitation that is not under way.
    #[serde(default)]
    again: bool,
    /// The number of people that the caller was shown; allowed only with `not_invited`.
    at_most: Option<u64>,
}

/// `not_invited`, or addresses.
#[cfg(test)]
fn to_schema() -> utoipa::openapi::Schema {
    use utoipa::ToSchema;
    use utoipa::openapi::Ref;
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Type};

    let addresses = ArrayBuilder::new()
        .items(Ref::from_schema_name(EmailAddress::name()))
        .min_items(Some(1))
        .max_items(Some(MAX_ADDRESSES));
    let word = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["not_invited"]))
        .description(Some("Everybody who attends and has no invitation."));
    OneOfBuilder::new()
        .item(word)
        .item(addresses)
        .build()
        .into()
}

impl InvitationsWanted {
    fn read(&self) -> Result<InvitationRequest, HttpProblem> {
        match (&self.to, self.at_most) {
            (Value::String(word), at_most) if word == "not_invited" => {
                if self.again {
                    return Err(HttpProblem::at(
                        "again",
                        "needs addresses: only named people can be invited again",
                    ));
                }
                Ok(InvitationRequest::NotInvited { at_most })
            }
            (Value::Array(_), Some(_)) => Err(HttpProblem::at(
                "at_most",
                "goes with \"not_invited\", not with addresses",
            )),
            (Value::Array(list), None) => {
                let whom = if self.again {
                    InvitationRequest::Again
                } else {
                    InvitationRequest::These
                };
                Ok(whom(addresses(list)?))
            }
            _ => Err(HttpProblem::at(
                "to",
                "is \"not_invited\" or a list of e-mail addresses",
            )),
        }
    }
}

/// Reads all addresses, or returns every invalid one with its position, counting from 0.
fn addresses(list: &[Value]) -> Result<Vec<EmailAddress>, HttpProblem> {
    if list.is_empty() || list.len() > MAX_ADDRESSES {
        let reason = format!("name from 1 to {MAX_ADDRESSES} addresses at a time");
        return Err(HttpProblem::at("to", reason));
    }
    let (mut addresses, mut problems) = (Vec::with_capacity(list.len()), Vec::new());
    for (position, text) in list.iter().enumerate() {
        // What is no text is no address either.
        match text.as_str().unwrap_or_default().parse::<EmailAddress>() {
            Ok(address) => addresses.push(address),
            Err(error) => problems.push(DocumentProblem {
                path: format!("to[{position}]"),
                reason: error.to_string(),
            }),
        }
    }
    if !problems.is_empty() {
        return Err(HttpProblem::unacceptable(problems));
    }
    Ok(addresses)
}

pub(super) async fn ask(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    JsonBody(wanted): JsonBody<InvitationsWanted>,
) -> Result<(StatusCode, Json<InvitationsRequested>), HttpProblem> {
    let whom = wanted.read()?;
    if !whom.is_one_person() {
        console.require_operator(&caller, &event).await?;
    }
    let asked = console.invite(&caller.who, &event, whom).await?;
    Ok((StatusCode::ACCEPTED, Json(asked)))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schema(as = WantedPreview))]
pub(super) struct Looked {
    /// The address of an attendee; without one, an example of a person is shown.
    #[cfg_attr(test, schema(value_type = Option<EmailAddress>))]
    email: Option<String>,
    /// A document that is not stored.
    #[cfg_attr(test, schema(value_type = Option<EventDocument>))]
    configuration: Option<Value>,
}

/// A preview of an invitation.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct InvitationSampleJson {
    to: String,
    from: String,
    reply_to: Option<String>,
    subject: String,
    html: String,
    text: String,
}

impl From<InvitationSample> for InvitationSampleJson {
    fn from(InvitationSample { to, letter }: InvitationSample) -> Self {
        Self {
            to: to.to_string(),
            from: letter.from.to_string(),
            reply_to: letter.reply_to.map(|mailbox| mailbox.to_string()),
            subject: letter.subject,
            html: letter.html,
            text: letter.text,
        }
    }
}

pub(super) async fn preview(
    State(console): SharedConsole,
    Named(event): Named<EventId>,
    JsonBody(looked): JsonBody<Looked>,
) -> Result<Json<InvitationSampleJson>, HttpProblem> {
    let of = looked.email.as_deref().map(|text| address("email", text));
    let of = of.transpose()?;
    let sample = console.sample(&event, looked.configuration.as_ref(), of.as_ref());
    Ok(Json(sample.await?.into()))
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schema(as = WantedTest))]
pub(super) struct Test {
    /// The recipient: an attendee of the event, one of the saved `invitations.test_recipients`, or
    /// the caller's own address as the identity provider knows it.
    #[cfg_attr(test, schema(value_type = EmailAddress))]
    to: String,
    /// The attendee whose invitation is shown; without one, an example of a person.
    #[cfg_attr(test, schema(value_type = Option<EmailAddress>))]
    email: Option<String>,
    /// A document that is not stored; only for an admin.
    #[cfg_attr(test, schema(value_type = Option<EventDocument>))]
    configuration: Option<Value>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct Tested {
    sent_to: EmailAddress,
}

pub(super) async fn test(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    JsonBody(test): JsonBody<Test>,
) -> Result<(StatusCode, Json<Tested>), HttpProblem> {
    let to = address("to", &test.to)?;
    let of = test.email.as_deref().map(|text| address("email", text));
    let of = of.transpose()?;
    let wanted = WantedTest {
        unsaved: test.configuration.as_ref(),
        shown_as: of.as_ref(),
        to: &to,
    };
    console.send_test(&caller, &event, wanted).await?;
    Ok((StatusCode::ACCEPTED, Json(Tested { sent_to: to })))
}

fn address(path: &str, text: &str) -> Result<EmailAddress, HttpProblem> {
    text.parse()
        .map_err(|error: EmailError| HttpProblem::at(path, error.to_string()))
}

/// An attendee whose invitation waits to be sent.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct QueuedInvitationJson {
    email: EmailAddress,
}

pub(super) async fn of_run(
    State(console): SharedConsole,
    Named(id): Named<RunId>,
    Query(paging): Query<Paging>,
) -> Result<Json<ListPage<QueuedInvitationJson>>, HttpProblem> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    let (addresses, next) = console.app.invited_by_run(&id, after, limit).await?;
    let invited = addresses
        .into_iter()
        .map(|email| QueuedInvitationJson { email });
    Ok(ListPage::page(invited.collect(), next))
}
