//! The course itself: from one due sync to the next, with what people do meanwhile.

mod look;
mod people;

use std::collections::{BTreeSet, HashMap};

use attendee_sync_app::ports::KeptKey;
use attendee_sync_domain::ids::{CommunityId, EventId};
use attendee_sync_domain::run::{Coverage, Run, RunState};
use attendee_sync_testkit::world::World;
use jiff::{SignedDuration, Timestamp};

use super::chance::SoakRandom;
use super::event::SoakEvent;
use super::model::{RunRemains, SoakCommunity, SoakModel};
use super::weather::Weather;
use super::{Broken, Point, SoakFault, SoakReport, SoakSettings};

/// Events of a community, about.
const EVENTS_OF_ONE: usize = 25;
/// Days until memory is expected to stay as it is: every event was read by then, and every list.
const WARM: u32 = 14;
/// Days between two measuring points.
const WEEK: u32 = 7;
/// Sessions opened a day, each for half a day.
const SESSIONS: u64 = 4;

/// The group that people give by hand.
const BY_HAND: &str = "By hand";

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Lets the days pass; gives each measuring point away as it comes.
pub async fn soak(
    settings: &SoakSettings,
    mut tell: impl FnMut(&Point) + Send,
) -> Result<SoakReport, Broken> {
    let mut course = Course::begin(settings.clone()).await;
    for day in 1..=settings.days {
        course.pass_a_day().await?;
        if day % WEEK == 0 || day == settings.days {
            let point = course.measure(day);
            tell(&point);
            course.check(&point)?;
        }
    }
    course.calm_down().await?;
    course.compare().await?;
    Ok(course.report)
}

struct Course {
    settings: SoakSettings,
    world: World,
    model: SoakModel,
    chance: SoakRandom,
    /// When an event is due, and which.
    due: BTreeSet<(Timestamp, usize)>,
    /// How many mails there were, by event, how often it was made, and address.
    mails: HashMap<(String, u32, String), u32>,
    today: Timestamp,
    sessions: u64,
    runs: u64,
    warm: Option<u64>,
    report: SoakReport,
    leaked: Vec<Vec<u8>>,
}

fn event_id(event: &SoakEvent) -> EventId {
    event.id.parse().unwrap()
}

fn community_id(community: &SoakCommunity) -> CommunityId {
    community.id.parse().unwrap()
}

impl Course {
    async fn begin(settings: SoakSettings) -> Self {
        let world = World::new();
        let mut chance = SoakRandom::new(settings.seed);
        let homes = settings.events.div_ceil(EVENTS_OF_ONE);
        let mut model = SoakModel {
            communities: (0..homes).map(SoakCommunity::new).collect(),
            events: Vec::new(),
            configured: 0,
        };
        for number in 0..settings.events {
            let hourly =
                settings.hourly > 0 && number % settings.events.div_ceil(settings.hourly) == 0;
            let event = SoakEvent::new(number, homes, hourly, &mut chance);
            model.events.push(event);
        }
        let today = "2026-11-01T00:00:00Z".parse().unwrap();
        world.set_clock(today);
        let mut course = Self {
            settings,
            world,
            model,
            chance,
            due: BTreeSet::new(),
            mails: HashMap::new(),
            today,
            sessions: 0,
            runs: 0,
            warm: None,
            report: SoakReport::default(),
            leaked: Vec::new(),
        };
        for at in 0..course.model.events.len() {
            course.begin_event(at).await;
        }
        course
    }

    /// An event is configured, with people in its source.
    async fn begin_event(&mut self, at: usize) {
        let event = &mut self.model.events[at];
        let community = &mut self.model.communities[event.community];
        let people = self.settings.people / 2 + self.chance.below(self.settings.people);
        event.begin(community, people, &mut self.chance);
        let configuration = event.configuration(&community.id);
        community.model.configure(&event.id, &event.settings());
        self.world.configure(&event.id.clone(), configuration).await;
        self.model.configured += 1;
        self.schedule(at).await;
    }

    /// Notes when an event is due next.
    async fn schedule(&mut self, at: usize) {
        let event = &mut self.model.events[at];
        let next = self
            .world
            .app
            .schedule(&event_id(event))
            .await
            .unwrap()
            .next;
        if let Some(before) = event.due.take() {
            self.due.remove(&(before, at));
        }
        event.due = next.first().map(|due| due.at);
        self.due.extend(event.due.map(|due| (due, at)));
    }

    async fn pass_a_day(&mut self) -> Result<(), Broken> {
        let tomorrow = self.today + DAY;
        while let Some((due, at)) = self.due.first().copied() {
            if due >= tomorrow {
                break;
            }
            self.world.set_clock(due.max(self.world.now()));
            self.run(at).await?;
        }
        self.today = tomorrow;
        self.world.set_clock(tomorrow.max(self.world.now()));
        self.people_do_things().await;
        if self.settings.fault != Some(SoakFault::NoSweep) {
            let now = self.world.now();
            self.report.swept += self.world.line.sweep(now) as u64;
        }
        let now = self.world.now();
        for event in &mut self.model.events {
            event.runs.forget(now);
        }
        Ok(())
    }

    fn serve(&mut self, at: usize) {
        let event = &mut self.model.events[at];
        if !event.is_served {
            let community = &self.model.communities[event.community];
            self.world
                .sources
                .serve(event.url(), event.served(community));
            event.is_served = true;
        }
    }

    /// One sync of an event, and what becomes of it.
    async fn run(&mut self, at: usize) -> Result<Run, Broken> {
        self.serve(at);
        let id = event_id(&self.model.events[at]);
        let run = match &self.world.stage {
            None => {
                let begun = self.world.app.begin_due(&id).await.unwrap();
                let begun = if let Some(begun) = begun {
                    begun
                } else {
                    // Only where it is asked for out of turn.
                    let everyone = attendee_sync_app::SyncScope::Everyone;
                    self.world.app.begin(&id, everyone).await.unwrap()
                };
                self.world.app.finish(begun).await.unwrap()
            }
            Some(stage) => {
                stage.forget_sent();
                self.world.try_sync(id.as_str()).await.unwrap()
            }
        };
        self.runs += 1;
        self.add_up(&run)?;
        self.follow(at, &run).await?;
        self.post(at, &run).await?;
        self.misbehave(&run).await;
        self.schedule(at).await;
        Ok(run)
    }

    fn add_up(&mut self, run: &Run) -> Result<(), Broken> {
        let counts = &run.counts;
        if !counts.add_up() {
            return Err(Broken(format!(
                "the counts of {} do not add up: {counts:?}",
                run.id
            )));
        }
        self.report.changes += counts.added + counts.updated + counts.removed;
        self.report.changes += counts.missing_removed;
        match run.state {
            RunState::Succeeded => self.report.succeeded += 1,
            RunState::Held => self.report.held += 1,
            _ => self.report.failed += 1,
        }
        Ok(())
    }

    /// The model does what the run did, and the source goes on.
    async fn follow(&mut self, at: usize, run: &Run) -> Result<(), Broken> {
        let counts = &run.counts;
        let changes = counts.added + counts.updated + counts.removed + counts.missing_removed;
        let event = &mut self.model.events[at];
        let in_question = event.is_in_question();
        event.runs.note(RunRemains {
            started: run.started,
            changed: changes > 0 || (run.state == RunState::Held && in_question),
            issues: counts.issues > 0,
        });
        event.is_held =
            run.state == RunState::Held || (event.is_held && run.state == RunState::Failed);
        if event.weather != Weather::Fair {
            let as_expected = match event.weather {
                // It fails, or a person is asked.
                Weather::Empty => counts.removed == 0 && counts.missing_removed == 0,
                _ => run.state == RunState::Failed && counts.removed == 0,
            };
            if !as_expected {
                return Err(Broken(format!(
                    "{} over {:?}: {run:?}",
                    run.id, event.weather
                )));
            }
            event.endures();
            return Ok(());
        }
        match run.state {
            RunState::Succeeded if run.complete => {}
            RunState::Held if in_question => {
                if self.world.stage.is_some() || self.chance.per_mille(500) {
                    let community = &self.model.communities[event.community];
                    event.takes_back(community);
                    return Ok(());
                }
                let approved = self.world.app.approve(&run.id).await.unwrap();
                if approved.state != RunState::Succeeded || !approved.counts.add_up() {
                    return Err(Broken(format!("{} was approved: {approved:?}", run.id)));
                }
                self.model.events[at].is_held = false;
            }
            _ => {
                return Err(Broken(format!(
                    "{} ended otherwise than it should: {run:?}",
                    run.id
                )));
            }
        }
        self.report.erased += self.model.apply(at);
        let event = &mut self.model.events[at];
        event.is_settled();
        let community = &mut self.model.communities[event.community];
        if run.extent != Coverage::NotModified && self.settings.fault == Some(SoakFault::OtherState)
        {
            let _known = community
                .model
                .grant(&community.people[0], "Nobody gave it");
        }
        event.goes_on(community, self.settings.people, &mut self.chance);
        Ok(())
    }

    /// Sends what waits, and looks at what was sent.
    async fn post(&mut self, at: usize, run: &Run) -> Result<(), Broken> {
        if run.counts.invitations_queued == 0 || self.settings.fault == Some(SoakFault::NoPost) {
            return Ok(());
        }
        self.world
            .app
            .dispatch_invitations(&run.id.event)
            .await
            .unwrap();
        let life = self.model.events[at].life;
        for mail in self.world.postbox.take() {
            let address = mail.to.address.to_string();
            let key = (run.id.event.to_string(), life, address);
            let often = self.mails.entry(key).or_default();
            *often += 1;
            self.report.mails += 1;
            if self.settings.fault == Some(SoakFault::SecondMail) && self.report.mails == 10 {
                *often += 1;
            }
            if *often > 1 {
                return Err(Broken(format!(
                    "{} was mailed {often} times for {}",
                    mail.to.address, run.id.event
                )));
            }
        }
        Ok(())
    }

    async fn misbehave(&mut self, run: &Run) {
        match self.settings.fault {
            Some(SoakFault::Leak) => self.leaked.push(vec![1; 16 * 1024]),
            Some(SoakFault::Litter) => {
                let mut key = [0; 32];
                key[..8].copy_from_slice(&self.runs.to_be_bytes());
                let until = run.started + DAY * 400;
                let kept = self
                    .world
                    .app
                    .parts()
                    .store
                    .keep(KeptKey(key), vec![1], until);
                kept.await.unwrap();
            }
            _ => {}
        }
    }

    /// Every source is fair from now on, and read once more.
    async fn calm_down(&mut self) -> Result<(), Broken> {
        for at in 0..self.model.events.len() {
            self.model.events[at].clears_up();
            let run = self.run(at).await?;
            if run.state == RunState::Held && self.model.events[at].is_held {
                // Taken back: nothing waits after this one.
                self.run(at).await?;
            }
        }
        Ok(())
    }
}
