//! An event with its source, and how the source's people change.

use std::collections::BTreeMap;

use attendee_sync_testkit::model::ModelSettings;
use attendee_sync_testkit::source::Scripted;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::chance::SoakRandom;
use super::model::{SoakCommunity, SoakRuns, Whom};
use super::weather::{Weather, served};

/// Attendees whose cancellation at once a guard holds: more than ten, and a fifth.
const MANY: usize = 12;

/// A person's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SoakRegistration {
    /// Another one after each change.
    pub(super) version: u64,
    pub(super) groups: Vec<String>,
    pub(super) cancelled: bool,
    pub(super) flagged: bool,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "what an event is like, each by itself"
)]
#[derive(Debug, Clone)]
pub(super) struct SoakEvent {
    pub(super) id: String,
    pub(super) community: usize,
    pub(super) hourly: bool,
    pub(super) daily_at: String,
    pub(super) removes_missing: bool,
    pub(super) invites: bool,
    tells_unchanged: bool,
    /// How often it was made anew.
    pub(super) life: u32,
    /// Its group's name has a number, which grows when it is renamed.
    team: u32,
    /// How many changes there were, for versions of records and of the feed.
    stamp: u64,
    pub(super) feed: BTreeMap<Whom, SoakRegistration>,
    /// A record that is none.
    broken: bool,
    /// The feed before many cancelled at once.
    before: Option<BTreeMap<Whom, SoakRegistration>>,
    pub(super) weather: Weather,
    /// Runs until the weather is fair again.
    bad_runs: u32,
    pub(super) runs: SoakRuns,
    /// Since its feed was served.
    pub(super) is_served: bool,
    pub(super) due: Option<Timestamp>,
    /// Whether its last run that counts was held.
    pub(super) is_held: bool,
}

impl SoakEvent {
    pub(super) fn new(
        number: usize,
        communities: usize,
        hourly: bool,
        chance: &mut SoakRandom,
    ) -> Self {
        Self {
            id: format!("event-{number}"),
            community: number % communities,
            hourly,
            daily_at: format!("{:02}:{:02}", chance.below(24), chance.below(4) * 15),
            removes_missing: chance.per_mille(500),
            invites: chance.per_mille(500),
            tells_unchanged: chance.per_mille(500),
            life: 0,
            team: 0,
            stamp: 0,
            feed: BTreeMap::new(),
            broken: false,
            before: None,
            weather: Weather::Fair,
            bad_runs: 0,
            runs: SoakRuns::default(),
            is_served: false,
            due: None,
            is_held: false,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("https://{}.registration.example.org/attendees", self.id)
    }

    /// What is laid over the small document of tests.
    pub(super) fn configuration(&self, community: &str) -> Value {
        let schedule = if self.hourly {
            json!({"auto_sync": "hourly"})
        } else {
            json!({"auto_sync": "daily", "daily_at": self.daily_at})
        };
        json!({
            "community": community,
            "source": {"url": self.url()},
            "schedule": schedule,
            "missing": if self.removes_missing { "remove_attendee" } else { "keep" },
            "invitations": {"enabled": self.invites, "limit_per_run": 10_000, "template": {
                "from": "Soak <noreply@soak.example>", "subject": "Welcome, {{ first_name }}",
                "body_markdown": "Dear {{ first_name }}"
            }}
        })
    }

    /// The same for the model.
    pub(super) fn settings(&self) -> ModelSettings {
        ModelSettings {
            removes_missing: self.removes_missing,
            has_rule: true,
            ..ModelSettings::default()
        }
    }

    /// What its source has now.
    pub(super) fn served(&self, community: &SoakCommunity) -> Scripted {
        let etag = format!("\"{}-{}\"", self.life, self.stamp);
        let etag = self.tells_unchanged.then_some(etag);
        served(self.weather, self.records(community), etag)
    }

    /// The records of its feed.
    pub(super) fn records(&self, community: &SoakCommunity) -> Vec<Value> {
        let feed = self.feed.iter();
        let mut records: Vec<Value> = feed
            .map(|(whom, registration)| self.record(community, *whom, registration))
            .collect();
        if self.broken {
            records.push(json!({"id": "broken", "email": "nobody", "first": "No", "last": "Body"}));
        }
        records
    }

    /// The record of one person.
    pub(super) fn record(
        &self,
        community: &SoakCommunity,
        whom: Whom,
        registration: &SoakRegistration,
    ) -> Value {
        let version = registration.version;
        json!({
            "id": format!("{}-{}-{whom}", self.id, self.life),
            "email": community.people[whom],
            "first": format!("First{whom}"), "last": "Example",
            // Nobody else ever has this name.
            "company": format!("Company {} {}", self.id, version),
            "groups": registration.groups,
            "badge": format!("https://badges.example.org/{}/{whom}.pdf", self.id),
            "cancelled": registration.cancelled,
            "erased": registration.flagged,
        })
    }

    /// Its source has something else from now on.
    pub(super) fn changed(&mut self) {
        self.stamp += 1;
        self.is_served = false;
    }

    /// It begins, or begins anew, with so many people.
    pub(super) fn begin(
        &mut self,
        community: &mut SoakCommunity,
        people: usize,
        chance: &mut SoakRandom,
    ) {
        self.feed.clear();
        self.runs.clear();
        self.before = None;
        self.is_held = false;
        self.weather = Weather::Fair;
        self.bad_runs = 0;
        for _ in 0..people {
            self.somebody_comes(community, chance);
        }
        self.changed();
    }

    fn register(&mut self, community: &mut SoakCommunity, whom: Whom, chance: &mut SoakRandom) {
        self.stamp += 1;
        let groups = self.groups(chance);
        community.groups.extend(groups.iter().cloned());
        let registration = SoakRegistration {
            version: self.stamp,
            groups,
            cancelled: false,
            flagged: false,
        };
        self.feed.insert(whom, registration);
    }

    fn groups(&self, chance: &mut SoakRandom) -> Vec<String> {
        let mut groups = vec![format!("Team {} {}", self.id, self.team)];
        for group in ["Regular", "Speakers", "VIP", "Press"] {
            if chance.per_mille(250) {
                groups.push(group.to_owned());
            }
        }
        groups
    }

    /// Somebody whom the community knows, or somebody new.
    fn somebody_comes(&mut self, community: &mut SoakCommunity, chance: &mut SoakRandom) {
        let known = chance.below(community.people.len());
        let is_free = |whom: &Whom| {
            community.people.len() > *whom
                && !community.is_erased(*whom)
                && !self.feed.contains_key(whom)
                && community.attends(self, *whom).is_none()
        };
        let whom = Some(known)
            .filter(|_| chance.per_mille(600))
            .filter(is_free);
        let whom = whom.unwrap_or_else(|| community.born());
        self.register(community, whom, chance);
    }

    /// One of the feed who is wanted so, and was not erased.
    fn one(
        &self,
        community: &SoakCommunity,
        chance: &mut SoakRandom,
        wanted: impl Fn(&SoakRegistration) -> bool,
    ) -> Option<Whom> {
        let is_wanted = |(whom, registration): &(&Whom, &SoakRegistration)| {
            !community.is_erased(**whom) && !registration.flagged && wanted(registration)
        };
        let all: Vec<Whom> = self
            .feed
            .iter()
            .filter(is_wanted)
            .map(|(w, _)| *w)
            .collect();
        chance.one(&all).copied()
    }

    /// Its last run read everything: its people change, and perhaps the weather.
    pub(super) fn goes_on(
        &mut self,
        community: &mut SoakCommunity,
        people: usize,
        chance: &mut SoakRandom,
    ) {
        let often = if self.hourly { 120 } else { 600 };
        if chance.per_mille(often) {
            for _ in 0..=chance.below(3) {
                self.one_changes(community, people, chance);
            }
            self.changed();
        }
        if chance.per_mille(if self.hourly { 15 } else { 60 }) {
            // So few could go without a question.
            let attendees = community.model.attendees(&self.id);
            let attend = attendees.filter(|(_, attends)| *attends).count();
            let weathers = [Weather::Down, Weather::CutOff, Weather::Empty];
            let weather = *chance.one(&weathers).unwrap();
            let is_safe = weather != Weather::Empty || attend >= MANY;
            self.weather = if is_safe { weather } else { Weather::Down };
            self.bad_runs = u32::try_from(1 + chance.below(4)).unwrap();
            self.is_served = false;
        }
    }

    /// A run met bad weather.
    pub(super) fn endures(&mut self) {
        self.bad_runs = self.bad_runs.saturating_sub(1);
        if self.bad_runs == 0 {
            self.clears_up();
        }
    }

    pub(super) fn clears_up(&mut self) {
        self.weather = Weather::Fair;
        self.is_served = false;
    }

    fn one_changes(
        &mut self,
        community: &mut SoakCommunity,
        people: usize,
        chance: &mut SoakRandom,
    ) {
        let erased: Vec<Whom> = self
            .feed
            .keys()
            .copied()
            .filter(|w| community.is_erased(*w))
            .collect();
        for whom in erased {
            if chance.per_mille(100) {
                self.feed.remove(&whom);
            }
        }
        match chance.below(100) {
            0..40 => {
                if let Some(whom) = self.one(community, chance, |_| true) {
                    self.edit(whom, |_| {});
                }
            }
            40..52 if self.feed.len() < people + people / 4 => {
                self.somebody_comes(community, chance);
            }
            40..58 => {
                if let Some(whom) = self.one(community, chance, |r| !r.cancelled) {
                    // Whom nobody knows yet would not be removed.
                    if community.attends(self, whom).is_some() {
                        self.edit(whom, |registration| registration.cancelled = true);
                    }
                }
            }
            58..74 => {
                if let Some(whom) = self.one(community, chance, |r| r.cancelled) {
                    self.edit(whom, |registration| registration.cancelled = false);
                }
            }
            74..80 => {
                if let Some(whom) = self.one(community, chance, |_| true) {
                    self.feed.remove(&whom);
                }
            }
            80..88 => {
                let is_away = |whom: &Whom| {
                    !self.feed.contains_key(whom) && community.attends(self, *whom).is_some()
                };
                let away: Vec<Whom> = (0..community.people.len()).filter(is_away).collect();
                if let Some(whom) = chance.one(&away).copied() {
                    self.register(community, whom, chance);
                }
            }
            88..94 => {
                if let Some(whom) = self.one(community, chance, |r| !r.cancelled) {
                    self.register(community, whom, chance);
                }
            }
            94 => self.broken = !self.broken,
            95 => self.rename(community),
            96..98 => {
                if let Some(whom) = self.one(community, chance, |_| true)
                    && community.is_user(whom)
                {
                    self.edit(whom, |registration| registration.flagged = true);
                }
            }
            _ => self.many_cancel(community),
        }
    }

    fn edit(&mut self, whom: Whom, change: impl FnOnce(&mut SoakRegistration)) {
        self.stamp += 1;
        if let Some(registration) = self.feed.get_mut(&whom) {
            registration.version = self.stamp;
            change(registration);
        }
    }

    /// Its group gets another name.
    fn rename(&mut self, community: &mut SoakCommunity) {
        let before = format!("Team {} {}", self.id, self.team);
        self.team += 1;
        let after = format!("Team {} {}", self.id, self.team);
        community.groups.insert(after.clone());
        let in_it: Vec<Whom> = self
            .feed
            .iter()
            .filter(|(whom, r)| !community.is_erased(**whom) && r.groups.contains(&before))
            .map(|(whom, _)| *whom)
            .collect();
        for whom in in_it {
            self.edit(whom, |registration| {
                registration.groups.retain(|group| *group != before);
                registration.groups.push(after.clone());
            });
        }
    }

    /// So many cancel at once that a guard asks.
    fn many_cancel(&mut self, community: &SoakCommunity) {
        if self.before.is_some() {
            return;
        }
        let attend: Vec<Whom> = self
            .feed
            .iter()
            .filter(|(whom, r)| {
                !community.is_erased(**whom)
                    && !r.cancelled
                    && community.attends(self, **whom) == Some(true)
            })
            .map(|(whom, _)| *whom)
            .collect();
        let many = (attend.len() * 2 / 5).max(MANY);
        if attend.len() < many {
            return;
        }
        self.before = Some(self.feed.clone());
        for whom in attend.into_iter().take(many) {
            self.edit(whom, |registration| registration.cancelled = true);
        }
    }

    /// Nobody had cancelled after all.
    pub(super) fn takes_back(&mut self, community: &SoakCommunity) {
        let Some(before) = self.before.take() else {
            return;
        };
        for (whom, registration) in before {
            if self.feed.contains_key(&whom) && !community.is_erased(whom) {
                self.feed.insert(whom, registration);
            }
        }
        self.changed();
    }

    /// Whether many cancelled at once, and nobody decided yet.
    pub(super) fn is_in_question(&self) -> bool {
        self.before.is_some()
    }

    pub(super) fn is_settled(&mut self) {
        self.before = None;
    }
}
