//! The notify part of the document: who is told when the event needs somebody.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::email::EmailAddress;
use crate::notice::NoticeKind;

/// Somebody who is told when the event needs somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NotifyTarget {
    /// Whom: `mailto:` and an e-mail address, or an `https` URL.
    pub to: String,
    /// Of what; of everything where it is not given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<NoticeKind>,
    /// What a URL is sent: `webhook` where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<NoticeFormat>,
}

/// What a URL is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeFormat {
    /// A message as incoming webhooks of Slack take it.
    Slack,
    /// JSON with the signature of Standard Webhooks.
    Webhook,
}

/// The way to a recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeChannel {
    /// By mail.
    Mail(EmailAddress),
    /// By a request in this format.
    Post(Url, NoticeFormat),
}

impl NotifyTarget {
    /// Whether the recipient is told of this.
    #[must_use]
    pub fn wants(&self, kind: NoticeKind) -> bool {
        self.on.is_empty() || self.on.contains(&kind)
    }

    /// The way to the recipient; nothing where it cannot be read.
    #[must_use]
    pub fn channel(&self) -> Option<NoticeChannel> {
        if let Some(address) = self.to.strip_prefix("mailto:") {
            return address.parse().ok().map(NoticeChannel::Mail);
        }
        let url = Url::parse(&self.to).ok()?;
        let format = self.format.unwrap_or(NoticeFormat::Webhook);
        Some(NoticeChannel::Post(url, format))
    }
}
