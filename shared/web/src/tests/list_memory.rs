//! Lists whose memory is limited.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TestRequest, document, person};

fn people(first: &str, last: usize) -> Vec<Value> {
    (1..=last).map(|id| person(id, first)).collect()
}

/// Two events of one community, with 20 people called Ada and 30 called Bob.
async fn two_events() -> ConsoleWorld {
    let world = ConsoleWorld::with(people("Ada", 20)).await;
    world.sync().await;
    let mut second = document();
    second["event"] = json!("second");
    second["community"] = json!("globex");
    let put = TestRequest::put("/api/v1/events/second/configuration").json(&second);
    let stored = world.send(put).await;
    assert!(stored.status.is_success(), "{}", stored.body);
    world.registered(people("Bob", 30));
    let event = "second".parse().unwrap();
    let scope = attendee_sync_app::SyncScope::Everyone;
    world.app.sync(&event, scope).await.unwrap();
    world
}

async fn found(world: &ConsoleWorld, path: &str) -> usize {
    let list = world.api(path).await;
    list["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn what_does_not_fit_into_memory_is_read_again_and_right_however_many_ask_at_once() {
    let world = two_events().await;
    for memory in [usize::MAX, 8 * 1024, 0] {
        world.app.limit_list_memory(memory);
        let questions = [
            ("/events/devcon/attendees?search=ada&limit=500", 20),
            ("/events/devcon/attendees?sort=-name&limit=500", 20),
            ("/events/second/attendees?search=bob&limit=500", 30),
            ("/communities/acme/users?search=ada", 20),
            ("/communities/globex/users?search=bob", 30),
        ];
        let asked = questions.into_iter().cycle().take(50);
        let asked = asked.map(|(path, people)| {
            let world = &world;
            async move { (path, people, found(world, path).await) }
        });
        for (path, people, found) in join_all(asked).await {
            assert_eq!(found, people, "{path} with {memory} bytes");
        }
    }
}

#[tokio::test]
async fn a_sync_makes_no_list_grow_over_the_limit() {
    let world = two_events().await;
    world.app.limit_list_memory(16 * 1024);
    let path = "/events/devcon/attendees?search=ada&limit=500";
    assert_eq!(found(&world, path).await, 20);
    world.registered(people("Ada", 400));
    world.sync().await;
    assert!(world.app.list_memory() <= 16 * 1024);
    assert_eq!(found(&world, path).await, 400);
    assert!(world.app.list_memory() <= 16 * 1024);
}
