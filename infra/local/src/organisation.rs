//! Sign-in at the organisation's identity provider, where one is named.

use std::sync::Arc;

use anyhow::{Context, bail};
use attendee_sync_adapters::oidc::{HttpProvider, Oidc, OidcClient, OidcSettings};
use attendee_sync_app::App;
use attendee_sync_app::ports::OrganisationSignIn;
use clap::Args;
use secrecy::SecretString;

/// The identity provider of the organisation.
#[derive(Debug, Clone, Args)]
pub(crate) struct OidcArguments {
    /// The identity provider of the organisation, by its issuer's URL: people sign in there with their browser. Goes
    /// with --oidc-client-id.
    #[arg(
        long = "oidc-issuer",
        value_name = "URL",
        env = "ATTENDEE_SYNC_OIDC_ISSUER"
    )]
    issuer: Option<String>,
    /// The name by which the identity provider knows this installation. Register the address
    /// PUBLIC-URL/sign-in/organisation/callback there.
    #[arg(
        long = "oidc-client-id",
        value_name = "ID",
        env = "ATTENDEE_SYNC_OIDC_CLIENT_ID"
    )]
    client_id: Option<String>,
    /// The secret that the identity provider gave this installation. Without it, it is a public client.
    #[arg(
        long = "oidc-client-secret",
        value_name = "SECRET",
        env = "ATTENDEE_SYNC_OIDC_CLIENT_SECRET",
        hide_env_values = true
    )]
    client_secret: Option<SecretString>,
    /// The claim that lists what somebody may do, such as `["acme:operator", "*:viewer"]`.
    #[arg(
        long = "oidc-roles-claim",
        value_name = "CLAIM",
        default_value = "attendee_sync",
        env = "ATTENDEE_SYNC_OIDC_ROLES_CLAIM"
    )]
    roles_claim: String,
}

impl OidcArguments {
    /// Returns the sign-in at the organisation, if its identity provider is named. The provider is asked only when
    /// somebody signs in.
    pub(crate) fn sign_in(&self, app: &App) -> anyhow::Result<Option<Arc<dyn OrganisationSignIn>>> {
        // A variable that is set to nothing counts as missing.
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let (issuer, id) = match (given(&self.issuer), given(&self.client_id)) {
            (None, None) => return Ok(None),
            (Some(issuer), Some(id)) => (issuer, id),
            (Some(_), None) => bail!(
                "--oidc-issuer needs --oidc-client-id, the name by which the identity provider knows this installation"
            ),
            (None, Some(_)) => {
                bail!("--oidc-client-id needs --oidc-issuer, the URL of the identity provider")
            }
        };
        let provider = HttpProvider::new(&issuer).context(
            "--oidc-issuer has to be an https address, as the identity provider states it",
        )?;
        let provider = Arc::new(provider);
        let mut settings = OidcSettings::new(issuer, id);
        settings.roles_claim.clone_from(&self.roles_claim);
        let tokens = Oidc::new(settings, provider.clone(), app.clock());
        let secret = Arc::new(self.client_secret.clone());
        Ok(Some(Arc::new(OidcClient::new(secret, provider, tokens))))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct OnlyOidc {
        #[command(flatten)]
        oidc: OidcArguments,
    }

    #[test]
    fn an_issuer_and_a_client_go_together_and_nobody_on_the_way_listens() {
        crate::install_cryptography();
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let said = |arguments: &[&str]| {
            let all = ["attendee-sync"].iter().chain(arguments);
            let oidc = OnlyOidc::parse_from(all).oidc;
            runtime.block_on(async {
                let data =
                    crate::data_dir::DataDir::take(&dir.path().join("data"), "serve").unwrap();
                let addresses = attendee_sync_domain::config::SourceAddresses::Public;
                let mail = crate::setup::MailSetup::nobody();
                let setup = crate::setup::set_up(&data, addresses, mail).await.unwrap();
                oidc.sign_in(&setup.app)
                    .map(|found| found.is_some())
                    .map_err(|error| error.to_string())
            })
        };
        assert_eq!(said(&[]), Ok(false));
        let issuer = ["--oidc-issuer", "https://id.example"];
        assert!(said(&issuer).unwrap_err().contains("--oidc-client-id"));
        let client = ["--oidc-client-id", "sync"];
        assert!(said(&client).unwrap_err().contains("--oidc-issuer"));
        let both = [issuer, client].concat();
        assert_eq!(said(&both), Ok(true));
        let plain = [
            "--oidc-issuer",
            "http://id.example",
            "--oidc-client-id",
            "sync",
        ];
        assert!(said(&plain).unwrap_err().contains("https"));
        let here = [
            "--oidc-issuer",
            "http://127.0.0.1:9",
            "--oidc-client-id",
            "sync",
        ];
        assert_eq!(said(&here), Ok(true));
    }
}
