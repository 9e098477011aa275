//! Invitations: where they stand, asking for them, and how one would look.

use attendee_sync_app::{Asked, InvitationsView, Invite, Sample};
use attendee_sync_domain::config::{EventDocument, Problem as Place};
use attendee_sync_domain::email::{EmailAddress, EmailError};
use attendee_sync_domain::ids::{EventId, RunId};
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::Ref;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, Type};

use super::{List, Paging};
use crate::console::Shared;
use crate::extract::{Asked as Query, Body, Named};
use crate::inviting::WantedTest;
use crate::openapi::{BadBody, BadQuery, Elsewhere, NoSuch, NotNow, OfEvent, OfRun, TooManyTests};
use crate::permits::Caller;
use crate::problem::Problem;

/// Most addresses in a request.
const MAX_ADDRESSES: usize = 1_000;

/// Counts an event's invitations by where they stand, and says what waits.
#[utoipa::path(
    get,
    path = "/events/{event}/invitations",
    tag = "invitations",
    params(OfEvent),
    responses((status = 200, description = "Where they stand.", body = InvitationsView), NoSuch)
)]
pub(super) async fn states(
    State(console): Shared,
    Named(event): Named<EventId>,
) -> Result<Json<InvitationsView>, Problem> {
    Ok(Json(console.app.invitations(&event).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WantedInvitations)]
pub(super) struct Wanted {
    /// `not_invited`, or addresses.
    #[schema(schema_with = to_schema)]
    to: Value,
    /// Also those who have an invitation that is not under way.
    #[serde(default)]
    again: bool,
    /// How many the caller was told of; goes with `not_invited`.
    at_most: Option<u64>,
}

/// `not_invited`, or addresses.
fn to_schema() -> Schema {
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

impl Wanted {
    fn read(&self) -> Result<Invite, Problem> {
        match (&self.to, self.at_most) {
            (Value::String(word), at_most) if word == "not_invited" => {
                if self.again {
                    return Err(Problem::at(
                        "again",
                        "goes with addresses: only who is named is invited again",
                    ));
                }
                Ok(Invite::NotInvited { at_most })
            }
            (Value::Array(_), Some(_)) => Err(Problem::at(
                "at_most",
                "goes with \"not_invited\", not with addresses",
            )),
            (Value::Array(list), None) => {
                let whom = if self.again {
                    Invite::Again
                } else {
                    Invite::These
                };
                Ok(whom(addresses(list)?))
            }
            _ => Err(Problem::at(
                "to",
                "is \"not_invited\" or a list of e-mail addresses",
            )),
        }
    }
}

/// All of them, or every one that is none by its position, counting from 0.
fn addresses(list: &[Value]) -> Result<Vec<EmailAddress>, Problem> {
    if list.is_empty() || list.len() > MAX_ADDRESSES {
        let reason = format!("name from 1 to {MAX_ADDRESSES} addresses at a time");
        return Err(Problem::at("to", reason));
    }
    let (mut addresses, mut problems) = (Vec::with_capacity(list.len()), Vec::new());
    for (position, text) in list.iter().enumerate() {
        // What is no text is no address either.
        match text.as_str().unwrap_or_default().parse::<EmailAddress>() {
            Ok(address) => addresses.push(address),
            Err(error) => problems.push(Place {
                path: format!("to[{position}]"),
                reason: error.to_string(),
            }),
        }
    }
    if !problems.is_empty() {
        return Err(Problem::unacceptable(problems));
    }
    Ok(addresses)
}

/// Queues invitations because somebody asks for them.
///
/// They go out one by one.
#[utoipa::path(
    post,
    path = "/events/{event}/invitations",
    tag = "invitations",
    params(OfEvent),
    request_body = Wanted,
    responses((status = 202, description = "How many were queued, and how many not.", body = Asked), BadBody, NoSuch, NotNow)
)]
pub(super) async fn ask(
    State(console): Shared,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    Body(wanted): Body<Wanted>,
) -> Result<(StatusCode, Json<Asked>), Problem> {
    let asked = console.invite(&caller.who, &event, wanted.read()?).await?;
    Ok((StatusCode::ACCEPTED, Json(asked)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WantedPreview)]
pub(super) struct Looked {
    /// An attendee; without one, an example of a person.
    #[schema(value_type = Option<EmailAddress>)]
    email: Option<String>,
    /// A document that is not stored.
    #[schema(value_type = Option<EventDocument>)]
    configuration: Option<Value>,
}

/// An invitation as it would look.
#[derive(Serialize, ToSchema)]
pub(super) struct SampleView {
    to: String,
    from: String,
    reply_to: Option<String>,
    subject: String,
    html: String,
    text: String,
}

impl From<Sample> for SampleView {
    fn from(Sample { to, letter }: Sample) -> Self {
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

/// Shows the invitation as an attendee, or an example of a person, would get it.
#[utoipa::path(
    post,
    path = "/events/{event}/invitations/preview",
    tag = "invitations",
    params(OfEvent),
    request_body = Looked,
    responses((status = 200, description = "The mail.", body = SampleView), BadBody, NoSuch)
)]
pub(super) async fn preview(
    State(console): Shared,
    Named(event): Named<EventId>,
    Body(looked): Body<Looked>,
) -> Result<Json<SampleView>, Problem> {
    let of = looked.email.as_deref().map(|text| address("email", text));
    let of = of.transpose()?;
    let sample = console.sample(&event, looked.configuration.as_ref(), of.as_ref());
    Ok(Json(sample.await?.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WantedTest)]
pub(super) struct Test {
    /// Who gets it: an attendee of the event, one of the saved `invitations.test_recipients`, or
    /// the caller's own address as the identity provider knows it.
    #[schema(value_type = EmailAddress)]
    to: String,
    /// The attendee whose invitation is shown; without one, an example of a person.
    #[schema(value_type = Option<EmailAddress>)]
    email: Option<String>,
    /// A document that is not stored; only for an admin.
    #[schema(value_type = Option<EventDocument>)]
    configuration: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Tested {
    sent_to: EmailAddress,
}

/// Sends an invitation to somebody who wants to look at it.
///
/// It counts as nobody's invitation. A person may send 10 an hour, the people of a community 100 a
/// day; the audit log has each.
#[utoipa::path(
    post,
    path = "/events/{event}/invitations/test",
    tag = "invitations",
    params(OfEvent),
    request_body = Test,
    responses((status = 202, description = "The mail server has it.", body = Tested), BadBody, NoSuch, TooManyTests, Elsewhere)
)]
pub(super) async fn test(
    State(console): Shared,
    Extension(caller): Caller,
    Named(event): Named<EventId>,
    Body(test): Body<Test>,
) -> Result<(StatusCode, Json<Tested>), Problem> {
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

fn address(path: &str, text: &str) -> Result<EmailAddress, Problem> {
    text.parse()
        .map_err(|error: EmailError| Problem::at(path, error.to_string()))
}

/// Somebody whose invitation waits.
#[derive(Serialize, ToSchema)]
pub(super) struct Invited {
    email: EmailAddress,
}

/// Lists whose invitations a run queued that did not go yet.
#[utoipa::path(
    get,
    path = "/runs/{run}/invitations",
    tag = "invitations",
    params(OfRun, Paging),
    responses((status = 200, description = "A page of them.", body = List<Invited>), BadQuery, NoSuch)
)]
pub(super) async fn of_run(
    State(console): Shared,
    Named(id): Named<RunId>,
    Query(paging): Query<Paging>,
) -> Result<Json<List<Invited>>, Problem> {
    let (after, limit) = (paging.cursor()?, paging.limit()?);
    let (addresses, next) = console.app.invited_by_run(&id, after, limit).await?;
    let invited = addresses.into_iter().map(|email| Invited { email });
    Ok(List::page(invited.collect(), next))
}
