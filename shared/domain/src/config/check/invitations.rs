//! Checks the invitations of a document: the mail, its sender, and the recipients of tests.

use super::Checks;
use crate::config::EventDocument;
use crate::mail::{InvitationTemplate, Mailbox};

/// Most test recipients of one event, in addition to its attendees.
const MAX_TEST_RECIPIENTS: usize = 20;

impl Checks<'_> {
    /// Checks invitations even where they are switched off: a saved template is always complete.
    pub(super) fn invitations(&mut self, document: &EventDocument) {
        let invitations = &document.invitations;
        let is_needed = invitations.enabled || invitations.template.is_some();
        let problems = InvitationTemplate::new(document).err().unwrap_or_default();
        self.problems.extend(
            problems
                .into_iter()
                .filter(|problem| is_needed || problem.path != "invitations.template"),
        );
        self.sender(document);
        self.refuse_if(
            invitations.test_recipients.len() > MAX_TEST_RECIPIENTS,
            "invitations.test_recipients",
            "at most 20 addresses",
        );
    }

    /// Refuses a sender that the community does not have. The check of the template reports a
    /// sender that is no mailbox.
    fn sender(&mut self, document: &EventDocument) {
        let template = document.invitations.template.as_ref();
        let mailbox = template.and_then(|template| template.from.parse::<Mailbox>().ok());
        let Some(mailbox) = mailbox else { return };
        let refused = self.senders.require(&document.community, &mailbox.address);
        if let Err(refused) = refused {
            self.refuse("invitations.template.from", refused.to_string());
        }
    }
}
