//! Which senders an event's mail may use: those that the list of the installation's owner allows to
//! its community.
//!
//! The list is checked when a document is saved and again before anything is sent: a document may
//! be older than the list.

use attendee_sync_domain::config::{DocumentProblem, EventDocument, Problems};
use attendee_sync_domain::mail::{InvitationTemplate, Mailbox, SenderRefused};
use attendee_sync_domain::people::Versioned;

use crate::App;
use crate::error::Error;
use crate::invitations::dispatch::{DeliveryFailure, DeliveryPause};
use crate::ports::{InvitationBatch, InvitationBatchState};

/// The path of the sender in a document.
const PLACE: &str = "invitations.template.from";

impl App {
    /// Fails where the community of the document may not use this sender.
    pub(crate) fn require_sender(
        &self,
        document: &EventDocument,
        sender: &Mailbox,
    ) -> Result<(), Error> {
        self.sender_of(document, sender).map_err(|refused| {
            Error::Configuration(Problems(vec![DocumentProblem {
                path: PLACE.to_owned(),
                reason: refused.to_string(),
            }]))
        })
    }

    /// Returns the template of an event's invitations, or the reason why none is sent until
    /// somebody changes the document or the owner changes the list of senders.
    pub(crate) fn template_to_send(
        &self,
        document: &EventDocument,
    ) -> Result<InvitationTemplate, DeliveryFailure> {
        let template = InvitationTemplate::new(document).map_err(|problems| {
            // The template was valid when it was saved, perhaps by another version.
            let first = problems.first().map(ToString::to_string);
            DeliveryFailure::of_event(first.unwrap_or_default())
        })?;
        match self.sender_of(document, template.sender()) {
            Ok(()) => Ok(template),
            Err(refused) => Err(DeliveryFailure::of_event(in_words(&refused))),
        }
    }

    /// Returns why an event's invitations wait, where their sender is the reason. It is known even
    /// to a process that sends no mail.
    pub(crate) fn refused_sender(
        &self,
        document: &EventDocument,
        invitation_batches: &[Versioned<InvitationBatch>],
    ) -> Option<DeliveryPause> {
        let may_go = |invitation_batch: &Versioned<InvitationBatch>| {
            invitation_batch.value.state == InvitationBatchState::Released
        };
        if !invitation_batches.iter().any(may_go) {
            return None;
        }
        let template = document.invitations.template.as_ref()?;
        let sender = template.from.parse().ok()?;
        let refused = self.sender_of(document, &sender).err()?;
        Some(DeliveryPause {
            reason: in_words(&refused),
            since: self.parts.clock.now(),
        })
    }

    fn sender_of(&self, document: &EventDocument, sender: &Mailbox) -> Result<(), SenderRefused> {
        self.parts
            .senders
            .require(&document.community, &sender.address)
    }
}

fn in_words(refused: &SenderRefused) -> String {
    format!(
        "the sender of the invitation ({PLACE}) is not allowed, and queued invitations are kept: {refused}"
    )
}
