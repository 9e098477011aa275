//! Sign-in at the organisation's identity provider: what is kept between the two redirects, and the session.
//!
//! What is kept opens once, with the state that the provider sends back and with the cookie of the browser that
//! began: whoever has only one of them signs nobody in.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use attendee_sync_app::ports::{BegunSignIn, OrganisationSignIn, SignInFailure};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use url::Url;

use super::ledger::{By, SESSION, StoredSession, read, written};
use super::{AuthenticatedCaller, Authenticator, Session};
use crate::problem::HttpProblem;
use crate::sealed_store::{Purpose, secret};

/// How long somebody may take at the provider.
pub(crate) const SIGN_IN_SECONDS: i64 = 600;
const KIND: &str = "sign-in at the organisation";

/// A sign-in that was begun, as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptSignIn {
    nonce: String,
    verifier: String,
    /// The page to which it leads.
    next: String,
}

/// Where a sign-in begins.
pub(crate) struct SignInRedirect {
    /// The URL at the provider.
    pub(crate) url: String,
    /// The value of the cookie that the browser has to bring back.
    pub(crate) browser: String,
}

/// What the provider sends back with the browser (RFC 6749, section 4.1.2; RFC 9207).
#[derive(Default, Deserialize)]
pub(crate) struct ProviderAnswer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

impl Authenticator {
    /// Returns whether people can sign in at their organisation.
    pub(crate) fn knows_organisation(&self) -> bool {
        self.0.organisation.is_some()
    }

    fn organisation(&self) -> Result<&Arc<dyn OrganisationSignIn>, HttpProblem> {
        let organisation = self.0.organisation.as_ref();
        organisation.ok_or_else(HttpProblem::not_found)
    }

    /// Begins a sign-in that leads to this page.
    pub(crate) async fn begin_at_organisation(
        &self,
        next: &str,
        peer: Option<IpAddr>,
    ) -> Result<SignInRedirect, HttpProblem> {
        let organisation = self.organisation()?;
        let now = Instant::now();
        if let Some(seconds) = self.0.begun.wait(peer, now) {
            return Err(HttpProblem::too_many_attempts(seconds));
        }
        self.0.begun.failed(peer, now);
        let browser = secret();
        let kept = KeptSignIn {
            nonce: secret(),
            verifier: secret(),
            next: next.to_owned(),
        };
        let lasting = SignedDuration::from_secs(SIGN_IN_SECONDS);
        let store = &self.0.ledger.0;
        let state = store.keep(of(&browser), written(&kept)?, lasting).await?;
        let back = self.redirect_uri();
        let begun = begun(&state, &kept, &back);
        let url = organisation.authorization_url(&begun);
        let url = url.await.map_err(problem)?;
        Ok(SignInRedirect { url, browser })
    }

    /// Finishes a sign-in with what the provider sent back. Returns the session and the page to which it leads.
    pub(crate) async fn finish_at_organisation(
        &self,
        browser: Option<&str>,
        answer: &ProviderAnswer,
    ) -> Result<(Session, String), HttpProblem> {
        let organisation = self.organisation()?;
        let (Some(browser), Some(state)) = (browser, answer.state.as_deref()) else {
            return Err(self.not_begun());
        };
        let kept = self.0.ledger.0.take(of(browser), state).await?;
        let Some(kept) = read::<KeptSignIn>(kept) else {
            return Err(self.not_begun());
        };
        let issuer = organisation.issuer();
        if answer.iss.as_deref().is_some_and(|named| named != issuer) {
            let reason = "it names another identity provider";
            return Err(problem(SignInFailure::NotTrusted(reason)));
        }
        let code = match (&answer.code, answer.error.as_deref()) {
            (Some(code), None) => code,
            (_, error) => return Err(refused(error.unwrap_or_default())),
        };
        let back = self.redirect_uri();
        let begun = begun(state, &kept, &back);
        let signed_in = organisation.redeem(code, &begun).await;
        let signed_in = signed_in.map_err(problem)?;
        if signed_in.authority.roles().is_empty() {
            return Err(HttpProblem::new(StatusCode::FORBIDDEN, NO_ROLE));
        }
        let session = self.open(AuthenticatedCaller {
            by: By::Organisation {
                authority: signed_in.authority.clone(),
                id_token: signed_in.id_token,
            },
            authority: Arc::new(signed_in.authority),
            good_for: SESSION,
        });
        Ok((session.await?, kept.next))
    }

    /// Returns where the provider ends its own session, for a session that it opened here.
    pub(super) async fn end_at_organisation(
        &self,
        closed: Option<StoredSession>,
    ) -> Option<String> {
        let organisation = self.0.organisation.as_ref()?;
        let By::Organisation { id_token, .. } = closed?.by else {
            return None;
        };
        let back = format!("{}/sign-in", self.0.app.public_url());
        organisation.end_session_url(&id_token, &back).await
    }

    /// The URL that the provider has to know: it sends browsers to no other.
    fn redirect_uri(&self) -> String {
        format!("{}/sign-in/organisation/callback", self.0.app.public_url())
    }

    fn not_begun(&self) -> HttpProblem {
        let place = Url::parse(self.0.app.public_url()).ok();
        let place = place.map_or_else(String::new, |url| format!(" at {url}sign-in"));
        HttpProblem::new(
            StatusCode::BAD_REQUEST,
            format!(
                "This sign-in was not begun in this browser, or was used already, or took more than ten minutes. Start again{place}."
            ),
        )
    }
}

const NO_ROLE: &str = "Your organisation knows you, but it gives you no role here. Ask the people who run this installation to give you one at the identity provider.";

fn of(browser: &str) -> Purpose<'_> {
    Purpose {
        kind: KIND,
        owner: browser,
    }
}

fn begun<'s>(state: &'s str, kept: &'s KeptSignIn, redirect_uri: &'s str) -> BegunSignIn<'s> {
    BegunSignIn {
        state,
        nonce: &kept.nonce,
        verifier: &kept.verifier,
        redirect_uri,
    }
}

/// The codes of RFC 6749, section 4.1.2.1. Nothing else that came with the browser is shown.
fn refused(error: &str) -> HttpProblem {
    let (status, text) = match error {
        "access_denied" => (
            StatusCode::FORBIDDEN,
            "Your organisation did not let you in, or you cancelled the sign-in. Try again, or ask the people who run your organisation's identity provider for access.",
        ),
        "temporarily_unavailable" | "server_error" => {
            return problem(SignInFailure::Unavailable);
        }
        _ => return problem(SignInFailure::ClientRefused),
    };
    HttpProblem::new(status, text)
}

fn problem(failure: SignInFailure) -> HttpProblem {
    let status = match failure {
        SignInFailure::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        SignInFailure::ClientRefused | SignInFailure::Clock => StatusCode::BAD_GATEWAY,
        SignInFailure::CodeRefused | SignInFailure::NotTrusted(_) => StatusCode::UNAUTHORIZED,
    };
    let text = failure.to_string();
    let (first, rest) = text.split_at(1);
    HttpProblem::new(status, format!("{}{rest}.", first.to_uppercase()))
}
