//! What the event app reports of an attendee: whether they have an account, and when they entered.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the event app reported of an attendee. No sync changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct AppActivity {
    /// Whether they have an account in the app.
    #[serde(default)]
    pub has_account: bool,
    /// When they first entered the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered_at: Option<Timestamp>,
}

/// A report of the event app; what it leaves out stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ActivityReport {
    /// Whether they have an account in the app. Not given with `entered_at`: they have one.
    #[serde(default)]
    pub has_account: Option<bool>,
    /// When they entered the event. The earliest time that is reported stays.
    #[serde(default)]
    pub entered_at: Option<Timestamp>,
}

impl AppActivity {
    /// Whether nothing was reported.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }

    /// The activity after a report. The same report again changes nothing, and reports of entries may come
    /// in any order.
    #[must_use]
    pub fn after(self, report: &ActivityReport) -> Self {
        let entered = [self.entered_at, report.entered_at].into_iter().flatten();
        let enters = report.entered_at.is_some();
        Self {
            has_account: report.has_account.unwrap_or(self.has_account || enters),
            entered_at: entered.min(),
        }
    }

    /// The activity of one person at two addresses: what either of them says.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            has_account: self.has_account || other.has_account,
            entered_at: [self.entered_at, other.entered_at]
                .into_iter()
                .flatten()
                .min(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(hour: u8) -> ActivityReport {
        ActivityReport {
            has_account: None,
            entered_at: format!("2026-12-01T{hour:02}:00:00Z").parse().ok(),
        }
    }

    #[test]
    fn reports_may_come_twice_and_in_any_order() {
        let account = ActivityReport {
            has_account: Some(true),
            entered_at: None,
        };
        let none = AppActivity::default();
        let there = none.after(&account).after(&entered(9)).after(&entered(11));
        let back = none
            .after(&entered(11))
            .after(&entered(9))
            .after(&account)
            .after(&entered(11));
        assert_eq!(there, back);
        assert_eq!(there.entered_at, entered(9).entered_at);
        assert!(none.after(&entered(9)).has_account);
        let gone = ActivityReport {
            has_account: Some(false),
            entered_at: None,
        };
        assert!(!there.after(&gone).has_account);
    }
}
