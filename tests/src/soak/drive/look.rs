//! What is measured, and compared with what must be.

use std::collections::BTreeMap;

use attendee_sync_testkit::model::seen;

use super::{Course, SESSIONS, WARM};
use crate::soak::event::SoakEvent;
use crate::soak::kinds::ItemKind;
use crate::soak::{Broken, Point, limits};

impl Course {
    pub(super) fn measure(&mut self, day: u32) -> Point {
        let kept = SESSIONS * 2;
        let most = limits::most(&self.model, kept);
        let mut kinds: BTreeMap<ItemKind, (u64, u64)> = BTreeMap::new();
        for item in &self.world.line.items() {
            let (items, bytes) = kinds.entry(ItemKind::of(item)).or_default();
            *items += 1;
            *bytes += item.bytes as u64;
        }
        let table = self.world.line.size();
        let point = Point {
            day,
            runs: self.runs,
            process: resident().saturating_sub(table),
            table,
            kinds: ItemKind::ALL
                .into_iter()
                .map(|kind| {
                    let (items, bytes) = kinds.get(&kind).copied().unwrap_or_default();
                    (kind, items, most.get(&kind).copied().unwrap_or(0), bytes)
                })
                .collect(),
        };
        if day >= WARM && self.warm.is_none() {
            self.warm = Some(point.process);
        }
        point
    }

    pub(super) fn check(&self, point: &Point) -> Result<(), Broken> {
        let warm = self.warm.filter(|_| self.settings.watches_memory);
        limits::check(point, warm)?;
        let mut journals: BTreeMap<String, u64> = BTreeMap::new();
        for item in self.world.line.items() {
            match ItemKind::of(&item) {
                ItemKind::Attendee => {
                    self.check_references(&item.pk, item.doc.as_deref().unwrap_or_default())?;
                }
                ItemKind::Journal => *journals.entry(item.pk).or_default() += 1,
                _ => {}
            }
        }
        limits::check_journals(&journals)?;
        if let Some(stage) = &self.world.stage {
            let is_more = |order: &attendee_sync_app::ports::RunCommand| {
                !matches!(order, attendee_sync_app::ports::RunCommand::Dispatch { .. })
            };
            let waiting = stage.orders().iter().filter(|order| is_more(order)).count();
            if waiting > 0 {
                return Err(Broken(format!(
                    "{waiting} orders wait, and nothing is to do"
                )));
            }
        }
        Ok(())
    }

    fn check_references(&self, pk: &str, doc: &str) -> Result<(), Broken> {
        let doc: serde_json::Value = serde_json::from_str(doc).unwrap();
        let references = doc["log"].as_array().map_or(0, Vec::len);
        let name = pk.split('#').nth(1).unwrap_or_default();
        let event = self.model.events.iter().find(|event| event.id == name);
        let living = event.map_or(0, |event| event.runs.count(|_| true));
        limits::check_references(name, references, living, self.world.now())
    }

    /// Whether everything is as the model has it.
    pub(super) async fn compare(&mut self) -> Result<(), Broken> {
        for (at, home) in self.model.communities.iter().enumerate() {
            let events = self.model.events.iter();
            let events: Vec<&str> = events
                .filter(|event| event.community == at)
                .map(|event| event.id.as_str())
                .collect();
            let stored = seen(&self.world.app, &home.id, &events).await;
            let stored: Vec<String> = stored.into_iter().map(without_company).collect();
            let wanted = home.model.lines().into_iter().map(without_company);
            let wanted: Vec<String> = wanted.collect();
            let differs = stored.iter().zip(&wanted).find(|(is, must)| is != must);
            if differs.is_some() || stored.len() != wanted.len() {
                return Err(Broken(format!(
                    "{} has {} lines, and the model {}; first: {differs:?}",
                    home.id,
                    stored.len(),
                    wanted.len()
                )));
            }
            self.report.compared += stored.len() as u64;
        }
        for event in &self.model.events {
            self.all_invited(event)?;
        }
        Ok(())
    }

    /// Whoever attends an event that invites was mailed once.
    fn all_invited(&self, event: &SoakEvent) -> Result<(), Broken> {
        if !event.invites {
            return Ok(());
        }
        let attendees = self.model.communities[event.community]
            .model
            .attendees(&event.id);
        for (who, _) in attendees.filter(|(_, attends)| *attends) {
            let key = (event.id.clone(), event.life, who.to_owned());
            let often = self.mails.get(&key).copied().unwrap_or(0);
            if often != 1 {
                let address = key.2;
                return Err(Broken(format!(
                    "{address} was mailed {often} times for {}",
                    event.id
                )));
            }
        }
        Ok(())
    }
}

/// A line without the company of a user: of two events the last to write it decides, and a feed that was cut off has
/// written some.
fn without_company(line: String) -> String {
    match line.split_once(" @ ").zip(line.split_once(" {")) {
        Some(((user, _), (_, events))) => format!("{user} {{{events}"),
        None => line,
    }
}

/// Resident memory of this process, in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
