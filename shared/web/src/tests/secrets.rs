//! Credentials of one community and admins of another, with an environment that has some.

use attendee_sync_app::ports::Secrets;
use attendee_sync_domain::config::EventDocument;
use axum::http::StatusCode;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TOKEN, TestRequest, TestResponse, document};

const GLOBEX: &str = "admin-of-globex";
const ACME: &str = "admin-of-acme";
const OWNERS: &str = "the-owners-credential";

/// A document with this credential.
fn of(community: &str, event: &str, token: &Value) -> Value {
    let mut document = document();
    document["community"] = json!(community);
    document["event"] = json!(event);
    document["source"]["authentication"] = json!({"type": "bearer", "token": token});
    document
}

fn named(name: &str) -> Value {
    json!({"secret": name})
}

fn path(event: &str) -> String {
    format!("/api/v1/events/{event}/configuration")
}

impl ConsoleWorld {
    async fn put(&self, token: &str, document: &Value) -> TestResponse {
        let path = path(document["event"].as_str().unwrap());
        self.send(TestRequest::put(&path).json(document).bearer(token))
            .await
    }

    async fn test(&self, token: &str, document: &Value) -> TestResponse {
        let path = format!("{}/test", path(document["event"].as_str().unwrap()));
        self.send(TestRequest::post(&path).json(document).bearer(token))
            .await
    }

    async fn delete(&self, token: &str, event: &str) -> TestResponse {
        let ask = TestRequest::new("DELETE", &path(event)).bearer(token);
        let answer = self.send(ask).await;
        // What it left is cleared, so that one of the same id can be made.
        for community in self.app.parts().store.communities().await.unwrap() {
            self.app.finish_closings(&community).await.unwrap();
        }
        answer
    }

    /// What the stored event's source is asked with.
    async fn credential_of(&self, event: &str) -> Option<String> {
        let stored = self
            .app
            .parts()
            .store
            .event(&event.parse().unwrap())
            .await
            .unwrap();
        let document: EventDocument = stored.unwrap().value;
        let name = document.named_secret().unwrap();
        let found = self.drawer.secret(name).await.unwrap();
        found.map(|value| value.expose_secret().to_owned())
    }
}

fn taken(answer: &TestResponse) {
    assert!(
        answer.status.is_success(),
        "{} {}",
        answer.status,
        answer.body
    );
}

fn refused(answer: &TestResponse, says: &str) {
    let problem = answer.problem(422);
    let place = &problem["problems"][0];
    assert_eq!(place["path"], "source.authentication.token");
    let reason = place["reason"].as_str().unwrap();
    assert!(reason.contains(says), "{reason}");
}

#[tokio::test]
async fn a_dummy_never_becomes_the_credential_of_a_variable_of_the_same_name() {
    let world = ConsoleWorld::empty().await;
    world.drawer.set_variable("DEVCON_TOKEN", OWNERS);
    taken(
        &world
            .put(TOKEN, &of("acme", "conf", &named("devcon-token")))
            .await,
    );
    assert_eq!(world.credential_of("conf").await.as_deref(), Some(OWNERS));
    let theirs = of("globex", "devcon", &json!("dummy"));
    taken(&world.put(GLOBEX, &theirs).await);
    assert_eq!(
        world.credential_of("devcon").await.as_deref(),
        Some("dummy")
    );
    // Nor where the owner edits their event and leaves the name as it is.
    let stored = world.api("/events/devcon/configuration").await;
    assert_eq!(
        stored["source"]["authentication"]["token"],
        named("devcon-token")
    );
    taken(&world.put(TOKEN, &stored).await);
    assert_eq!(
        world.credential_of("devcon").await.as_deref(),
        Some("dummy")
    );
    // Nor by deleting the event and making it anew.
    taken(&world.delete(GLOBEX, "devcon").await);
    refused(
        &world.put(GLOBEX, &stored).await,
        "give the credential itself",
    );
    taken(&world.put(GLOBEX, &theirs).await);
    assert_eq!(
        world.credential_of("devcon").await.as_deref(),
        Some("dummy")
    );
    assert_eq!(world.credential_of("conf").await.as_deref(), Some(OWNERS));
}

#[tokio::test]
async fn a_stored_credential_is_neither_read_nor_replaced_nor_removed_by_another_community() {
    let world = ConsoleWorld::empty().await;
    taken(&world.put(ACME, &of("acme", "devcon", &json!("ours"))).await);
    // By its name, stored or only tried out, whatever event it is written for.
    for event in ["gala", "devcon-token", "devcon-2027"] {
        let theirs = of("globex", event, &named("devcon-token"));
        refused(
            &world.put(GLOBEX, &theirs).await,
            "give the credential itself",
        );
        refused(
            &world.test(GLOBEX, &theirs).await,
            "give the credential itself",
        );
    }
    // Also under the event's own id: it is not seen, and stays where it is.
    let theirs = of("globex", "devcon", &json!("theirs"));
    world.put(GLOBEX, &theirs).await.problem(404);
    world.put(TOKEN, &theirs).await.problem(409);
    world.delete(GLOBEX, "devcon").await.problem(404);
    assert_eq!(world.credential_of("devcon").await.as_deref(), Some("ours"));
    // An event that the owner lets name it has none, and takes none away.
    taken(
        &world
            .put(TOKEN, &of("globex", "gala", &named("devcon-token")))
            .await,
    );
    assert_eq!(world.credential_of("gala").await, None);
    taken(&world.delete(GLOBEX, "gala").await);
    assert_eq!(world.credential_of("devcon").await.as_deref(), Some("ours"));
    // An id that went to another community brings nothing along.
    world.drawer.sticks();
    taken(&world.delete(ACME, "devcon").await);
    assert_eq!(world.stored("devcon-token").as_deref(), Some("ours"));
    refused(
        &world
            .put(GLOBEX, &of("globex", "devcon", &named("devcon-token")))
            .await,
        "give the credential itself",
    );
    taken(
        &world
            .put(TOKEN, &of("globex", "devcon", &named("devcon-token")))
            .await,
    );
    assert_eq!(world.credential_of("devcon").await, None);
}

#[tokio::test]
async fn a_new_events_form_does_not_say_whether_another_community_has_a_credential() {
    let world = ConsoleWorld::empty().await;
    taken(&world.put(ACME, &of("acme", "devcon", &json!("ours"))).await);
    let browser = world.browser_of(GLOBEX).await;
    for event in ["devcon", "nothing"] {
        let base = of("acme", event, &named("devcon-token")).to_string();
        let form = [
            ("base", base.as_str()),
            ("source.authentication.type", "bearer"),
            ("source.authentication.bearer.token", "devcon-token"),
        ];
        let page = browser.submit("/new-event/form/rows", &form).await;
        assert_eq!(page.status, StatusCode::OK);
        let says = "None is stored as devcon-token yet.";
        assert!(page.body.contains(says), "{event}: {}", page.body);
    }
}

#[tokio::test]
async fn a_secret_of_the_environment_is_named_by_the_owner_or_where_it_is_bound() {
    let world = ConsoleWorld::empty().await;
    world.drawer.set_variable("SOURCE", OWNERS);
    let ours = of("acme", "devcon", &named("source"));
    for answer in [world.put(ACME, &ours).await, world.test(ACME, &ours).await] {
        refused(&answer, "not bound to its community");
    }
    // The owner tries it out, and stores it.
    taken(&world.test(TOKEN, &ours).await);
    assert_eq!(world.credential_asked_with().as_deref(), Some(OWNERS));
    taken(&world.put(TOKEN, &ours).await);
    assert_eq!(world.credential_of("devcon").await.as_deref(), Some(OWNERS));
    // Once it is bound, its community's admins name it, too, and no other's document has it.
    world.drawer.set_variable("SOURCE__COMMUNITIES", "globex");
    let theirs = of("globex", "gala", &named("source"));
    taken(&world.test(GLOBEX, &theirs).await);
    taken(&world.put(GLOBEX, &theirs).await);
    assert_eq!(world.credential_of("gala").await.as_deref(), Some(OWNERS));
    let name = world
        .app
        .parts()
        .store
        .event(&"devcon".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert!(
        world
            .drawer
            .secret(name.value.named_secret().unwrap())
            .await
            .is_err()
    );
    let again = of("acme", "conf", &named("source"));
    refused(&world.put(TOKEN, &again).await, "SOURCE__COMMUNITIES");
    refused(&world.test(TOKEN, &again).await, "SOURCE__COMMUNITIES");
}

#[tokio::test]
async fn an_admin_does_not_send_the_owners_secret_to_another_server() {
    let world = ConsoleWorld::empty().await;
    world.drawer.set_variable("SOURCE", OWNERS);
    taken(
        &world
            .put(TOKEN, &of("acme", "devcon", &named("source")))
            .await,
    );
    let mut ours = world.api("/events/devcon/configuration").await;
    ours["source"]["url"] = json!("https://registration.example/attendees?event=43");
    ours["name"] = json!("DevCon, renamed");
    taken(&world.put(ACME, &ours).await);
    assert_eq!(world.credential_of("devcon").await.as_deref(), Some(OWNERS));
    let elsewhere = "https://elsewhere.example/collect";
    let mut moved = ours.clone();
    moved["source"]["url"] = json!(elsewhere);
    let mut looked_up = ours.clone();
    looked_up["source"]["lookups"] =
        json!({"items": {"url": elsewhere, "records": "$[*]", "key": "id"}});
    for document in [moved, looked_up] {
        refused(&world.put(ACME, &document).await, "sent to another server");
        refused(&world.test(ACME, &document).await, "sent to another server");
        taken(&world.put(TOKEN, &document).await);
        taken(&world.put(TOKEN, &ours).await);
    }
}
