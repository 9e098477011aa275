//! The way from the document to the form and back loses nothing.

use std::collections::BTreeMap;

use attendee_sync_domain::config::{EventDocument, SourceAddresses, check};
use attendee_sync_domain::preset::{Preset, PresetAnswers, built_in};
use serde_json::{Value, json};

use super::{Sections, TypedFields, document_of, form_of, name_of};

const BOTH: [Sections; 2] = [Sections::New, Sections::Stored];

fn checked(document: &Value) -> EventDocument {
    check(document, &SourceAddresses::Any)
        .unwrap_or_else(|problems| panic!("{problems}: {document:#}"))
}

/// As documents are stored: all defaults written out.
fn stored(document: &Value) -> Value {
    serde_json::to_value(checked(document)).unwrap()
}

fn plain() -> Value {
    json!({
        "community": "acme", "event": "devcon", "name": "DevCon 2026", "time_zone": "Europe/Amsterdam",
        "source": {"url": "https://registration.example/attendees"},
        "mapping": {"email": "email", "first_name": "first", "last_name": "last"}
    })
}

fn with(path: &str, value: Value) -> Value {
    let mut document = plain();
    super::translate::put(&mut document, path, Some(value));
    document
}

fn presets() -> Vec<Value> {
    let filled = built_in().iter().map(|(name, text)| {
        let preset = Preset::parse(name, text).unwrap();
        let secret = |kind| kind == attendee_sync_domain::preset::ParameterKind::Secret;
        let values = preset.parameters.iter().filter(|one| !secret(one.kind));
        let answers = PresetAnswers {
            community: "acme".parse().unwrap(),
            event: "devcon".parse().unwrap(),
            name: "DevCon 2026".to_owned(),
            time_zone: None,
            values: values
                .map(|one| (one.name.clone(), one.example.clone()))
                .collect::<BTreeMap<_, _>>(),
        };
        preset
            .fill(&answers, &SourceAddresses::Any)
            .unwrap()
            .document
    });
    filled.collect()
}

fn everything() -> Value {
    json!({
        "community": "acme", "event": "devcon", "name": "DevCon <2026>", "time_zone": "Asia/Kathmandu",
        "goes_live": "2026-11-01T09:00", "starts": "2026-12-01T08:00:30", "ends": "2026-12-04T18:00",
        "source": {
            "url": "https://registration.example/attendees?event=42&x=%20",
            "headers": {"Accept": "application/json", "X-Empty": "", "X-Two": " a b "},
            "format": "json", "records": "$.results[*].positions[*]",
            "charset": "windows-1252", "csv": {"delimiter": "\t", "skip_lines": 2},
            "lookups": {
                "items": {"url": "https://registration.example/items", "records": "$.results[*]", "key": "id"},
                "a": {"url": "https://registration.example/a", "records": "$[*]", "key": "x.y"}
            },
            "incremental": {"parameter": "since", "overlap_seconds": 0, "full_every_hours": 2, "format": "%F %T", "time_zone": "America/Chicago"},
            "one_person": {"parameter": "search", "format": "email={email}"},
            "details": {"url": "https://registration.example/attendees/{id}?all={ticket.id}"},
            "limits": {"requests_per_minute": 1, "timeout_seconds": 2, "max_bytes": 18_446_744_073_709_551_615_u64, "max_records": 4}
        },
        "mapping": {
            "source_id": "id", "email": {"expression": "email or\n  parent.email"},
            "first_name": {"path": "first", "default": " - "}, "last_name": {"constant": "two\nlines"},
            "title": {"constant": ""}, "job_title": {"path": "job", "apply": "on_create"},
            "company": {"expression": "company", "blank": "keep"}, "country": {"path": "country", "apply": "if_empty", "blank": "keep"},
            "additional_info": "\"urn:x.y\".org", "biography": "bio", "digital_badge": "badge[0].url",
            "groups": {"path": "tags", "separator": " ; ", "default": "All"}
        },
        "delete_flag": {"path": "erased", "true_values": ["erase", "(blank)"], "false_values": ["no", "", " padded "]},
        "rules": [
            {"when": "a", "then": "ignore"}, {"when": "b", "then": {"add_group": "VIP"}},
            {"when": "a", "then": "remove_attendee"}, {"when": "c or d", "then": {"remove_group": " x "}},
            {"when": "a", "then": "ignore"}
        ],
        "missing": "remove_attendee",
        "schedule": {"auto_sync": "phases", "daily_at": "06:00:01", "final_sync": "2026-12-05T18:00"},
        "invitations": {"enabled": true, "limit_per_run": 7, "sign_in_url": "https://app.example",
            "template": {"from": "DevCon <noreply@devcon.example>", "reply_to": "help@devcon.example", "subject": "Hi", "body_markdown": "Text"}},
        "guards": {"removals_percent": 0, "removals_count": 1, "blanked_percent": 2, "rejected_percent": 100, "additions_percent": 300},
        "access": {"attendees_only": false, "pages": [{"name": "stage", "groups": ["VIP", "a; b"]}, {"name": " map "}]}
    })
}

fn kinds() -> Vec<Value> {
    let secret = json!({"secret": "shared-secret"});
    let authentications = [
        json!({"type": "none"}),
        json!({"type": "basic", "username": "ada", "password": secret}),
        json!({"type": "bearer", "token": secret}),
        json!({"type": "bearer", "token": secret, "scheme": "Token"}),
        json!({"type": "header", "name": "x-api-key", "value": secret}),
        json!({"type": "query", "name": "key", "value": secret}),
        json!({"type": "oauth2_client_credentials", "token_url": "https://a.example/t", "client_id": "c", "client_secret": secret}),
        json!({"type": "oauth2_client_credentials", "token_url": "https://a.example/t", "client_id": " c ", "client_secret": secret, "scope": "r w", "client_authentication": "post"}),
        json!({"type": "login", "url": "https://a.example/login", "username": "ada", "password": secret}),
        json!({"type": "login", "url": "https://a.example/login", "username": "ada", "password": secret, "username_field": "u", "password_field": "p", "token_path": "data.token"}),
    ];
    let paginations = [
        json!({"type": "none"}),
        json!({"type": "next_link", "path": "next"}),
        json!({"type": "link_header"}),
        json!({"type": "page", "parameter": "page"}),
        json!({"type": "page", "parameter": "page", "start": 0, "size_parameter": "n", "size": 100, "total_pages_path": "meta.pages", "next_path": "meta.next"}),
        json!({"type": "offset", "offset_parameter": "o", "limit_parameter": "l", "limit": 50}),
        json!({"type": "offset", "offset_parameter": "o", "start": 1, "limit_parameter": "l", "limit": 50, "total_path": "total"}),
        json!({"type": "cursor", "parameter": "c", "path": "next"}),
        json!({"type": "cursor", "parameter": "c", "path": "next", "more_path": "more"}),
        json!({"type": "cursor", "parameter": "c", "path": "data[-1].id", "in": "body"}),
        json!({"type": "page", "parameter": "page", "in": "body"}),
        json!({"type": "offset", "offset_parameter": "o", "limit_parameter": "l", "limit": 50, "in": "body"}),
    ];
    let authentications = authentications.map(|one| with("source.authentication", one));
    let paginations = paginations.map(|one| {
        let mut document = with("source.pagination", one);
        document["source"]["method"] = json!("POST");
        document["source"]["body"] = json!({"query": "q"});
        document
    });
    let formats = ["json", "ndjson", "csv"].map(|one| with("source.format", json!(one)));
    let schedules = ["off", "hourly"].map(|one| with("schedule.auto_sync", json!(one)));
    [&authentications[..], &paginations, &formats, &schedules].concat()
}

fn field_rules() -> Value {
    json!([
        {"field": "status", "is": ["cancelled", "void"], "then": "remove_attendee"},
        {"field": "status", "is": "refunded", "then": "remove_attendee"},
        {"when": "paid == 0", "then": "ignore"},
        {"field": "note", "not_blank": true, "then": {"add_group": "Noted"}},
        {"field": "note", "blank": true, "then": {"remove_group": "Noted"}},
        {"field": "tags", "contains": "x", "then": "ignore"},
        {"field": "ticket", "is_not": "3", "then": "ignore"}
    ])
}

#[test]
fn rules_without_code_are_written_and_changed_and_the_others_stay() {
    let mut rules = field_rules();
    rules[0]["is"] = json!(["cancelled", "a; b"]);
    let document = stored(&with("rules", rules.clone()));
    let mut form = form_of(Sections::Stored, &document);
    assert_eq!(form.get("rules.0.value"), "cancelled; a; b");
    form.set("rules.1.value", "refunded; void");
    form.set("rules.3.test", "blank");
    form.set("rules.5.test", "is");
    let (back, wrong) = document_of(Sections::Stored, &form, &document);
    assert_eq!(wrong, vec![]);
    let mut expected = rules;
    expected[1]["is"] = json!(["refunded", "void"]);
    expected[3] = json!({"field": "note", "blank": true, "then": {"add_group": "Noted"}});
    expected[5] = json!({"field": "tags", "is": "x", "then": "ignore"});
    assert_eq!(back["rules"], expected);
    for (key, text, place) in [
        ("rules.2.field", "status", "rules.2.field"),
        ("rules.2.when", "", "rules.2.when"),
        ("rules.1.value", "", "rules.1.value"),
    ] {
        let mut form = form_of(Sections::Stored, &document);
        form.set(key, text);
        let (_, wrong) = document_of(Sections::Stored, &form, &document);
        assert_eq!(wrong[0].0, place, "{key}");
    }
}

#[test]
fn groups_from_several_places_are_lines() {
    let document = stored(&plain());
    let mut form = form_of(Sections::Stored, &document);
    form.set("mapping.groups.type", "places");
    form.set(
        "mapping.groups.places.places",
        "tags\ntracks | ,\n= a | list",
    );
    let (back, wrong) = document_of(Sections::Stored, &form, &document);
    assert_eq!(wrong, vec![]);
    let groups = json!(["tags", {"path": "tracks", "separator": ","}, {"expression": "a | list"}]);
    assert_eq!(back["mapping"]["groups"], groups);
}

#[test]
fn a_delete_flag_of_any_value_is_one_word() {
    let document = stored(&with("delete_flag", json!({"path": "deleted_at"})));
    let mut form = form_of(Sections::Stored, &document);
    form.set("delete_flag.on.true_values", "any");
    let (back, wrong) = document_of(Sections::Stored, &form, &document);
    assert_eq!(wrong, vec![]);
    assert_eq!(back["delete_flag"]["true_values"], "any");
}

fn documents() -> Vec<Value> {
    let mut uploaded = plain();
    uploaded["source"] = json!({"upload": true, "format": "csv"});
    let mut all = vec![
        plain(),
        uploaded,
        everything(),
        with("delete_flag", json!({"path": "gone"})),
    ];
    all.push(with(
        "delete_flag",
        json!({"path": "gone", "false_values": []}),
    ));
    all.push(with("mapping.email", json!({"path": "email"})));
    all.push(with(
        "delete_flag",
        json!({"path": "deleted_at", "true_values": "any"}),
    ));
    all.push(with("rules", field_rules()));
    all.push(with(
        "mapping.groups",
        json!(["tags", {"path": "tracks", "separator": ","}, {"expression": "a or b | list"}]),
    ));
    all.extend(kinds());
    all.extend(presets());
    all
}

#[test]
fn a_document_shown_and_read_back_is_the_same() {
    for document in documents() {
        for document in [stored(&document), document] {
            for sections in BOTH {
                let (back, wrong) = document_of(sections, &form_of(sections, &document), &document);
                // An authentication whose credential is not given has a name for it at last.
                let named = stored(&back);
                assert_eq!((named, wrong), (stored(&document), vec![]));
            }
        }
    }
}

#[test]
fn a_stored_document_comes_back_to_the_letter() {
    for document in documents() {
        let document = stored(&document);
        let form = form_of(Sections::Stored, &document);
        let (back, wrong) = document_of(Sections::Stored, &form, &document);
        assert_eq!((back, wrong), (document, vec![]));
    }
}

#[test]
fn the_form_shows_all_but_the_names_and_the_invitations() {
    for document in documents() {
        let whole = checked(&document);
        let form = form_of(Sections::Stored, &stored(&document));
        // Fields that do not keep such a value by themselves: a marked blank, a list of none, white
        // space around a line.
        if document["delete_flag"]["false_values"].is_array() {
            continue;
        }
        let mut rest = json!({"community": whole.community, "event": whole.event});
        rest["invitations"] = serde_json::to_value(&whole.invitations).unwrap();
        // What the form does not show is kept.
        if let Some(body) = &whole.source.body {
            rest["source"]["body"] = body.clone();
        }
        if let Some(one_record) = &whole.source.one_record {
            rest["source"]["one_record"] = serde_json::to_value(one_record).unwrap();
        }
        if let Some(hook) = &whole.hook {
            rest["hook"] = serde_json::to_value(hook).unwrap();
        }
        for (name, lookup) in &whole.source.lookups {
            let pagination = serde_json::to_value(&lookup.pagination).unwrap();
            rest["source"]["lookups"][name] = json!({"pagination": pagination});
        }
        let (back, wrong) = document_of(Sections::Stored, &form, &rest);
        assert_eq!((checked(&back), wrong), (whole, vec![]), "{back:#}");
    }
}

#[test]
fn what_browsers_do_to_texts_changes_nothing() {
    for document in documents() {
        let document = stored(&document);
        let form = form_of(Sections::Stored, &document);
        let sent = TypedFields::read(Sections::Stored, |name| {
            let text = form.get(name).replace('\n', "\r\n");
            // Fields of one line lose the ends of lines.
            let text = if [".constant", ".when"].iter().any(|end| name.ends_with(end)) {
                text.replace("\r\n", "")
            } else {
                text
            };
            Box::leak(text.into_boxed_str())
        });
        let (back, wrong) = document_of(Sections::Stored, &sent, &document);
        assert_eq!((back, wrong), (document, vec![]));
    }
}

#[test]
fn what_is_changed_changes_that_alone() {
    let document = stored(&everything());
    let changed = |name: &str, text: &str| {
        let mut form = form_of(Sections::Stored, &document);
        form.set(name, text);
        let (back, wrong) = document_of(Sections::Stored, &form, &document);
        assert_eq!(wrong, vec![]);
        let mut differing = Vec::new();
        differences("", &document, &back, &mut differing);
        differing
    };
    assert_eq!(
        changed("name", "Other"),
        ["name \"DevCon <2026>\" -> \"Other\""]
    );
    assert_eq!(
        changed("ends", ""),
        ["ends \"2026-12-04T18:00:00\" -> null"]
    );
    assert_eq!(
        changed("source.limits.max_records", "9"),
        ["source.limits.max_records 4 -> 9"]
    );
    assert_eq!(
        changed("access.attendees_only", "true"),
        ["access.attendees_only false -> true"]
    );
    assert_eq!(changed("source.incremental.type", "").len(), 1);
    assert_eq!(
        changed("mapping.company.blank", "clear"),
        ["mapping.company.blank \"keep\" -> \"clear\""]
    );
    assert_eq!(changed("rules.1.group", "Guests").len(), 1);
}

fn differences(path: &str, one: &Value, other: &Value, all: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(fields), Value::Object(others)) => {
            let keys: std::collections::BTreeSet<&String> =
                fields.keys().chain(others.keys()).collect();
            for key in keys {
                let path = format!("{path}.{key}");
                differences(path.trim_start_matches('.'), &one[key], &other[key], all);
            }
        }
        _ if one == other => {}
        _ => all.push(format!("{path} {one} -> {other}")),
    }
}

#[test]
fn rows_move_and_go_and_nothing_typed_is_mixed_up() {
    let document = stored(&everything());
    let after = |act: &str| {
        let mut form = form_of(Sections::Stored, &document);
        form.act(Sections::Stored, act);
        let (back, wrong) = document_of(Sections::Stored, &form, &document);
        assert_eq!(wrong, vec![]);
        let rules = back["rules"].as_array().unwrap();
        rules
            .iter()
            .map(|rule| rule["when"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(after("rules.1.up"), ["b", "a", "a", "c or d", "a"]);
    assert_eq!(after("rules.3.down"), ["a", "b", "a", "a", "c or d"]);
    assert_eq!(after("rules.0.remove"), ["b", "a", "c or d", "a"]);
    for nonsense in [
        "rules.0.up",
        "rules.4.down",
        "rules.9.remove",
        "rules",
        "x.0.up",
        "rules.-1.up",
    ] {
        assert_eq!(
            after(nonsense),
            ["a", "b", "a", "c or d", "a"],
            "{nonsense}"
        );
    }
}

#[test]
fn a_choice_takes_its_own_fields_and_leaves_the_others() {
    let document = stored(&with(
        "source.pagination",
        json!({"type": "next_link", "path": "next"}),
    ));
    let mut form = form_of(Sections::Stored, &document);
    form.set("source.pagination.type", "cursor");
    form.set("source.pagination.cursor.parameter", "after");
    form.set("source.pagination.cursor.path", "mark");
    form.set("source.authentication.type", "bearer");
    let (back, wrong) = document_of(Sections::Stored, &form, &document);
    assert_eq!(wrong, vec![]);
    assert_eq!(
        back["source"]["pagination"],
        json!({"type": "cursor", "parameter": "after", "path": "mark"})
    );
    // A token that is typed later is stored under this name.
    assert_eq!(
        back["source"]["authentication"],
        json!({"type": "bearer", "token": {"secret": "devcon-token"}})
    );
    checked(&back);
}

#[test]
fn every_slip_is_told_at_its_field_and_all_at_once() {
    let document = stored(&plain());
    let mut form = form_of(Sections::Stored, &document);
    for (name, text) in [
        ("source.limits.max_records", "many"),
        ("guards.removals_percent", "300"),
        ("starts", "tomorrow"),
        ("schedule.daily_at", "25:00"),
        ("source.records", "results"),
        ("mapping.email.path.path", " "),
        ("mapping.company.type", "expression"),
        ("mapping.company.expression.expression", "a or"),
        ("source.pagination.type", "next_link"),
        ("source.format", "xml"),
        ("rules.rows", "1"),
        ("rules.0.when", "vip"),
        ("rules.0.then", "add_group"),
    ] {
        form.set(name, text);
    }
    let (back, wrong) = document_of(Sections::Stored, &form, &document);
    let mut names: Vec<&str> = wrong.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "guards.removals_percent",
            "mapping.company.expression.expression",
            "mapping.email.path.path",
            "rules.0.group",
            "schedule.daily_at",
            "source.format",
            "source.limits.max_records",
            "source.pagination.next_link.path",
            "source.records",
            "starts",
        ]
    );
    assert_eq!(back["name"], "DevCon 2026");
}

#[test]
fn a_place_of_the_document_is_found_in_the_form() {
    let form = form_of(Sections::Stored, &stored(&everything()));
    for (place, field) in [
        ("name", Some("name")),
        ("source.url", Some("source.url")),
        ("source.authentication", Some("source.authentication.type")),
        (
            "source.incremental.parameter",
            Some("source.incremental.on.parameter"),
        ),
        ("source.headers.X-Two", Some("source.headers.2.name")),
        ("source.lookups.items.url", Some("source.lookups.1.url")),
        ("mapping.email", Some("mapping.email.expression.expression")),
        ("mapping.groups", Some("mapping.groups.path.path")),
        ("mapping.groups.separator", Some("mapping.groups.separator")),
        ("rules[1].when", Some("rules.1.when")),
        ("rules[1].then.add_group", Some("rules.1.then")),
        (
            "delete_flag.true_values[0]",
            Some("delete_flag.on.true_values"),
        ),
        ("guards.removals_percent", Some("guards.removals_percent")),
        ("invitations.template.from", None),
        ("event", None),
        ("names", None),
    ] {
        assert_eq!(
            name_of(Sections::Stored, &form, place).as_deref(),
            field,
            "{place}"
        );
    }
}

#[test]
fn a_condition_of_several_lines_stays_until_it_is_changed() {
    let several = with("rules", json!([{"when": "a\nor b", "then": "ignore"}]));
    let document = stored(&several);
    let mut form = form_of(Sections::Stored, &document);
    assert_eq!(form.get("rules.0.when"), "a or b");
    let (back, _) = document_of(Sections::Stored, &form, &document);
    assert_eq!(back, document);
    form.set("rules.0.then", "remove_attendee");
    let (back, _) = document_of(Sections::Stored, &form, &document);
    assert_eq!(back["rules"][0]["when"], "a or b");
}
