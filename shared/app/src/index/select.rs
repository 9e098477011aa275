//! Who is in a list, and in which order. No input and no output.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use attendee_sync_domain::ids::PersonId;

use super::shelf::Rows;
use super::{Attendance, Person};
use crate::attendee_list::AttendeeFilter;

/// By what a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortBy {
    /// By the person's id: an order that stays.
    #[default]
    Person,
    /// First and last name.
    Name,
    /// The address.
    Email,
    /// The company.
    Company,
    /// The country.
    Country,
    /// When she was added.
    Added,
    /// When something of her last changed.
    Updated,
}

/// From which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// From the least.
    #[default]
    Ascending,
    /// From the greatest.
    Descending,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// By what.
    pub by: SortBy,
    /// From which end.
    pub direction: Direction,
}

impl SortBy {
    /// What people may choose.
    pub const NAMED: [(&'static str, Self); 6] = [
        ("name", Self::Name),
        ("email", Self::Email),
        ("company", Self::Company),
        ("country", Self::Country),
        ("added", Self::Added),
        ("updated", Self::Updated),
    ];
}

impl Order {
    /// The order that a name says, with a `-` before it from the greatest.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (name, direction) = match name.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (name, Direction::Ascending),
        };
        let found = SortBy::NAMED.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, by)| Self { by, direction })
    }

    fn compare(self, a: &Row, b: &Row) -> Ordering {
        let by = match self.by {
            SortBy::Person => Ordering::Equal,
            SortBy::Name => a.name().cmp(b.name()),
            SortBy::Email => a.text().cmp(b.text()),
            SortBy::Company => compare(a.field(|p| &p.company), b.field(|p| &p.company)),
            SortBy::Country => compare(a.field(|p| &p.country), b.field(|p| &p.country)),
            SortBy::Added => a.seen.added.cmp(&b.seen.added),
            SortBy::Updated => a.seen.updated.cmp(&b.seen.updated),
        };
        let whole = by.then_with(|| a.person.cmp(&b.person));
        match self.direction {
            Direction::Ascending => whole,
            Direction::Descending => whole.reverse(),
        }
    }
}

/// Compares texts without regard to case; those that are not empty come first.
fn compare(a: &str, b: &str) -> Ordering {
    let (lower_a, lower_b) = (lower(a), lower(b));
    let by_words = || lower_a.cmp(lower_b);
    a.is_empty().cmp(&b.is_empty()).then_with(by_words)
}

fn lower(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

/// A page of who is in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) people: Vec<PersonId>,
    /// How many come before the first.
    pub(crate) before: usize,
    /// How many are in the list.
    pub(crate) total: usize,
}

/// A value that some in a list have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The value; of groups, the key.
    pub value: String,
    /// How many have it.
    pub count: usize,
}

/// What the people of an event have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facets {
    pub(crate) countries: Vec<Choice>,
    pub(crate) groups: Vec<Choice>,
}

#[derive(Clone, Copy)]
struct Row<'r> {
    person: PersonId,
    /// Nobody where her user is not known: she is being erased.
    who: Option<&'r Person>,
    seen: &'r Attendance,
}

impl<'r> Row<'r> {
    fn text(&self) -> &'r str {
        self.who.map_or("", Person::text)
    }

    fn name(&self) -> &'r str {
        self.who.map_or("", Person::name)
    }

    fn field(&self, field: impl Fn(&'r Person) -> &'r Option<Arc<str>>) -> &'r str {
        self.who.and_then(|p| field(p).as_deref()).unwrap_or("")
    }

    fn is_in(&self, filter: &AttendeeFilter) -> bool {
        filter.presence.admits(self.seen.presence)
            && filter.invitation.admits(self.seen.invitation)
            && filter
                .changed_in
                .is_none_or(|run| self.seen.changed_in == Some(run))
            && filter
                .updated_since
                .is_none_or(|since| self.seen.updated >= since)
            && filter
                .country
                .as_deref()
                .is_none_or(|wanted| self.field(|p| &p.country) == wanted)
            && filter.group.as_ref().is_none_or(|wanted| {
                let mut groups = self.who.iter().flat_map(|person| &person.groups);
                groups.any(|group| **group == *wanted.as_str())
            })
            && filter
                .search
                .as_ref()
                .is_none_or(|words| words.are_in(self.text()))
    }
}

/// The people of an event whom the filter lets through, in this order, beginning after somebody;
/// `None` where she is not in the event.
pub(crate) fn select(
    users: &Rows<Person>,
    attendees: &Rows<Attendance>,
    filter: &AttendeeFilter,
    order: Order,
    after: Option<PersonId>,
    limit: usize,
) -> Option<Selection> {
    let row = |person: PersonId, seen| Row {
        person,
        who: users.get(&person),
        seen,
    };
    let last = match after {
        Some(person) => Some(row(person, attendees.get(&person)?)),
        None => None,
    };
    let mut rows: Vec<Row> = attendees
        .iter()
        .map(|(person, seen)| row(*person, seen))
        .filter(|row| row.is_in(filter))
        .collect();
    let total = rows.len();
    if let Some(last) = last {
        rows.retain(|row| order.compare(row, &last) == Ordering::Greater);
    }
    let before = total - rows.len();
    if limit < rows.len() {
        rows.select_nth_unstable_by(limit, |a, b| order.compare(a, b));
        rows.truncate(limit);
    }
    rows.sort_unstable_by(|a, b| order.compare(a, b));
    Some(Selection {
        people: rows.iter().map(|row| row.person).collect(),
        before,
        total,
    })
}

/// Which countries and groups the people have whom the filter lets through, by how many have them.
pub(crate) fn facets(
    users: &Rows<Person>,
    attendees: &Rows<Attendance>,
    filter: &AttendeeFilter,
    most: usize,
) -> Facets {
    let mut countries: HashMap<&str, usize> = HashMap::new();
    let mut groups: HashMap<&str, usize> = HashMap::new();
    for (person, seen) in attendees {
        let who = users.get(person);
        let row = Row {
            person: *person,
            who,
            seen,
        };
        let Some(who) = who.filter(|_| row.is_in(filter)) else {
            continue;
        };
        if let Some(country) = &who.country {
            *countries.entry(country).or_default() += 1;
        }
        for group in &who.groups {
            *groups.entry(group).or_default() += 1;
        }
    }
    Facets {
        countries: choices(countries, most),
        groups: choices(groups, most),
    }
}

/// Those that most have, by name.
fn choices(counted: HashMap<&str, usize>, most: usize) -> Vec<Choice> {
    let mut choices: Vec<(&str, usize)> = counted.into_iter().collect();
    choices.sort_unstable_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
    choices.truncate(most);
    choices.sort_unstable_by_key(|(value, _)| *value);
    let choice = |(value, count): (&str, usize)| Choice {
        value: value.to_owned(),
        count,
    };
    choices.into_iter().map(choice).collect()
}
