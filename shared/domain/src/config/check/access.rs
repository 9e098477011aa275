//! Pages of the app: each has a name of its own, and groups that can be.

use std::collections::BTreeSet;

use super::Checks;
use crate::config::AccessRules;
use crate::group::GroupName;

/// Most pages of an event, most groups of one page, and longest name of a page, in characters.
const MOST: usize = 100;

impl Checks<'_> {
    pub(super) fn access(&mut self, access: &AccessRules) {
        let pages = &access.pages;
        self.refuse_if(pages.len() > MOST, "access.pages", "at most 100 pages");
        let mut names = BTreeSet::new();
        for (number, page) in pages.iter().enumerate() {
            let place = format!("access.pages[{number}]");
            let (name, at) = (page.name.as_str(), format!("{place}.name"));
            if name.trim().is_empty() {
                self.refuse(at, "the page needs a name, as the app calls it");
            } else if name.chars().count() > MOST || name.chars().any(char::is_control) {
                self.refuse(at, "a page's name is one line of at most 100 characters");
            } else if !names.insert(name) {
                self.refuse(
                    at,
                    format!("there are two pages called \"{name}\"; name each once"),
                );
            }
            let groups = &page.groups;
            let at = format!("{place}.groups");
            self.refuse_if(groups.len() > MOST, &at, "at most 100 groups");
            for (number, group) in groups.iter().enumerate() {
                if GroupName::parse(group.as_str()).is_none() {
                    self.refuse(format!("{at}[{number}]"), "the group needs a name");
                }
            }
        }
    }
}
