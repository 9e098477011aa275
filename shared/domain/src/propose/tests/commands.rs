//! Pasted commands, and what a source asks for that refuses a request.

use serde_json::{Value, json};

use crate::config::RequestMethod;
use crate::propose::{
    CurlError, ProposedCredential, ProposedRequest, authentication_for, request_from_curl,
};

fn read(command: &str) -> ProposedRequest {
    request_from_curl(command).unwrap_or_else(|error| panic!("{command}: {error}"))
}

fn authentication(request: &ProposedRequest) -> (Value, Option<&str>) {
    (
        request.authentication.to_document(None),
        request.credential.as_ref().map(ProposedCredential::expose),
    )
}

#[test]
fn commands_of_every_shell_are_read() {
    for command in [
        "curl https://r.example/p?e=1 -H 'Accept: application/json' -H 'Authorization: Bearer s3cret'",
        "$ curl \\\n  --url \"https://r.example/p?e=1\" \\\n  --header \"accept: application/json\" \\\n  --oauth2-bearer s3cret --compressed",
        "curl.exe ^\"https://r.example/p?e=1^\" ^\r\n  -H ^\"accept: application/json^\" ^\r\n  -H ^\"authorization: Bearer s3cret^\" ^\r\n  -H ^\"user-agent: x^\"",
        "curl -sSL -G https://r.example/p -d e=1 -H'Accept: application/json' -H$'authorization: Bearer s\\u0033cret'",
        "curl -XGET 'https://r.example/p?e=1#top' -H 'Accept: application/json' -H 'sec-fetch-mode: cors' -H \"Authorization: Bearer s3cret\" -o out.json",
    ] {
        let request = read(command);
        assert_eq!(request.url, "https://r.example/p?e=1", "{command}");
        assert_eq!(request.method, RequestMethod::Get);
        assert_eq!(
            authentication(&request),
            (json!({"type": "bearer"}), Some("s3cret")),
            "{command}"
        );
        let headers: Vec<String> = request
            .headers
            .iter()
            .map(|(name, value)| format!("{}: {value}", name.to_lowercase()))
            .collect();
        assert_eq!(headers, ["accept: application/json"], "{command}");
        assert!(!format!("{request:?}").contains("s3cret"), "{request:?}");
    }
}

#[test]
fn credentials_are_kept_apart_wherever_they_stand() {
    for (arguments, expected, secret) in [
        (
            "-u ada:pa:ss https://r.example/p",
            json!({"type": "basic", "username": "ada"}),
            "pa:ss",
        ),
        (
            "https://ada:p%40ss@r.example/p",
            json!({"type": "basic", "username": "ada"}),
            "p@ss",
        ),
        (
            "-H 'Authorization: Basic YWRhOnNlY3JldA==' https://r.example/p",
            json!({"type": "basic", "username": "ada"}),
            "secret",
        ),
        // The key in the place of the name would not be kept secret as a name.
        (
            "-u sk_123: https://r.example/p",
            json!({"type": "bearer", "scheme": "Basic"}),
            "c2tfMTIzOg==",
        ),
        (
            "-H 'Authorization: Token token=abc' https://r.example/p",
            json!({"type": "bearer", "scheme": "Token"}),
            "token=abc",
        ),
        (
            "-H 'Authorization: abc' https://r.example/p",
            json!({"type": "header", "name": "Authorization"}),
            "abc",
        ),
        (
            "-H 'X-API-Key: abc' https://r.example/p",
            json!({"type": "header", "name": "X-API-Key"}),
            "abc",
        ),
        (
            "-H 'x-luma-api-key: abc' https://r.example/p",
            json!({"type": "header", "name": "x-luma-api-key"}),
            "abc",
        ),
        (
            "-b 'session=abc' https://r.example/p",
            json!({"type": "header", "name": "Cookie"}),
            "session=abc",
        ),
        (
            "'https://r.example/p?api_key=abc'",
            json!({"type": "query", "name": "api_key"}),
            "abc",
        ),
    ] {
        let request = read(&format!("curl {arguments}"));
        assert_eq!(
            authentication(&request),
            (expected, Some(secret)),
            "{arguments}"
        );
        assert_eq!(request.url, "https://r.example/p", "{arguments}");
        assert!(
            request.headers.is_empty() && request.left_out.is_empty(),
            "{arguments}"
        );
        assert!(!format!("{request:?}").contains(secret), "{request:?}");
    }
    let request = read("curl 'https://r.example/p?e=1&token=t' -H 'X-Api-Key: k' -H 'Cookie: c'");
    assert_eq!(
        authentication(&request),
        (json!({"type": "header", "name": "X-Api-Key"}), Some("k"))
    );
    assert_eq!(
        (request.url.as_str(), request.left_out.len()),
        ("https://r.example/p?e=1", 2)
    );
    assert_eq!(
        request.authentication.to_document(Some("devcon")),
        json!({"type": "header", "name": "X-Api-Key", "value": {"secret": "devcon"}})
    );
}

#[test]
fn json_is_sent_as_the_body() {
    for command in [
        "curl https://r.example/q -H 'Content-Type: application/json' --data-raw '{\"query\": \"it'\\''s\"}'",
        "curl -X POST https://r.example/q --json '{\"query\": ' --json '\"it'\\''s\"}'",
        "curl ^\"https://r.example/q^\" --data-raw ^\"^{\\^\"query\\^\": \\^\"it's\\^\"^}^\"",
        "curl https://r.example/q -d $'{\"query\": \"it\\'s\"}'",
    ] {
        let request = read(command);
        assert_eq!(
            (request.method, request.body),
            (RequestMethod::Post, Some(json!({"query": "it's"}))),
            "{command}"
        );
        assert!(request.headers.is_empty());
    }
}

#[test]
fn what_cannot_be_taken_is_refused_without_repeating_it() {
    for (command, expected) in [
        ("wget https://r.example/c4nary", "this is no curl command"),
        ("", "this is no curl command"),
        ("curl -H 'X-Key: c4nary", "a quotation mark (') is opened"),
        ("curl -H 'X-Key: c4nary'", "no address"),
        (
            "curl https://a.example/c4nary https://b.example",
            "more than one address",
        ),
        ("curl ftp://a.example/c4nary", "not a URL"),
        (
            "curl --form a=c4nary https://a.example",
            "the option --form",
        ),
        ("curl https://a.example -X", "the option -X"),
        ("curl -X DELETE https://a.example/c4nary", "sends DELETE"),
        ("curl https://a.example -d a=c4nary", "not JSON"),
        ("curl https://a.example -d @c4nary.json", "in a file"),
        ("curl -I https://a.example/c4nary", "HEAD"),
    ] {
        let error = request_from_curl(command).unwrap_err().to_string();
        assert!(error.contains(expected), "{command}: {error}");
        assert!(!error.contains("c4nary"), "{error}");
    }
    assert_eq!(
        request_from_curl(&"x".repeat(200_000)).unwrap_err(),
        CurlError::TooLong
    );
}

#[test]
fn what_a_source_asks_for_is_proposed() {
    for (status, challenge, text, expected) in [
        (
            401,
            "Basic realm=\"x, y\"",
            "",
            json!({"type": "basic", "username": ""}),
        ),
        (
            401,
            "Bearer realm=\"x\", error=\"invalid_token\"",
            "",
            json!({"type": "bearer"}),
        ),
        (
            401,
            "Basic realm=\"x\", Bearer",
            "",
            json!({"type": "bearer"}),
        ),
        (
            401,
            "Token",
            "",
            json!({"type": "bearer", "scheme": "Token"}),
        ),
        (
            401,
            "ApiKey realm=\"x\"",
            "",
            json!({"type": "header", "name": "X-API-Key"}),
        ),
        (
            401,
            "",
            "Missing header x-api-key",
            json!({"type": "header", "name": "x-api-key"}),
        ),
        (
            403,
            "",
            "pass your key in the api_key query parameter",
            json!({"type": "query", "name": "api_key"}),
        ),
        (401, "", "", json!({"type": "bearer"})),
    ] {
        let challenges: Vec<&str> = Some(challenge)
            .filter(|text| !text.is_empty())
            .into_iter()
            .collect();
        let (found, reason) = authentication_for(status, &challenges, text).unwrap();
        assert_eq!(found.to_document(None), expected, "{challenge} {text}");
        assert!(reason.contains(&status.to_string()), "{reason}");
    }
    assert!(
        authentication_for(200, &[], "").is_none() && authentication_for(404, &[], "").is_none()
    );
}
