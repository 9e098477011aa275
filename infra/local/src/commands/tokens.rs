//! `token` and `audit`: who has access beside the owner, and what people changed.

use attendee_sync_app::App;
use attendee_sync_domain::audit::Actor;
use attendee_sync_domain::authority::AccessToken;
use attendee_sync_domain::ids::CommunityId;
use secrecy::ExposeSecret;
use serde_json::json;

use super::CommandEnd;
use crate::cli::{Common, TokenCommand};
use crate::output;

pub(crate) async fn token(
    app: &App,
    common: &Common,
    token: &TokenCommand,
) -> anyhow::Result<CommandEnd> {
    let acting = app.as_of(&Actor::Owner);
    match token {
        TokenCommand::Add {
            name,
            role,
            community,
        } => {
            let secret = acting.add_token(name.clone(), *role, community).await?;
            let secret = secret.expose_secret();
            output::print_either(common, &json!({"name": name, "token": secret}), || {
                format!("{secret}\n")
            })?;
            if !common.json {
                eprintln!("this is shown once; keep it where only its holder can read it");
            }
        }
        TokenCommand::List => list(common, &app.tokens().await?)?,
        TokenCommand::Revoke { name } => {
            acting.revoke_token(name).await?;
            output::print_either(common, &json!({"revoked": name}), || {
                format!("the token \"{name}\" is revoked\n")
            })?;
        }
    }
    Ok(CommandEnd::Done)
}

fn list(common: &Common, tokens: &[AccessToken]) -> anyhow::Result<()> {
    if common.json {
        let shown = |token: &AccessToken| json!({"name": token.name, "roles": token.roles, "made": token.made});
        return output::print_json(&tokens.iter().map(shown).collect::<Vec<_>>());
    }
    let row =
        |token: &AccessToken| vec![token.name.to_string(), roles(token), token.made.to_string()];
    output::print_table(&["name", "roles", "made"], tokens.iter().map(row).collect());
    Ok(())
}

fn roles(token: &AccessToken) -> String {
    let all = token.roles.of_all();
    let all = all.map(|role| format!("{role} of all communities"));
    let named = token.roles.named();
    let named = named.map(|(community, role)| format!("{role} of {community}"));
    all.into_iter().chain(named).collect::<Vec<_>>().join(", ")
}

pub(crate) async fn audit(
    app: &App,
    common: &Common,
    community: &CommunityId,
    limit: usize,
) -> anyhow::Result<CommandEnd> {
    let (entries, _) = app.audit(community, None, limit).await?;
    if common.json {
        output::print_json(&entries)?;
        return Ok(CommandEnd::Done);
    }
    let rows = entries.iter().map(|entry| {
        vec![
            entry.at.to_string(),
            entry.by.to_string(),
            entry.action.in_words(),
        ]
    });
    output::print_table(&["when", "who", "what"], rows.collect());
    Ok(CommandEnd::Done)
}
