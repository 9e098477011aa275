//! The identity provider of the environment, where one is named.

use std::sync::Arc;

use attendee_sync_adapters::cloud::SsmSecrets;
use attendee_sync_adapters::oidc::{HttpProvider, Oidc, OidcClient, OidcSettings};
use attendee_sync_app::App;
use attendee_sync_app::ports::{Identities, OrganisationSignIn};

use crate::environment::Environment;

/// The ways in which an identity provider lets people in.
#[derive(Default)]
pub struct ProviderSignIns {
    /// Tokens of the provider, where an audience is named that they must have.
    pub identities: Option<Arc<dyn Identities>>,
    /// Sign-in at the provider, where this installation is a client of it.
    pub organisation: Option<Arc<dyn OrganisationSignIn>>,
}

/// Returns the ways in of the environment's provider, if there is one.
pub fn identities(
    environment: Environment<'_>,
    app: &App,
    secrets: &Arc<SsmSecrets>,
) -> anyhow::Result<ProviderSignIns> {
    let Some(issuer) = environment.optional("OIDC_ISSUER") else {
        return Ok(ProviderSignIns::default());
    };
    let provider = Arc::new(HttpProvider::new(&issuer)?);
    let tokens = |audience: String| {
        let mut settings = OidcSettings::new(issuer.as_str(), audience);
        if let Some(claim) = environment.optional("OIDC_ROLES_CLAIM") {
            settings.roles_claim = claim;
        }
        Oidc::new(settings, provider.clone(), app.clock())
    };
    let audience = environment.optional("OIDC_AUDIENCE");
    let client = environment.optional("OIDC_CLIENT_ID");
    Ok(ProviderSignIns {
        identities: audience.map(|audience| Arc::new(tokens(audience)) as _),
        organisation: client.map(|id| {
            let client = OidcClient::new(secrets.clone(), provider.clone(), tokens(id));
            Arc::new(client) as _
        }),
    })
}
