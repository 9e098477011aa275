//! Which pages of the app somebody may see.

use super::Access;
use crate::config::{AccessPage, EventDocument};
use crate::group::GroupName;
use crate::people::User;

/// The pages that a user may see who may enter the event; somebody without a user is in no group.
pub(super) fn pages(document: &EventDocument, user: Option<&User>) -> Vec<String> {
    let is_open = |page: &&AccessPage| {
        page.admits(|group| user.is_some_and(|user| user.groups.contains_key(group)))
    };
    let pages = document.access.pages.iter();
    pages
        .filter(is_open)
        .map(|page| page.name.clone())
        .collect()
}

impl Access {
    /// The answer about one page of the app; `allowed` and `reason` are then about this page.
    #[must_use]
    pub fn to_page(self, page: &AccessPage) -> Self {
        if !self.allowed || self.pages.contains(&page.name) {
            return self;
        }
        let names: Vec<&str> = page.groups.iter().map(GroupName::as_str).collect();
        let (name, groups) = (&page.name, names.join(", "));
        Self {
            allowed: false,
            reason: format!(
                "The page \"{name}\" is only for members of these groups: {groups}; this person is in none of them"
            ),
            ..self
        }
    }
}
