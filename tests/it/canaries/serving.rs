//! Erasures while `serve` has the directory: nothing of a person is left in any file of it, though the
//! program goes on.

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
