//! Addresses that get no mail, and why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why an address gets no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// Its server refuses mail for good.
    Bounce,
    /// Its owner reported a mail as spam.
    Complaint,
    /// Its owner unsubscribed.
    Unsubscribe,
    /// A person of the organiser put it there.
    Hand,
}

impl SuppressionReason {
    /// For people.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Bounce => "mail to this address bounced",
            Self::Complaint => "a mail to this address was reported as spam",
            Self::Unsubscribe => "the person unsubscribed",
            Self::Hand => "the organiser put this address on the suppression list",
        }
    }

    /// Whether it says at least as much as another: what a person wants counts more than what a
    /// mail server says, and what they do with a spam button most of all.
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

/// An address that gets no mail from a community. It is kept under the person's id, which does not
/// say who they are, and stays when they are erased: it is what keeps them from being mailed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct Suppression {
    /// Why.
    pub reason: SuppressionReason,
    /// Since when.
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
