//! The hook part of the document: how a registration system reports changes.

use serde::{Deserialize, Serialize};

use super::mapping::FieldMapping;
use super::secret::SecretValue;

/// How a registration system reports that something changed, and how it signs that. The address is made in the
/// console, and is no part of the document.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HookSettings {
    /// How its hooks are signed.
    #[serde(default)]
    pub signature: HookSignature,
    /// What they are signed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretValue>,
    /// With `hmac`: the header of the signature, where it is not `X-Hub-Signature-256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// Where a hook's body has the address of the person whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<FieldMapping>,
    /// Where a hook's body has what stands for `{source_id}` in `source.one_record`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<FieldMapping>,
}

impl HookSettings {
    /// The header that a signature of the kind `hmac` is in, in lower case.
    #[must_use]
    pub fn hmac_header(&self) -> String {
        let own = self.header.as_deref().map(str::to_ascii_lowercase);
        own.unwrap_or_else(|| "x-hub-signature-256".to_owned())
    }
}

/// How hooks are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HookSignature {
    /// Not at all: the address is the secret.
    #[default]
    None,
    /// By Standard Webhooks 1.0.
    StandardWebhooks,
    /// As Tito does, in `Tito-Signature`.
    Tito,
    /// As Hi.Events does, in `Signature`.
    HiEvents,
    /// As Ticket Tailor does, in `Tickettailor-Webhook-Signature`.
    TicketTailor,
    /// HMAC-SHA-256 of the body in a header, as GitHub does.
    Hmac,
}

impl HookSignature {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::StandardWebhooks,
        Self::Tito,
        Self::HiEvents,
        Self::TicketTailor,
        Self::Hmac,
    ];

    /// Its name, as documents have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StandardWebhooks => "standard_webhooks",
            Self::Tito => "tito",
            Self::HiEvents => "hi_events",
            Self::TicketTailor => "ticket_tailor",
            Self::Hmac => "hmac",
        }
    }
}
