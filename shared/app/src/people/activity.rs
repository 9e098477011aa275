//! What the event app reports of an attendee.

use attendee_sync_domain::activity::{ActivityReport, AppActivity};
use attendee_sync_domain::config::{DocumentProblem, Problems};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::people::{Attendee, UserState};
use attendee_sync_domain::plan::{PersonPlan, Put};
use jiff::SignedDuration;

use crate::App;
use crate::error::Error;
use crate::ports::StoreError;

/// How often it is tried again because others changed the person meanwhile.
const MAX_TRIES: u32 = 8;
/// How far the clock of an app may be ahead of ours.
const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_hours(24);

impl App {
    /// Stores what the event app reports of an attendee, also of one who was removed. The same report
    /// again writes nothing. No sync changes it; somebody who comes back has it still.
    pub async fn report_activity(
        &self,
        event: &EventId,
        email: &EmailAddress,
        report: &ActivityReport,
    ) -> Result<AppActivity, Error> {
        self.check_report(report)?;
        let (document, community) = self.event_to_change(event).await?;
        let person = PersonId::of(&community.key, email);
        for _ in 0..MAX_TRIES {
            let store = &self.parts.store;
            let Some(stored) = store.attendee(event, person).await? else {
                return Err(Error::NoPerson);
            };
            // The tombstone stands before the attendee is deleted.
            let user = store.user(&document.community, person).await?;
            if user.is_some_and(|user| matches!(user.value, UserState::Erased(_))) {
                return Err(Error::NoPerson);
            }
            let activity = stored.value.activity.after(report);
            if activity == stored.value.activity {
                return Ok(activity);
            }
            let put = Put {
                expected: Some(stored.version),
                value: Attendee {
                    activity,
                    ..stored.value
                },
            };
            let plan = PersonPlan::of_attendee(person, put);
            match store.rewrite(&community.id, event, &plan, None).await {
                Ok(()) => {
                    self.index
                        .note_plan(&community.id, event, std::iter::once(&plan));
                    return Ok(activity);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }

    fn check_report(&self, report: &ActivityReport) -> Result<(), Error> {
        let refused = |path: &str, reason: &str| {
            Err(Error::Refused(Problems(vec![DocumentProblem {
                path: path.to_owned(),
                reason: reason.to_owned(),
            }])))
        };
        let latest = self.parts.clock.now() + CLOCK_DIFFERENCE;
        match report.entered_at {
            None if report.has_account.is_none() => {
                refused("has_account", "give has_account, entered_at, or both")
            }
            Some(at) if at > latest => refused(
                "entered_at",
                "this time is more than a day ahead; send the time of the entry in UTC",
            ),
            _ => Ok(()),
        }
    }
}
