//! Mail: handed over once, or refused with the reason.

use attendee_sync_adapters::cloud::clients;
use attendee_sync_adapters::mail::ses::SesMailer;
use attendee_sync_app::ports::{InvitationRef, MailError, Mailer, OutgoingMail};
use attendee_sync_domain::mail::Letter;

use crate::contract::cases;
use crate::contract::people::person;
use crate::contract::place::now;
use crate::stage::StageCase;

cases!(StageCase:
    a_mail_is_taken_and_gets_an_id_of_its_own,
    a_sender_that_is_not_verified_is_refused,
    a_recipient_that_the_sandbox_does_not_know_is_refused,
);

const SENDER: &str = "noreply@devcon.example";
const RECIPIENT: &str = "jo.smith@example.org";

fn mail(from: &str, to: &str) -> OutgoingMail {
    OutgoingMail {
        about: Some(InvitationRef {
            event: "devcon".parse().unwrap(),
            person: person("jo"),
            number: 1,
        }),
        concerns: Vec::new(),
        to: format!("Jo \u{2605} <{to}>").parse().unwrap(),
        letter: Letter {
            from: format!("DevCon <{from}>").parse().unwrap(),
            reply_to: None,
            subject: "Come in \u{2605}".to_owned(),
            html: "<p>Come in, <b>Jo</b></p>".to_owned(),
            text: "Come in, Jo\n".to_owned(),
        },
        unsubscribe: Some("https://devcon.example/stop".to_owned()),
        date: now(),
    }
}

async fn mailer(scene: &StageCase) -> SesMailer {
    let client = clients::ses(&scene.stage.config);
    for address in [SENDER, RECIPIENT] {
        let verify = client.verify_email_identity().email_address(address);
        verify.send().await.unwrap();
    }
    SesMailer::new(&client, None)
}

async fn a_mail_is_taken_and_gets_an_id_of_its_own(scene: StageCase) {
    let mailer = mailer(&scene).await;
    let first = mailer.send(&mail(SENDER, RECIPIENT)).await.unwrap();
    let second = mailer.send(&mail(SENDER, RECIPIENT)).await.unwrap();
    assert!(!first.message_id.is_empty());
    assert_ne!(first, second);
}

async fn a_sender_that_is_not_verified_is_refused(scene: StageCase) {
    let mailer = mailer(&scene).await;
    let sent = mailer
        .send(&mail("other@elsewhere.example", RECIPIENT))
        .await;
    assert!(matches!(sent, Err(MailError::Refused(_))), "{sent:?}");
    assert!(!format!("{sent:?}").contains("jo.smith"));
}

async fn a_recipient_that_the_sandbox_does_not_know_is_refused(scene: StageCase) {
    let mailer = mailer(&scene).await;
    let sent = mailer.send(&mail(SENDER, "ann.bo@elsewhere.example")).await;
    assert!(matches!(sent, Err(MailError::Refused(_))), "{sent:?}");
    assert!(!format!("{sent:?}").contains("ann.bo"));
}
