//! Selects and sorts the people of a list, without input or output.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use attendee_sync_domain::expression::country_name;
use attendee_sync_domain::ids::PersonId;

use super::partition::PersonRows;
use super::{Attendance, AttendanceState, IndexedPerson};
use crate::people::attendee_list::{AttendeeFilter, PresenceFilter};

/// Up to this number of matches, sorting waits until all people were seen.
const FEW_MATCHES: usize = 1_000;
/// The maximum number of values that a filter offers.
const MOST_CHOICES: usize = 300;

/// The field by which a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortBy {
    /// The person's id, which never changes.
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
    /// When they were added.
    Added,
    /// When they were last changed.
    Updated,
}

/// The direction of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// From the smallest to the greatest.
    #[default]
    Ascending,
    /// From the greatest to the smallest.
    Descending,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListOrder {
    /// The field.
    pub by: SortBy,
    /// The direction.
    pub direction: Direction,
}

impl SortBy {
    const COUNT: usize = 7;

    /// The fields that a person may choose, by name.
    pub const NAMED: [(&'static str, Self); 6] = [
        ("name", Self::Name),
        ("email", Self::Email),
        ("company", Self::Company),
        ("country", Self::Country),
        ("added", Self::Added),
        ("updated", Self::Updated),
    ];

    fn compare(self, a: &AttendeeListRow, b: &AttendeeListRow) -> Ordering {
        let by = match self {
            Self::Person => Ordering::Equal,
            Self::Name => a.name().cmp(b.name()),
            Self::Email => a.text().cmp(b.text()),
            Self::Company => compare(a.field(|p| &p.company), b.field(|p| &p.company)),
            Self::Country => compare(a.country(), b.country()),
            Self::Added => a.seen.added.cmp(&b.seen.added),
            Self::Updated => a.seen.updated.cmp(&b.seen.updated),
        };
        by.then_with(|| a.person.cmp(&b.person))
    }
}

impl ListOrder {
    /// Returns the order of this name; a `-` before the name reverses it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (name, direction) = match name.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (name, Direction::Ascending),
        };
        let found = SortBy::NAMED.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, by)| Self { by, direction })
    }
}

/// Compares texts without regard to case; empty texts come last.
fn compare(a: &str, b: &str) -> Ordering {
    let (lower_a, lower_b) = (lower(a), lower(b));
    let by_words = || lower_a.cmp(lower_b);
    a.is_empty().cmp(&b.is_empty()).then_with(by_words)
}

fn lower(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

/// A page of a list, as ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListSelection {
    pub(crate) people: Vec<PersonId>,
    /// The number of people before the page.
    pub(crate) before: usize,
    /// The number of people in the list.
    pub(crate) total: usize,
}

/// A value by which a list can be filtered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListChoice {
    /// The value; of groups, the key.
    pub value: String,
    /// The number of people who have it.
    pub count: usize,
}

/// The values by which an event's list can be filtered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facets {
    pub(crate) countries: Vec<ListChoice>,
    pub(crate) groups: Vec<ListChoice>,
}

struct AttendeeListRow {
    person: PersonId,
    /// `None` where the user is not known, because the person is being erased.
    who: Option<Arc<IndexedPerson>>,
    seen: AttendanceState,
    source_ids: Option<Arc<str>>,
}

impl AttendeeListRow {
    fn text(&self) -> &str {
        self.who.as_deref().map_or("", IndexedPerson::text)
    }

    fn name(&self) -> &str {
        self.who.as_deref().map_or("", IndexedPerson::name)
    }

    fn field(&self, field: impl Fn(&IndexedPerson) -> &Option<Arc<str>>) -> &str {
        let who = self.who.as_deref();
        who.and_then(|p| field(p).as_deref()).unwrap_or("")
    }

    /// Returns the country by its name, as pages show it, where it is stored as a code.
    fn country(&self) -> &str {
        let stored = self.field(|person| &person.country);
        country_name(stored).unwrap_or(stored)
    }

    fn is_in(&self, filter: &AttendeeFilter) -> bool {
        filter.presence.admits(self.seen.presence)
            && filter.invitation.admits(self.seen.invitation)
            && filter.activity.admits(self.seen.activity)
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
            && filter.groups.iter().all(|one_of| {
                let mut groups = self.who.iter().flat_map(|person| person.groups.iter());
                groups.any(|grant| one_of.iter().any(|wanted| *grant.group == *wanted.as_str()))
            })
            && filter
                .search
                .as_ref()
                .is_none_or(|words| words.are_in(self.text()))
    }
}

/// An event's attendees with their users at one time, and the orders that were requested.
pub(crate) struct Snapshot {
    rows: Vec<AttendeeListRow>,
    /// The versions of the users and of the attendees.
    versions: (u64, u64),
    /// For each field, the indexes of `rows` in its order.
    sorted: [OnceLock<Box<[u32]>>; SortBy::COUNT],
    facets: [OnceLock<Arc<Facets>>; 3],
}

impl Snapshot {
    pub(super) fn new(
        users: &PersonRows<Arc<IndexedPerson>>,
        attendees: &PersonRows<Attendance>,
        versions: (u64, u64),
    ) -> Self {
        let row = |(person, attendance): (&PersonId, &Attendance)| AttendeeListRow {
            person: *person,
            who: users.get(person).cloned(),
            seen: attendance.state,
            source_ids: attendance.source_ids.clone(),
        };
        Self {
            rows: attendees.iter().map(row).collect(),
            versions,
            sorted: Default::default(),
            facets: Default::default(),
        }
    }

    pub(super) fn versions(&self) -> (u64, u64) {
        self.versions
    }

    /// Returns the approximate size in bytes with all orders, whether or not they were requested.
    pub(super) fn bytes(&self) -> usize {
        self.rows.len() * (size_of::<AttendeeListRow>() + SortBy::COUNT * size_of::<u32>())
    }

    /// Returns the people that the filter lets through, in this order, beginning after `after`;
    /// `None` where that person is not in the event.
    pub(crate) fn select(
        &self,
        filter: &AttendeeFilter,
        order: ListOrder,
        after: Option<PersonId>,
        limit: usize,
    ) -> Option<ListSelection> {
        let sorted = self.sorted(order.by);
        let mut selection = ListSelection {
            people: Vec::new(),
            before: 0,
            total: 0,
        };
        let mut passed = after.is_none();
        let mut see = |row: &AttendeeListRow| {
            if row.is_in(filter) {
                selection.total += 1;
                if !passed {
                    selection.before += 1;
                } else if selection.people.len() < limit {
                    selection.people.push(row.person);
                }
            }
            passed |= after == Some(row.person);
        };
        match order.direction {
            Direction::Ascending => sorted
                .iter()
                .filter_map(|at| self.row(*at))
                .for_each(&mut see),
            Direction::Descending => {
                let turned = sorted.iter().rev();
                turned.filter_map(|at| self.row(*at)).for_each(&mut see);
            }
        }
        passed.then_some(selection)
    }

    /// Returns the people with the best rank, the best first and then by name, at most `most`.
    /// `rank` gets the person, and the ids of the person's records in the source.
    pub(crate) fn best<R: Ord + Copy>(
        &self,
        rank: impl Fn(&IndexedPerson, Option<&str>) -> Option<R>,
        most: usize,
    ) -> Vec<(PersonId, R)> {
        let mut best: Vec<(R, &str, PersonId)> = Vec::new();
        for row in &self.rows {
            let ranked = row
                .who
                .as_deref()
                .and_then(|who| rank(who, row.source_ids.as_deref()));
            if let Some(rank) = ranked {
                best.push((rank, row.name(), row.person));
                // It is sorted so rarely that it costs little however many match.
                if best.len() > 2 * most.max(FEW_MATCHES) {
                    best.sort_unstable();
                    best.truncate(most);
                }
            }
        }
        best.sort_unstable();
        let best = best.into_iter().take(most);
        best.map(|(rank, _, person)| (person, rank)).collect()
    }

    fn row(&self, at: u32) -> Option<&AttendeeListRow> {
        self.rows.get(usize::try_from(at).ok()?)
    }

    fn sorted(&self, by: SortBy) -> &[u32] {
        let sort = || {
            let count = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
            let mut places: Box<[u32]> = (0..count).collect();
            places.sort_unstable_by(|a, b| match (self.row(*a), self.row(*b)) {
                (Some(a), Some(b)) => by.compare(a, b),
                _ => Ordering::Equal,
            });
            places
        };
        match self.sorted.get(by as usize) {
            Some(sorted) => sorted.get_or_init(sort),
            None => &[],
        }
    }

    /// Returns the countries and groups of these attendees, with the number of people of each.
    pub(crate) fn facets(&self, presence: PresenceFilter) -> Arc<Facets> {
        let count = || Arc::new(self.count(presence));
        match self.facets.get(presence as usize) {
            Some(known) => Arc::clone(known.get_or_init(count)),
            None => count(),
        }
    }

    fn count(&self, presence: PresenceFilter) -> Facets {
        let mut countries: HashMap<&str, usize> = HashMap::new();
        let mut groups: HashMap<&str, usize> = HashMap::new();
        let shown = self
            .rows
            .iter()
            .filter(|row| presence.admits(row.seen.presence));
        for who in shown.filter_map(|row| row.who.as_deref()) {
            if let Some(country) = &who.country {
                *countries.entry(country).or_default() += 1;
            }
            for grant in &who.groups {
                *groups.entry(&grant.group).or_default() += 1;
            }
        }
        Facets {
            countries: choices(countries),
            groups: choices(groups),
        }
    }
}

/// Returns the most frequent values, by name.
fn choices(counted: HashMap<&str, usize>) -> Vec<ListChoice> {
    let mut choices: Vec<(&str, usize)> = counted.into_iter().collect();
    choices.sort_unstable_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
    choices.truncate(MOST_CHOICES);
    choices.sort_unstable_by_key(|(value, _)| *value);
    let choice = |(value, count): (&str, usize)| ListChoice {
        value: value.to_owned(),
        count,
    };
    choices.into_iter().map(choice).collect()
}
