//! Mails to test with.

use attendee_sync_app::ports::{InvitationRef, OutgoingMail};
use attendee_sync_domain::ids::{PersonId, PersonKey};
use attendee_sync_domain::mail::Letter;

pub(super) const RECIPIENT: &str = "jo.smith@example.org";

pub(super) fn person(address: &str) -> PersonId {
    PersonId::of(&PersonKey([7; 32]), &address.parse().unwrap())
}

pub(super) fn about(number: u32) -> InvitationRef {
    InvitationRef {
        event: "devcon".parse().unwrap(),
        person: person(RECIPIENT),
        number,
    }
}

/// An invitation of this number.
pub(super) fn mail(number: u32) -> OutgoingMail {
    OutgoingMail {
        about: Some(about(number)),
        concerns: Vec::new(),
        to: format!("Jo Smith <{RECIPIENT}>").parse().unwrap(),
        letter: Letter {
            from: "DevCon <noreply@devcon.example>".parse().unwrap(),
            reply_to: None,
            subject: format!("Come in, no. {number}"),
            html: "<p>Come in, <b>Jo</b>: ★</p>".to_owned(),
            text: "Come in, Jo: ★\n.\n.. and on\n".to_owned(),
        },
        unsubscribe: None,
        date: "2026-11-01T10:00:00Z".parse().unwrap(),
    }
}

/// A mail that is nobody's invitation, to [`RECIPIENT`].
pub(super) fn test_mail() -> OutgoingMail {
    OutgoingMail {
        about: None,
        concerns: vec![person(RECIPIENT)],
        ..mail(1)
    }
}
