use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::config::{EventDocument, SourceAddresses, check};
use crate::expression::{Expression, ExpressionScope, Surroundings};
use crate::feed::FeedRecord;
use crate::lookup::Lookups;

const SAMPLE: &str = r#"title = "Sample"
summary = "People."
documentation = "https://registration.example/docs"

[[parameters]]
name = "base"
title = "The server"
example = "https://registration.example"
default = "https://registration.example.org/"
url = true

[[parameters]]
name = "event_id"
title = "The event"
example = "7"

[[parameters]]
name = "token"
title = "The token"
example = "t0ken"
secret = true

[document.source]
url = "<base>/events/<event_id>/people?event=<event_id>"
authentication = { type = "bearer", token = "token=<token>" }

[document.mapping]
email = "email"
first_name = "first"
last_name = "last"

[[document.rules]]
when = "event_id != <event_id>"
then = "ignore"
"#;

fn sample() -> Preset {
    Preset::parse("sample", SAMPLE).unwrap()
}

fn answers(values: &[(&str, &str)]) -> PresetAnswers {
    PresetAnswers {
        community: "acme".parse().unwrap(),
        event: "devcon".parse().unwrap(),
        name: "DevCon".to_owned(),
        time_zone: Some("Europe/Amsterdam".to_owned()),
        values: values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn fill(values: &[(&str, &str)]) -> Result<Filled, FillErrors> {
    sample().fill(&answers(values), &SourceAddresses::Public)
}

/// What is said of the sample when `old` in it is replaced by `new`.
fn refusal(old: &str, new: &str) -> String {
    assert!(SAMPLE.contains(old), "{old}");
    Preset::parse("sample", &SAMPLE.replacen(old, new, 1))
        .unwrap_err()
        .to_string()
}

#[test]
fn every_preset_that_comes_with_the_program_can_be_filled() {
    assert!(built_in().len() >= 7);
    for (name, text) in built_in() {
        let preset =
            Preset::parse(name, text).unwrap_or_else(|error| panic!("{name}.toml, {error}"));
        let examples: BTreeMap<String, String> = preset
            .parameters
            .iter()
            .filter(|parameter| parameter.kind != ParameterKind::Secret)
            .map(|parameter| (parameter.name.clone(), parameter.example.clone()))
            .collect();
        let answers = PresetAnswers {
            values: examples,
            ..answers(&[])
        };
        let filled = preset.fill(&answers, &SourceAddresses::Public).unwrap();
        let secrets = usize::from(preset.authentication() != "none");
        assert_eq!(filled.secrets.len(), secrets, "{name}");
        let document = filled.document.to_string();
        for secret in preset
            .parameters
            .iter()
            .filter(|one| one.kind == ParameterKind::Secret)
        {
            assert!(!document.contains(&secret.example), "{name}");
        }
    }
}

#[test]
fn a_filled_preset_is_a_document_with_the_name_of_its_secret() {
    let filled = fill(&[("event_id", "42")]).unwrap();
    assert_eq!(
        filled.document,
        json!({
            "community": "acme", "event": "devcon", "name": "DevCon", "time_zone": "Europe/Amsterdam",
            "source": {
                "url": "https://registration.example.org/events/42/people?event=42",
                "authentication": {"type": "bearer", "token": {"secret": "devcon-token"}},
            },
            "mapping": {"email": "email", "first_name": "first", "last_name": "last"},
            "rules": [{"when": "event_id != \"42\"", "then": "ignore"}],
        })
    );
    let [secret] = filled.secrets.as_slice() else {
        panic!("{:?}", filled.secrets);
    };
    assert_eq!(secret.name.as_str(), "devcon-token");
    assert_eq!(secret.title, "The token");
    assert_eq!(secret.written.as_deref(), Some("token=<token>"));
}

#[test]
fn a_secret_that_is_given_is_written_where_configure_looks_for_it() {
    let filled = fill(&[("event_id", "42"), ("token", "a b&c")]).unwrap();
    let token = &filled.document["source"]["authentication"]["token"];
    assert_eq!(token, "token=a b&c");
    assert_eq!(filled.secrets, []);
}

#[test]
fn no_value_leaves_its_place_in_an_address() {
    for value in [
        "42/../../admin",
        "42?admin=1",
        "42&admin=1",
        "42#top",
        "@evil.example",
        "//evil.example/",
        "\\evil.example",
        "%2e%2e",
        "ÿ €",
    ] {
        let filled = fill(&[("event_id", value)]).unwrap();
        let document = check(&filled.document, &SourceAddresses::Public).unwrap();
        let url = url::Url::parse(&document.source.url).unwrap();
        assert_eq!(url.host_str(), Some("registration.example.org"), "{value}");
        assert_eq!(url.path_segments().unwrap().count(), 3, "{value}");
        let query: Vec<_> = url.query_pairs().collect();
        assert_eq!(query, [("event".into(), value.into())], "{value}");
    }
    for dots in [".", "..", " .. "] {
        let error = fill(&[("event_id", dots)]).unwrap_err().to_string();
        assert!(error.contains("one or two dots"), "{error}");
    }
}

#[test]
fn no_value_gets_out_of_a_text_in_an_expression() {
    let document: EventDocument = serde_json::from_value(json!({
        "community": "acme", "event": "devcon", "name": "DevCon",
        "source": {"url": "https://registration.example.org/"},
        "mapping": {"email": "email", "first_name": "first", "last_name": "last"},
    }))
    .unwrap();
    let surroundings = Surroundings::new(&document, &Lookups::default());
    let holds = |source: &Value, event_id: &str| {
        let expression: Expression = source.as_str().unwrap().parse().unwrap();
        let record = json!({ "event_id": event_id });
        let record = FeedRecord::within(&record, vec![]);
        expression
            .holds(&ExpressionScope::of(&record, &surroundings))
            .unwrap()
    };
    let within_quotes = SAMPLE.replace("!= <event_id>", "!= '<event_id>'");
    let within_quotes = Preset::parse("sample", &within_quotes).unwrap();
    for value in [
        "' or true or '",
        "\" or true or \"",
        "\\",
        "{{ 1 }}",
        "é<b>",
    ] {
        let filled = fill(&[("event_id", value)]).unwrap();
        let rule = &filled.document["rules"][0]["when"];
        assert!(!holds(rule, value), "{rule}");
        assert!(holds(rule, "other"), "{rule}");
        let filled = within_quotes.fill(&answers(&[("event_id", value)]), &SourceAddresses::Public);
        let rule = &filled.unwrap().document["rules"][0]["when"];
        assert!(!holds(rule, &format!("\"{value}\"")), "{rule}");
    }
}

#[test]
fn all_that_is_missing_or_wrong_is_said_at_once_and_no_value_is_repeated() {
    let errors = fill(&[("base", "ftp://canary"), ("evnt", "canary"), ("token", " ")]).unwrap_err();
    insta::assert_snapshot!(
        errors.to_string().replace("; ", "\n"),
        @r"
    evnt is not one of its parameters
    it has base, event_id, token
    base is not a URL such as https://registration.example, without user name, ? and #
    for example https://registration.example
    event_id is missing: The event, for example 7
    token is empty
    for example t0ken
    "
    );
}

#[test]
fn the_beginning_of_an_address_is_plain_and_public() {
    for (base, expected) in [
        (
            "https://a.example/x/",
            Ok("https://a.example/x/events/7/people?event=7"),
        ),
        ("http://a.example", Err("source.url: only https is allowed")),
        (
            "https://10.0.0.8",
            Err("source.url: the address is private"),
        ),
        ("https://u:p@a.example", Err("base is not a URL")),
        ("https://a.example?x=1", Err("base is not a URL")),
        ("https://a.example/#x", Err("base is not a URL")),
        ("a.example", Err("base is not a URL")),
    ] {
        let filled = fill(&[("base", base), ("event_id", "7")]);
        match (filled, expected) {
            (Ok(filled), Ok(url)) => assert_eq!(filled.document["source"]["url"], url),
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "{error}");
            }
            (filled, _) => panic!("{base}: {filled:?}"),
        }
    }
}

#[test]
fn a_value_must_match_the_whole_pattern() {
    let text = SAMPLE.replace("example = \"7\"", "example = \"7\"\npattern = \"[0-9]+|x\"");
    let preset = Preset::parse("sample", &text).unwrap();
    for (value, good) in [("12", true), ("x", true), ("12x", false), ("1 2", false)] {
        let filled = preset.fill(&answers(&[("event_id", value)]), &SourceAddresses::Public);
        assert_eq!(filled.is_ok(), good, "{value}");
    }
}

#[test]
fn a_broken_preset_is_refused_by_line_and_reason() {
    for (old, new, expected) in [
        ("title = \"Sample\"", "title = \"Sample", "line 1: "),
        ("summary", "sumary", "line 2: sumary: unknown field"),
        (
            "title = \"Sample\"\n",
            "",
            "line 1: preset: missing field `title`",
        ),
        (
            "https://registration.example/docs",
            "x",
            "line 3: documentation: the https://",
        ),
        (
            "url = true",
            "url = 1",
            "line 10: parameters[0].url: invalid type",
        ),
        (
            "url = true",
            "url = true\nsecret = true",
            "line 5: parameters[0]: a parameter is a secret or a url",
        ),
        (
            "name = \"event_id\"",
            "name = \"Event\"",
            "line 13: \"Event\" is no name for a parameter",
        ),
        (
            "name = \"event_id\"",
            "name = \"base\"",
            "line 13: the parameter base is declared twice",
        ),
        (
            "example = \"7\"",
            "example = \"..\"",
            "line 15: the example of event_id cannot be one or two dots",
        ),
        (
            "example = \"7\"",
            "example = \"7\"\npattern = \"[\"",
            "line 16: the pattern of event_id is not",
        ),
        ("<base>", "<bas>", "line 24: <bas> is not declared"),
        (
            "<base>/",
            "https://a.example/",
            "line 6: the parameter base is not used",
        ),
        (
            "<base>/",
            "<base>.evil.example/",
            "line 24: the address begins with",
        ),
        (
            "<base>/",
            "https://<event_id>.example/<base>/",
            "line 24: base is a url",
        ),
        (
            "people?",
            "people?token=<token>&",
            "line 24: the secret token goes where",
        ),
        (
            "token=<token>",
            "plain",
            "line 25: a credential comes from a parameter",
        ),
        (
            "token=<token>",
            "<token><event_id>",
            "line 25: a credential comes from a parameter",
        ),
        (
            "email = \"email\"\n",
            "",
            "line 27: mapping: missing field `email`",
        ),
        (
            "\"event_id != <event_id>\"",
            "\"event_id !=\"",
            "line 33: rules[0].when: the expression does not compile",
        ),
        (
            "[document.mapping]",
            "[document]\nevent = \"x\"\n[document.mapping]",
            "line 28: document.event: is given when",
        ),
    ] {
        let said = refusal(old, new);
        assert!(
            said.contains(expected),
            "{said}\n  does not contain {expected}"
        );
    }
    let said = Preset::parse("A b", SAMPLE).unwrap_err().to_string();
    assert!(said.contains("no name for a preset"), "{said}");
}
