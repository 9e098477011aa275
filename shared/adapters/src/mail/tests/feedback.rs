//! What SES tells, in the documented shapes.

use attendee_sync_domain::invitation::Feedback;
use serde_json::{Value, json};

use super::samples::{RECIPIENT, about};
use crate::mail::feedback::{FeedbackError, MailNotification, ses_feedback};

const AT: &str = "2026-11-01T10:05:00.123Z";

fn tags() -> Value {
    json!({
        "ses:configuration-set": ["invitations"],
        "ses:source-ip": ["192.0.2.0"],
        "event": ["devcon"],
        "person": [about(2).person.to_string()],
        "number": ["2"],
    })
}

fn headers() -> Value {
    json!([
        { "name": "From", "value": "DevCon <noreply@devcon.example>" },
        { "name": "X-Attendee-Sync", "value": format!("devcon {} 2", about(2).person) },
    ])
}

fn mail() -> Value {
    json!({
        "timestamp": "2026-11-01T10:00:00.000Z",
        "source": "DevCon <noreply@devcon.example>",
        "sourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/devcon.example",
        "sendingAccountId": "123456789012",
        "messageId": "0100-example",
        "destination": [RECIPIENT],
        "headersTruncated": false,
    })
}

/// The same as a published event and as a notification, each as it is and in its envelope.
fn every_way(kind: &str, field: &str, content: &Value) -> Vec<Vec<u8>> {
    let mut event = json!({ "eventType": kind, "mail": mail(), field: content });
    event["mail"]["tags"] = tags();
    let mut notification = json!({ "notificationType": kind, "mail": mail(), field: content });
    notification["mail"]["headers"] = headers();
    [event, notification]
        .iter()
        .flat_map(|told| [told.clone(), enveloped(&told.to_string())])
        .map(|told| told.to_string().into_bytes())
        .collect()
}

fn enveloped(message: &str) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "22b80b92-example",
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:feedback",
        "Subject": "Amazon SES Email Event Notification",
        "Message": message,
        "Timestamp": "2026-11-01T10:05:01.000Z",
        "SignatureVersion": "1",
    })
}

fn bounce(kind: &str, diagnostic: Option<&str>) -> Value {
    let mut recipient = json!({ "emailAddress": RECIPIENT, "action": "failed", "status": "5.1.1" });
    if let Some(diagnostic) = diagnostic {
        recipient["diagnosticCode"] = diagnostic.into();
    }
    json!({
        "bounceType": kind,
        "bounceSubType": "General",
        "bouncedRecipients": [recipient],
        "timestamp": AT,
        "feedbackId": "0100-example",
        "reportingMTA": "dsn; mail.example",
    })
}

#[test]
fn what_became_of_a_mail_is_understood_in_every_way_it_is_told() {
    let said = "smtp; 550 5.1.1 <jo.smith@example.org>... no jo.smith here";
    let shown = "smtp; 550 5.1.1 <…>... no … here".to_owned();
    let complaint =
        json!({ "complainedRecipients": [{ "emailAddress": RECIPIENT }], "timestamp": AT });
    let delivery = json!({ "timestamp": AT, "recipients": [RECIPIENT], "smtpResponse": "250 ok" });
    let rejected = Feedback::Bounced("SES rejected it: Bad content".to_owned());
    for (kind, field, content, what, permanent, has_time) in [
        (
            "Bounce",
            "bounce",
            bounce("Permanent", Some(said)),
            Feedback::Bounced(shown.clone()),
            true,
            true,
        ),
        (
            "Bounce",
            "bounce",
            bounce("Transient", Some(said)),
            Feedback::Bounced(shown.clone()),
            false,
            true,
        ),
        (
            "Bounce",
            "bounce",
            bounce("Undetermined", None),
            Feedback::Bounced("Undetermined, General".to_owned()),
            false,
            true,
        ),
        (
            "Complaint",
            "complaint",
            complaint,
            Feedback::Complained,
            true,
            true,
        ),
        (
            "Delivery",
            "delivery",
            delivery,
            Feedback::Delivered,
            false,
            true,
        ),
        (
            "Reject",
            "reject",
            json!({ "reason": "Bad content" }),
            rejected,
            false,
            false,
        ),
    ] {
        for told in every_way(kind, field, &content) {
            let expected = MailNotification {
                about: about(2),
                what: what.clone(),
                permanent,
                at: has_time.then(|| AT.parse().unwrap()),
            };
            assert_eq!(ses_feedback(&told).unwrap(), [expected], "{kind}");
        }
    }
}

#[test]
fn what_changes_nothing_tells_nothing() {
    for kind in [
        "Send",
        "Open",
        "Click",
        "DeliveryDelay",
        "Rendering Failure",
        "Subscription",
    ] {
        for told in every_way(kind, "other", &json!({})) {
            assert_eq!(ses_feedback(&told), Ok(vec![]), "{kind}");
        }
    }
    let greeting = "Successfully validated SNS topic for Amazon SES event publishing.";
    let greeting = enveloped(greeting).to_string();
    assert_eq!(ses_feedback(greeting.as_bytes()), Ok(vec![]));
    let greeting = json!({ "notificationType": "AmazonSnsSubscriptionSucceeded", "message": "x" });
    assert_eq!(ses_feedback(greeting.to_string().as_bytes()), Ok(vec![]));
}

#[test]
fn mail_that_is_not_ours_tells_nothing() {
    let person = about(2).person.to_string();
    for (tags, headers) in [
        (json!({}), json!([])),
        (json!({ "event": ["devcon"], "number": ["2"] }), json!([])),
        (
            json!({ "event": ["Dev Con"], "person": [person], "number": ["2"] }),
            json!([]),
        ),
        (
            json!({ "event": [], "person": [], "number": [] }),
            json!([]),
        ),
        (
            json!({}),
            json!([{ "name": "X-Attendee-Sync", "value": "devcon x 2" }]),
        ),
        (
            json!({}),
            json!([{ "name": "X-Attendee-Sync", "value": format!("devcon {person} 2 3") }]),
        ),
    ] {
        let mut told =
            json!({ "eventType": "Bounce", "mail": mail(), "bounce": bounce("Permanent", None) });
        told["mail"]["tags"] = tags;
        told["mail"]["headers"] = headers;
        assert_eq!(
            ses_feedback(told.to_string().as_bytes()),
            Ok(vec![]),
            "{told}"
        );
    }
}

#[test]
fn what_is_not_understood_is_an_error_that_repeats_no_address() {
    let mut wrong = json!({ "eventType": "Bounce", "mail": mail(), "bounce": RECIPIENT });
    let unknown = json!({ "eventType": format!("Lost {RECIPIENT}"), "mail": mail() });
    let bare = json!({ "eventType": "Bounce", "bounce": bounce("Permanent", None) });
    let subscription = json!({ "Type": "SubscriptionConfirmation", "Message": RECIPIENT });
    for (told, error) in [
        (String::new(), "not a notification of SES: line 1, column 0"),
        (
            "jo.smith@example.org".to_owned(),
            "not a notification of SES: line 1, column 1",
        ),
        (
            "[]".to_owned(),
            "not a notification of SES: line 1, column 2",
        ),
        (
            wrong.to_string(),
            "not a notification of SES: line 1, column",
        ),
        (
            enveloped(RECIPIENT).to_string(),
            "not a notification of SES: line 1, column 1",
        ),
        (
            mail().to_string(),
            "neither eventType nor notificationType is there",
        ),
        (unknown.to_string(), "SES told of something unknown: Lost …"),
        (
            bare.to_string(),
            "a notification of type Bounce without \"mail\"",
        ),
        (
            subscription.to_string(),
            "a message of SNS of type SubscriptionConfirmation",
        ),
    ] {
        let told = ses_feedback(told.as_bytes()).unwrap_err();
        assert!(told.to_string().starts_with(error), "{told}");
        assert!(!format!("{told} {told:?}").contains("smith"), "{told:?}");
    }
    wrong.as_object_mut().unwrap().remove("bounce");
    assert_eq!(
        ses_feedback(wrong.to_string().as_bytes()),
        Err(FeedbackError::Missing {
            kind: "Bounce".to_owned(),
            field: "bounce"
        })
    );
}
