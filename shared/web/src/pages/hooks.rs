//! How the registration system of an event reports changes: the address, how hooks are signed, and what the last ones led
//! to.

use askama::Template;
use attendee_sync_app::HookView;
use attendee_sync_domain::config::{
    EventDocument, FieldMapping, HookSettings, HookSignature, NoticeChannel, NoticeFormat,
    NotifyTarget, ValueOrigin,
};
use attendee_sync_domain::hook::{HookOutcome, HookRefusal};
use attendee_sync_domain::ids::{EventId, RunNumber};
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{EventHead, PageResult, Shell, Tab, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named, QueryParameters};
use crate::problem::HttpProblem;
use crate::save::SaveCondition;
use crate::texts::t;
use crate::words::{self, Clockwork, ShownTime};

#[derive(Template)]
#[template(path = "hooks.html")]
struct HooksPage {
    shell: Shell,
    event: EventHead,
    address_made: Option<ShownTime>,
    /// The address that was just made. It is shown once.
    made: Option<String>,
    saved: bool,
    typed: TypedHook,
    has_secret: bool,
    signatures: [(HookSignature, &'static str); 6],
    waiting_since: Option<ShownTime>,
    deliveries: Vec<ShownDelivery>,
    refused: Vec<(ShownTime, &'static str)>,
    reads_alone: bool,
    problems: Vec<String>,
    /// Who is told when the event needs somebody: whom, how, and of what.
    notices: Vec<(String, &'static str, String)>,
}

/// What the form holds.
struct TypedHook {
    signature: String,
    header: String,
    email: String,
    source_id: String,
}

struct ShownDelivery {
    received: ShownTime,
    outcome: &'static str,
    runs: Vec<RunNumber>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct HooksQuery {
    /// The handle of an address that was just made.
    shown: String,
    saved: Option<String>,
}

/// The hooks of an event.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
    QueryParameters(asked): QueryParameters<HooksQuery>,
) -> PageResult {
    let mut page = hooks_page(&console, &session, &event).await?;
    page.saved = asked.saved.is_some();
    if let Some(url) = console.typed_secrets.look(&session, &asked.shown).await? {
        console.typed_secrets.forget(&session, &asked.shown).await;
        page.made = Some(url.expose_secret().to_owned());
    }
    render(&page)
}

async fn hooks_page(
    console: &Console,
    session: &Session,
    event: &EventId,
) -> Result<HooksPage, HttpProblem> {
    let head = EventHead::read(&console.app, event, Tab::Configuration).await?;
    let HookView {
        address_made,
        signature: _,
        waiting_since,
        deliveries,
        refused,
    } = console.app.hooks(event).await?;
    let clock = Clockwork::new(&head.document.time_zone, console.app.now());
    let source = &head.document.source;
    Ok(HooksPage {
        shell: Shell::new(Some(session)),
        address_made: address_made.map(|at| clock.show(at)),
        made: None,
        saved: false,
        typed: TypedHook::of(&head.document),
        has_secret: head.document.hook_secret().is_some(),
        signatures: HookSignature::ALL.map(|signature| (signature, in_words(signature))),
        waiting_since: waiting_since.map(|at| clock.show(at)),
        deliveries: deliveries
            .into_iter()
            .map(|delivery| ShownDelivery {
                received: clock.show(delivery.received),
                outcome: what_came(delivery.outcome),
                runs: delivery.runs,
            })
            .collect(),
        refused: refused
            .into_iter()
            .map(|refused| (clock.show(refused.received), why(refused.reason)))
            .collect(),
        reads_alone: source.one_person.is_some() || source.one_record.is_some(),
        problems: Vec::new(),
        notices: head.document.notify.iter().map(shown_notice).collect(),
        event: head,
    })
}

/// Stores how hooks are signed and what they name.
pub(super) async fn save(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
    Named(event): Named<EventId>,
) -> PageResult {
    let stored = console.app.event(&event).await?;
    let version = fields.get("version").parse().unwrap_or(stored.version);
    let document = with_hook(&stored.value, &fields)?;
    let condition = SaveCondition::Version(vec![version]);
    let saving = console.save(&session.authority, &document, Some(&event), &condition);
    match saving.await {
        Ok(_) => Ok(Redirect::to(&format!("/events/{event}/hooks?saved=1")).into_response()),
        Err(problem) => refuse(&console, &session, &event, &fields, problem).await,
    }
}

async fn refuse(
    console: &Console,
    session: &Session,
    event: &EventId,
    fields: &FormFields,
    problem: HttpProblem,
) -> PageResult {
    if problem.status.is_server_error() {
        return Err(problem);
    }
    let mut page = hooks_page(console, session, event).await?;
    let each = problem.problems.iter();
    page.problems = each.map(|place| words::sentence(&place.reason)).collect();
    if page.problems.is_empty() {
        page.problems.push(words::sentence(&problem.detail));
    }
    page.typed = TypedHook {
        signature: fields.get("signature").to_owned(),
        header: fields.get("header").to_owned(),
        email: fields.get("email").to_owned(),
        source_id: fields.get("source_id").to_owned(),
    };
    let mut page = render(&page)?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// Makes a new address, and leads to the page that shows it once.
pub(super) async fn make_address(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(event): Named<EventId>,
) -> PageResult {
    let acting = console.app.as_of(&session.authority.who);
    let url = acting.make_hook_address(&event).await?;
    let handle = console.typed_secrets.keep(&session, &url).await?;
    Ok(Redirect::to(&format!("/events/{event}/hooks?shown={handle}")).into_response())
}

impl TypedHook {
    fn of(document: &EventDocument) -> Self {
        let hook = document.hook.clone().unwrap_or_default();
        Self {
            signature: hook.signature.name().to_owned(),
            header: hook.header.unwrap_or_default(),
            email: typed(hook.email.as_ref()),
            source_id: typed(hook.source_id.as_ref()),
        }
    }
}

/// A place in a hook's body as it is typed: a path, or `=` and an expression.
fn typed(mapping: Option<&FieldMapping>) -> String {
    match mapping.map(|mapping| &mapping.origin) {
        None => String::new(),
        Some(ValueOrigin::Path(path)) => path.to_string(),
        Some(ValueOrigin::Constant(text)) => text.clone(),
        Some(ValueOrigin::Expression(expression)) => format!("={}", expression.source()),
    }
}

/// The stored document with what the form says of hooks.
fn with_hook(stored: &EventDocument, fields: &FormFields) -> Result<Value, HttpProblem> {
    let before = stored.hook.clone().unwrap_or_default();
    let mut document = serde_json::to_value(stored).map_err(|error| {
        tracing::error!(error = %error, "a configuration could not be written out");
        HttpProblem::internal()
    })?;
    let mut hook = Map::new();
    let signature = fields.get("signature");
    if !signature.is_empty() && signature != HookSettings::default().signature.name() {
        hook.insert("signature".to_owned(), json!(signature));
        let secret = fields.get("secret");
        if !secret.is_empty() {
            hook.insert("secret".to_owned(), json!(secret));
        } else if let Some(kept) = &before.secret {
            hook.insert("secret".to_owned(), json!(kept));
        }
    }
    let header = fields.get("header").trim();
    if !header.is_empty() && signature == HookSignature::Hmac.name() {
        hook.insert("header".to_owned(), json!(header));
    }
    for key in ["email", "source_id"] {
        match fields.get(key).trim() {
            "" => {}
            text => {
                let place = match text.strip_prefix('=') {
                    Some(expression) => json!({"expression": expression.trim()}),
                    None => json!(text),
                };
                hook.insert(key.to_owned(), place);
            }
        }
    }
    if let Some(parts) = document.as_object_mut() {
        parts.remove("hook");
        if !hook.is_empty() {
            parts.insert("hook".to_owned(), Value::Object(hook));
        }
    }
    Ok(document)
}

/// A recipient as it is shown. Of an address only its host: the rest of it may be a secret.
fn shown_notice(target: &NotifyTarget) -> (String, &'static str, String) {
    let (whom, how) = match target.channel() {
        Some(NoticeChannel::Mail(address)) => (address.to_string(), t("hooks-mail")),
        Some(NoticeChannel::Post(url, NoticeFormat::Slack)) => (host_of(&url), "Slack"),
        Some(NoticeChannel::Post(url, NoticeFormat::Webhook)) => {
            (host_of(&url), t("hooks-webhook"))
        }
        None => (target.to.clone(), t("hooks-unknown")),
    };
    let on = target.on.iter().map(|kind| kind.name().replace('_', " "));
    let on = on.collect::<Vec<_>>().join(", ");
    let on = if on.is_empty() {
        t("hooks-everything").to_owned()
    } else {
        on
    };
    (whom, how, on)
}

fn host_of(url: &url::Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn in_words(signature: HookSignature) -> &'static str {
    match signature {
        HookSignature::None => t("hooks-not-signed-the-address"),
        HookSignature::StandardWebhooks => "Standard Webhooks",
        HookSignature::Tito => "Tito",
        HookSignature::HiEvents => "Hi.Events",
        HookSignature::TicketTailor => "Ticket Tailor",
        HookSignature::Hmac => t("hooks-hmac-sha-256-in"),
    }
}

fn what_came(outcome: HookOutcome) -> &'static str {
    match outcome {
        HookOutcome::People => t("hooks-read-the-people-it"),
        HookOutcome::Changes => t("hooks-read-what-changed"),
        HookOutcome::Everything => t("hooks-read-the-whole-list"),
        HookOutcome::Failed => t("hooks-the-source-could-not"),
    }
}

fn why(reason: HookRefusal) -> &'static str {
    match reason {
        HookRefusal::UnknownAddress => t("hooks-unknown-address"),
        HookRefusal::NotSigned => t("hooks-no-signature-check-the"),
        HookRefusal::WrongSignature => t("hooks-wrong-signature-check-the"),
        HookRefusal::WrongTime => t("hooks-signed-more-than-five"),
        HookRefusal::TooLarge => t("hooks-larger-than-1-mib"),
        HookRefusal::NoSecret => t("hooks-no-secret-is-stored"),
    }
}
