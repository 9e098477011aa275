//! Credentials of an earlier version on their way to their events, with processes that end anywhere.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use attendee_sync_app::SecretsMoved;
use attendee_sync_app::ports::{CommunityCount, FormerSecrets, MoveStage, SecretError};
use attendee_sync_domain::config::SecretName;
use serde_json::json;

use super::world::{ConsoleWorld, document};

const LONG: Duration = Duration::from_mins(1);
/// More than are looked at before it is remembered how far the move has come.
const EVENTS: usize = 45;

/// Secrets by their whole names, and a process that ends after so many operations.
#[derive(Default)]
struct SecretsShelf {
    former: Mutex<BTreeMap<String, String>>,
    moved: Mutex<BTreeMap<String, String>>,
    stage: Mutex<Option<MoveStage>>,
    left: Mutex<usize>,
}

fn whole(name: &SecretName) -> String {
    let owner = name.owner().unwrap();
    format!("{}/{}/{name}", owner.community, owner.event)
}

impl SecretsShelf {
    fn step(&self) -> Result<(), SecretError> {
        let mut left = self.left.lock().unwrap();
        if *left == 0 {
            return Err(SecretError("the process ended".into()));
        }
        *left -= 1;
        Ok(())
    }
}

#[async_trait]
impl FormerSecrets for SecretsShelf {
    async fn stage(&self) -> Result<MoveStage, SecretError> {
        let stage = self.stage.lock().unwrap().clone();
        Ok(stage.unwrap_or(MoveStage::Copying(None)))
    }

    async fn copy(&self, names: &[SecretName], _: CommunityCount) -> Result<u64, SecretError> {
        let mut copied = 0;
        for name in names {
            let Some(value) = self.former.lock().unwrap().get(name.as_str()).cloned() else {
                continue;
            };
            self.step()?;
            let mut moved = self.moved.lock().unwrap();
            copied += u64::from(moved.insert(whole(name), value).is_none());
        }
        Ok(copied)
    }

    async fn delete(&self, names: &[SecretName]) -> Result<(), SecretError> {
        for name in names {
            self.step()?;
            self.former.lock().unwrap().remove(name.as_str());
        }
        Ok(())
    }

    async fn reach(&self, stage: &MoveStage) -> Result<(), SecretError> {
        self.step()?;
        *self.stage.lock().unwrap() = Some(stage.clone());
        Ok(())
    }
}

/// With events of two communities that name a secret each, and one that names another's.
async fn world() -> (ConsoleWorld, SecretsShelf, Vec<String>) {
    let world = ConsoleWorld::empty().await;
    let kept = SecretsShelf::default();
    let mut expected = Vec::new();
    for number in 0..EVENTS {
        let community = if number % 2 == 0 { "acme" } else { "globex" };
        let event = format!("event-{number}");
        let name = match number {
            7 => "event-8-token".to_owned(),
            _ => format!("{event}-token"),
        };
        let mut document = document();
        document["community"] = json!(community);
        document["event"] = json!(event);
        document["source"]["authentication"] = json!({"type": "bearer", "token": {"secret": name}});
        world.app.configure(&document).await.unwrap();
        let former = &mut kept.former.lock().unwrap();
        former.insert(format!("{event}-token"), format!("of {event}"));
        expected.push(format!("{community}/{event}/{name}"));
    }
    expected.sort();
    (world, kept, expected)
}

#[tokio::test]
async fn a_move_that_ends_after_every_few_operations_comes_to_the_same_end() {
    for steps in [2, 23, 24, 25, 1_000] {
        let (world, kept, expected) = world().await;
        let mut starts = 0;
        loop {
            starts += 1;
            assert!(starts < 200, "it goes round in circles");
            // Whoever ends within a page begins that page again.
            *kept.left.lock().unwrap() = steps + starts;
            if let Ok(moved) = world.app.move_secrets(&kept, LONG).await {
                assert!(moved.is_none_or(|moved| moved.done));
                break;
            }
            // Nothing is gone that was not copied.
            let (former, moved) = (kept.former.lock().unwrap(), kept.moved.lock().unwrap());
            for name in &expected {
                let (_, alone) = name.rsplit_once('/').unwrap();
                assert!(
                    moved.contains_key(name) || former.contains_key(alone),
                    "{name}"
                );
            }
        }
        let moved = kept.moved.lock().unwrap().clone();
        assert_eq!(moved.keys().cloned().collect::<Vec<_>>(), expected);
        assert_eq!(moved["globex/event-7/event-8-token"], "of event-8");
        // What no document names is reached by nobody.
        let left = kept.former.lock().unwrap().clone();
        assert_eq!(left.keys().collect::<Vec<_>>(), ["event-7-token"]);
        assert_eq!(world.app.move_secrets(&kept, LONG).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_move_without_time_goes_on_at_the_next_start() {
    let (world, kept, expected) = world().await;
    *kept.left.lock().unwrap() = usize::MAX;
    let none = world.app.move_secrets(&kept, Duration::ZERO).await;
    let nothing = SecretsMoved {
        copied: 0,
        done: false,
    };
    assert_eq!(none.unwrap(), Some(nothing));
    let all = world.app.move_secrets(&kept, LONG).await.unwrap().unwrap();
    assert!(all.done);
    assert_eq!(all.copied, u64::try_from(expected.len()).unwrap());
}
