//! Checks what a document says of invitations: the mail, who sends it, and where tests of it may go.

use super::Checks;
use crate::config::EventDocument;
use crate::mail::{InvitationTemplate, Mailbox};

/// Most addresses that tests of one event may go to, beside those of attendees.
const MAX_TEST_RECIPIENTS: usize = 20;

impl Checks<'_> {
    /// Checks them also where they are switched off: a template is whole when it is saved.
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

    /// A sender that is no mailbox is refused with the template.
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
