//! SES, with a server that does what it should not.

use std::time::Duration;

use attendee_sync_app::ports::{MailError, Mailer, Sent};
use attendee_sync_testkit::waiting::pass;
use tokio::time::Instant;

use super::contract::{assert_true, hands_each_mail_over_once};
use super::samples::{RECIPIENT, about, mail, test_mail};
use super::ses_server::{SesServer, SesServerStep, client};
use crate::mail::ses::SesMailer;

/// Sends one mail to an SES that does this with it; and asserts what always holds.
async fn outcome(what: SesServerStep) -> Result<Sent, MailError> {
    let case = format!("{what:?}");
    let server = SesServer::start(1000.0, what).await;
    let outcome = SesMailer::new(&server.client(), None).send(&mail(1)).await;
    let seen = server.seen();
    assert_eq!(seen.asked.len(), 1, "{case}: nothing is asked twice");
    assert_true(&case, &outcome, seen.stored.len(), seen.asked.len());
    outcome
}

fn class(outcome: &Result<Sent, MailError>) -> &'static str {
    match outcome {
        Ok(_) => "sent",
        Err(MailError::Unavailable { .. }) => "unavailable",
        Err(MailError::Deferred(_)) => "deferred",
        Err(MailError::Refused(_)) => "refused",
        Err(MailError::InDoubt(_)) => "in doubt",
    }
}

#[tokio::test]
async fn a_willing_ses_gets_each_mail_once() {
    let server = SesServer::start(1000.0, SesServerStep::Take).await;
    let mailer = SesMailer::new(&server.client(), None);
    hands_each_mail_over_once(&mailer, || server.seen().stored).await;
    assert_eq!(server.seen().asked.len(), 6);
}

#[tokio::test]
async fn sender_recipient_tags_and_configuration_set_are_named() {
    let server = SesServer::start(1000.0, SesServerStep::Take).await;
    let mailer = SesMailer::new(&server.client(), Some("invitations".to_owned()));
    let sent = mailer.send(&mail(3)).await.unwrap();
    assert_eq!(sent.message_id, "0100-1");
    mailer.send(&test_mail()).await.unwrap();
    let seen = server.seen();
    let [invitation, test] = seen.asked.as_slice() else {
        panic!("{seen:?}");
    };
    let person = about(3).person.to_string();
    for (name, value) in [
        ("Action", "SendRawEmail"),
        ("Source", "noreply@devcon.example"),
        ("Destinations.member.1", RECIPIENT),
        ("ConfigurationSetName", "invitations"),
        ("Tags.member.1.Name", "event"),
        ("Tags.member.1.Value", "devcon"),
        ("Tags.member.2.Name", "person"),
        ("Tags.member.2.Value", person.as_str()),
        ("Tags.member.3.Name", "number"),
        ("Tags.member.3.Value", "3"),
    ] {
        assert_eq!(
            invitation.get(name).map(String::as_str),
            Some(value),
            "{name}"
        );
    }
    assert!(!invitation.contains_key("Destinations.member.2"));
    assert!(!test.contains_key("Tags.member.1.Name"));
}

#[tokio::test]
async fn every_error_of_ses_has_its_class() {
    let unverified = "Email address is not verified. The following identities failed the check \
                      in region EU-CENTRAL-1: jo.smith@example.org, noreply@devcon.example";
    for (status, code, message, expected) in [
        (
            400,
            "Throttling",
            "Maximum sending rate exceeded.",
            "unavailable",
        ),
        (
            400,
            "Throttling",
            "Daily message quota exceeded.",
            "unavailable",
        ),
        (454, "ThrottlingException", "Rate exceeded", "unavailable"),
        (
            400,
            "SomethingNew",
            "Maximum sending rate exceeded.",
            "unavailable",
        ),
        (400, "LimitExceeded", "Too many.", "unavailable"),
        (
            400,
            "AccountSendingPausedException",
            "Paused.",
            "unavailable",
        ),
        (
            400,
            "ConfigurationSetSendingPausedException",
            "Paused.",
            "unavailable",
        ),
        (
            400,
            "ConfigurationSetDoesNotExist",
            "No invitations.",
            "unavailable",
        ),
        (
            400,
            "MailFromDomainNotVerifiedException",
            "Not verified.",
            "unavailable",
        ),
        (
            403,
            "InvalidClientTokenId",
            "The token is invalid.",
            "unavailable",
        ),
        (403, "SignatureDoesNotMatch", "No match.", "unavailable"),
        (
            403,
            "AccessDenied",
            "Not authorized to send as noreply@devcon.example.",
            "unavailable",
        ),
        (403, "ExpiredToken", "Expired.", "unavailable"),
        (403, "SomethingNew", "No.", "unavailable"),
        (400, "RequestExpired", "Too old.", "unavailable"),
        (503, "Throttling", "Rate exceeded", "unavailable"),
        (400, "MessageRejected", unverified, "refused"),
        (400, "MessageRejected", "Address blacklisted.", "refused"),
        (
            400,
            "InvalidParameterValue",
            "Missing final '@domain'",
            "refused",
        ),
        (400, "ValidationError", "1 validation error", "refused"),
        (400, "SomethingNew", "What?", "deferred"),
        (500, "InternalFailure", "Something broke.", "in doubt"),
        (500, "MessageRejected", "Something broke.", "in doubt"),
        (503, "ServiceUnavailable", "Try later.", "in doubt"),
        (504, "GatewayTimeout", "Try later.", "in doubt"),
    ] {
        let outcome = outcome(SesServerStep::fail(status, code, message)).await;
        assert_eq!(class(&outcome), expected, "{status} {code}: {outcome:?}");
        let told = outcome.unwrap_err().to_string();
        assert!(told.contains(code), "{told}");
    }
    let error = outcome(SesServerStep::fail(400, "MessageRejected", unverified)).await;
    let told = error.unwrap_err().to_string();
    assert!(told.contains("Email address is not verified"), "{told}");
}

#[tokio::test]
async fn an_error_about_one_recipient_is_that_mails_alone() {
    for (status, code, message, expected) in [
        (
            403,
            "AccessDenied",
            "User `arn:aws:sts::1:assumed-role/invite/f' is not authorized to perform `ses:SendRawEmail' on resource \
             `arn:aws:ses:eu-central-1:1:identity/devcon.example'",
            "unavailable",
        ),
        // Of a recipient whose domain, or address, is an identity of the account.
        (
            403,
            "AccessDenied",
            "User `arn:aws:sts::1:assumed-role/invite/f' is not authorized to perform `ses:SendRawEmail' on resource \
             `arn:aws:ses:eu-central-1:1:identity/example.org'",
            "refused",
        ),
        (
            403,
            "AccessDeniedException",
            "User: arn:aws:sts::1:assumed-role/invite/f is not authorized to perform: ses:SendRawEmail on resource: \
             arn:aws:ses:eu-central-1:1:identity/jo.smith@example.org because no identity-based policy allows it",
            "refused",
        ),
        (
            400,
            "MessageRejected",
            "Sending suspended for this account. For more information, please check the inbox.",
            "unavailable",
        ),
        (
            400,
            "MessageRejected",
            "Address is on the suppression list for your account",
            "refused",
        ),
        (
            400,
            "InvalidParameterValue",
            "Domain contains dot-atom: `example..org'",
            "refused",
        ),
        (413, "RequestEntityTooLarge", "Too large.", "refused"),
    ] {
        let outcome = outcome(SesServerStep::fail(status, code, message)).await;
        assert_eq!(class(&outcome), expected, "{status} {code}: {outcome:?}");
        let told = outcome.unwrap_err().to_string();
        assert!(told.contains(code) && !told.contains("jo.smith"), "{told}");
    }
}

#[tokio::test]
async fn an_answer_that_says_nothing_leaves_doubt() {
    let html = "<html>Welcome to this hotel</html>";
    let empty =
        "<SendRawEmailResponse><SendRawEmailResult></SendRawEmailResult></SendRawEmailResponse>";
    for what in [
        SesServerStep::Cut,
        SesServerStep::TakeAndCut,
        SesServerStep::Answer(200, html.to_owned()),
        SesServerStep::TakeAndAnswer(200, html.to_owned()),
        SesServerStep::TakeAndAnswer(200, empty.to_owned()),
        SesServerStep::TakeAndAnswer(500, html.to_owned()),
        SesServerStep::TakeAndAnswer(502, String::new()),
    ] {
        let case = format!("{what:?}");
        let outcome = outcome(what).await;
        assert_eq!(class(&outcome), "in doubt", "{case}: {outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_ses_that_hangs_leaves_doubt_after_a_minute() {
    let start = Instant::now();
    let outcome = outcome(SesServerStep::Hang).await;
    assert_eq!(class(&outcome), "in doubt", "{outcome:?}");
    assert!(start.elapsed() < Duration::from_mins(2));
}

#[tokio::test]
async fn an_ses_that_is_not_there_or_no_credentials_leave_no_doubt() {
    let server = SesServer::start(1000.0, SesServerStep::Take).await;
    let unsigned = SesMailer::new(&client(server.address(), false), None);
    let outcome = unsigned.send(&mail(1)).await;
    assert_eq!(class(&outcome), "unavailable", "{outcome:?}");
    assert!(server.seen().asked.is_empty());

    let gone = server.address();
    drop(server);
    let absent = SesMailer::new(&client(gone, true), None);
    let outcome = absent.send(&mail(1)).await;
    assert_eq!(class(&outcome), "unavailable", "{outcome:?}");
}

#[tokio::test]
async fn a_name_beyond_ascii_is_refused_without_asking() {
    let server = SesServer::start(1000.0, SesServerStep::Take).await;
    let mut mail = mail(1);
    mail.to = "zoë@example.org".parse().unwrap();
    let outcome = SesMailer::new(&server.client(), None).send(&mail).await;
    assert_eq!(class(&outcome), "refused", "{outcome:?}");
    assert!(server.seen().asked.is_empty());
}

#[tokio::test(start_paused = true)]
async fn mails_go_as_fast_as_the_account_may_and_no_faster() {
    for (rate, at_least, at_most) in [(14.0, 2, 4), (1.0, 29, 31), (0.0, 29, 31)] {
        let server = SesServer::start(rate, SesServerStep::Take).await;
        let mailer = SesMailer::new(&server.client(), None);
        let start = Instant::now();
        for number in 1..=30 {
            mailer.send(&mail(number)).await.unwrap();
        }
        let took = start.elapsed().as_secs();
        assert!((at_least..=at_most).contains(&took), "{rate}: {took} s");
        assert_eq!(server.seen().quotas, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_asked_for_again_now_and_then() {
    let server = SesServer::start(14.0, SesServerStep::Take).await;
    let mailer = SesMailer::new(&server.client(), None);
    for number in 1..=3 {
        mailer.send(&mail(number)).await.unwrap();
        pass(Duration::from_mins(10)).await;
    }
    assert_eq!(server.seen().quotas, 2);
}
