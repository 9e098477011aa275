//! Who may enter the event, and who may see which page of the app.

use serde::{Deserialize, Serialize};

use crate::group::{GroupKey, GroupName};

/// Who may enter the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AccessRules {
    /// Only synced attendees; otherwise every user of the community.
    #[serde(default = "yes")]
    pub attendees_only: bool,
    /// Pages and tabs of the app that the app asks about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schemas", schema(max_items = 100))]
    pub pages: Vec<AccessPage>,
}

/// A page or tab of the app, and who may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AccessPage {
    /// Its name in the app.
    #[cfg_attr(feature = "schemas", schema(max_length = 100))]
    pub name: String,
    /// Who is in one of these groups may see it; without groups, whoever may enter the event.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schemas", schema(max_items = 100))]
    pub groups: Vec<GroupName>,
}

fn yes() -> bool {
    true
}

impl Default for AccessRules {
    fn default() -> Self {
        Self {
            attendees_only: true,
            pages: Vec::new(),
        }
    }
}

impl AccessRules {
    /// The page of this name.
    #[must_use]
    pub fn page(&self, name: &str) -> Option<&AccessPage> {
        self.pages.iter().find(|page| page.name == name)
    }
}

impl AccessPage {
    /// Whether somebody may see it who may enter the event; `is_in` says in which groups they are.
    #[must_use]
    pub fn admits(&self, is_in: impl Fn(&GroupKey) -> bool) -> bool {
        self.groups.is_empty() || self.groups.iter().any(|group| is_in(&group.key()))
    }
}
