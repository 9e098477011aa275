//! Sends mail through Amazon SES (`SendRawEmail`), which has no idempotency token: nothing is sent
//! twice, and a lost answer leaves the mail unknown.

mod errors;
mod rate;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::ports::{InvitationRef, MailError, Mailer, OutgoingMail, Sent};
use aws_sdk_ses::Client;
use aws_sdk_ses::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_ses::config::retry::RetryConfig;
use aws_sdk_ses::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_ses::error::BoxError;
use aws_sdk_ses::primitives::Blob;
use aws_sdk_ses::types::{MessageTag, RawMessage};
use tokio::time::timeout;

use self::rate::Rate;
pub use self::rate::Share;
use super::about;
use super::message::message;

/// How long an answer of SES is waited for.
const ANSWER: Duration = Duration::from_mins(1);

/// Sends mail through SES, not faster than the account may.
#[derive(Debug)]
pub struct SesMailer {
    client: Client,
    configuration_set: Option<String>,
    rate: Rate,
}

impl SesMailer {
    /// Returns a mailer with this client's region and credentials, without its retries. Feedback
    /// goes where the configuration set sends it.
    #[must_use]
    pub fn new(client: &Client, configuration_set: Option<String>) -> Self {
        let config = client.config().to_builder();
        let config = config.retry_config(RetryConfig::disabled()).build();
        Self {
            client: Client::from_conf(config),
            configuration_set,
            rate: Rate::new(Share {
                senders: 1,
                at_most: None,
            }),
        }
    }

    /// Makes this one of several senders, or limits its own rate.
    #[must_use]
    pub fn sharing(self, share: Share) -> Self {
        Self {
            rate: Rate::new(share),
            ..self
        }
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &OutgoingMail) -> Result<Sent, MailError> {
        let message = message(mail)?;
        if !message.bytes.is_ascii() {
            return Err(MailError::Refused(
                "SES accepts only ASCII characters before the @ sign".to_owned(),
            ));
        }
        self.rate.turn(&self.client).await;
        let raw = RawMessage::builder().data(Blob::new(message.bytes)).build();
        let raw = raw.map_err(|error| errors::unavailable(&error.to_string()))?;
        let transmitted = Arc::new(AtomicBool::new(false));
        let asked = self
            .client
            .send_raw_email()
            .source(mail.letter.from.address.as_str())
            .destinations(mail.to.address.as_str())
            .set_configuration_set_name(self.configuration_set.clone())
            .set_tags(mail.about.as_ref().map(tags).transpose()?)
            .raw_message(raw)
            .customize()
            .interceptor(Noticing(transmitted.clone()))
            .send();
        let answer = timeout(ANSWER, asked).await;
        let may_have_gone = transmitted.load(Ordering::SeqCst);
        match answer {
            Ok(Ok(answer)) if !answer.message_id().is_empty() => Ok(Sent {
                message_id: answer.message_id().to_owned(),
            }),
            Ok(Ok(_)) => Err(errors::in_doubt("it gave no message id")),
            Ok(Err(error)) => Err(errors::explained(&error, may_have_gone, mail)),
            Err(_) if may_have_gone => Err(errors::in_doubt("no answer in time")),
            Err(_) => Err(errors::unavailable("no answer in time")),
        }
    }
}

/// Returns the tags by which feedback identifies the mail. Names and values contain only letters,
/// digits and `-`, as tags must.
fn tags(about: &InvitationRef) -> Result<Vec<MessageTag>, MailError> {
    let tag = |name: &str, value: String| {
        let tag = MessageTag::builder().name(name).value(value).build();
        tag.map_err(|error| errors::unavailable(&error.to_string()))
    };
    Ok(vec![
        tag(about::EVENT, about.event.to_string())?,
        tag(about::PERSON, about.person.to_string())?,
        tag(about::NUMBER, about.number.to_string())?,
    ])
}

/// Records that a complete, signed request was given to the connection.
#[derive(Debug)]
struct Noticing(Arc<AtomicBool>);

impl Intercept for Noticing {
    fn name(&self) -> &'static str {
        "Noticing"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.store(true, Ordering::SeqCst);
        Ok(())
    }
}
