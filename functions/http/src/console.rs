//! Serves the console over the application: its authentication, and the name of its host.

use std::sync::Arc;
use std::time::Duration;

use attendee_sync_app::ports::FormerSecrets;
use attendee_sync_app::{App, SecretsMoved};
use attendee_sync_functions::{AnswerBucket, ConsoleParts, Environment, identities, of_process};
use attendee_sync_web::{AuthenticationOptions, Authenticator, Hosting, Web, router as web};
use axum::Router;

/// A function is called with at most 6 MB (AWS Lambda quotas, "Invocation payload"), in which a file is written in Base64.
const MAX_UPLOAD: u64 = 4_000_000;

/// The gateway ends a request after 30 seconds (API Gateway quotas, "Integration timeout" of HTTP
/// APIs) and speaks only TLS, and nobody reads what a function prints.
const HOSTING: Hosting = Hosting {
    request_limit: Some(Duration::from_secs(22)),
    is_encrypted: true,
    prints_sign_in_links: false,
    max_upload: MAX_UPLOAD,
};
/// How long a start continues to move credentials, while the first request waits for it.
const MOVING: Duration = Duration::from_secs(3);
/// How long it waits for an answer about them.
const MOVING_AT_MOST: Duration = Duration::from_secs(5);

/// The router that answers requests, with the application behind it.
pub(crate) struct Served {
    /// Answers requests of the console and the API.
    pub(crate) router: Router,
    /// The application behind them.
    pub(crate) app: Arc<App>,
    /// Where answers go that are too large for the function.
    pub(crate) answers: Option<AnswerBucket>,
}

/// Makes what serves. Without the owner's token nobody holds the installation, and the others come in all
/// the same; where it cannot be read now, it is read when somebody needs it.
pub(crate) async fn serve(parts: ConsoleParts) -> anyhow::Result<Served> {
    let environment = Environment::new(&of_process);
    let app = Arc::new(parts.app);
    let secrets = parts.secrets;
    let provider = identities(environment, &app, &secrets)?;
    let entrances = AuthenticationOptions {
        owner: Some(secrets.clone()),
        identities: provider.identities,
        organisation: provider.organisation,
        hosts: environment.public_host()?.into_iter().collect(),
    };
    let access = Authenticator::by(entrances, &app);
    tokio::join!(
        access.read_owner_token(),
        move_secrets(&app, secrets.as_ref()),
        bring_over(&app)
    );
    let router = web(Web {
        access,
        app: Arc::clone(&app),
        presets: parts.presets,
        hosting: HOSTING,
    });
    Ok(Served {
        router,
        app,
        answers: parts.answers,
    })
}

/// Continues to move credentials that an earlier version stored by name alone. Until that is
/// finished, they are read from their former place, so a failure is only logged; the next start
/// tries again.
async fn move_secrets(app: &App, former: &dyn FormerSecrets) {
    let moving = app.move_secrets(former, MOVING);
    match tokio::time::timeout(MOVING_AT_MOST, moving).await {
        Ok(Ok(Some(SecretsMoved { copied, done }))) if copied > 0 || !done => tracing::info!(
            copied,
            done,
            "credentials are moved to the community and the event that use them; this is done once"
        ),
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(error, "credentials could not be moved to their events yet");
        }
        Err(_) => tracing::warn!("credentials could not be moved to their events in time"),
    }
}

/// Continues to migrate what the previous version stored. Until that is finished, both forms are
/// read, so a failure is only logged; the next start continues.
async fn bring_over(app: &App) {
    match tokio::time::timeout(MOVING_AT_MOST, app.bring_all_over()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(
                error,
                "what the version before stored could not be brought over yet"
            );
        }
        Err(_) => {
            tracing::warn!("what the version before stored could not be brought over in time");
        }
    }
}
