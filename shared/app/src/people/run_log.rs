//! A run's log: its changes and issues, with filters.

use std::collections::HashSet;
use std::fmt;

use attendee_sync_domain::ids::{PersonId, RunId};
use attendee_sync_domain::issue::{Issue, Severity};
use attendee_sync_domain::profile::AttendeeField;
use attendee_sync_domain::run::{Action, Change};
use attendee_sync_domain::search::{Words, fold};

use crate::App;
use crate::error::Error;
use crate::people::cache::IndexedPerson;

/// Changes that are enough for a page; one page of the log can have more.
const ENOUGH: usize = 100;
/// The maximum number of log pages that are searched for one page of results.
const LOOK: usize = 20;

/// A filter of a run's changes.
#[derive(Debug, Clone, Default)]
pub struct ChangeFilter {
    /// What the change did.
    pub action: Option<Action>,
    /// Words in the person's address or name, as they are now or were before.
    pub words: Option<Words>,
}

/// A filter of a run's issues.
#[derive(Debug, Clone, Default)]
pub struct IssueFilter {
    /// Their severity.
    pub severity: Option<Severity>,
    /// Their code.
    pub code: Option<String>,
    /// The field that they concern.
    pub field: Option<String>,
}

impl IssueFilter {
    /// Returns whether the filter lets an issue through.
    #[must_use]
    pub fn takes(&self, issue: &Issue) -> bool {
        let code = self.code.as_deref();
        self.severity.is_none_or(|wanted| issue.severity == wanted)
            && code.is_none_or(|wanted| issue.code == wanted)
            && (self.field.is_none() || issue.field == self.field)
    }
}

/// A prepared filter of changes, with the people whose address or name has the words.
#[derive(Debug, Clone)]
pub struct Sought {
    action: Option<Action>,
    words: Option<(Words, HashSet<PersonId>)>,
}

impl Sought {
    fn takes(&self, change: &Change) -> bool {
        self.action.is_none_or(|wanted| change.action == wanted)
            && self.words.as_ref().is_none_or(|(words, people)| {
                people.contains(&change.person) || words.are_in(&named(change))
            })
    }
}

/// Returns the address and names in a change, folded: a change has former names that are stored
/// nowhere else.
fn named(change: &Change) -> String {
    let email = change.email.as_ref().map(ToString::to_string);
    let mut text = email.unwrap_or_default();
    let names = [AttendeeField::FirstName, AttendeeField::LastName];
    let fields = change.fields.iter();
    for field in fields.filter(|field| names.contains(&field.field)) {
        for name in [&field.before, &field.after].into_iter().flatten() {
            text.push(' ');
            text.push_str(name);
        }
    }
    fold(&text)
}

impl App {
    /// Prepares a filter for the changes of a run.
    pub async fn sought(&self, run: &RunId, filter: ChangeFilter) -> Result<Sought, Error> {
        let ChangeFilter { action, words } = filter;
        let Some(words) = words else {
            return Ok(Sought {
                action,
                words: None,
            });
        };
        let community = self.document(&run.event).await?.community;
        let _users = self.index_users(&community, Some(&run.event)).await?;
        let named = |person: &IndexedPerson| words.are_in(person.text());
        let people = self.index.people(&community, named, usize::MAX);
        Ok(Sought {
            action,
            words: Some((words, people.into_iter().collect())),
        })
    }

    /// Returns some changes of a run that are looked for, with the cursor from which to look on. There can
    /// be few of them, or none, and still a cursor: one call looks through a part of a long log. There are
    /// never more than `at_most`; the cursor then also says how many of a page of the log were seen.
    pub async fn changes_sought(
        &self,
        run: &RunId,
        sought: &Sought,
        cursor: Option<String>,
        at_most: usize,
    ) -> Result<(Vec<Change>, Option<String>), Error> {
        let (mut from, mut seen) = LogPlace::parse(cursor);
        let mut found: Vec<Change> = Vec::new();
        for _ in 0..LOOK {
            let (changes, next) = self.changes(run, from.clone()).await?;
            let matching = changes.into_iter().filter(|change| sought.takes(change));
            let mut matching: Vec<Change> = matching.skip(seen).collect();
            let room = at_most.saturating_sub(found.len());
            if matching.len() > room {
                matching.truncate(room);
                found.append(&mut matching);
                return Ok((
                    found,
                    Some(LogPlace(from, seen.saturating_add(room)).to_string()),
                ));
            }
            found.append(&mut matching);
            (from, seen) = (next, 0);
            if from.is_none() || found.len() >= ENOUGH {
                break;
            }
        }
        Ok((found, from))
    }
}

/// A place in a run's log: the cursor of one of its pages, and how many changes of it that are looked for come before. As text
/// they have an `@` between them, which no cursor of a page has.
struct LogPlace(Option<String>, usize);

impl LogPlace {
    fn parse(cursor: Option<String>) -> (Option<String>, usize) {
        let Some((page, seen)) = cursor.as_deref().and_then(|text| text.rsplit_once('@')) else {
            return (cursor, 0);
        };
        let page = (!page.is_empty()).then(|| page.to_owned());
        (page, seen.parse().unwrap_or(0))
    }
}

impl fmt::Display for LogPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.0.as_deref().unwrap_or_default(), self.1)
    }
}

#[cfg(test)]
mod tests {
    use attendee_sync_domain::run::FieldChange;

    use super::*;

    fn change(email: &str, action: Action) -> Change {
        Change {
            corrected: false,
            moved_to: None,
            person: "0123456789abcdef0123456789abcdef".parse().unwrap(),
            email: Some(email.parse().unwrap()),
            action,
            fields: vec![FieldChange {
                field: AttendeeField::LastName,
                before: Some("M\u{fc}ller".to_owned()),
                after: Some("Stone".to_owned()),
            }],
            reason: None,
        }
    }

    fn finds(action: Option<Action>, words: &str, known: &[PersonId], change: &Change) -> bool {
        let people = known.iter().copied().collect();
        let words = Words::of(words).map(|words| (words, people));
        Sought { action, words }.takes(change)
    }

    #[test]
    fn a_change_is_found_by_address_old_name_new_name_or_what_is_known_of_them() {
        let theirs = change("zoe@example.org", Action::Updated);
        for words in ["", "ZOE@", "muller", "stone zoe"] {
            assert!(finds(None, words, &[], &theirs), "{words}");
        }
        assert!(!finds(None, "ada", &[], &theirs));
        assert!(finds(None, "ada", &[theirs.person], &theirs));
        assert!(finds(Some(Action::Updated), "zoe", &[], &theirs));
        assert!(!finds(
            Some(Action::Removed),
            "zoe",
            &[theirs.person],
            &theirs
        ));
        let erased = theirs.without_person();
        assert!(!finds(None, "zoe", &[], &erased));
    }

    #[test]
    fn an_issue_has_to_be_all_that_is_asked_for() {
        let issue = Issue::new(Severity::Warning, 1, "too_long", "it is cut").about("company");
        let filter = |severity, code: Option<&str>, field: Option<&str>| IssueFilter {
            severity,
            code: code.map(str::to_owned),
            field: field.map(str::to_owned),
        };
        for (filter, takes) in [
            (IssueFilter::default(), true),
            (filter(Some(Severity::Warning), None, None), true),
            (filter(Some(Severity::Error), None, None), false),
            (filter(None, Some("too_long"), Some("company")), true),
            (filter(None, Some("too_long"), Some("country")), false),
            (filter(None, Some("not_text"), Some("company")), false),
        ] {
            assert_eq!(filter.takes(&issue), takes, "{filter:?}");
        }
    }
}
