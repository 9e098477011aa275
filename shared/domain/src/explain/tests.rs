//! What is said of people in each of the states a help desk meets.

use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ChangeExplained, Explanation, PersonFindings, StoredPerson, access, explain};
use crate::activity::AppActivity;
use crate::config::EventDocument;
use crate::evaluate::Contribution;
use crate::group::GroupName;
use crate::ids::{PersonId, PersonKey, RunNumber};
use crate::invitation::{Suppression, SuppressionReason};
use crate::issue::{Issue, Severity};
use crate::people::{Attendee, Grantor, LogRef, Membership, Presence, Tombstone, User, UserState};
use crate::profile::AttendeeField;
use crate::run::{Action, Change, FieldChange, RunState};

fn document(change: &Value) -> EventDocument {
    let mut document = json!({
        "community": "acme", "event": "devcon", "name": "DevCon", "time_zone": "Europe/Amsterdam",
        "source": {"url": "https://registration.example.org/"},
        "mapping": {
            "source_id": "id", "email": "email", "first_name": "person.first",
            "last_name": {"expression": "last | upper"},
            "company": {"path": "company", "blank": "keep"},
            "country": {"constant": "NL", "apply": "on_create"},
            "groups": "groups", "digital_badge": "badge"
        },
        "rules": [
            {"when": "cancelled", "then": "remove_attendee"},
            {"when": "vip", "then": {"add_group": "VIP"}}
        ]
    });
    for (key, value) in change.as_object().unwrap() {
        document[key] = value.clone();
    }
    serde_json::from_value(document).unwrap()
}

fn on(day: &str) -> Timestamp {
    format!("2026-11-{day}:00Z").parse().unwrap()
}

fn person() -> PersonId {
    PersonId::of(&PersonKey([7; 32]), &"ada@example.org".parse().unwrap())
}

fn record(position: u32, rest: &Value) -> Contribution {
    let mut record = json!({
        "position": position, "hash": position,
        "incoming": {"source_id": format!("R-{position}")}
    });
    for (key, value) in rest.as_object().unwrap() {
        record[key] = value.clone();
    }
    serde_json::from_value(record).unwrap()
}

fn lets_in(position: u32) -> Contribution {
    let incoming = json!({
        "profile": {"first_name": "Ada", "last_name": "EXAMPLE"}, "groups": ["VIP"],
        "source_id": format!("R-{position}"), "unusable": ["digital_badge"],
    });
    record(position, &json!({"incoming": incoming}))
}

fn attendee(records: Vec<Contribution>) -> Attendee {
    Attendee {
        email: "ada@example.org".parse().unwrap(),
        presence: Presence::Attending,
        reason: None,
        blocked: None,
        by_hand: None,
        imports: Vec::new(),
        run: RunNumber(12),
        records,
        former: Vec::new(),
        mapping_hash: 0,
        source_id: Some("R-3".to_owned()),
        digital_badge: None,
        invitation: None,
        activity: AppActivity::default(),
        log: vec![LogRef(RunNumber(12), 0)],
        added: on("03T08:00"),
        updated: on("03T23:30"),
    }
}

fn removed(reason: &str, records: Vec<Contribution>) -> Attendee {
    Attendee {
        presence: Presence::Removed,
        reason: Some(reason.to_owned()),
        run: RunNumber(15),
        log: vec![LogRef(RunNumber(12), 0), LogRef(RunNumber(14), 2)],
        ..attendee(records)
    }
}

fn user() -> User {
    let by = |grantors: &[&str]| grantors.iter().map(|by| by.parse().unwrap()).collect();
    let membership = |name: &str, grantors: &[&str]| {
        let name = GroupName::parse(name).unwrap();
        let by: std::collections::BTreeSet<Grantor> = by(grantors);
        (name.key(), Membership { name, by })
    };
    User {
        email: "ada@example.org".parse().unwrap(),
        profile: serde_json::from_value(json!({
            "first_name": "Ada", "last_name": "EXAMPLE", "job_title": "Engineer",
            "company": "Initech", "country": "BE"
        }))
        .unwrap(),
        set_by: std::collections::BTreeMap::new(),
        groups: [
            membership("VIP", &["event:devcon", "hand"]),
            membership("Press", &["event:summit"]),
        ]
        .into(),
        events: std::collections::BTreeMap::new(),
        created: on("03T08:00"),
        updated: on("03T08:00"),
    }
}

fn findings(user: Option<UserState>, attendee: Option<Attendee>) -> PersonFindings {
    PersonFindings {
        document: document(&json!({})),
        email: "ada@example.org".parse().unwrap(),
        user,
        attendee,
        last_complete: Some((RunNumber(15), on("05T09:15"))),
        suppression: None,
        changes: Vec::new(),
        held: None,
        held_invitation: None,
        issues: None,
        badge: None,
    }
}

fn text(explanation: &Explanation) -> String {
    use std::fmt::Write as _;
    let Explanation { access, .. } = explanation;
    let mut text = format!("{}: {}\n", access.allowed, access.reason);
    if !access.locked_fields.is_empty() {
        writeln!(text, "locked: {}", access.locked_fields.join(", ")).unwrap();
    }
    for note in &explanation.notes {
        writeln!(text, "note: {note}").unwrap();
    }
    for record in &explanation.records {
        let fields = serde_json::to_string(&record.fields).unwrap();
        writeln!(text, "record {}: {} {fields}", record.position, record.says).unwrap();
    }
    for field in &explanation.fields {
        let value = field.value.as_deref().unwrap_or("-");
        writeln!(
            text,
            "{} = {value}: {}{}",
            field.field,
            field.origin,
            match field.record {
                Some(record) => format!(", record {record}"),
                None => String::new(),
            }
        )
        .unwrap();
    }
    for group in &explanation.groups {
        writeln!(text, "in {}: {}", group.name, group.says.join("; ")).unwrap();
    }
    for change in &explanation.changes {
        let fields: Vec<_> = change.fields.iter().map(|f| f.field.name()).collect();
        writeln!(
            text,
            "{} {} [{}]",
            change.run,
            change.action.name(),
            fields.join(", ")
        )
        .unwrap();
    }
    for found in &explanation.issues {
        writeln!(text, "issue of {}: {}", found.run, found.issue.code).unwrap();
    }
    text
}

fn change(action: Action, reason: Option<&str>) -> Change {
    Change {
        corrected: false,
        moved_to: None,
        person: person(),
        email: Some("ada@example.org".parse().unwrap()),
        action,
        fields: vec![FieldChange {
            field: AttendeeField::Company,
            before: None,
            after: Some("Initech".to_owned()),
        }],
        reason: reason.map(str::to_owned),
    }
}

fn changed(stands: Option<(RunState, Timestamp)>) -> ChangeExplained {
    let run = "devcon.12".parse().unwrap();
    ChangeExplained::new(run, stands, change(Action::Added, None))
}

#[test]
fn who_attends_is_told_since_when_and_where_everything_comes_from() {
    let mut found = findings(
        Some(UserState::User(user())),
        Some(attendee(vec![lets_in(3)])),
    );
    let ended = Some((RunState::Succeeded, on("03T08:00")));
    found.changes = vec![changed(ended)];
    assert_snapshot!(text(&explain(found)), @r#"
    true: Attends since 4 November 2026; added by run devcon.12
    locked: email, first_name, last_name, company, digital_badge
    record 3: grants access {"first_name":"Ada","last_name":"EXAMPLE"}
    first_name = Ada: the source's field person.first, record 3
    last_name = EXAMPLE: the expression last | upper, record 3
    job_title = Engineer: set by another event or earlier; this event does not map it
    company = Initech: kept; the source's field company is blank (blank keep)
    country = BE: kept; the constant "NL" is applied only when the user is new (apply on_create)
    digital_badge = -: the source's field badge: its value could not be used
    in Press: assigned by the sync of summit
    in VIP: assigned by this event's sync: record 3, by the mapping or rule 2; assigned by hand
    devcon.12 added [company]
    "#);
}

#[test]
fn who_was_changed_since_is_told_of_the_first_run_and_the_last() {
    let mut ada = attendee(vec![lets_in(3)]);
    ada.log.push(LogRef(RunNumber(13), 0));
    ada.log.push(LogRef(RunNumber(15), 4));
    let found = findings(Some(UserState::User(user())), Some(ada));
    assert_snapshot!(explain(found).access.reason, @"Attends; first added by run devcon.12, last changed by run devcon.15 on 4 November 2026");
}

#[test]
fn who_was_taken_out_by_a_rule_is_told_which_and_by_which_run() {
    let records = vec![record(3, &json!({"disposition": {"remove": 1}}))];
    let ada = removed("rule 1 removes them from the event", records);
    let mut stays = user();
    stays.groups.clear();
    let found = findings(Some(UserState::User(stays)), Some(ada));
    assert_snapshot!(text(&explain(found)), @"
    false: Removed by run devcon.14: rule 1 removes them from the event
    record 3: rule 1 removes them from the event {}
    first_name = Ada: set by another event or earlier
    last_name = EXAMPLE: set by another event or earlier
    job_title = Engineer: set by another event or earlier; this event does not map it
    company = Initech: set by another event or earlier
    country = BE: set by another event or earlier
    ");
}

#[test]
fn who_was_cancelled_before_they_came_in_never_came_in() {
    let records = vec![record(3, &json!({"disposition": {"remove": 1}}))];
    let mut ada = removed("rule 1 removes them from the event", records);
    ada.log.clear();
    assert_snapshot!(text(&explain(findings(None, Some(ada)))), @"
    false: Never added: rule 1 removes them from the event (run devcon.15)
    record 3: rule 1 removes them from the event {}
    ");
}

#[test]
fn who_is_missing_is_told_so() {
    let ada = removed("missing from the source", vec![lets_in(3)]);
    let found = findings(Some(UserState::User(user())), Some(ada));
    assert_snapshot!(explain(found).access.reason, @"Removed by run devcon.14: missing from the source");
}

#[test]
fn a_live_record_beside_a_cancelled_one_is_pointed_out() {
    let cancelled = record(4, &json!({"disposition": {"remove": 1}}));
    let ada = attendee(vec![lets_in(3), cancelled]);
    let found = findings(Some(UserState::User(user())), Some(ada));
    assert_snapshot!(explain(found).notes.join("\n"), @"Because of record 4, rule 1 would remove them, but record 3 grants access, which takes precedence");
}

#[test]
fn of_who_was_erased_it_says_what_it_says_of_a_stranger() {
    let tombstone = UserState::Erased(Tombstone {
        said: std::collections::BTreeMap::new(),
        erased: on("05T00:00"),
        runs: [("devcon".parse().unwrap(), RunNumber(14))].into(),
        records: [3].into(),
    });
    // An erasure that is not finished yet has deleted none of this.
    let mut erased = findings(Some(tombstone), Some(attendee(vec![lets_in(3)])));
    erased.changes = vec![changed(None)];
    erased.held = Some((RunNumber(13), Some(change(Action::Updated, None))));
    erased.issues = Some((
        RunNumber(13),
        vec![Issue::new(Severity::Error, 3, "x", "y")],
    ));
    erased.suppression = Some(Suppression {
        reason: SuppressionReason::Bounce,
        since: on("04T00:00"),
    });
    let erased = explain(erased);
    assert_eq!(erased, explain(findings(None, None)));
    assert_snapshot!(text(&erased), @"false: Nobody with this address is in the event; the last complete sync was devcon.15 on 5 November 2026 at 10:15 (Europe/Amsterdam)");
}

#[test]
fn nobody_is_told_of_a_complete_sync_where_there_was_none() {
    let mut found = findings(None, None);
    found.last_complete = None;
    assert_snapshot!(explain(found).access.reason, @"Nobody with this address is in the event; no recent sync has read the whole feed");
}

#[test]
fn what_waits_for_approval_is_said_and_what_keeps_mail_away() {
    let mut found = findings(
        Some(UserState::User(user())),
        Some(attendee(vec![lets_in(3)])),
    );
    let reason = Some("rule 1 removes them from the event");
    found.held = Some((RunNumber(14), Some(change(Action::Removed, reason))));
    found.held_invitation = Some(RunNumber(12));
    found.suppression = Some(Suppression {
        reason: SuppressionReason::Bounce,
        since: on("04T00:00"),
    });
    assert_snapshot!(explain(found).notes.join("\n"), @"
    Run devcon.14 would remove them from the event (rule 1 removes them from the event); this waits for approval
    Their invitation waits for approval in run devcon.12
    They get no mail from this community: mail to this address bounced
    ");
}

#[test]
fn a_record_that_was_rejected_explains_who_is_not_there() {
    let mut found = findings(None, None);
    let issue = Issue::new(
        Severity::Error,
        7,
        "missing_last_name",
        "there is no last name",
    );
    found.issues = Some((RunNumber(15), vec![issue.of_person(person())]));
    assert_snapshot!(text(&explain(found)), @"
    false: Nobody with this address is in the event; the last complete sync was devcon.15 on 5 November 2026 at 10:15 (Europe/Amsterdam)
    note: Run devcon.15 rejected record 7 of this person: there is no last name
    issue of devcon.15: missing_last_name
    ");
}

#[test]
fn an_open_event_lets_in_its_community_but_nobody_who_was_taken_out() {
    let open = document(&json!({"access": {"attendees_only": false}}));
    let closed = document(&json!({}));
    let someone = UserState::User(user());
    let out = removed("rule 1 removes them from the event", Vec::new());
    let ask = |document, user: Option<&UserState>, attendee| {
        let access = access(&StoredPerson::new(document, user, attendee));
        format!(
            "{} {:?} {}",
            access.allowed, access.locked_fields, access.reason
        )
    };
    let all = [
        ask(&open, Some(&someone), None),
        ask(&open, Some(&someone), Some(&out)),
        ask(&open, None, None),
        ask(&closed, Some(&someone), None),
    ];
    assert_snapshot!(all.join("\n"), @"
    true [] A user of the community; they are not in this event's feed, but the event is open to the whole community
    false [] Removed by run devcon.14: rule 1 removes them from the event
    false [] Nobody with this address is in the event; no recent sync has read the whole feed
    false [] A user of the community, but not in this event; no recent sync has read the whole feed
    ");
}
