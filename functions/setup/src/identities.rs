//! The identity provider of the environment, where one is named.

use std::sync::Arc;

use attendee_sync_adapters::oidc::{HttpKeys, Oidc, OidcSettings};
use attendee_sync_app::App;
use attendee_sync_app::ports::Identities;

use crate::environment::Environment;

/// The provider, if there is one.
pub fn identities(
    environment: Environment<'_>,
    app: &App,
) -> anyhow::Result<Option<Arc<dyn Identities>>> {
    let Some(issuer) = environment.optional("OIDC_ISSUER") else {
        return Ok(None);
    };
    let keys = Arc::new(HttpKeys::new(&issuer)?);
    let mut settings = OidcSettings::new(issuer, environment.required("OIDC_AUDIENCE")?);
    if let Some(claim) = environment.optional("OIDC_ROLES_CLAIM") {
        settings.roles_claim = claim;
    }
    Ok(Some(Arc::new(Oidc::new(settings, keys, app.clock()))))
}
