//! A play: the event syncs while things go wrong, then in calm; then it is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use attendee_sync_domain::run::RunState;
use attendee_sync_testkit::waiting::pass;

use super::control::Sabotage;
use super::line::items_of;
use super::picture::{Picture, RunsTold};
use super::scene::{FaultScenario, ScenarioBase, actions, community, event};
use super::schedule::{CallKind, ConcurrentAction, Edition, FaultSchedule, Memory, Port};
use super::{checks, must};

/// What came of a play.
#[derive(Debug)]
pub struct PlayOutcome {
    /// The calls that were made while things could go wrong.
    pub calls: Vec<Port>,
    /// The faults that were met: at which call, of which port.
    pub met: Vec<(usize, Port, CallKind)>,
    /// The items of the write that was dropped on purpose.
    pub dropped: Vec<String>,
    /// What does not hold, in words; nothing where all does.
    pub wrong: Vec<String>,
}

/// What there is after a play.
pub(super) struct End {
    pub(super) picture: Picture,
    pub(super) told: RunsTold,
    pub(super) recipients: Vec<String>,
    pub(super) writes: usize,
    pub(super) messages: usize,
    /// How often a run was put down.
    pub(super) suspensions: usize,
    pub(super) quiet: (usize, usize),
    pub(super) met: Vec<(usize, Port, CallKind)>,
    pub(super) removed: bool,
}

/// What there is after calm plays, by what others did in them.
type Ends = BTreeMap<(Memory, BTreeSet<ConcurrentAction>), Arc<End>>;

/// What plays of one edition have in common.
pub(super) struct PlayStage {
    edition: Edition,
    base: ScenarioBase,
    calm: Mutex<Ends>,
}

impl PlayStage {
    /// Prepares the event.
    pub(super) async fn new(edition: Edition) -> Self {
        Self {
            edition,
            base: FaultScenario::base(edition).await,
            calm: Mutex::default(),
        }
    }

    /// Plays a schedule, perhaps with something broken on purpose.
    pub(super) async fn play(
        &self,
        schedule: &FaultSchedule,
        sabotage: Option<Sabotage>,
    ) -> PlayOutcome {
        let scene = FaultScenario::from(&self.base, schedule, sabotage).await;
        scene.faults.begin(scene.doer());
        let mut wrong = Vec::new();
        scene.round(true).await;
        scene.faults.end();
        let calls = scene.faults.calls();
        let end = self.calm_down(&scene, &mut wrong).await;
        let done = actions(&end.met.iter().map(|met| met.2).collect::<Vec<_>>());
        let wanted = Box::pin(self.wanted(schedule.memory, done)).await;
        wrong.extend(checks::check(&end, &wanted));
        self.come_late(&scene, &end, &mut wrong).await;
        wrong.extend(scene.table.seen());
        checks::forgive(&end, &mut wrong);
        PlayOutcome {
            calls,
            dropped: scene.table.dropped(),
            met: end.met,
            wrong,
        }
    }

    /// Lets what is left come to its end and syncs in calm; then once more, which is to be quiet.
    async fn calm_down(&self, scene: &FaultScenario, wrong: &mut Vec<String>) -> End {
        wrong.extend(scene.round(false).await);
        // What nobody works on any more is given up, and mail that was on its way is in doubt.
        pass(Duration::from_hours(3)).await;
        scene.give_time();
        wrong.extend(scene.round(true).await);
        let app = scene.app();
        let removed = app.parts().store.event(&event()).await.unwrap().is_none();
        if removed {
            // As the next run of another event of the community does.
            app.finish_erasures(&community()).await.unwrap();
            app.finish_closings(&community()).await.unwrap();
            wrong.retain(|line| !line.contains("there is no event"));
        }
        let counted = || (scene.table.writes(), scene.queues.messages());
        let (writes, messages) = counted();
        let quiet = scene.round(true).await;
        if !removed {
            wrong.extend(quiet);
        }
        let (more_writes, more_messages) = counted();
        let newest = app.runs(&event(), None, 1).await.unwrap_or_default();
        if let Some(run) = newest.first()
            && run.state != RunState::Succeeded
        {
            wrong.push(format!("the last run did not succeed: {run:?}"));
        }
        End {
            picture: Picture::of(&items_of(&scene.line)),
            told: RunsTold::of(&app, self.base.runs).await,
            recipients: scene.postbox.recipients(),
            writes,
            messages,
            suspensions: scene.queues.suspensions(),
            quiet: (more_writes - writes, more_messages - messages),
            met: scene.faults.met(),
            removed,
        }
    }

    /// What all should be like: as after a calm play, with the same actions done at its end.
    async fn wanted(&self, memory: Memory, done: BTreeSet<ConcurrentAction>) -> Arc<End> {
        let key = (memory, done);
        if let Some(known) = self.calm.lock().unwrap().get(&key) {
            return Arc::clone(known);
        }
        let schedule = FaultSchedule::calm(self.edition, memory);
        let scene = FaultScenario::from(&self.base, &schedule, None).await;
        scene.faults.begin(scene.doer());
        let mut wrong = scene.round(true).await;
        scene.faults.end();
        for action in &key.1 {
            if *action != ConcurrentAction::Removes {
                Box::pin(scene.action(*action)).await;
            }
        }
        let end = Arc::new(self.calm_down(&scene, &mut wrong).await);
        assert_eq!(wrong, Vec::<String>::new(), "a calm play with {:?}", key.1);
        must::compare(&scene.app(), memory, &key.1).await;
        self.calm.lock().unwrap().insert(key, Arc::clone(&end));
        end
    }

    /// Every message comes once more, and what was set aside is given back: nothing changes.
    async fn come_late(&self, scene: &FaultScenario, end: &End, wrong: &mut Vec<String>) {
        if !self.edition.is_cloud() {
            return;
        }
        scene.queues.redrive();
        wrong.extend(scene.round(false).await);
        scene.queues.send_all_again();
        wrong.extend(scene.round(false).await);
        let app = scene.app();
        let late = |line: String| format!("after late messages: {line}");
        let differences = Picture::of(&items_of(&scene.line)).differences(&end.picture);
        wrong.extend(differences.into_iter().map(late));
        if RunsTold::of(&app, self.base.runs).await != end.told {
            wrong.push(late("runs or their logs differ".to_owned()));
        }
        if scene.postbox.recipients() != end.recipients {
            wrong.push(late("more mails went out".to_owned()));
        }
        let lost = scene.queues.lost();
        if lost > 0 {
            wrong.push(format!("{lost} messages were lost"));
        }
    }
}
