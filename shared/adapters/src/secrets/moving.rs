//! Moves the secrets of a file in the first format to the events whose documents name them.
//!
//! Under the first format the environment had priority over the file, whoever named a secret. Where
//! the owner must have meant the environment it stays so; otherwise the stored secret counts, and
//! the log says so.

use async_trait::async_trait;
use attendee_sync_app::ports::{Binding, CommunityCount, FormerSecrets, MoveStage, SecretError};
use attendee_sync_domain::config::{SecretName, SecretOwner};

use super::FileSecrets;
use super::file::{FormerFile, SecretsFile};

#[async_trait]
impl FormerSecrets for FileSecrets {
    async fn stage(&self) -> Result<MoveStage, SecretError> {
        // The progress is not stored: checking everything again takes a moment.
        Ok(match self.read()?.former {
            Some(_) => MoveStage::Copying(None),
            None => MoveStage::Done,
        })
    }

    async fn copy(
        &self,
        names: &[SecretName],
        communities: CommunityCount,
    ) -> Result<u64, SecretError> {
        self.change(|file| {
            let Some(former) = file.former.clone() else {
                return 0;
            };
            let mut copied = 0;
            for name in names {
                copied += u64::from(self.copy_one(file, &former, name, communities));
            }
            copied
        })
    }

    async fn delete(&self, _names: &[SecretName]) -> Result<(), SecretError> {
        // `reach` deletes all of them at once.
        Ok(())
    }

    async fn reach(&self, stage: &MoveStage) -> Result<(), SecretError> {
        match stage {
            MoveStage::Done => self.change(|file| file.former = None),
            MoveStage::Copying(_) | MoveStage::Deleting(_) => Ok(()),
        }
    }
}

impl FileSecrets {
    /// Copies the secret of one name. Returns whether something was done.
    fn copy_one(
        &self,
        file: &mut SecretsFile,
        former: &FormerFile,
        name: &SecretName,
        communities: CommunityCount,
    ) -> bool {
        let Some(owner) = name.owner() else {
            return false;
        };
        if file.stored(name).is_some() || file.uses_environment(name) {
            return false;
        }
        let in_environment = self.environment.secret(name).is_some();
        if self.was_environments(name, former, communities) {
            file.give_to_environment(owner, name);
            return in_environment;
        }
        if in_environment {
            warn_of_unused(owner, name);
        }
        match former.secrets.get(name.as_str()) {
            Some(value) => {
                file.store(owner, name, value);
                true
            }
            None => false,
        }
    }

    /// Returns whether the owner must have meant the environment's secret by this name.
    fn was_environments(
        &self,
        name: &SecretName,
        former: &FormerFile,
        communities: CommunityCount,
    ) -> bool {
        let is_stored = former.secrets.contains_key(name.as_str());
        match (self.environment.binding(name), communities) {
            (Binding::Elsewhere, _) => false,
            // The name can concern no other community: what was used before is used further.
            (Binding::Here, _) | (Binding::Open, CommunityCount::OneAtMost) => {
                !is_stored || self.environment.secret(name).is_some()
            }
            // Only the owner could name a secret that was not stored. Where the file is lost, a
            // name that the program generates may be that of a credential that was in it.
            (Binding::Open, CommunityCount::Several) => {
                let may_be_lost = former.was_absent && name.is_generated();
                !is_stored && !may_be_lost
            }
        }
    }
}

fn warn_of_unused(owner: &SecretOwner, name: &SecretName) {
    // This is logged at the level that every command shows, as a sync may fail because of it.
    tracing::error!(
        community = %owner.community,
        event = %owner.event,
        variable = name.variable(),
        "this event does not use the environment's secret of the same name any more, as that may be another community's; \
         to have it use one, save its document as the owner with the name of a variable that is this event's alone"
    );
}
