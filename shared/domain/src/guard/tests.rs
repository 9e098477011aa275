use super::*;
use crate::ids::{PersonId, PersonKey};
use crate::plan::Delta;
use crate::run::FieldChange;

fn change(action: Action, fields: &[(AttendeeField, Option<&str>, Option<&str>)]) -> Change {
    let field =
        |(field, before, after): &(AttendeeField, Option<&str>, Option<&str>)| FieldChange {
            field: *field,
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
    Change {
        corrected: false,
        moved_to: None,
        person: PersonId::of(&PersonKey([0; 32]), &"ada@example.org".parse().unwrap()),
        email: None,
        action,
        fields: fields.iter().map(field).collect(),
        reason: None,
    }
}

fn losses(removals: u64, company: u64) -> Losses {
    Losses {
        removals,
        blanks: BTreeMap::from([(AttendeeField::Company, company)]),
        ..Losses::default()
    }
}

fn census(attending: u64, with_company: u64) -> Census {
    Census {
        attending,
        filled: BTreeMap::from([(AttendeeField::Company, with_company)]),
    }
}

fn read(records_read: u64, rejected: u64) -> Counts {
    Counts {
        records_read,
        rejected,
        ..Counts::default()
    }
}

fn said(losses: &Losses, counts: &Counts, census: &Census) -> Vec<String> {
    let verdict = judge(&Guards::default(), losses, counts, census);
    verdict.tripped.iter().map(ToString::to_string).collect()
}

#[test]
fn only_what_takes_something_away_is_a_loss() {
    let blank = (AttendeeField::Company, Some("Initech"), None);
    let filled = (AttendeeField::Company, None, Some("Initech"));
    let changed = (AttendeeField::Title, Some("Dr"), Some("Prof"));
    let source_id = (AttendeeField::SourceId, Some("7"), None);
    let person = change(Action::Updated, &[]).person;
    let mut delta = Delta::new(person, "ada@example.org".parse().unwrap());
    let of = |action, fields: &[_]| Loss::of(&change(action, fields), &delta);
    assert_eq!(of(Action::Updated, &[filled, changed, source_id]), None);
    assert_eq!(of(Action::Removed, &[]), Some(Loss::Removal));
    assert_eq!(of(Action::Erased, &[]), Some(Loss::Removal));
    let company = Loss::Blanks(BTreeSet::from([AttendeeField::Company]));
    assert_eq!(
        of(Action::Updated, &[changed, blank]),
        Some(company.clone())
    );
    // A user of another event loses it as well by becoming an attendee of this one.
    assert_eq!(of(Action::Added, &[blank]), Some(company));
    let added = change(Action::Added, &[]);
    assert_eq!(Loss::of(&added, &delta), None);
    assert_eq!(Loss::or_addition(&added, &delta), Some(Loss::Addition));
    delta.missing = true;
    let gone = change(Action::Removed, &[]);
    assert_eq!(Loss::of(&gone, &delta), Some(Loss::Missing));
}

#[test]
fn removals_are_held_over_the_percentage_and_over_the_count() {
    assert_eq!(
        said(&losses(21, 0), &read(100, 0), &census(100, 0)),
        ["21 of 100 attendees would be removed, more than guards.removals_percent (20)"]
    );
    assert!(said(&losses(20, 0), &read(100, 0), &census(100, 0)).is_empty());
    assert!(said(&losses(10, 0), &read(12, 0), &census(10, 0)).is_empty());
    assert_eq!(said(&losses(11, 0), &read(12, 0), &census(11, 0)).len(), 1);
}

#[test]
fn people_who_are_merely_missing_are_held_at_any_size_of_event() {
    let missing = |missing: u64, attending: u64| {
        let losses = Losses {
            removals: missing,
            missing,
            ..Losses::default()
        };
        // Counted no further than it depends on it, the result is the same.
        let asked_for = losses.attendees_needed_to_pass(&Guards::default());
        let judged = |attending| {
            said(&losses, &read(10, 0), &census(attending, 0))
                .iter()
                .any(|said| said.contains("missing from the source"))
        };
        assert_eq!(
            judged(attending),
            judged(attending.min(asked_for)),
            "{missing} of {attending}"
        );
        judged(attending)
    };
    for (gone, attending, is_held) in [
        (1, 1, true),
        (2, 2, true),
        (3, 3, true),
        (1, 2, false),
        (2, 3, false),
        (2, 4, false),
        (3, 4, true),
        (3, 5, true),
        (5, 10, false),
        (6, 10, true),
        (4, 100, false),
        (0, 0, false),
    ] {
        assert_eq!(missing(gone, attending), is_held, "{gone} of {attending}");
    }
    // What a flag or a rule says keeps the limits that the event has.
    assert!(said(&losses(4, 0), &read(4, 0), &census(4, 0)).is_empty());
    let verdict = GuardVerdict {
        tripped: missing_of(4, 4),
    };
    assert!(verdict.holds(&Loss::Missing));
    assert!(!verdict.holds(&Loss::Removal));
}

fn missing_of(gone: u64, attending: u64) -> Vec<Tripped> {
    missing(gone, attending).into_iter().collect()
}

#[test]
fn a_list_of_other_people_is_held_where_the_event_has_a_limit_for_it() {
    let judged = |percent, additions, attending| {
        let guards = Guards {
            additions_percent: percent,
            ..Guards::default()
        };
        let losses = Losses {
            additions,
            ..Losses::default()
        };
        judge(&guards, &losses, &read(100, 0), &census(attending, 0))
    };
    let verdict = judged(Some(50), 60, 100);
    assert_eq!(
        verdict.tripped[0].to_string(),
        "60 people would be added to 100 attendees, more than guards.additions_percent (50); check that this is the list of this event"
    );
    assert!(verdict.holds(&Loss::Addition));
    assert!(!verdict.holds(&Loss::Removal));
    for (percent, additions, attending) in [
        (None, 60, 100),
        (Some(50), 50, 100),
        (Some(50), 10, 5),
        (Some(50), 500, 0),
        (Some(400), 300, 100),
    ] {
        assert!(
            judged(percent, additions, attending).is_clear(),
            "{percent:?} {additions} {attending}"
        );
    }
}

#[test]
fn a_field_is_held_by_how_many_have_it() {
    assert_eq!(
        said(&losses(0, 11), &read(1_000, 0), &census(1_000, 20)),
        [
            "company would be emptied for 11 of the 20 attendees who have a value, more than guards.blanked_percent (50)"
        ]
    );
    assert!(said(&losses(0, 11), &read(1_000, 0), &census(1_000, 22)).is_empty());
    assert!(said(&losses(0, 10), &read(10, 0), &census(10, 10)).is_empty());
}

#[test]
fn where_most_records_are_rejected_every_loss_waits() {
    let verdict = judge(
        &Guards::default(),
        &losses(1, 0),
        &read(26, 11),
        &census(100, 0),
    );
    assert_eq!(
        verdict.tripped[0].to_string(),
        "11 of 26 records were rejected, more than guards.rejected_percent (40)"
    );
    assert!(verdict.holds(&Loss::Removal));
    assert!(
        judge(
            &Guards::default(),
            &losses(1, 0),
            &read(20, 8),
            &census(100, 0)
        )
        .is_clear()
    );
}

#[test]
fn more_invitations_than_the_limit_are_held_and_no_loss_with_them() {
    assert_eq!(judge_invitations(500, 500), None);
    let tripped = judge_invitations(500, 501).unwrap();
    assert_eq!(
        tripped.to_string(),
        "501 people would be invited, over invitations.limit_per_run (500)"
    );
    let verdict = GuardVerdict {
        tripped: vec![tripped],
    };
    assert!(!verdict.holds(&Loss::Removal));
    assert_eq!(judge_invitations(0, 1).unwrap().of, 0);
}

#[test]
fn a_guard_holds_its_own_losses_alone() {
    let blanks = |field| Loss::Blanks(BTreeSet::from([field]));
    let verdict = judge(
        &Guards::default(),
        &losses(0, 60),
        &read(100, 0),
        &census(100, 100),
    );
    assert!(verdict.holds(&blanks(AttendeeField::Company)));
    assert!(!verdict.holds(&blanks(AttendeeField::Title)));
    assert!(!verdict.holds(&Loss::Removal));
}
