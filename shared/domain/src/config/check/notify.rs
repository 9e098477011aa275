//! What cannot be accepted of who is told when the event needs somebody.

use super::Checks;
use crate::config::{EventDocument, NoticeChannel};

/// Most recipients of one event.
const MAX_TARGETS: usize = 10;

impl Checks<'_> {
    pub(super) fn notify(&mut self, document: &EventDocument) {
        self.refuse_if(
            document.notify.len() > MAX_TARGETS,
            "notify",
            "at most 10 recipients",
        );
        for (place, target) in document.notify.iter().enumerate() {
            let to = format!("notify[{place}].to");
            match target.channel() {
                None => self.refuse(
                    to,
                    "give mailto: and an e-mail address, or an address that starts with https://",
                ),
                Some(NoticeChannel::Mail(_)) => {
                    self.refuse_if(
                        document.invitations.template.is_none(),
                        &to,
                        "a notice by mail has the sender of the invitations; give invitations.template, or an https address",
                    );
                    self.refuse_if(
                        target.format.is_some(),
                        &format!("notify[{place}].format"),
                        "a mail has no format; leave it out",
                    );
                }
                Some(NoticeChannel::Post(..)) => self.url(&to, &target.to),
            }
        }
    }
}
