//! Access: the further tokens, and the people who signed in through an identity provider.

use std::collections::BTreeMap;

use askama::Template;
use attendee_sync_app::Error;
use attendee_sync_domain::audit::{Actor, AuditAction};
use attendee_sync_domain::authority::{AccessToken, Role, TokenName};
use attendee_sync_domain::ids::CommunityId;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{PageResult, Shell, account, render};
use crate::access::Session;
use crate::console::{Console, SharedConsole};
use crate::extract::{FormFields, Named, QueryParameters};
use crate::problem::HttpProblem;
use crate::texts::{t, text};
use crate::words::{self, Clockwork, ShownTime};

/// Most communities whose audit logs are searched for people.
const COMMUNITIES: usize = 20;
/// Number of newest entries of each that are searched.
const ENTRIES: usize = 100;

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    shell: Shell,
    rows: Vec<TokenRow>,
    people: Vec<(String, ShownTime)>,
    roles: [(Role, &'static str); 5],
    communities: Vec<CommunityId>,
    /// The name of a token that was just made, and the token itself.
    made: Option<(String, String)>,
    done: Option<&'static str>,
    typed: String,
    problem: Option<String>,
}

struct TokenRow {
    name: String,
    roles: String,
    made: ShownTime,
}

impl TokenRow {
    fn new(token: &AccessToken, clock: &Clockwork) -> Self {
        let all = token.roles.of_all();
        let all = all.map(|role| text!("tokens-role-of-all-communities", role = role));
        let named = token.roles.named();
        let named = named.map(|(community, role)| {
            text!(
                "tokens-role-of-community",
                role = role,
                community = community
            )
        });
        Self {
            roles: all.into_iter().chain(named).collect::<Vec<_>>().join(", "),
            name: token.name.to_string(),
            made: clock.show(token.made),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TokensQuery {
    /// The name of a token that was just created.
    made: String,
    /// The handle under which that token is kept.
    shown: String,
    revoked: Option<String>,
}

/// Shows the tokens and the people who have access.
pub(super) async fn page(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    QueryParameters(asked): QueryParameters<TokensQuery>,
) -> PageResult {
    let mut page = tokens_page(&console, &session).await?;
    page.done = asked.revoked.map(|_| t("tokens-the-token-is-revoked"));
    if let Some(token) = console.typed_secrets.look(&session, &asked.shown).await? {
        // The token is shown only once.
        console.typed_secrets.forget(&session, &asked.shown).await;
        page.made = Some((asked.made, token.expose_secret().to_owned()));
    }
    render(&page)
}

async fn tokens_page(console: &Console, session: &Session) -> Result<TokensPage, HttpProblem> {
    let app = &console.app;
    let clock = Clockwork::new("UTC", app.now());
    let communities = app.communities().await?;
    let tokens = app.tokens().await?.into_iter();
    let people = people(console, &communities).await?;
    Ok(TokensPage {
        shell: Shell::new(Some(session)),
        rows: tokens.map(|token| TokenRow::new(&token, &clock)).collect(),
        people: people
            .into_iter()
            .map(|(name, at)| (name, clock.show(at)))
            .collect(),
        roles: Role::ALL.map(|role| (role, account::may(role))),
        communities,
        made: None,
        done: None,
        typed: String::new(),
        problem: None,
    })
}

/// Returns the people who signed in through an identity provider recently, with the time of their
/// last sign-in.
async fn people(
    console: &Console,
    communities: &[CommunityId],
) -> Result<BTreeMap<String, Timestamp>, Error> {
    let mut people: BTreeMap<String, Timestamp> = BTreeMap::new();
    for community in communities.iter().take(COMMUNITIES) {
        let (entries, _) = console.app.audit(community, None, ENTRIES).await?;
        for entry in entries {
            if let (Actor::Person(name), AuditAction::SignedIn { .. }) = (entry.by, entry.action) {
                let last = people.entry(name).or_insert(entry.at);
                *last = entry.at.max(*last);
            }
        }
    }
    Ok(people)
}

/// Creates a token, and redirects to the page that shows it once.
pub(super) async fn add(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Extension(fields): Extension<FormFields>,
) -> PageResult {
    let typed = fields.get("name").trim();
    let wanted = typed
        .parse::<TokenName>()
        .map_err(|error| error.to_string());
    let role = fields.get("role").parse::<Role>();
    let (name, role) = match (wanted, role) {
        (Ok(name), Ok(role)) => (name, role),
        (Err(reason), _) => return refused(&console, &session, typed, &reason).await,
        (_, Err(error)) => return refused(&console, &session, typed, &error.to_string()).await,
    };
    let communities: Vec<CommunityId> = match fields.get("community") {
        "" => Vec::new(),
        one => vec![one.parse().map_err(|_| HttpProblem::not_found())?],
    };
    let acting = console.app.as_of(&session.authority.who);
    let token = match acting.add_token(name.clone(), role, &communities).await {
        Ok(token) => token,
        Err(error @ Error::TokenThere(_)) => {
            return refused(&console, &session, typed, &error.to_string()).await;
        }
        Err(other) => return Err(other.into()),
    };
    console.access.tokens_changed().await;
    let handle = console.typed_secrets.keep(&session, &token).await?;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("made", &name.to_string());
    query.append_pair("shown", &handle);
    Ok(Redirect::to(&format!("/tokens?{}", query.finish())).into_response())
}

async fn refused(console: &Console, session: &Session, typed: &str, reason: &str) -> PageResult {
    let mut page = render(&TokensPage {
        typed: typed.to_owned(),
        problem: Some(words::sentence(reason)),
        ..tokens_page(console, session).await?
    })?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// Revokes a token.
pub(super) async fn revoke(
    State(console): SharedConsole,
    Extension(session): Extension<Session>,
    Named(name): Named<TokenName>,
) -> PageResult {
    let acting = console.app.as_of(&session.authority.who);
    acting.revoke_token(&name).await?;
    console.access.tokens_changed().await;
    Ok(Redirect::to("/tokens?revoked=1").into_response())
}
