//! What `serve` tells, and what is left in its directory of who is erased while it goes on.

use std::path::{Path, PathBuf};

use attendee_sync_testkit::waiting::eventually;

use super::*;

/// Files of the data directory and all folders in it in which `text` is, whatever its case.
fn all_files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().to_lowercase();
        if path.is_dir() {
            found.extend(all_files_with(&path, text));
        } else if name.contains(text) || has(&path, text) {
            found.push(path);
        }
    }
    found
}

/// A second person whose every field is a canary.
fn other_bird() -> Value {
    with(
        bird(),
        &json!({"id": "R-canary-2", "email": "canary-2@example.org"}),
    )
}

#[test]
fn no_file_has_anything_of_who_is_erased_while_it_serves() {
    if !logs_everything("serving::no_file_has_anything_of_who_is_erased_while_it_serves") {
        return;
    }
    let stage = CanaryStage::new();
    let server = stage.cli.serve();
    let token = std::fs::read_to_string(stage.cli.data_dir().join("token")).unwrap();
    let call = |method: &str, path: &str, body: &str| {
        server.call(&token, method, &format!("/api/v1{path}"), body)
    };
    let files = || all_files_with(stage.cli.data_dir(), CANARY);
    let mut document = stage.document("devcon", &json!({"type": "none"}));
    document["invitations"] = json!({"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome, {{ first_name }}",
        "body_markdown": "{{ biography }}"
    }});
    let put = call("PUT", "/events/devcon/configuration", &document.to_string());
    assert_eq!(put.0, 201, "{put:?}");
    let ada = json!({"id": "R-ada", "email": "ada@example.org", "first": "Ada", "last": "Example"});
    let sync = |people: &[Value], number: u32| {
        stage.source.feeds(people);
        let begun = call("POST", "/events/devcon/runs", "{\"mode\": \"sync\"}");
        assert_eq!(begun.0, 202, "{begun:?}");
        let run = format!("/runs/devcon.{number}");
        eventually("it synced", || {
            call("GET", &run, "").1.contains("\"succeeded\"")
        });
    };
    sync(&[ada.clone(), bird(), other_bird()], 1);
    let changed = with(
        bird(),
        &json!({"job": "Canarychanged", "badge": "https//canary"}),
    );
    sync(&[ada.clone(), changed.clone(), other_bird()], 2);
    eventually("it mailed", || {
        call("GET", "/events/devcon/invitations", "")
            .1
            .contains("\"sent\":3")
    });
    // Whatever is asked for has readers of the file at work, and lists in memory.
    for path in [
        "/events/devcon/attendees?search=canary",
        "/runs/devcon.2/changes",
    ] {
        assert!(
            call("GET", path, "").1.to_lowercase().contains(CANARY),
            "{path}"
        );
    }
    assert!(files().len() >= 3, "{:?}", files());

    let path = "/communities/acme/users/canary-mail@example.org";
    let erased = call("DELETE", path, "");
    assert!(erased.1.contains("\"erased\""), "{erased:?}");
    let of_first = all_files_with(stage.cli.data_dir(), "canary-mail");
    assert_eq!(of_first, [""; 0].map(PathBuf::from));
    let gone = with(other_bird(), &json!({"erased": "true"}));
    sync(&[ada, changed, gone], 3);
    assert_eq!(files(), [""; 0].map(PathBuf::from));
    let listed = std::fs::read_to_string(stage.cli.data_dir().join("erasures")).unwrap();
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(
        call("GET", "/events/devcon/attendees", "")
            .1
            .contains("ada@example.org")
    );
    assert_eq!(server.end(), 0);
    assert_eq!(files(), [""; 0].map(PathBuf::from));
}

#[test]
fn a_served_api_tells_no_secret_and_the_names_of_files_nobody() {
    if !logs_everything("serving::a_served_api_tells_no_secret_and_the_names_of_files_nobody") {
        return;
    }
    let stage = CanaryStage::new();
    let server = stage.cli.serve();
    let token = std::fs::read_to_string(stage.cli.data_dir().join("token")).unwrap();
    let call = |method: &str, path: &str, body: &str| {
        let (status, answer) = server.call(&token, method, &format!("/api/v1{path}"), body);
        for secret in [TOKEN, PARAMETER, PASSWORD, BASIC] {
            assert!(!answer.contains(secret), "{method} {path}: {answer}");
        }
        (status, answer)
    };
    let mut document = stage.document(
        "devcon",
        &json!({"type": "basic", "username": "reader", "password": PASSWORD}),
    );
    document["invitations"] = json!({"enabled": true, "template": {
        "from": "DevCon <noreply@devcon.example>", "subject": "Welcome, {{ first_name }}",
        "body_markdown": "{{ biography }}"
    }});
    let configuration = "/events/devcon/configuration";
    let put = call("PUT", configuration, &document.to_string());
    assert_eq!(put.0, 201, "{put:?}");
    assert_eq!(call("GET", configuration, "").0, 200);
    stage.source.feeds(&[warts(), vec![bird()]].concat());
    let sync = call("POST", "/events/devcon/runs", "{\"mode\": \"sync\"}");
    assert_eq!(sync.0, 202);
    let mails = stage.cli.data_dir().join("mail");
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(&mails).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    };
    eventually("the API says so", || {
        call("GET", "/runs/devcon.1", "")
            .1
            .contains("\"succeeded\"")
    });
    eventually("the API says so", || {
        names()
            .iter()
            .any(|name| name.rsplit_once('.').is_some_and(|(_, kind)| kind == "eml"))
    });
    let found = names();
    assert!(
        !found.join("\n").to_lowercase().contains(CANARY),
        "{found:?}"
    );
    assert!(
        found.iter().any(|name| has(&mails.join(name), CANARY)),
        "no mail names them"
    );

    // Refusals: what is wrong in a document, what a source said, a token, a host.
    let problem = |method: &str, path: &str, body: &str| {
        let (status, answer) = call(method, path, body);
        assert!(status >= 400, "{method} {path}: {answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert!(
            !answer.to_lowercase().contains(CANARY),
            "{method} {path}: {answer}"
        );
    };
    for wrong in [
        json!({"type": "bearer", "token": [PASSWORD]}),
        json!({"type": "bearer", "token": PASSWORD, "scheme": "two words"}),
        json!({"type": "basic", "user": "reader", "password": PASSWORD}),
        json!(PASSWORD),
    ] {
        let document = stage.document("devcon", &wrong).to_string();
        problem("PUT", configuration, &document);
        problem("POST", "/events/devcon/configuration/test", &document);
    }
    problem("PUT", configuration, &format!("{{\"source\": \"{PASSWORD}"));
    let echo = format!("{{\"detail\": \"canary: {TOKEN} {PASSWORD} {BASIC}\"}}");
    for head in [
        "401 Unauthorized",
        "404 Not Found",
        "200 OK\r\nContent-Type: text/html",
    ] {
        stage.source.answers(head, &echo);
        problem("POST", "/events/devcon/runs", "{\"mode\": \"preview\"}");
    }
    let (status, answer) = server.call("canary-guess", "GET", "/api/v1/communities", "");
    assert_eq!(status, 401);
    assert!(!answer.contains(CANARY), "{answer}");

    // Asked for by their address, nobody is told of it but who asks.
    for path in [
        "/attendees/canary-mail@example.org",
        "/access/canary-mail@example.org",
    ] {
        assert_eq!(call("GET", &format!("/events/devcon{path}"), "").0, 200);
    }
    let audit = call("GET", "/communities/acme/audit", "").1;
    assert!(
        audit.contains("devcon") && !audit.to_lowercase().contains(CANARY),
        "{audit}"
    );
    assert_eq!(server.end(), 0);
    assert_eq!(stage.files_with(PASSWORD), ["secrets.json"]);
}
