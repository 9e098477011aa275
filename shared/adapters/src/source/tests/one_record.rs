//! One record, asked for by its id.

use attendee_sync_app::ports::{ReadMode, Sources};
use attendee_sync_domain::config::{SourceAddresses, SourceSettings};
use attendee_sync_testkit::peers::{FaultyServer, answer, json as page};
use serde_json::json;

use super::{CANARY, drain, source, sources, without_canary};

async fn read(source: &SourceSettings, id: &str) -> Result<Vec<String>, String> {
    let read = async {
        let ask = ReadMode::Record(id.to_owned());
        let mut feed = sources(SourceAddresses::Any).open(source, &ask).await?;
        let records = drain(feed.as_mut()).await?;
        assert_eq!(feed.read().0, 1);
        Ok(records)
    };
    read.await
        .map_err(|error: attendee_sync_app::ports::SourceError| without_canary(&error))
}

#[tokio::test]
async fn one_record_is_an_element_of_the_list_wherever_the_answer_has_it() {
    let server = FaultyServer::start(|asked| {
        assert_eq!(asked.headers["x-key"], CANARY);
        match asked.target.as_str() {
            "/orders/ABC12/?all=1" => page(r#"{"code":"ABC12","positions":[{"id":1}]}"#),
            "/orders/..%2Fusers/?all=1" => page(r#"{"code":"escaped"}"#),
            "/tickets/7" => page(r#"{"ticket":{"id":7},"other":{}}"#),
            "/tickets/all" => page(r#"{"ticket":[{"id":7},{"id":8}]}"#),
            "/tickets/none" => page(r#"{"ticket":null}"#),
            _ => answer("404 Not Found", "", "{}"),
        }
    })
    .await;
    let of = |one: serde_json::Value| {
        source(
            &server.url("/list"),
            json!({
                "authentication": {"type": "header", "name": "X-Key", "value": {"secret": "canary"}},
                "pagination": {"type": "page", "parameter": "page"},
                "records": "$.results[*].positions[*]",
                "one_record": one,
            }),
        )
    };
    let orders = of(json!({"url": server.url("/orders/{source_id}/?all=1")}));
    let whole = r#"{"code":"ABC12","positions":[{"id":1}]}"#;
    assert_eq!(read(&orders, "ABC12").await.unwrap(), [whole]);
    let escaped = r#"{"code":"escaped"}"#;
    assert_eq!(read(&orders, "../users").await.unwrap(), [escaped]);
    let gone = read(&orders, "gone").await.unwrap_err();
    assert!(gone.contains("check source.one_record.url"), "{gone}");
    let tickets = of(json!({"url": server.url("/tickets/{source_id}"), "record": "ticket"}));
    assert_eq!(read(&tickets, "7").await.unwrap(), [r#"{"id":7}"#]);
    let two = [r#"{"id":7}"#, r#"{"id":8}"#];
    assert_eq!(read(&tickets, "all").await.unwrap(), two);
    let none = read(&tickets, "none").await.unwrap_err();
    assert!(none.contains("source.one_record.record"), "{none}");
    // The address of another server is asked for at the source's own: nobody else gets its credential.
    let elsewhere =
        of(json!({"url": "http://127.0.0.1:1/tickets/{source_id}", "record": "ticket"}));
    assert_eq!(read(&elsewhere, "7").await.unwrap(), [r#"{"id":7}"#]);
}
