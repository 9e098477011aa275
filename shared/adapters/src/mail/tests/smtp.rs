//! SMTP, step by step, with a server that does what it should not.

use std::num::NonZeroU32;
use std::time::Duration;

use attendee_sync_app::ports::{MailError, Mailer, Sent};
use attendee_sync_testkit::peers::{At, SmtpServer, SmtpServerStep};
use attendee_sync_testkit::waiting::pass;
use tokio::time::Instant;

use super::contract::{assert_true, hands_each_mail_over_once};
use super::samples::mail;
use crate::mail::smtp::SmtpMailer;

fn mailer(url: &str) -> SmtpMailer {
    SmtpMailer::new(url, NonZeroU32::new(10_000).unwrap()).unwrap()
}

#[test]
fn mail_may_come_from_the_domain_of_the_account() {
    let may = |url: &str, sender: &str| {
        let (community, sender) = ("acme".parse().unwrap(), sender.parse().unwrap());
        mailer(url).senders().require(&community, &sender).is_ok()
    };
    let signed_in = "smtps://desk%40acme.example:s3cret@smtp.provider.example";
    assert!(may(signed_in, "noreply@acme.example"));
    assert!(!may(signed_in, "noreply@provider.example"));
    let by_host = "smtps://apikey:s3cret@mail.acme.example";
    assert!(may(by_host, "noreply@acme.example"));
    assert!(!may(by_host, "boss@bank.example"));
    assert!(may("smtp://127.0.0.1:1025", "boss@bank.example"));
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Sent,
    Unavailable,
    Deferred,
    Refused,
    InDoubt,
}

fn class(outcome: &Result<Sent, MailError>) -> Class {
    match outcome {
        Ok(_) => Class::Sent,
        Err(MailError::Unavailable { .. }) => Class::Unavailable,
        Err(MailError::Deferred(_)) => Class::Deferred,
        Err(MailError::Refused(_)) => Class::Refused,
        Err(MailError::InDoubt(_)) => Class::InDoubt,
    }
}

/// Sends one mail through a server that does this there, each time; and asserts what always holds.
async fn outcome(at: At, what: SmtpServerStep) -> Result<Sent, MailError> {
    let case = format!("{at:?}: {what:?}");
    let server = SmtpServer::scripted(move |now, _| (now == at).then(|| what.clone())).await;
    let url = if at == At::StartTls {
        format!("{}?tls=required", server.url())
    } else {
        server.url_with_password()
    };
    let outcome = mailer(&url).send(&mail(1)).await;
    let seen = server.seen();
    assert_true(&case, &outcome, seen.stored.len(), seen.bodies);
    outcome
}

#[tokio::test]
async fn a_willing_server_gets_each_mail_once() {
    let server = SmtpServer::willing().await;
    let mailer = mailer(&server.url());
    hands_each_mail_over_once(&mailer, || server.seen().stored).await;
    assert_eq!(server.seen().connections, 1, "one connection serves all");
}

#[tokio::test]
async fn a_cut_leaves_doubt_only_once_the_body_has_begun() {
    for at in At::ALL {
        // On a first connection nothing is reset.
        if at == At::Reset {
            continue;
        }
        let outcome = outcome(at, SmtpServerStep::Cut).await;
        let expected = if at.has_body() {
            Class::InDoubt
        } else {
            Class::Unavailable
        };
        assert_eq!(class(&outcome), expected, "{at:?}: {outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_left_within_four_minutes() {
    for at in At::ALL {
        if at == At::Reset {
            continue;
        }
        let start = Instant::now();
        let outcome = outcome(at, SmtpServerStep::Hang).await;
        let expected = if at.has_body() {
            Class::InDoubt
        } else {
            Class::Unavailable
        };
        assert_eq!(class(&outcome), expected, "{at:?}: {outcome:?}");
        assert!(start.elapsed() < Duration::from_mins(4), "{at:?}");
    }
}

#[tokio::test]
async fn every_answer_has_its_meaning_at_its_step() {
    use Class::{Deferred, InDoubt, Refused, Sent, Unavailable};
    for (at, answer, expected) in [
        (At::Greeting, "554 no service", Unavailable),
        (At::Greeting, "421 busy", Unavailable),
        (At::Greeting, "HTTP/1.1 400 Bad Request", Unavailable),
        (At::Ehlo, "550 who are you", Unavailable),
        (At::Ehlo, "421 going down", Unavailable),
        (At::StartTls, "454 not now", Unavailable),
        (
            At::Auth,
            "535 bad login demo s3cret-pw AGRlbW8AczNjcmV0LXB3",
            Unavailable,
        ),
        (At::Auth, "454 not now", Unavailable),
        (
            At::Mail,
            "550 noreply@devcon.example may not send",
            Unavailable,
        ),
        (At::Mail, "451 too many", Unavailable),
        (At::Mail, "354 what", Unavailable),
        (
            At::Recipient,
            "550 5.1.1 <jo.smith@example.org> unknown",
            Refused,
        ),
        (At::Recipient, "550-no\r\n550 jo.smith here", Refused),
        (
            At::Recipient,
            "450 jo.smith@example.org is greylisted",
            Deferred,
        ),
        (At::Recipient, "452 too many", Deferred),
        (At::Recipient, "421 going down", Unavailable),
        (At::Recipient, "251 will forward", Sent),
        (At::Data, "451 later", Deferred),
        (At::Data, "554 no valid recipients", Refused),
        (At::Data, "421 going down", Unavailable),
        (At::Data, "250 what", Unavailable),
        (At::Body, "552 too big", Refused),
        (At::Body, "554 smells of spam", Refused),
        (At::Body, "451 later", Deferred),
        (At::Body, "421 going down", Deferred),
        (At::Body, "354 what", InDoubt),
        (At::Body, "nonsense", InDoubt),
        (At::Stored, "250 ok", Sent),
        (At::Stored, "251 ok", Sent),
        (At::Stored, "354 what", InDoubt),
    ] {
        let outcome = outcome(at, SmtpServerStep::answer(answer)).await;
        assert_eq!(class(&outcome), expected, "{at:?} {answer}: {outcome:?}");
    }
}

#[tokio::test]
async fn the_servers_words_are_told_without_the_address_in_them() {
    let answer = "550-5.1.1 <jo.smith@example.org>:\r\n550 5.1.1 mailbox of jo.smith is full";
    let error = outcome(At::Recipient, SmtpServerStep::answer(answer))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the mail server refused the mail: 550 5.1.1 <…>: mailbox of … is full"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_takes_no_mail() {
    let address = SmtpServer::willing().await.address;
    let outcome = mailer(&format!("smtp://{address}")).send(&mail(1)).await;
    assert_eq!(class(&outcome), Class::Unavailable, "{outcome:?}");
}

#[tokio::test]
async fn a_refused_recipient_leaves_the_connection_for_the_next() {
    let server = SmtpServer::scripted(|at, seen| {
        let first = seen
            .commands
            .iter()
            .filter(|line| line.starts_with("RCPT"))
            .count()
            == 1;
        (at == At::Recipient && first).then(|| SmtpServerStep::answer("550 unknown"))
    })
    .await;
    let mailer = mailer(&server.url());
    assert_eq!(class(&mailer.send(&mail(1)).await), Class::Refused);
    assert_eq!(class(&mailer.send(&mail(2)).await), Class::Sent);
    let seen = server.seen();
    assert_eq!((seen.connections, seen.stored.len()), (1, 1));
    assert!(seen.commands.contains(&"RSET\r\n".to_owned()));
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced_once() {
    for (at, what) in [
        (At::Reset, SmtpServerStep::Cut),
        (At::Reset, SmtpServerStep::answer("421 too long idle")),
        (At::Mail, SmtpServerStep::Cut),
        (At::Mail, SmtpServerStep::answer("421 too long idle")),
    ] {
        let case = format!("{at:?}: {what:?}");
        let server = SmtpServer::scripted(move |now, seen| {
            let dies = now == at && seen.connections == 1 && seen.stored.len() == 1;
            dies.then(|| what.clone())
        })
        .await;
        let mailer = mailer(&server.url());
        for number in 1..=3 {
            let outcome = mailer.send(&mail(number)).await;
            assert_eq!(class(&outcome), Class::Sent, "{case}: {outcome:?}");
        }
        let seen = server.seen();
        assert_eq!((seen.connections, seen.stored.len()), (2, 3), "{case}");
    }
    // A new connection that dies as well is not replaced.
    let server = SmtpServer::scripted(|at, seen| {
        (at == At::Mail && !seen.stored.is_empty()).then_some(SmtpServerStep::Cut)
    })
    .await;
    let mailer = mailer(&server.url());
    assert_eq!(class(&mailer.send(&mail(1)).await), Class::Sent);
    assert_eq!(class(&mailer.send(&mail(2)).await), Class::Unavailable);
    assert_eq!(server.seen().connections, 2);
}

#[tokio::test]
async fn after_doubt_the_next_mail_goes_over_a_new_connection() {
    let server = SmtpServer::scripted(|at, seen| {
        (at == At::InBody && seen.bodies == 1).then_some(SmtpServerStep::Cut)
    })
    .await;
    let mailer = mailer(&server.url());
    assert_eq!(class(&mailer.send(&mail(1)).await), Class::InDoubt);
    assert_eq!(class(&mailer.send(&mail(2)).await), Class::Sent);
    let seen = server.seen();
    assert_eq!((seen.connections, seen.stored.len()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed() {
    let server = SmtpServer::willing().await;
    let mailer = mailer(&server.url());
    mailer.send(&mail(1)).await.unwrap();
    assert_eq!(server.seen().ended, 0);
    pass(Duration::from_mins(1)).await;
    let seen = server.seen();
    assert_eq!(seen.ended, 1);
    assert_eq!(seen.commands.last().unwrap(), "QUIT\r\n");
    mailer.send(&mail(2)).await.unwrap();
    assert_eq!(server.seen().connections, 2);
}

#[tokio::test]
async fn a_name_beyond_ascii_needs_a_server_that_knows_it() {
    let mut mail = mail(1);
    mail.to = "zoë@bücher.example".parse().unwrap();
    let server = SmtpServer::willing().await;
    mailer(&server.url()).send(&mail).await.unwrap();
    let commands = server.seen().commands.concat();
    assert!(
        commands.contains("> SMTPUTF8 BODY=8BITMIME\r\n"),
        "{commands}"
    );
    assert!(
        commands.contains("RCPT TO:<zoë@xn--bcher-kva.example>\r\n"),
        "{commands}"
    );

    let old = SmtpServer::scripted(|at, _| {
        (at == At::Ehlo).then(|| SmtpServerStep::answer("250-mail.example\r\n250 8BITMIME"))
    })
    .await;
    let mailer = mailer(&old.url());
    let error = mailer.send(&mail).await.unwrap_err();
    assert!(matches!(error, MailError::Refused(_)), "{error:?}");
    assert!(error.to_string().contains("only ASCII"), "{error}");
    assert_eq!(
        class(&mailer.send(&super::samples::mail(2)).await),
        Class::Sent
    );
    assert_eq!(old.seen().connections, 1);
}

#[tokio::test]
async fn without_encryption_nothing_is_said_that_needs_it() {
    let server = SmtpServer::willing().await;
    let with_password = server.url_with_password();
    for tls in ["required", "opportunistic"] {
        let outcome = mailer(&format!("{with_password}?tls={tls}"))
            .send(&mail(1))
            .await;
        assert_eq!(class(&outcome), Class::Unavailable, "{outcome:?}");
        let reason = outcome.unwrap_err().to_string();
        assert!(reason.contains("does not offer encryption"), "{reason}");
    }
    let commands = server.seen().commands.concat();
    assert!(
        !commands.contains("AUTH") && !commands.contains("MAIL"),
        "{commands}"
    );
    let open = format!("{}?tls=opportunistic", server.url());
    mailer(&open).send(&mail(1)).await.unwrap();
}

#[tokio::test]
async fn the_password_is_sent_and_never_shown() {
    let server = SmtpServer::willing().await;
    let mailer = mailer(&server.url_with_password());
    mailer.send(&mail(1)).await.unwrap();
    let commands = server.seen().commands.concat();
    assert!(
        commands.contains("AUTH PLAIN AGRlbW8AczNjcmV0LXB3\r\n"),
        "{commands}"
    );
    let shown = format!("{mailer:?}");
    assert!(
        !shown.contains("s3cret") && !shown.contains("demo"),
        "{shown}"
    );
}

#[tokio::test(start_paused = true)]
async fn mails_go_no_faster_than_allowed() {
    let server = SmtpServer::willing().await;
    let mailer = SmtpMailer::new(&server.url(), NonZeroU32::new(2).unwrap()).unwrap();
    let start = Instant::now();
    for number in 1..=5 {
        mailer.send(&mail(number)).await.unwrap();
    }
    assert!(
        start.elapsed() >= Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}
