use super::*;
use crate::config::ListOrigin;
use serde_json::json;

fn minimal() -> Value {
    json!({
        "community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": "https://registration.example.org/api"},
        "mapping": {"email": "mail", "first_name": "first", "last_name": "last"}
    })
}

fn with(path: &str, value: Value) -> Value {
    let mut document = minimal();
    let mut at = &mut document;
    for step in path.split('.') {
        at = &mut at[step];
    }
    *at = value;
    document
}

/// A source that is asked by POST with this body.
fn posted(body: Value, pagination: Value) -> Value {
    let mut document = minimal();
    document["source"]["method"] = json!("POST");
    document["source"]["body"] = body;
    document["source"]["pagination"] = pagination;
    document
}

#[test]
fn question_in_a_body_is_accepted_and_written_back_the_same() {
    let paging = json!({"type": "cursor", "in": "body", "parameter": "variables.after",
        "path": "data.people[-1].id", "more_path": "data.more"});
    let mut document = posted(json!({"query": "q", "variables": {"after": null}}), paging);
    document["source"]["lookups"] = json!({"items": {"url": "https://r.example/i",
        "records": "$[*]", "key": "id", "pagination": {"type": "link_header"}}});
    document["source"]["incremental"] = json!({"parameter": "since", "overlap_seconds": 300,
        "full_every_hours": 24, "format": "%Y-%m-%d", "time_zone": "America/Chicago"});
    document["source"]["details"] =
        json!({"url": "https://registration.example.org/attendees/{id}?all={ticket.id}"});
    document["mapping"]["source_id"] = json!("id");
    let parsed = check(&document, &SourceAddresses::Public).unwrap();
    let written = serde_json::to_value(&parsed).unwrap();
    for key in [
        "method",
        "body",
        "pagination",
        "lookups",
        "incremental",
        "details",
    ] {
        assert_eq!(written["source"][key], document["source"][key], "{key}");
    }
}

#[test]
fn an_uploaded_list_is_asked_for_nowhere() {
    let uploaded = |mut source: Value| {
        source["upload"] = json!(true);
        check(&with("source", source), &SourceAddresses::Public)
    };
    let document = uploaded(json!({"format": "csv"})).unwrap();
    let event = document.event.clone();
    assert_eq!(document.source.list, ListOrigin::Stored(event));
    let written = serde_json::to_value(&document).unwrap();
    assert_eq!(written["source"]["upload"], json!(true));
    assert_eq!(written["source"].get("url"), None);
    for asked in [
        json!({"url": "https://registration.example.org/api"}),
        json!({"authentication": {"type": "bearer", "token": "t"}}),
        json!({"pagination": {"type": "link_header"}}),
        json!({"incremental": {"parameter": "since"}}),
    ] {
        let key = asked.as_object().unwrap().keys().next().unwrap().clone();
        let refused = uploaded(asked).unwrap_err().to_string();
        let expected = format!("source.{key}: an uploaded list is asked for nowhere");
        assert!(refused.contains(&expected), "{refused}");
    }
    let neither = check(&with("source", json!({})), &SourceAddresses::Public);
    let refused = neither.unwrap_err().to_string();
    assert!(refused.starts_with("source.url: required"), "{refused}");
}

#[test]
fn settings_that_are_not_given_are_not_written() {
    let parsed = check(&minimal(), &SourceAddresses::Public).unwrap();
    let written = serde_json::to_value(&parsed).unwrap();
    for key in ["method", "body", "details"] {
        assert_eq!(written["source"].get(key), None, "{key}");
    }
}

fn problem(document: &Value) -> String {
    check(document, &SourceAddresses::Public)
        .expect_err("refused")
        .to_string()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of requests")]
fn requests_that_cannot_be_made_are_refused_by_path_and_reason() {
    for (document, expected) in [
        (
            with("source.body", json!({"query": "q"})),
            "source.body: a body needs \"method\": \"POST\"",
        ),
        (
            with(
                "source.details",
                json!({"url": "https://registration.example.org/people"}),
            ),
            "source.details.url: name a field of the record in braces",
        ),
        (
            with(
                "source.details",
                json!({"url": "https://other.example.org/{id}"}),
            ),
            "source.details.url: must be on the server of source.url",
        ),
        (
            with(
                "source.details",
                json!({"url": "https://{id}.example.org/"}),
            ),
            "source.details.url: the server has to stand there as text",
        ),
        (
            with(
                "source.details",
                json!({"url": "ftp://registration.example.org/{id}"}),
            ),
            "source.details.url: not a URL that starts with https://",
        ),
        (
            with(
                "source.details",
                json!({"url": "https://registration.example.org/{id}", "every": 1}),
            ),
            "source.details.every: unknown field",
        ),
        (
            with("source.method", json!("PUT")),
            "source.method: unknown variant `PUT`",
        ),
        (
            with(
                "source.pagination",
                json!({"type": "page", "in": "body", "parameter": "page"}),
            ),
            "source.pagination.in: there is no request body to put it in",
        ),
        (
            with(
                "source.pagination",
                json!({"type": "page", "in": "header", "parameter": "page"}),
            ),
            "source.pagination: unknown variant `header`, expected `query` or `body`",
        ),
        (
            posted(
                json!({"q": "x"}),
                json!({"type": "cursor", "in": "body", "parameter": "q.after", "path": "c"}),
            ),
            "source.pagination.parameter: source.body has something else there",
        ),
        (
            posted(
                json!({}),
                json!({"type": "offset", "in": "body", "offset_parameter": "a..b", "limit_parameter": "n", "limit": 5}),
            ),
            "source.pagination.offset_parameter: a step of the path is empty",
        ),
        (
            with(
                "source.lookups",
                json!({"items": {"url": "https://r.example/i", "records": "$[*]", "key": "id",
                    "pagination": {"type": "offset", "offset_parameter": "o", "limit_parameter": "n", "limit": 0}}}),
            ),
            "source.lookups.items.pagination.limit: must be at least 1",
        ),
        (
            with(
                "source.incremental",
                json!({"parameter": "since", "time_zone": "Mars/Base", "format": "%Y-%m-%d %H:%M:%S"}),
            ),
            "source.incremental.time_zone: not a time zone",
        ),
        (
            with(
                "source.incremental",
                json!({"parameter": "since", "time_zone": "Europe/Amsterdam"}),
            ),
            "source.incremental.time_zone: source.incremental.format says that its times are in UTC",
        ),
    ] {
        let text = problem(&document);
        assert!(
            text.contains(expected),
            "{text}\n  does not contain {expected}"
        );
    }
}

#[test]
fn the_document_of_the_interface_is_accepted_and_written_back_the_same() {
    let text = include_str!("devcon.json");
    let document: Value = serde_json::from_str(text).unwrap();
    let parsed = check(&document, &SourceAddresses::Public).unwrap();
    let written = serde_json::to_value(&parsed).unwrap();
    let again = check(&written, &SourceAddresses::Public).unwrap();
    assert_eq!(parsed, again);
    assert_eq!(written["mapping"], document["mapping"]);
    assert_eq!(written["rules"], document["rules"]);
    assert_eq!(
        written["source"]["pagination"],
        document["source"]["pagination"]
    );
}

#[test]
fn wrong_values_are_refused_by_path_and_reason() {
    let mapping = |value: Value| with("mapping.company", value);
    for (document, expected) in [
        (with("sourse", json!(1)), "sourse: unknown field `sourse`"),
        (
            with("community", json!("Acme Inc")),
            "community: \"Acme Inc\" is not a valid name",
        ),
        (
            with("mapping", json!({"email": "a", "first_name": "b"})),
            "mapping: missing field `last_name`",
        ),
        (
            with("time_zone", json!("Mars/Base")),
            "time_zone: \"Mars/Base\" is not a time zone",
        ),
        (
            with("missing", json!("delete")),
            "missing: unknown variant `delete`",
        ),
        (
            mapping(json!({"path": "a", "constant": "b"})),
            "mapping.company: give exactly one of",
        ),
        (
            mapping(json!({"expression": "a or"})),
            "mapping.company.expression: the expression does not compile",
        ),
        (
            mapping(json!({"path": "a", "separator": ";"})),
            "mapping.company: only groups take a separator",
        ),
        (
            mapping(json!(7)),
            "mapping.company: invalid type: integer `7`, expected a path as text",
        ),
        (
            mapping(json!("a..b")),
            "mapping.company: a step of the path is empty",
        ),
        (
            with("mapping.email", json!({"constant": "a@example.org"})),
            "mapping.email: a constant would be",
        ),
        (
            with("rules", json!([{"when": "a", "then": "kill"}])),
            "rules[0].then: unknown variant `kill`",
        ),
        (
            with("source.records", json!("$.results")),
            "source.records: the path to the records needs [*]",
        ),
        (
            with("source.pagination", json!({"type": "pages"})),
            "source.pagination.type: unknown variant `pages`",
        ),
        (
            with("source.headers", json!({"Authorization": "x"})),
            "credentials belong in source.authentication",
        ),
        (
            with("source.headers", json!({"X": "a\r\nb"})),
            "source.headers.X: a header's value is one line",
        ),
        (
            with("source.limits", json!({"max_records": 0})),
            "source.limits.max_records: must be at least 1",
        ),
        (
            with(
                "delete_flag",
                json!({"path": "x", "true_values": ["Yes"], "false_values": ["yes "]}),
            ),
            "delete_flag: a value is listed as both",
        ),
        (
            with(
                "delete_flag",
                json!({"path": "x", "true_values": [""], "false_values": []}),
            ),
            "delete_flag.true_values",
        ),
        (
            with("invitations", json!({"enabled": true})),
            "invitations.template: invitations cannot be switched on",
        ),
        (
            with("schedule", json!({"auto_sync": "daily"})),
            "schedule.daily_at",
        ),
        (
            with("guards", json!({"removals_percent": 101})),
            "guards.removals_percent",
        ),
    ] {
        let text = problem(&document);
        assert!(
            text.contains(expected),
            "{text}\n  does not contain {expected}"
        );
    }
}

#[test]
fn unknown_keys_are_told_all_at_once() {
    let mut document = minimal();
    document["sourse"] = json!(1);
    document["guards"] = json!({"removal_percent": 1, "removals_percent": 2});
    document["source"]["limits"] = json!({"max_record": 1});
    document["mapping"]["company"] = json!({"path": "a", "seperator": ","});
    document["rules"] = json!([{"when": "a", "then": "ignore", "name": "x"}, {"field": "a", "is": 1, "eq": 1, "then": "ignore"}]);
    let problems = check(&document, &SourceAddresses::Public).expect_err("refused");
    let text = problems.to_string();
    for key in [
        "sourse",
        "removal_percent",
        "max_record",
        "seperator",
        "name",
        "eq",
    ] {
        assert!(
            text.contains(&format!("unknown field `{key}`")),
            "{key}: {text}"
        );
    }
    for place in [
        "guards",
        "source.limits",
        "mapping.company",
        "rules[0]",
        "rules[1]",
    ] {
        let named = problems
            .0
            .iter()
            .any(|problem| problem.path.starts_with(place));
        assert!(named, "{place}: {text}");
    }
}

#[test]
fn rules_flags_and_expressions_that_cannot_be_meant_are_refused() {
    let rule = |rule: Value| with("rules", json!([rule]));
    for (document, expected) in [
        (
            rule(json!({"field": "a", "then": "ignore"})),
            "rules[0]: give when with an expression, or field with exactly one of",
        ),
        (
            rule(json!({"when": "a", "field": "a", "is": "b", "then": "ignore"})),
            "rules[0]: give when",
        ),
        (
            rule(json!({"field": "a", "is": "b", "contains": "c", "then": "ignore"})),
            "rules[0]: give when",
        ),
        (
            rule(json!({"field": "a", "is": "b"})),
            "missing field `then`",
        ),
        (
            rule(json!({"field": "a", "is": "", "then": "ignore"})),
            "write \"blank\": true",
        ),
        (
            rule(json!({"field": "a", "is": {"x": 1}, "then": "ignore"})),
            "expected a text, a number or a list",
        ),
        (
            rule(json!({"when": "status = 'x'", "then": "ignore"})),
            "use == to compare",
        ),
        (
            rule(json!({"when": "status == 'a' or 'b'", "then": "ignore"})),
            "rules[0].when: 'b' alone is always true",
        ),
        (
            with(
                "mapping.company",
                json!({"expression": "company | lower == 'X'"}),
            ),
            "mapping.company: what lower gives is never 'X'",
        ),
        (with("mapping.groups", json!([])), "list at least one place"),
        (
            with(
                "mapping.groups",
                json!(["a", {"path": "b", "separator": ""}]),
            ),
            "the separator is empty",
        ),
        (
            with("delete_flag", json!({"path": "a", "true_values": "all"})),
            "\"any\" for every value that is not blank",
        ),
        (
            with("guards", json!({"additions_percent": 0})),
            "guards.additions_percent",
        ),
    ] {
        let text = problem(&document);
        assert!(
            text.contains(expected),
            "{text}\n  does not contain {expected}"
        );
    }
    // What an earlier version stored stays readable.
    let stored = rule(json!({"when": "status == 'a' or 'b'", "then": "ignore"}));
    assert!(serde_json::from_value::<EventDocument>(stored).is_ok());
}

#[test]
fn a_field_whose_name_is_empty_is_named() {
    let text = problem(&with("", json!(1)));
    assert!(text.starts_with("\"\": unknown field ``"), "{text}");
}

#[test]
fn dates_out_of_order_and_mistyped_years_are_refused() {
    let phases = |goes_live: &str, starts: &str, ends: &str, final_sync: Option<&str>| {
        let mut document = minimal();
        document["goes_live"] = json!(goes_live);
        document["starts"] = json!(starts);
        document["ends"] = json!(ends);
        document["schedule"] = json!({"auto_sync": "phases", "final_sync": final_sync});
        document
    };
    let (live, starts, ends) = ("2026-11-01T09:00", "2026-12-01T08:00", "2026-12-04T18:00");
    for final_sync in [None, Some(ends), Some("2027-12-04T18:00")] {
        let document = phases(live, starts, ends, final_sync);
        assert!(check(&document, &SourceAddresses::Public).is_ok());
    }
    for (document, expected) in [
        (
            phases(live, starts, "2026-11-30T08:00", None),
            "ends: before the event starts",
        ),
        (
            phases("2026-12-02T08:00", starts, ends, None),
            "goes_live: after the event starts",
        ),
        (
            phases(live, starts, ends, Some("2026-10-31T09:00")),
            "schedule.final_sync: before the event goes live",
        ),
        (
            phases(live, starts, ends, Some("2026-12-04T17:59")),
            "schedule.final_sync: before the event ends",
        ),
        (
            phases(live, starts, ends, Some("2027-12-04T18:01")),
            "schedule.final_sync: more than a year after",
        ),
        (
            phases(live, starts, "2029-11-01T09:01", None),
            "ends: more than three years after",
        ),
        (
            phases("0206-11-01T09:00", starts, ends, None),
            "goes_live: the year is not between 2000 and 2100",
        ),
        (
            with(
                "schedule",
                json!({"auto_sync": "hourly", "final_sync": "9999-12-31T23:59"}),
            ),
            "schedule.final_sync: the year is not",
        ),
        (
            with("purge_after", json!("0227-03-01T00:00")),
            "purge_after: the year is not between 2000 and 2100",
        ),
        (
            {
                let mut document = phases(live, starts, ends, Some("2026-12-06T18:00"));
                document["purge_after"] = json!("2026-12-06T17:59");
                document
            },
            "purge_after: before its final sync: give a later time",
        ),
        (
            with("schedule", json!({"auto_sync": "phases"})),
            "schedule.auto_sync: phases need goes_live, starts and ends",
        ),
        (
            with("time_zone", json!("Etc/Unknown")),
            "time_zone: \"Etc/Unknown\" is not a time zone",
        ),
    ] {
        let text = problem(&document);
        assert!(
            text.contains(expected),
            "{text}\n  does not contain {expected}"
        );
    }
}

#[test]
fn private_sources_are_refused_unless_allowed() {
    for url in [
        "http://registration.example.org/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]/",
        "https://100.64.0.1/",
        "https://2130706433/",
    ] {
        let document = with("source.url", json!(url));
        assert!(problem(&document).starts_with("source.url: "), "{url}");
        assert!(check(&document, &SourceAddresses::Any).is_ok(), "{url}");
    }
    for url in [
        "ftp://example.org",
        "example.org",
        "https://user:pw@example.org/",
    ] {
        assert!(
            check(&with("source.url", json!(url)), &SourceAddresses::Any).is_err(),
            "{url}"
        );
    }
}

#[test]
fn a_credential_in_the_wrong_place_is_not_repeated() {
    for wrong in [
        json!("canary"),
        json!({"type": "canary"}),
        json!({"type": "bearer", "token": ["canary"]}),
        json!({"type": "bearer", "canary": 1}),
        json!({"type": "bearer", "token": {"canary": 1}}),
    ] {
        let text = problem(&with("source.authentication", wrong));
        assert!(
            text.contains("not as expected") && !text.contains("canary"),
            "{text}"
        );
    }
}

#[test]
fn a_credential_written_plainly_is_never_written_out() {
    let document = with(
        "source.authentication",
        json!({"type": "bearer", "token": "canary-token"}),
    );
    let parsed = check(&document, &SourceAddresses::Public).unwrap();
    assert!(!format!("{parsed:?}").contains("canary"));
    assert!(serde_json::to_string(&parsed).is_err());
}

#[test]
fn how_changes_are_reported_is_accepted_and_written_back_the_same() {
    let mut document = with(
        "hook",
        json!({
            "signature": "hmac", "secret": {"secret": "devcon-hook-secret"}, "header": "X-Signature",
            "email": "data.email", "source_id": {"expression": "api_url | match('([0-9]+)/$')"}
        }),
    );
    document["source"]["one_record"] =
        json!({"url": "https://registration.example.org/api/{source_id}", "record": "ticket"});
    let parsed = check(&document, &SourceAddresses::Public).unwrap();
    let written = serde_json::to_value(&parsed).unwrap();
    assert_eq!(written["hook"], document["hook"]);
    assert_eq!(
        written["source"]["one_record"],
        document["source"]["one_record"]
    );
    let name = parsed.hook_secret().unwrap();
    assert_eq!(name.owner(), Some(&parsed.secret_owner()));
}

#[test]
fn wrong_ways_to_report_changes_are_refused() {
    let secret = json!({"secret": "s"});
    let hook = |value: Value| with("hook", value);
    let one = |value: Value| with("source.one_record", value);
    for (document, expected) in [
        (
            hook(json!({"signature": "tito"})),
            "hook.secret: give the secret that hooks are signed with",
        ),
        (
            hook(json!({"secret": secret})),
            "hook.secret: hooks that are not signed have no secret",
        ),
        (
            hook(json!({"signature": "standard_webhooks", "secret": "not base64!"})),
            "hook.secret: a secret of Standard Webhooks is base64",
        ),
        (
            hook(json!({"signature": "hmac", "secret": 17})),
            "hook.secret: not as expected",
        ),
        (
            hook(json!({"signature": "tito", "secret": secret, "header": "X-Signature"})),
            "hook.header: only the signature hmac has a header",
        ),
        (
            hook(json!({"signature": "hmac", "secret": secret, "header": "a b"})),
            "hook.header: not a valid header name",
        ),
        (
            hook(json!({"signature": "md5"})),
            "hook.signature: unknown variant",
        ),
        (hook(json!({"mail": "x"})), "unknown field `mail`"),
        (
            hook(json!({"email": {"constant": "ada@example.org"}})),
            "hook.email: give a path",
        ),
        (
            one(json!({"url": "https://registration.example.org/api"})),
            "source.one_record.url: the id goes where",
        ),
        (
            one(json!({"url": "http://10.0.0.1/{source_id}"})),
            "source.one_record.url: ",
        ),
    ] {
        let problems = check(&document, &SourceAddresses::Public).unwrap_err();
        assert!(
            problems.to_string().contains(expected),
            "{problems} for {expected}"
        );
        assert!(!problems.to_string().contains("17"), "{problems}");
    }
}

#[test]
fn who_is_told_is_accepted_and_written_back_the_same() {
    let mut document = with(
        "notify",
        json!([
            {"to": "mailto:crew@devcon.example", "on": ["failing", "held", "recovered"]},
            {"to": "https://hooks.example/T0/B0", "format": "slack"},
            {"to": "https://ops.example/notices", "format": "webhook", "on": ["overdue", "hook_stopped"]}
        ]),
    );
    document["invitations"] = json!({"template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome", "body_markdown": "Come"
    }});
    let parsed = check(&document, &SourceAddresses::Public).unwrap();
    let written = serde_json::to_value(&parsed).unwrap();
    assert_eq!(written["notify"], document["notify"]);
    for (target, expected) in [
        (
            json!({"to": "crew@devcon.example"}),
            "notify[0].to: give mailto:",
        ),
        (json!({"to": "mailto:nobody"}), "notify[0].to: give mailto:"),
        (
            json!({"to": "http://hooks.example/"}),
            "notify[0].to: only https",
        ),
        (
            json!({"to": "https://10.0.0.7/"}),
            "notify[0].to: the address is private",
        ),
        (
            json!({"to": "mailto:crew@devcon.example", "format": "slack"}),
            "notify[0].format: a mail has no format",
        ),
        (
            json!({"to": "https://hooks.example/", "on": ["success"]}),
            "unknown variant",
        ),
        (
            json!({"to": "https://hooks.example/", "when": 1}),
            "unknown field `when`",
        ),
    ] {
        document["notify"] = json!([target]);
        let problems = check(&document, &SourceAddresses::Public).unwrap_err();
        assert!(
            problems.to_string().contains(expected),
            "{problems} for {expected}"
        );
    }
    document["notify"] = json!([{"to": "mailto:crew@devcon.example"}]);
    document["invitations"] = json!({});
    let problems = check(&document, &SourceAddresses::Public).unwrap_err();
    assert!(
        problems
            .to_string()
            .contains("has the sender of the invitations"),
        "{problems}"
    );
}
