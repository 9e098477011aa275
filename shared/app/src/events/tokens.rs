//! Further API tokens, and reading the audit log.

use attendee_sync_domain::audit::{AuditAction, AuditEntry};
use attendee_sync_domain::authority::{AccessToken, Role, Roles, TokenHash, TokenName};
use attendee_sync_domain::ids::CommunityId;
use rand::RngExt;
use secrecy::SecretString;

use crate::App;
use crate::audited::Audited;
use crate::error::Error;
use crate::ports::{Note, StoreError};

impl App {
    /// Returns some entries of a community's audit log, the newest first, with the cursor of the
    /// next page.
    pub async fn audit(
        &self,
        community: &CommunityId,
        before: Option<String>,
        limit: usize,
    ) -> Result<(Vec<AuditEntry>, Option<String>), Error> {
        self.known_community(community).await?;
        if before.is_none() {
            self.record_purges(community).await?;
        }
        Ok(self.parts.store.audit(community, before, limit).await?)
    }

    /// The further tokens, by name.
    pub async fn tokens(&self) -> Result<Vec<AccessToken>, Error> {
        Ok(self.parts.store.tokens().await?)
    }
}

impl Audited<'_> {
    /// Creates a token with a role in these communities, or in all where none is named. The token
    /// is returned here and never again. Every community that it gives access to gets an entry in
    /// its log.
    pub async fn add_token(
        &self,
        name: TokenName,
        role: Role,
        communities: &[CommunityId],
    ) -> Result<SecretString, Error> {
        for community in communities {
            self.app().known_community(community).await?;
        }
        let [one, other]: [u128; 2] = rand::rng().random();
        let secret = format!("{one:032x}{other:032x}");
        let roles = if communities.is_empty() {
            Roles::everywhere(role)
        } else {
            Roles::within(role, communities.iter().cloned())
        };
        let token = AccessToken {
            hash: TokenHash::of(&secret),
            made: self.app().parts.clock.now(),
            name,
            roles,
        };
        let action = AuditAction::TokenAdded {
            token: token.name.to_string(),
            role,
        };
        let notes = self.notes(&token.roles, &action).await?;
        match self.app().parts.store.add_token(&token, &notes).await {
            Ok(()) => Ok(secret.into()),
            Err(StoreError::Conflict) => Err(Error::TokenThere(token.name)),
            Err(error) => Err(error.into()),
        }
    }

    /// Revokes a token.
    pub async fn revoke_token(&self, name: &TokenName) -> Result<(), Error> {
        let tokens = self.app().parts.store.tokens().await?;
        let Some(token) = tokens.into_iter().find(|token| token.name == *name) else {
            return Err(Error::NoToken(name.clone()));
        };
        let action = AuditAction::TokenRevoked {
            token: token.name.to_string(),
        };
        let notes = self.notes(&token.roles, &action).await?;
        Ok(self.app().parts.store.delete_token(name, &notes).await?)
    }

    async fn notes(&self, roles: &Roles, action: &AuditAction) -> Result<Vec<Note>, Error> {
        let communities: Vec<CommunityId> = match roles.of_all() {
            Some(_) => self.app().parts.store.communities().await?,
            None => roles
                .named()
                .map(|(community, _)| community.clone())
                .collect(),
        };
        let note = |community| (community, self.entry(action.clone()));
        Ok(communities.into_iter().map(note).collect())
    }
}
