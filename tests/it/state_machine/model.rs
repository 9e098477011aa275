//! A model of what syncs, configurations and people's hands make of users and attendees: one at a time,
//! in memory, everything read anew. It knows nothing of batches, fingerprints or versions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// The events of the community.
pub(crate) const EVENTS: [&str; 2] = ["devcon", "summit"];
/// The people.
pub(crate) const PEOPLE: [&str; 5] = ["ada", "bo", "cy", "di", "ed"];
/// The groups.
pub(crate) const GROUPS: [&str; 3] = ["Regular", "VIP", "Crew"];
const COMPANIES: [&str; 2] = ["Initech", "Hooli"];

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordKind {
    /// It is taken.
    Plain,
    /// A rule takes them out by it, where there is one.
    Cancelled,
    /// A rule leaves it out of scope.
    Test,
    /// Its address is none.
    Bad,
}

/// A record of a feed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ModelRecord {
    /// Whose.
    pub(crate) who: usize,
    /// Whether the address is in capitals.
    pub(crate) shouts: bool,
    /// Which company, if any.
    pub(crate) company: Option<u8>,
    /// Which groups, bit by bit.
    pub(crate) groups: u8,
    /// What becomes of it.
    pub(crate) kind: RecordKind,
    /// The delete flag.
    pub(crate) flag: Value,
}

/// What is configured of an event.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ModelSettings {
    /// Whether people go whom the feed no longer names.
    pub(crate) removes_missing: bool,
    /// Whether the rule is there that takes out who is cancelled.
    pub(crate) has_rule: bool,
    /// Whether groups come from another field, which only some records have.
    pub(crate) by_track: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum ModelSays {
    Lives,
    Goes,
    Erases,
}

/// What a record says, as it was read.
#[derive(Debug, Clone, PartialEq)]
struct ModelRead {
    /// Told apart by it: the record, and what its event's configuration makes of it.
    print: String,
    id: String,
    says: ModelSays,
    /// What an erased person is recognised by: how it was read, and what it said.
    meaning: (bool, bool),
    said: String,
    company: Option<&'static str>,
    groups: BTreeSet<usize>,
    badge: Option<String>,
}

#[derive(Debug, Clone)]
struct ModelAttendee {
    attends: bool,
    blocked: bool,
    id: Option<String>,
    badge: Option<String>,
    records: Vec<ModelRead>,
}

#[derive(Debug, Clone, Default)]
struct ModelUser {
    company: Option<&'static str>,
    /// Who gave which group; events by their names.
    groups: BTreeMap<usize, BTreeSet<&'static str>>,
    events: BTreeMap<usize, bool>,
}

#[derive(Debug, Default)]
struct ModelEvent {
    settings: ModelSettings,
    feed: BTreeMap<usize, ModelRecord>,
    attendees: BTreeMap<usize, ModelAttendee>,
    /// What was last read of whom.
    known: BTreeMap<usize, Prints>,
}

/// Records by what they are told apart by, with their ids.
type Prints = BTreeMap<String, String>;

/// What records of erased people said, by event: id, how it was read, and what it said.
type ErasedSaid = BTreeMap<usize, BTreeSet<(String, (bool, bool), String)>>;

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct ReferenceModel {
    events: [ModelEvent; EVENTS.len()],
    users: BTreeMap<usize, ModelUser>,
    /// Of the erased: what does not bring them back.
    erased: BTreeMap<usize, ErasedSaid>,
}

/// The id of the record at a place of a feed.
fn id(event: usize, place: usize) -> String {
    format!("{event}-{place}")
}

fn by(event: usize) -> &'static str {
    ["event:devcon", "event:summit"][event]
}

impl ModelRecord {
    fn json(&self, event: usize, place: usize) -> Value {
        let name = PEOPLE[self.who];
        let email = match (self.kind, self.shouts) {
            (RecordKind::Bad, _) => "nobody at all".to_owned(),
            (_, true) => format!(" {}@Example.ORG", name.to_uppercase()),
            (_, false) => format!("{name}@example.org"),
        };
        let groups: Vec<&str> = self.group_numbers().map(|group| GROUPS[group]).collect();
        let tracks = if self.groups > 5 {
            groups.clone()
        } else {
            Vec::new()
        };
        json!({
            "id": id(event, place), "email": email, "first": name, "last": "Example",
            "company": self.company.map(|company| COMPANIES[usize::from(company)]),
            "groups": groups, "tracks": tracks, "badge": self.badge(), "cancelled": self.kind == RecordKind::Cancelled,
            "test": self.kind == RecordKind::Test, "erased": self.flag
        })
    }

    fn group_numbers(&self) -> impl Iterator<Item = usize> {
        let groups = self.groups;
        (0..2).filter(move |group| groups & (1 << group) != 0)
    }

    fn badge(&self) -> Option<String> {
        (self.groups > 3).then(|| format!("https://badges.example.org/{}", PEOPLE[self.who]))
    }

    fn read(&self, event: usize, place: usize, settings: &ModelSettings) -> ModelRead {
        let says = match self.flag.as_str() {
            Some("yes") => ModelSays::Erases,
            _ if self.kind == RecordKind::Cancelled && settings.has_rule => ModelSays::Goes,
            _ => ModelSays::Lives,
        };
        let groups = self.group_numbers();
        let groups = groups
            .filter(|_| !settings.by_track || self.groups > 5)
            .collect();
        let meaning = (settings.has_rule, settings.by_track);
        let groups: BTreeSet<usize> = groups;
        let company = self.company.map(|company| COMPANIES[usize::from(company)]);
        let said = match says {
            ModelSays::Lives => format!("{} {company:?} {groups:?}", self.who),
            _ => format!("{says:?}"),
        };
        ModelRead {
            print: format!("{} {meaning:?}", self.json(event, place)),
            id: id(event, place),
            says,
            meaning,
            said,
            company,
            groups,
            badge: self.badge(),
        }
    }
}

impl ModelRead {
    fn erased(self) -> (String, (bool, bool), String) {
        (self.id, self.meaning, self.said)
    }
}

impl ModelEvent {
    /// Who is known to have the record of an id, if one person is.
    fn holder(&self, id: &String) -> Option<usize> {
        let known = self.known.iter();
        let mut holders = known
            .flat_map(|(who, prints)| prints.values().map(move |known| (*who, known)))
            .filter(|(_, known)| *known == id);
        match (holders.next(), holders.next()) {
            (Some((who, _)), None) => Some(who),
            _ => None,
        }
    }
}

/// Whether an erased person comes back by these records; if not, they are remembered as they are read now.
fn comes_back(said: &mut BTreeSet<(String, (bool, bool), String)>, records: &[ModelRead]) -> bool {
    let mut now = said.clone();
    for record in records {
        let new = record.clone().erased();
        if now.contains(&new) {
            continue;
        }
        let before = now.len();
        now.retain(|(id, meaning, _)| *id != new.0 || *meaning == new.1);
        if now.len() == before {
            return true;
        }
        now.insert(new);
    }
    *said = now;
    false
}

impl ReferenceModel {
    /// A record, or none, stands at this place from now on. Who is flagged has no other record in the
    /// same feed: which of them counts is not the same whenever they are read.
    pub(crate) fn put(&mut self, event: usize, place: usize, record: Option<ModelRecord>) {
        let feed = &mut self.events[event].feed;
        if let Some(record) = &record {
            let is_flagged = |record: &ModelRecord| record.flag == json!("yes");
            feed.retain(|_, other| {
                other.who != record.who || !(is_flagged(other) || is_flagged(record))
            });
        }
        match record {
            Some(record) => drop(feed.insert(place, record)),
            None => drop(feed.remove(&place)),
        }
    }

    pub(crate) fn feed(&self, event: usize) -> Vec<Value> {
        let feed = self.events[event].feed.iter();
        feed.map(|(place, record)| record.json(event, *place))
            .collect()
    }

    pub(crate) fn configure(&mut self, event: usize, settings: &ModelSettings) {
        self.events[event].settings = settings.clone();
    }

    /// False where they are no user.
    pub(crate) fn grant(&mut self, who: usize, group: usize) -> bool {
        let user = self.users.get_mut(&who);
        let given = user.map(|user| user.groups.entry(group).or_default().insert("hand"));
        given.is_some()
    }

    /// False where they are no user.
    pub(crate) fn revoke(&mut self, who: usize, group: usize) -> bool {
        let Some(user) = self.users.get_mut(&who) else {
            return false;
        };
        if let Some(by) = user.groups.get_mut(&group) {
            by.remove("hand");
        }
        user.groups.retain(|_, by| !by.is_empty());
        true
    }

    /// False where they are no attendee.
    pub(crate) fn bar(&mut self, event: usize, who: usize, is_out: bool) -> bool {
        let Some(attendee) = self.events[event].attendees.get_mut(&who) else {
            return false;
        };
        if attendee.blocked == is_out {
            return true;
        }
        attendee.blocked = is_out;
        let records = attendee.records.clone();
        if is_out {
            self.take_out(event, who, records);
        } else if !records.is_empty() {
            self.decide(event, who, records);
        }
        true
    }

    pub(crate) fn erase(&mut self, who: usize) {
        if self.erased.contains_key(&who) {
            return;
        }
        let mut said = ErasedSaid::new();
        for (number, event) in self.events.iter_mut().enumerate() {
            let attendee = event.attendees.remove(&who);
            let records = attendee.into_iter().flat_map(|attendee| attendee.records);
            said.insert(number, records.map(ModelRead::erased).collect());
        }
        self.users.remove(&who);
        self.erased.insert(who, said);
    }

    /// Whether a feed is none, as nothing of it can be used and people came by it before.
    pub(crate) fn refuses(&self, event: usize) -> bool {
        let here = &self.events[event];
        let had_people = here
            .attendees
            .values()
            .any(|attendee| attendee.attends && !attendee.records.is_empty());
        let is_bad =
            |record: &ModelRecord| record.kind == RecordKind::Bad && record.flag != json!("yes");
        let none_is_used = here
            .feed
            .values()
            .all(|record| is_bad(record) || record.kind == RecordKind::Test);
        let is_empty = here.feed.is_empty() && !here.settings.removes_missing;
        had_people && none_is_used && (is_empty || here.feed.values().any(is_bad))
    }

    pub(crate) fn sync(&mut self, event: usize) {
        let here = &self.events[event];
        let mut rejected = BTreeSet::new();
        let mut people: BTreeMap<usize, Vec<ModelRead>> = BTreeMap::new();
        // Ids that are of others now.
        let mut moved: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (place, record) in &here.feed {
            if record.kind == RecordKind::Test {
                continue;
            }
            let read = record.read(event, *place, &here.settings);
            let holder = here.holder(&read.id);
            let is_there = holder.filter(|holder| here.attendees.contains_key(holder));
            if record.kind != RecordKind::Bad {
                if let Some(holder) = is_there.filter(|holder| *holder != record.who) {
                    moved.entry(holder).or_default().insert(read.id.clone());
                }
                people.entry(record.who).or_default().push(read);
            } else if read.says == ModelSays::Erases {
                // It has no address, and is found by its id.
                if let Some(holder) = is_there {
                    people.entry(holder).or_default().push(read);
                }
            } else {
                rejected.insert(read.id);
            }
        }
        for who in 0..PEOPLE.len() {
            let records = people.remove(&who).unwrap_or_default();
            let moved = moved.remove(&who).unwrap_or_default();
            self.person(event, who, records, &rejected, &moved);
        }
    }

    fn person(
        &mut self,
        event: usize,
        who: usize,
        records: Vec<ModelRead>,
        rejected: &BTreeSet<String>,
        moved: &BTreeSet<String>,
    ) {
        let prints: Prints = records
            .iter()
            .map(|record| (record.print.clone(), record.id.clone()))
            .collect();
        let here = &mut self.events[event];
        let known = here.known.get(&who).cloned().unwrap_or_default();
        if prints == known {
            return;
        }
        let brings_nothing_new = prints.keys().all(|print| known.contains_key(print));
        if brings_nothing_new && !moved.is_empty() {
            self.loses(event, who, &prints, rejected, moved);
            return;
        }
        let attendee = here.attendees.get(&who);
        if brings_nothing_new {
            // Who cannot be read is not missing.
            let mut ids = attendee
                .iter()
                .flat_map(|known| &known.records)
                .map(|read| &read.id);
            let own = attendee.and_then(|known| known.id.as_ref());
            if attendee.is_none() || ids.any(|id| rejected.contains(id)) {
                return;
            }
            if own.is_some_and(|id| rejected.contains(id)) {
                return;
            }
        }
        if prints.is_empty() {
            if here.settings.removes_missing {
                self.missing(event, who);
            }
            return;
        }
        here.known.insert(who, prints);
        if let Some(said) = self.erased.get_mut(&who) {
            // Only who attends comes in again.
            let erases = records
                .iter()
                .any(|record| record.says == ModelSays::Erases);
            let lives = records.iter().any(|record| record.says == ModelSays::Lives);
            if !comes_back(said.entry(event).or_default(), &records) || erases || !lives {
                return;
            }
            self.erased.remove(&who);
        }
        self.decide(event, who, records);
    }

    /// Records of theirs are of others now.
    fn loses(
        &mut self,
        event: usize,
        who: usize,
        prints: &Prints,
        rejected: &BTreeSet<String>,
        moved: &BTreeSet<String>,
    ) {
        let here = &mut self.events[event];
        let all_stay = prints.is_empty() && !here.settings.removes_missing;
        let stays = |print: &String, id: &String| {
            !moved.contains(id) && (all_stay || prints.contains_key(print) || rejected.contains(id))
        };
        if let Some(known) = here.known.get_mut(&who) {
            known.retain(|print, id| stays(print, id));
        }
        let Some(attendee) = here.attendees.get(&who) else {
            return;
        };
        let (attends, blocked) = (attendee.attends, attendee.blocked);
        let records = attendee.records.iter();
        // Who was removed although a record had them attend was missing.
        let left: Vec<ModelRead> = records
            .filter(|read| stays(&read.print, &read.id))
            .filter(|read| attends || blocked || read.says != ModelSays::Lives)
            .cloned()
            .collect();
        if left.is_empty() {
            self.take_out(event, who, left);
        } else {
            self.decide(event, who, left);
        }
    }

    fn missing(&mut self, event: usize, who: usize) {
        let here = &mut self.events[event];
        here.known.insert(who, Prints::new());
        let Some(attendee) = here.attendees.get(&who) else {
            return;
        };
        if attendee.blocked {
            self.take_out(event, who, Vec::new());
        } else if attendee.attends {
            let records = attendee.records.clone();
            self.take_out(event, who, records);
        }
    }

    fn decide(&mut self, event: usize, who: usize, records: Vec<ModelRead>) {
        if records
            .iter()
            .any(|record| record.says == ModelSays::Erases)
        {
            self.erase(who);
            let said = self.erased.get_mut(&who).unwrap();
            let records = records.into_iter().map(ModelRead::erased);
            said.entry(event).or_default().extend(records);
            return;
        }
        let blocked = self.events[event]
            .attendees
            .get(&who)
            .is_some_and(|known| known.blocked);
        if blocked || records.iter().all(|record| record.says == ModelSays::Goes) {
            self.take_out(event, who, records);
        } else {
            self.let_in(event, who, &records);
        }
    }

    fn let_in(&mut self, event: usize, who: usize, records: &[ModelRead]) {
        let live: Vec<&ModelRead> = records
            .iter()
            .filter(|read| read.says == ModelSays::Lives)
            .collect();
        let user = self.users.entry(who).or_default();
        user.company = live.iter().rev().find_map(|read| read.company);
        let wanted: BTreeSet<usize> = live.iter().flat_map(|read| read.groups.clone()).collect();
        regroup(user, event, &wanted);
        user.events.insert(event, true);
        let attendee = ModelAttendee {
            attends: true,
            blocked: false,
            id: live.last().map(|read| read.id.clone()),
            badge: live.iter().rev().find_map(|read| read.badge.clone()),
            records: records.to_vec(),
        };
        self.events[event].attendees.insert(who, attendee);
    }

    fn take_out(&mut self, event: usize, who: usize, records: Vec<ModelRead>) {
        if let Some(user) = self.users.get_mut(&who) {
            regroup(user, event, &BTreeSet::new());
            if let Some(attends) = user.events.get_mut(&event) {
                *attends = false;
            }
        }
        let attendees = &mut self.events[event].attendees;
        let attendee = attendees.entry(who).or_insert(ModelAttendee {
            attends: false,
            blocked: false,
            id: None,
            badge: None,
            records: Vec::new(),
        });
        attendee.attends = false;
        attendee.records = records;
    }

    /// Everything that people see, in lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (number, event) in self.events.iter().enumerate() {
            for (who, attendee) in &event.attendees {
                lines.push(format!(
                    "{} {}@example.org {} blocked {} {} {}",
                    EVENTS[number],
                    PEOPLE[*who],
                    if attendee.attends {
                        "attending"
                    } else {
                        "removed"
                    },
                    attendee.blocked,
                    attendee.id.as_deref().unwrap_or("-"),
                    attendee.badge.as_deref().unwrap_or("-"),
                ));
            }
        }
        lines.extend(self.users.iter().map(|(who, user)| user_line(*who, user)));
        lines.sort();
        lines
    }
}

fn user_line(who: usize, user: &ModelUser) -> String {
    let mut groups: Vec<String> = Vec::new();
    for (group, given) in &user.groups {
        let given: Vec<&str> = given.iter().copied().collect();
        groups.push(format!("{} by {}", GROUPS[*group], given.join("+")));
    }
    // By their keys, in small letters.
    groups.sort_by_key(|line| line.to_lowercase());
    let word = |attends: &bool| if *attends { "attending" } else { "removed" };
    let events = user.events.iter();
    let events: BTreeMap<_, _> = events
        .map(|(event, is)| (EVENTS[*event], word(is)))
        .collect();
    let (name, company) = (PEOPLE[who], user.company.unwrap_or("-"));
    let groups = groups.join(", ");
    format!(
        "user {name}@example.org @ {company} {} [{groups}]",
        json!(events)
    )
}

/// Makes these all the groups that an event gives.
fn regroup(user: &mut ModelUser, event: usize, wanted: &BTreeSet<usize>) {
    for group in wanted {
        user.groups.entry(*group).or_default().insert(by(event));
    }
    for (group, given) in &mut user.groups {
        if !wanted.contains(group) {
            given.remove(by(event));
        }
    }
    user.groups.retain(|_, given| !given.is_empty());
}
