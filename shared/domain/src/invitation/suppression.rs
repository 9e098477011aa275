//! Suppressions: addresses that get no mail, and the reasons.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The reason why an address gets no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// The recipient's mail server rejects mail permanently.
    Bounce,
    /// The recipient reported a mail as spam.
    Complaint,
    /// The recipient unsubscribed.
    Unsubscribe,
    /// A person of the organiser suppressed the address.
    Hand,
}

impl SuppressionReason {
    /// Returns the reason in words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Bounce => "mail to this address bounced",
            Self::Complaint => "a mail to this address was reported as spam",
            Self::Unsubscribe => "the person unsubscribed",
            Self::Hand => "the organiser put this address on the suppression list",
        }
    }

    /// Returns whether this reason is at least as strong as another one. A person's wish is
    /// stronger than a mail server's answer, and a spam report is the strongest.
    #[must_use]
    pub fn outweighs(self, other: Self) -> bool {
        let weight = |reason| match reason {
            Self::Bounce => 0,
            Self::Hand => 1,
            Self::Unsubscribe => 2,
            Self::Complaint => 3,
        };
        weight(self) >= weight(other)
    }
}

/// An address that gets no mail from a community. It is stored under the person's id, which does
/// not reveal who they are, and stays when they are erased: it prevents that they get mail again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Suppression {
    /// The reason.
    pub reason: SuppressionReason,
    /// The time since which the address gets no mail.
    pub since: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weaker_reason_takes_no_stronger_ones_place() {
        use SuppressionReason::{Bounce, Complaint, Hand, Unsubscribe};
        let order = [Bounce, Hand, Unsubscribe, Complaint];
        for (place, one) in order.iter().enumerate() {
            for (other_place, other) in order.iter().enumerate() {
                assert_eq!(one.outweighs(*other), place >= other_place);
            }
        }
    }
}
