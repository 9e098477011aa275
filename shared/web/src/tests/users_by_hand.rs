//! Users whom a person makes by the API.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, TestRequest};

const ADA: &str = "/api/v1/communities/acme/users/ada@example.org";

#[tokio::test]
async fn a_user_is_made_and_edited_by_the_api() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let put = async |token: &str, body: Value| {
        let ask = TestRequest::put(ADA).json(&body).bearer(token);
        world.send(ask).await
    };
    let ada = json!({"profile": {"first_name": "Ada", "company": "Initech"}});
    put("viewer-of-acme", ada.clone()).await.problem(403);
    let made = put("operator-of-acme", ada).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let made = made.json();
    assert_eq!(
        (&made["is_new"], &made["events"]),
        (&json!(true), &json!({}))
    );
    let edited = put("operator-of-acme", json!({"profile": {"company": null}})).await;
    assert_eq!(edited.status, StatusCode::OK, "{}", edited.body);
    assert_eq!(edited.json()["profile"], json!({"first_name": "Ada"}));
    let long = json!({"profile": {"title": "x".repeat(251)}});
    let refused = put("operator-of-acme", long).await.problem(422);
    assert_eq!(refused["problems"][0]["path"], "profile.title");
    let unknown = json!({"profile": {"shoe_size": "40"}});
    assert!(!put("operator-of-acme", unknown).await.status.is_success());
    let user = world.api("/communities/acme/users/ada@example.org").await;
    assert_eq!(user["profile"], json!({"first_name": "Ada"}));
}
