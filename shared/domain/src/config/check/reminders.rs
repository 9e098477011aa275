//! Checks what a document says of reminders: when they go out, and the mail as that of an invitation is checked.

use super::{Checks, DocumentProblem};
use crate::config::EventDocument;
use crate::mail::{InvitationTemplate, Mailbox};

/// Most reminders of one person.
const MOST: usize = 10;
/// Longest time after an invitation, in days.
const LONGEST: u16 = 365;

impl Checks<'_> {
    pub(super) fn reminders(&mut self, document: &EventDocument) {
        let (Some(reminders), Some(reminding)) = (&document.reminders, document.reminding()) else {
            return;
        };
        let days = &reminders.after_days;
        self.refuse_if(
            days.is_empty() || days.len() > MOST,
            "reminders.after_days",
            "from 1 to 10 numbers of days, such as [7, 14]",
        );
        self.refuse_if(
            days.iter().any(|days| !(1..=LONGEST).contains(days)),
            "reminders.after_days",
            "each is a number of days from 1 to 365",
        );
        self.refuse_if(
            days.windows(2).any(|pair| matches!(pair, [a, b] if a >= b)),
            "reminders.after_days",
            "each has to be greater than the one before",
        );
        let problems = InvitationTemplate::new(&reminding)
            .err()
            .unwrap_or_default();
        let of_template = problems.into_iter().filter_map(|problem| {
            let place = problem.path.strip_prefix("invitations.template")?;
            Some(DocumentProblem {
                path: format!("reminders.template{place}"),
                reason: problem.reason,
            })
        });
        self.problems.extend(of_template);
        let Ok(mailbox) = reminders.template.from.parse::<Mailbox>() else {
            return;
        };
        let refused = self.senders.require(&document.community, &mailbox.address);
        if let Err(refused) = refused {
            self.refuse("reminders.template.from", refused.to_string());
        }
    }
}
