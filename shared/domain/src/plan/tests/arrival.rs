//! People who come in, and what a changed record changes of them.

use insta::assert_snapshot;
use serde_json::json;

use super::build::{ContributionBuilder, batch, delta, event, keeping, live};
use super::text::text;
use super::world::PlanWorld;
use crate::profile::{AttendeeField, ProfileField};

#[test]
fn a_new_attendee_becomes_a_user_with_groups() {
    let mut world = PlanWorld::new(&json!({}));
    let record = live(11)
        .company("Example Works")
        .groups(&["VIP", "Speakers"])
        .badge("https://badges.example.org/1.png")
        .source("A-1");
    let plan = world.sync(&batch(1, vec![delta("ann", vec![record])]));
    assert_snapshot!(text(&plan), @"
    new group VIP
    new group Speakers
    ann added: new user, joins speakers, joins vip, new attendee
      first_name: - -> First
      last_name: - -> Last
      company: - -> Example Works
      groups: - -> Speakers; VIP
      digital_badge: - -> https://badges.example.org/1.png
      source_id: - -> A-1
      known [11]; 1 added
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, company=Example Works, Speakers by event:devcon, VIP by event:devcon
      attending, id A-1, https://badges.example.org/1.png, records 11
    ");
}

#[test]
fn the_same_batch_again_changes_nothing() {
    let mut world = PlanWorld::new(&json!({}));
    let again = batch(1, vec![delta("ann", vec![live(11).groups(&["VIP"])])]);
    world.sync(&again);
    let plan = world.sync(&again);
    assert!(plan.is_empty());
    assert_snapshot!(text(&plan), @"
    ann unchanged: no write
      known [11]; 1 unchanged
    ");
}

#[test]
fn a_record_that_is_read_anew_as_it_was_changes_nothing_but_the_run() {
    // As after the loss of the fingerprints. The run is written so that what older runs and other
    // batches of this one still bring is told apart.
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(
        1,
        vec![delta("ann", vec![live(11).groups(&["VIP"])])],
    ));
    let before = world.state();
    let plan = world.sync(&batch(
        2,
        vec![delta("ann", vec![live(11).groups(&["VIP"])])],
    ));
    assert_snapshot!(text(&plan), @"
    ann unchanged: attendee over 1
      known [11]; 1 unchanged
    ");
    assert_eq!(world.state(), before);
    assert_eq!(world.attendee("ann").run.0, 2);
}

#[test]
fn a_change_in_the_source_reaches_user_and_attendee() {
    let mut world = PlanWorld::new(&json!({}));
    let before = live(11).company("Example Works").source("A-1");
    world.sync(&batch(1, vec![delta("ann", vec![before])]));
    let after = live(12)
        .company("Example Mills")
        .source("A-2")
        .badge("https://badges.example.org/2.png");
    let plan = world.sync(&batch(2, vec![delta("ann", vec![after])]));
    assert_snapshot!(text(&plan), @"
    ann updated: user over 1, attendee over 1
      company: Example Works -> Example Mills
      digital_badge: - -> https://badges.example.org/2.png
      source_id: A-1 -> A-2
      known [12]; 1 updated
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, company=Example Mills
      attending, id A-2, https://badges.example.org/2.png, records 12
    ");
}

#[test]
fn a_change_in_a_field_that_is_not_mapped_rewrites_the_attendee_alone() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
    let plan = world.sync(&batch(2, vec![delta("ann", vec![live(12)])]));
    assert_snapshot!(text(&plan), @"
    ann unchanged: attendee over 1
      known [12]; 1 unchanged
    ");
}

#[test]
fn a_blank_value_clears_or_keeps_as_configured() {
    let mut world = PlanWorld::new(&json!({
        "company": {"path": "company", "blank": "clear"},
        "country": {"path": "country", "blank": "keep"},
        "digital_badge": {"path": "badge", "blank": "keep"},
    }));
    let full = live(11)
        .company("Example Works")
        .field(ProfileField::Country, "NL")
        .badge("https://badges.example.org/1.png");
    world.sync(&batch(1, vec![delta("ann", vec![full])]));
    let plan = world.sync(&batch(2, vec![delta("ann", vec![live(12)])]));
    assert_snapshot!(text(&plan), @"
    ann updated: user over 1, attendee over 1
      company: Example Works -> -
      known [12]; 1 updated
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, country=NL
      attending, https://badges.example.org/1.png, records 12
    ");
}

#[test]
fn a_value_that_cannot_be_used_leaves_what_is_stored() {
    let mut world = PlanWorld::new(&json!({}));
    let full = live(11)
        .company("Example Works")
        .badge("https://badges.example.org/1.png");
    world.sync(&batch(1, vec![delta("ann", vec![full])]));
    let odd = live(12)
        .unusable(AttendeeField::Company)
        .unusable(AttendeeField::DigitalBadge);
    let plan = world.sync(&batch(2, vec![delta("ann", vec![odd])]));
    assert_snapshot!(text(&plan), @"
    ann unchanged: attendee over 1
      known [12]; 1 unchanged
    ");
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, company=Example Works
      attending, https://badges.example.org/1.png, records 12
    ");
}

#[test]
fn a_field_that_applies_on_creation_is_taken_only_with_the_user() {
    let mut world = PlanWorld::new(&json!({"company": {"path": "company", "apply": "on_create"}}));
    world.grant("bo", "Crew", event("other"));
    let both = |hash, company| {
        let say = |name, hash| delta(name, vec![live(hash).company(company)]);
        vec![say("ann", hash), say("bo", hash + 1)]
    };
    world.sync(&batch(1, both(11, "Example Works")));
    world.sync(&batch(2, both(21, "Example Mills")));
    world.sync(&batch(3, vec![delta("ann", vec![live(31)])]));
    assert_snapshot!(world.state(), @"
    ann: user first_name=First, last_name=Last, company=Example Works
      attending, records 31
    bo: user first_name=First, last_name=Last, Crew by event:other
      attending, records 22
    cy: no user
    di: no user
    ");
}

#[test]
fn a_field_that_applies_if_empty_fills_a_gap_and_never_changes_a_value() {
    let mut world = PlanWorld::new(&json!({"company": {"path": "company", "apply": "if_empty"}}));
    let say = |hash: u64, record: fn(u64) -> _| vec![delta("ann", vec![record(hash)])];
    world.sync(&batch(1, say(11, live)));
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last
      attending, records 11
    ");
    world.sync(&batch(
        2,
        say(12, |hash| live(hash).company("Example Works")),
    ));
    world.sync(&batch(
        3,
        say(13, |hash| live(hash).company("Example Mills")),
    ));
    world.sync(&batch(4, say(14, live)));
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, company=Example Works
      attending, records 14
    ");
}

#[test]
fn a_record_that_only_moved_in_the_feed_writes_nothing() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![live(11)])]));
    let moved = keeping(delta("ann", vec![]), &[(11, 900)]);
    let plan = world.sync(&batch(2, vec![moved]));
    assert!(plan.is_empty());
    assert_snapshot!(text(&plan), @"
    ann unchanged: no write
      known [11]; 1 unchanged
    ");
}

#[test]
fn what_was_said_about_the_records_is_handed_on() {
    let world = PlanWorld::new(&json!({}));
    let mut batch = batch(1, vec![]);
    let issue = crate::issue::Issue::new(
        crate::issue::Severity::Error,
        3,
        "missing_email",
        "there is no e-mail address",
    );
    batch.issues.push(issue.clone());
    let plan = world.plan(&batch);
    assert_eq!(plan.issues, [issue]);
    assert!(plan.is_empty());
}
