//! The console over the application: who may come in, and under which name.

use std::sync::Arc;

use anyhow::Context;
use attendee_sync_domain::authority::is_guessable;
use attendee_sync_functions::{Console, Environment, identities, of_process};
use attendee_sync_web::{Access, Entrances, Web, router as web};
use axum::Router;
use secrecy::ExposeSecret;

/// The name of the parameter with the token of who holds the installation.
const OWNER: &str = "token";

/// The routes. Without the owner's token nobody holds the installation, and the others come in all
/// the same.
pub(crate) async fn router(parts: Console) -> anyhow::Result<Router> {
    let environment = Environment::new(&of_process);
    let owner = parts
        .secrets
        .parameter(OWNER)
        .await
        .context("the owner's token cannot be read")?;
    let owner = owner.filter(|owner| !is_guessable(owner.expose_secret()));
    if owner.is_none() {
        tracing::warn!(
            "there is no owner's token, or it is shorter than 16 characters and can be guessed; \
             store one at PARAMETER_PATH/token"
        );
    }
    let app = Arc::new(parts.app);
    let entrances = Entrances {
        owner,
        identities: identities(environment, &app)?,
        hosts: environment.public_host()?.into_iter().collect(),
    };
    Ok(web(Web {
        access: Access::by(entrances, &app),
        app,
        presets: parts.presets,
    }))
}
