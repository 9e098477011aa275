//! Further API tokens, each with a role in some communities or in all.

use attendee_sync_domain::authority::{AccessToken, Role, TokenName};
use attendee_sync_domain::ids::CommunityId;
use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::ListPage;
use crate::console::SharedConsole;
use crate::extract::{JsonBody, Named};
use crate::permits::Caller;
use crate::problem::HttpProblem;

/// A token without the secret.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = Token))]
pub(super) struct TokenView {
    /// The token's name.
    name: String,
    /// What its holder may do in all communities, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    everywhere: Option<Role>,
    /// What its holder may do in single communities.
    communities: Vec<RoleView>,
    /// When it was made.
    made: Timestamp,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct RoleView {
    community: CommunityId,
    role: Role,
}

impl From<AccessToken> for TokenView {
    fn from(token: AccessToken) -> Self {
        let named = token.roles.named().map(|(community, role)| RoleView {
            community: community.clone(),
            role,
        });
        Self {
            everywhere: token.roles.of_all(),
            communities: named.collect(),
            name: token.name.to_string(),
            made: token.made,
        }
    }
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schema(as = WantedToken))]
pub(super) struct TokenWanted {
    /// The name of the new token.
    name: String,
    /// What its holder may do.
    role: Role,
    /// The communities; all of them if none is named.
    #[serde(default)]
    communities: Vec<CommunityId>,
}

/// A token that was just made.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct NewToken {
    /// The token's name.
    name: String,
    /// The token itself. It is shown only once.
    token: String,
}

pub(super) async fn list(
    State(console): SharedConsole,
) -> Result<Json<ListPage<TokenView>>, HttpProblem> {
    let tokens = console.app.tokens().await?;
    Ok(ListPage::whole(
        tokens.into_iter().map(Into::into).collect(),
    ))
}

pub(super) async fn add(
    State(console): SharedConsole,
    Extension(caller): Caller,
    JsonBody(wanted): JsonBody<TokenWanted>,
) -> Result<Response, HttpProblem> {
    let name: TokenName = match wanted.name.parse() {
        Ok(name) => name,
        Err(error) => return Err(HttpProblem::at("name", format!("{error}"))),
    };
    let acting = console.app.as_of(&caller.who);
    let token = acting
        .add_token(name.clone(), wanted.role, &wanted.communities)
        .await?;
    console.access.tokens_changed().await;
    let made = NewToken {
        name: name.to_string(),
        token: token.expose_secret().to_owned(),
    };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

pub(super) async fn revoke(
    State(console): SharedConsole,
    Extension(caller): Caller,
    Named(name): Named<TokenName>,
) -> Result<StatusCode, HttpProblem> {
    console.app.as_of(&caller.who).revoke_token(&name).await?;
    console.access.tokens_changed().await;
    Ok(StatusCode::NO_CONTENT)
}
