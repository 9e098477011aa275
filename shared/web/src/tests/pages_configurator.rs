//! What people see who configure an event by its form.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::world::{ConsoleWorld, person};

const PAGE: &str = "/events/devcon/configuration";
const TEST: &str = "/events/devcon/configuration/test";
const ROWS: &str = "/events/devcon/configuration/rows";

async fn stored(world: &ConsoleWorld) -> Value {
    world.api("/events/devcon/configuration").await
}

/// What is typed into which field, and what of it is stored where.
#[expect(clippy::too_many_lines, reason = "a table")]
fn changes() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    vec![
        ("name", "DevCon & more", "/name", json!("DevCon & more")),
        (
            "starts",
            "2026-12-01T08:00",
            "/starts",
            json!("2026-12-01T08:00:00"),
        ),
        (
            "source.records",
            "$.results[*]",
            "/source/records",
            json!("$.results[*]"),
        ),
        (
            "source.pagination.type",
            "next_link",
            "/source/pagination/type",
            json!("next_link"),
        ),
        (
            "source.pagination.next_link.path",
            "next",
            "/source/pagination/path",
            json!("next"),
        ),
        (
            "source.headers.0.name",
            "Accept",
            "/source/headers",
            json!({"Accept": "text/x"}),
        ),
        (
            "source.headers.0.value",
            "text/x",
            "/source/headers",
            json!({"Accept": "text/x"}),
        ),
        (
            "source.incremental.type",
            "on",
            "/source/incremental/parameter",
            json!("since"),
        ),
        (
            "source.incremental.on.parameter",
            "since",
            "/source/incremental/overlap_seconds",
            json!(300),
        ),
        (
            "source.limits.max_records",
            "1000",
            "/source/limits/max_records",
            json!(1000),
        ),
        (
            "mapping.country.type",
            "constant",
            "/mapping/country/constant",
            json!("NL"),
        ),
        (
            "mapping.country.constant.constant",
            "NL",
            "/mapping/country/apply",
            json!("on_create"),
        ),
        (
            "mapping.country.apply",
            "on_create",
            "/mapping/country/apply",
            json!("on_create"),
        ),
        (
            "mapping.groups.separator",
            ";",
            "/mapping/groups",
            json!({"path": "groups", "separator": ";"}),
        ),
        (
            "rules.1.when",
            "vip",
            "/rules/1",
            json!({"when": "vip", "then": {"add_group": "VIP"}}),
        ),
        (
            "rules.1.then",
            "add_group",
            "/rules/0/when",
            json!("canceled"),
        ),
        (
            "rules.1.group",
            "VIP",
            "/rules/0/then",
            json!("remove_attendee"),
        ),
        (
            "delete_flag.type",
            "on",
            "/delete_flag/path",
            json!("erased"),
        ),
        (
            "delete_flag.on.path",
            "erased",
            "/delete_flag/true_values",
            json!(["true", "1", "yes"]),
        ),
        (
            "missing",
            "remove_attendee",
            "/missing",
            json!("remove_attendee"),
        ),
        (
            "schedule.auto_sync",
            "daily",
            "/schedule/auto_sync",
            json!("daily"),
        ),
        (
            "schedule.daily_at",
            "06:30",
            "/schedule/daily_at",
            json!("06:30:00"),
        ),
        (
            "guards.removals_count",
            "3",
            "/guards/removals_count",
            json!(3),
        ),
        (
            "access.attendees_only",
            "false",
            "/access/attendees_only",
            json!(false),
        ),
    ]
}

#[tokio::test]
async fn saving_what_is_shown_changes_nothing_and_each_section_saves_what_is_typed() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    let browser = world.browser().await;
    let before = stored(&world).await;
    let form = browser.form(PAGE).await;
    let saved = browser.send_form(PAGE, &form).await;
    assert_eq!(
        saved.header("location"),
        "/events/devcon/configuration?saved=1",
        "{}",
        saved.body
    );
    assert_eq!(stored(&world).await, before);

    let changes = changes();
    let mut form = browser.form(PAGE).await;
    for (name, text, _, _) in &changes {
        form.insert((*name).to_owned(), (*text).to_owned());
    }
    let saved = browser.send_form(PAGE, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let after = stored(&world).await;
    for (name, _, pointer, value) in &changes {
        assert_eq!(after.pointer(pointer), Some(value), "{name}: {after:#}");
    }
    // And shown again, it is what was typed.
    let again = browser.form(PAGE).await;
    for (name, text, _, _) in &changes {
        assert_eq!(again.get(*name).unwrap(), text, "{name}");
    }
    let page = browser.page("/events/devcon/configuration?saved=1").await;
    assert!(page.contains("The configuration was saved.") && page.contains("Sync attendees now"));
    assert!(page.contains("Next automatic syncs"), "{page}");
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    let refusal = async |changes: &[(&str, &str)]| {
        let mut form = browser.form(PAGE).await;
        for (name, text) in changes {
            form.insert((*name).to_owned(), (*text).to_owned());
        }
        let answer = browser.send_form(PAGE, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        answer
    };
    // What the form itself tells, all at once.
    let answer = refusal(&[
        ("rules.0.when", "canceled or"),
        ("guards.removals_percent", "many"),
        ("mapping.email.path.path", ""),
    ])
    .await;
    for (name, reason) in [
        ("rules.0.when", "The expression does not compile"),
        (
            "guards.removals_percent",
            "Enter a whole number from 0 to 100.",
        ),
        ("mapping.email.path.path", "Required."),
    ] {
        let beside = answer.between(&format!("<div id=\"{name}-help\">"), "</div>");
        assert!(beside.contains("<p class=\"wrong\">"), "{name}: {beside}");
        assert!(beside.contains(reason), "{name}: {beside}");
        let link = format!("<a href=\"#{name}\">");
        assert!(answer.body.contains(&link), "{link}: {}", answer.body);
    }
    let again = answer.fields();
    assert_eq!(again["rules.0.when"], "canceled or");
    assert_eq!(again["guards.removals_percent"], "many");
    // And with it what only the check knows.
    let answer = refusal(&[("rules.0.when", "canceled or"), ("source.url", "ftp://x")]).await;
    for name in ["rules.0.when", "source.url"] {
        let beside = answer.between(&format!("<div id=\"{name}-help\">"), "</div>");
        assert!(beside.contains("<p class=\"wrong\">"), "{name}: {beside}");
    }
    // What the check of the configuration says.
    for (changes, name, reason) in [
        (
            &[("time_zone", "Mars/Olympus")][..],
            "time_zone",
            "is not a time zone",
        ),
        (
            &[("source.url", "ftp://x")],
            "source.url",
            "Not a URL that starts with https://.",
        ),
        (
            &[
                ("mapping.email.type", "constant"),
                ("mapping.email.constant.constant", "a@b.example"),
            ],
            "mapping.email.constant.constant",
            "A constant would be the same for everybody.",
        ),
        (
            &[
                ("source.headers.0.name", "Authorization"),
                ("source.headers.0.value", "x"),
            ],
            "source.headers.0.name",
            "Credentials belong in \u{201c}Authentication\u{201d}",
        ),
        (
            &[("starts", "2026-12-02T08:00"), ("ends", "2026-12-01T08:00")],
            "ends",
            "",
        ),
    ] {
        let answer = refusal(changes).await;
        let beside = answer.between(&format!("<div id=\"{name}-help\">"), "</div>");
        assert!(
            beside.contains("<p class=\"wrong\">") && beside.contains(reason),
            "{name}: {}",
            answer.body
        );
        for (name, text) in changes {
            assert_eq!(answer.fields()[*name], *text);
        }
    }
    assert_eq!(stored(&world).await["time_zone"], "Europe/Amsterdam");
}

#[tokio::test]
async fn fields_found_become_choices_and_stay_over_a_refusal() {
    let world = ConsoleWorld::with(vec![json!({
        "code": "T-1", "person": {"mail": "ada@example.org", "givenName": "Ada", "surname": "Doe"},
        "employer": "<b>Initech</b>"
    })])
    .await;
    let browser = world.browser().await;
    let form = browser.form(PAGE).await;
    let tried = browser.send_form(TEST, &form).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    let choices = |answer: &super::world::TestResponse| {
        answer
            .between("<datalist id=\"found\">", "</datalist>")
            .to_owned()
    };
    for choice in [
        "<option value=\"person.mail\">ada@example.org</option>",
        "<option value=\"employer\">&#60;b&#62;Initech&#60;/b&#62;</option>",
    ] {
        assert!(choices(&tried).contains(choice), "{}", choices(&tried));
    }
    for name in [
        "mapping.email.path.path",
        "rules.0.when",
        "delete_flag.on.path",
    ] {
        let input = tried.between(&format!("<input id=\"{name}\""), ">");
        assert!(input.contains("list=\"found\""), "{input}");
    }
    let beside = tried.between("<div id=\"mapping.email.path.path-help\">", "</div>");
    assert!(
        beside.contains("No record tested has it; perhaps person.mail."),
        "{beside}"
    );

    let mut form = tried.fields();
    form.insert("name".to_owned(), String::new());
    let refused = browser.send_form(PAGE, &form).await;
    assert_eq!(choices(&refused), choices(&tried));

    let mut form = refused.fields();
    form.insert("name".to_owned(), "DevCon".to_owned());
    form.insert("act".to_owned(), "suggest".to_owned());
    let filled = browser.send_form(ROWS, &form).await;
    let form = filled.fields();
    for (name, path) in [
        ("mapping.email.path.path", "person.mail"),
        ("mapping.first_name.path.path", "person.givenName"),
        ("mapping.last_name.path.path", "person.surname"),
        ("mapping.company.path.path", "employer"),
        ("mapping.source_id.path.path", "code"),
        ("mapping.groups.path.path", "groups"),
    ] {
        assert_eq!(form[name], path, "{name}");
    }
    let beside = filled.between("<div id=\"mapping.email.path.path-help\">", "</div>");
    assert!(
        beside.contains("Found, for example \u{201c}ada@example.org\u{201d}."),
        "{beside}"
    );
    let tried = browser.send_form(TEST, &form).await;
    assert!(
        tried.body.contains("Of 1 record: 1 would attend."),
        "{}",
        tried.body
    );
    assert_eq!(stored(&world).await["mapping"]["email"], "email");
}

#[tokio::test]
async fn rows_are_moved_added_and_removed_without_a_save() {
    let world = ConsoleWorld::with(Vec::new()).await;
    let browser = world.browser().await;
    let mut form = browser.form(PAGE).await;
    form.insert("rules.1.when".to_owned(), "vip".to_owned());
    form.insert("rules.1.then".to_owned(), "ignore".to_owned());
    form.insert("act".to_owned(), "rules.1.up".to_owned());
    let moved = browser.send_form(ROWS, &form).await;
    let mut form = moved.fields();
    assert_eq!(
        (&*form["rules.0.when"], &*form["rules.1.when"]),
        ("vip", "canceled")
    );
    assert_eq!(form["rules.0.then"], "ignore");
    form.insert("act".to_owned(), "rules.0.more".to_owned());
    let more = browser.send_form(ROWS, &form).await;
    assert_eq!(more.fields()["rules.rows"], "6");
    // Where rows are folded away, more of them are shown.
    form.insert("act".to_owned(), "source.headers.0.more".to_owned());
    let shown = browser.send_form(ROWS, &form).await;
    let open =
        "<details class=\"more\" open>\n<summary>Headers, lookup lists, details and request method";
    assert!(shown.body.contains(open), "{}", shown.body);
    assert!(!more.body.contains(open));
    form.insert("act".to_owned(), "rules.1.remove".to_owned());
    let fewer = browser.send_form(ROWS, &form).await;
    assert_eq!(fewer.fields()["rules.rows"], "2");
    assert_eq!(stored(&world).await["rules"][0]["when"], "canceled");
    let saved = browser.send_form(PAGE, &fewer.fields()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_eq!(
        stored(&world).await["rules"],
        json!([{"when": "vip", "then": "ignore"}])
    );
}

#[tokio::test]
async fn the_next_syncs_are_told_by_what_is_typed_and_by_what_is_stored() {
    let world = ConsoleWorld::with(vec![person(1, "Ada")]).await;
    world.sync().await;
    let browser = world.browser().await;
    let mut form = browser.form(PAGE).await;
    form.insert("schedule.auto_sync".to_owned(), "daily".to_owned());
    form.insert("schedule.daily_at".to_owned(), "06:30".to_owned());
    form.insert("time_zone".to_owned(), "Asia/Kathmandu".to_owned());
    let tried = browser.send_form(TEST, &form).await;
    let typed = tried.between("<h4 id=\"typed\">", "</ol>");
    assert_eq!(typed.matches("<li>").count(), 5, "{typed}");
    assert!(typed.contains("2 Nov 2026, 06:35:00 +0545"), "{typed}");
    assert!(tried.body.contains("This event syncs only on request"));
    let saved = browser.send_form(PAGE, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let page = browser.open(PAGE).await;
    let stored = page.between("<h4 id=\"coming\">", "</ol>");
    assert_eq!(stored.matches("<li>").count(), 5, "{stored}");
    assert!(stored.contains("2 Nov 2026, 06:35:00 +0545"), "{stored}");
}
