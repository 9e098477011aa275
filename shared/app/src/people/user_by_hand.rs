//! Users of a community whom a person makes or edits by hand: they need not attend anything.

use std::collections::BTreeMap;

use attendee_sync_domain::audit::AuditAction;
use attendee_sync_domain::config::{DocumentProblem, Problems};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::hand::FieldSetter;
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::people::{User, UserState};
use attendee_sync_domain::plan::Put;
use attendee_sync_domain::profile::{Profile, ProfileField};

use crate::App;
use crate::audited::Audited;
use crate::error::Error;
use crate::people::users::UserView;
use crate::ports::{ManualGroupChange, StoreError};

/// How often it is tried again because others changed the user meanwhile.
const MAX_TRIES: u32 = 8;

/// Values by field; a field without one is blanked, and one that is absent stays.
pub type TypedProfile = BTreeMap<ProfileField, Option<String>>;

/// A user as they are after an edit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct EditedUser {
    /// The user.
    #[serde(flatten)]
    pub user: UserView,
    /// Whether they were made by it.
    pub is_new: bool,
}

impl Audited<'_> {
    /// Makes a user, or edits the profile of one.
    pub async fn put_user(
        &self,
        community: &CommunityId,
        email: &EmailAddress,
        typed: &TypedProfile,
    ) -> Result<EditedUser, Error> {
        let (edited, changed) = self.app().put_user(community, email, typed).await?;
        if changed {
            let person = self.app().person_id(community, email).await?;
            self.note(community, AuditAction::UserSaved { person })
                .await;
        }
        Ok(edited)
    }
}

impl App {
    /// Makes or edits a user; with whether anything changed.
    async fn put_user(
        &self,
        community: &CommunityId,
        email: &EmailAddress,
        typed: &TypedProfile,
    ) -> Result<(EditedUser, bool), Error> {
        let community = self.known_community(community).await?;
        let person = PersonId::of(&community.key, email);
        for _ in 0..MAX_TRIES {
            let now = self.parts.clock.now();
            let stored = self.parts.store.user(&community.id, person).await?;
            let expected = stored.as_ref().map(|stored| stored.version);
            let before = match stored.map(|stored| stored.value) {
                Some(UserState::User(user)) => Some(user),
                Some(UserState::Erased(_)) => return Err(Error::WasErased),
                None => None,
            };
            let is_new = before.is_none();
            let mut user = before.clone().unwrap_or_else(|| User {
                email: email.clone(),
                profile: Profile::default(),
                set_by: BTreeMap::new(),
                groups: BTreeMap::new(),
                events: BTreeMap::new(),
                created: now,
                updated: now,
            });
            fill(&mut user, typed)?;
            if before.as_ref() == Some(&user) {
                let user = user.into();
                return Ok((EditedUser { user, is_new }, false));
            }
            user.updated = now;
            let put = Put {
                expected,
                value: user,
            };
            let store = &self.parts.store;
            let stays = ManualGroupChange::Stays;
            match store
                .set_manual_groups(&community.id, person, &put, stays)
                .await
            {
                Ok(()) => {
                    let user = Some(&put.value);
                    self.index.note_user(&community.id, person, user);
                    let user = put.value.into();
                    return Ok((EditedUser { user, is_new }, true));
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }
}

/// Sets what was typed. No sync changes a field whose value that changes; all that is wrong is told at once.
fn fill(user: &mut User, typed: &TypedProfile) -> Result<(), Error> {
    let mut problems = Vec::new();
    for (field, value) in typed {
        let before = user.profile.get(*field).map(str::to_owned);
        let value = value.as_deref().unwrap_or_default();
        if let Err(reason) = user.profile.set_typed(*field, value) {
            let path = format!("profile.{field}");
            problems.push(DocumentProblem { path, reason });
        } else if user.profile.get(*field) != before.as_deref() {
            user.set_by.insert(*field, FieldSetter::Hand);
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::Configuration(Problems(problems)))
}
