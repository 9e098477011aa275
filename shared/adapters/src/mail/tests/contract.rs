//! What holds for every mailer.

use std::collections::BTreeSet;

use attendee_sync_app::ports::{MailError, Mailer, OutgoingMail, Sent};
use mail_parser::MessageParser;

use super::samples::{RECIPIENT, mail, test_mail};

/// Asserts that a mailer whose service takes everything hands each mail over once, in whole.
/// `arrived` tells every message that the service has.
pub(super) async fn hands_each_mail_over_once(
    mailer: &dyn Mailer,
    arrived: impl Fn() -> Vec<Vec<u8>>,
) {
    let first = mailer.send(&mail(1)).await.unwrap();
    assert_arrived_once(&mail(1), &arrived());
    assert_eq!(arrived().len(), 1);

    let mut odd = mail(2);
    odd.to.name = Some("Zoë \"Z\" ★, <x@example.org>".to_owned());
    odd.letter.subject = "Привет\r\nBcc: x@example.org".to_owned();
    let second = mailer.send(&odd).await.unwrap();
    let test = mailer.send(&test_mail()).await.unwrap();
    let others = [mail(3), mail(4), mail(5)];
    let [third, fourth, fifth] = &others;
    let (a, b, c) = tokio::join!(mailer.send(third), mailer.send(fourth), mailer.send(fifth));
    for mail in &others {
        assert_arrived_once(mail, &arrived());
    }
    assert_eq!(arrived().len(), 6);
    let ids: BTreeSet<String> = [first, second, test, a.unwrap(), b.unwrap(), c.unwrap()]
        .into_iter()
        .map(|sent| sent.message_id)
        .collect();
    assert_eq!(ids.len(), 6, "{ids:?}");
    assert!(!ids.iter().any(|id| id.is_empty() || id.contains(RECIPIENT)));
}

fn assert_arrived_once(mail: &OutgoingMail, arrived: &[Vec<u8>]) {
    let parser = MessageParser::default();
    let messages: Vec<_> = arrived
        .iter()
        .map(|bytes| parser.parse(bytes).unwrap())
        .collect();
    let subject = mail.letter.subject.as_str();
    let same: Vec<_> = messages
        .iter()
        .filter(|message| message.subject() == Some(subject))
        .filter(|message| message.header_raw("X-Attendee-Sync").is_some())
        .collect();
    assert_eq!(same.len(), 1, "{subject}");
    let message = same[0];
    let to: Vec<_> = message.to().unwrap().iter().collect();
    assert_eq!(to.len(), 1);
    assert_eq!(to[0].address.as_deref(), Some(RECIPIENT));
    let lines = |text: &str| text.replace("\r\n", "\n");
    assert_eq!(lines(&message.body_text(0).unwrap()), mail.letter.text);
    assert_eq!(lines(&message.body_html(0).unwrap()), mail.letter.html);
}

/// Asserts what holds whatever a service does to one mail: what is said to have gone has gone,
/// what is said not to have gone has not, and no text names the recipient or a credential.
pub(super) fn assert_true(
    case: &str,
    outcome: &Result<Sent, MailError>,
    stored: usize,
    bodies: usize,
) {
    match outcome {
        Ok(_) => assert_eq!(stored, 1, "{case}: sent"),
        Err(MailError::InDoubt(_)) => assert!(bodies >= 1 && stored <= 1, "{case}: in doubt"),
        Err(error) => assert_eq!(stored, 0, "{case}: {error:?}"),
    }
    if let Err(error) = outcome {
        let told = format!("{error} {error:?}").to_lowercase();
        for secret in ["jo.smith", "noreply@", "s3cret", "zgvtbw"] {
            assert!(!told.contains(secret), "{case}: {told}");
        }
    }
}
