//! Moves secrets from `{path}/secrets/{name}`, where earlier versions stored them for all
//! communities, to their events. Until all are copied, a secret that is not at its new path is read
//! from its old one.
//!
//! The progress is stored in a parameter beside them, so that the next process continues a long
//! move.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use attendee_sync_app::ports::{CommunityCount, FormerSecrets, MoveStage, SecretError};
use attendee_sync_domain::config::{SecretName, SecretOwner};
use aws_sdk_ssm::error::ProvideErrorMetadata;
use aws_sdk_ssm::types::{ParameterTier, ParameterType};
use secrecy::{ExposeSecret, SecretString};

use super::{ParameterError, SsmSecrets};

/// The parameter with the progress of the move. No secret has such a name.
const LAYOUT: &str = "_layout";
const COPYING: &str = "copying";
const DELETING: &str = "deleting";
const DONE: &str = "by-event";

/// Parses the progress. An unknown value was written by a later version, which has no secret left
/// at its old path.
fn read(text: &str) -> MoveStage {
    let (word, after) = text.split_once(' ').unwrap_or((text, ""));
    let after = after.split_once('/').and_then(|(community, event)| {
        Some(SecretOwner {
            community: community.parse().ok()?,
            event: event.parse().ok()?,
        })
    });
    match word {
        COPYING => MoveStage::Copying(after),
        DELETING => MoveStage::Deleting(after),
        _ => MoveStage::Done,
    }
}

fn written(stage: &MoveStage) -> String {
    let (word, after) = match stage {
        MoveStage::Copying(after) => (COPYING, after),
        MoveStage::Deleting(after) => (DELETING, after),
        MoveStage::Done => return DONE.to_owned(),
    };
    match after {
        Some(SecretOwner { community, event }) => format!("{word} {community}/{event}"),
        None => word.to_owned(),
    }
}

impl SsmSecrets {
    fn former_address(&self, name: &SecretName) -> String {
        format!("{}/secrets/{name}", self.path)
    }

    fn layout_address(&self) -> String {
        format!("{}/secrets/{LAYOUT}", self.path)
    }

    async fn read_stage(&self) -> Result<MoveStage, SecretError> {
        if self.moved.load(Ordering::Relaxed) {
            return Ok(MoveStage::Done);
        }
        let text = self.get(&self.layout_address()).await?;
        let stage = text.map_or(MoveStage::Copying(None), |text| read(text.expose_secret()));
        if stage == MoveStage::Done {
            self.moved.store(true, Ordering::Relaxed);
        }
        Ok(stage)
    }

    /// Returns the secret at the old path, where none is at the new one.
    pub(super) async fn former(
        &self,
        name: &SecretName,
    ) -> Result<Option<SecretString>, SecretError> {
        match self.read_stage().await? {
            MoveStage::Copying(_) => self.get(&self.former_address(name)).await,
            MoveStage::Deleting(_) | MoveStage::Done => Ok(None),
        }
    }

    /// Deletes the secret at the old path of a name that the program generated for this event. Any
    /// other name may be in use by another event.
    pub(super) async fn delete_former(&self, name: &SecretName) -> Result<(), SecretError> {
        if !name.is_generated() || self.read_stage().await? == MoveStage::Done {
            return Ok(());
        }
        self.delete_parameter(&self.former_address(name)).await
    }

    /// Stores a secret where there is none. Returns whether it did.
    async fn put_new(&self, parameter: &str, value: &SecretString) -> Result<bool, SecretError> {
        let put = self.client.put_parameter().name(parameter);
        let put = put
            .value(value.expose_secret())
            .r#type(ParameterType::SecureString)
            .tier(ParameterTier::IntelligentTiering)
            .overwrite(false);
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ParameterAlreadyExists") => Ok(false),
            Err(error) => Err(ParameterError::failed("PutParameter", parameter, &error)),
        }
    }
}

#[async_trait]
impl FormerSecrets for SsmSecrets {
    async fn stage(&self) -> Result<MoveStage, SecretError> {
        self.read_stage().await
    }

    async fn copy(&self, names: &[SecretName], _: CommunityCount) -> Result<u64, SecretError> {
        let mut copied = 0;
        for name in names {
            let Some(value) = self.get(&self.former_address(name)).await? else {
                continue;
            };
            let parameter = self.address_of(name)?;
            copied += u64::from(self.put_new(&parameter, &value).await?);
        }
        Ok(copied)
    }

    async fn delete(&self, names: &[SecretName]) -> Result<(), SecretError> {
        for name in names {
            self.delete_parameter(&self.former_address(name)).await?;
        }
        Ok(())
    }

    async fn reach(&self, stage: &MoveStage) -> Result<(), SecretError> {
        let parameter = self.layout_address();
        let put = self.client.put_parameter().name(&parameter);
        put.value(written(stage))
            .r#type(ParameterType::String)
            .overwrite(true)
            .send()
            .await
            .map_err(|error| ParameterError::failed("PutParameter", &parameter, &error))?;
        if *stage == MoveStage::Done {
            self.moved.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}
