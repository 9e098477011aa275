//! Several records of one person, in one batch or in several of the same run.

use insta::assert_snapshot;
use serde_json::json;

use super::build::{ContributionBuilder, batch, changes, delta, keeping, live, removing};
use super::text::text;
use super::world::PlanWorld;
use crate::evaluate::Contribution;
use crate::plan::Delta;
use crate::profile::ProfileField;

/// What is stored of them once these deltas were applied, each in a batch of its own of run 2.
fn applied(world: &PlanWorld, deltas: &[&Delta]) -> String {
    let mut world = world.clone();
    for delta in deltas {
        world.sync(&batch(2, vec![(*delta).clone()]));
    }
    world.state_of("ann")
}

fn workshop() -> Contribution {
    live(11)
        .company("Example Works")
        .groups(&["Workshop", "VIP"])
        .source("A-1")
}

fn dinner() -> Contribution {
    live(12)
        .field(ProfileField::FirstName, "Second")
        .groups(&["Dinner", "VIP"])
        .source("A-2")
}

#[test]
fn two_records_of_one_person_are_merged_with_a_notice() {
    let mut world = PlanWorld::new(&json!({}));
    let plan = world.sync(&batch(1, vec![delta("ann", vec![workshop(), dinner()])]));
    assert_snapshot!(text(&plan), @"
    new group Workshop
    new group VIP
    new group Dinner
    ann added: new user, joins dinner, joins vip, joins workshop, new attendee
      first_name: - -> Second
      last_name: - -> Last
      company: - -> Example Works
      groups: - -> Dinner; VIP; Workshop
      source_id: - -> A-2
      known [11 12]; 1 added, 1 unchanged
    issue 12 email: the same e-mail address as record 11; the two were merged
    ");
}

#[test]
fn the_later_record_wins_whatever_the_order_in_the_batch() {
    let mut one = PlanWorld::new(&json!({}));
    let mut other = PlanWorld::new(&json!({}));
    one.sync(&batch(1, vec![delta("ann", vec![workshop(), dinner()])]));
    other.sync(&batch(1, vec![delta("ann", vec![dinner(), workshop()])]));
    assert_eq!(one.state(), other.state());
}

#[test]
fn two_batches_of_one_run_give_what_one_batch_gives_in_any_order() {
    let world = PlanWorld::new(&json!({}));
    let both = delta("ann", vec![workshop(), dinner()]);
    let first = delta("ann", vec![workshop()]);
    let second = delta("ann", vec![dinner()]);
    let whole = applied(&world, &[&both]);
    assert_eq!(applied(&world, &[&first, &second]), whole);
    assert_eq!(applied(&world, &[&second, &first]), whole);
    assert_eq!(applied(&world, &[&second, &first, &second, &first]), whole);
    assert_snapshot!(whole, @"
    ann: user first_name=Second, last_name=Last, company=Example Works, Dinner by event:devcon, VIP by event:devcon, Workshop by event:devcon
      attending, id A-2, records 11 12
    ");
}

#[test]
fn the_second_batch_of_a_run_brings_the_notice_and_an_update() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![workshop()])]));
    let plan = world.sync(&batch(1, vec![delta("ann", vec![dinner()])]));
    assert_snapshot!(text(&plan), @"
    new group Dinner
    ann updated: user over 1, joins dinner, attendee over 1
      first_name: First -> Second
      groups: VIP; Workshop -> Dinner; VIP; Workshop
      source_id: A-1 -> A-2
      known [11 12]; 1 updated
    issue 12 email: the same e-mail address as record 11; the two were merged
    ");
}

/// A feed lists the same records in another order each time.
#[test]
fn where_the_feed_has_a_record_decides_nothing() {
    let at = |record: Contribution, position| Contribution { position, ..record };
    let named = |hash, id: Option<&str>, name: &str| {
        let mut record = live(hash).field(ProfileField::FirstName, name);
        record.incoming.source_id = id.map(str::to_owned);
        record
    };
    for (one, other, winner) in [
        (
            named(11, Some("T-9"), "Nine"),
            named(12, Some("T-10"), "Ten"),
            "Ten",
        ),
        (named(12, Some("a"), "A"), named(11, Some("b"), "B"), "B"),
        (
            named(11, None, "Without"),
            named(12, Some("1"), "With"),
            "With",
        ),
        (named(11, None, "Cy"), named(12, None, "Bo"), "Cy"),
        (named(12, Some("1"), "Cy"), named(11, Some("1"), "Bo"), "Cy"),
    ] {
        let orders = [
            vec![at(one.clone(), 1), at(other.clone(), 2)],
            vec![at(other.clone(), 1), at(one.clone(), 2)],
            vec![at(one.clone(), 7), at(other.clone(), 3)],
        ];
        for records in orders {
            let mut world = PlanWorld::new(&json!({}));
            world.sync(&batch(1, vec![delta("ann", records)]));
            let state = world.state_of("ann");
            assert!(state.contains(winner), "{winner}: {state}");
        }
    }
}

#[test]
fn a_record_that_is_kept_is_merged_with_a_new_one() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![workshop()])]));
    let plan = world.sync(&batch(
        2,
        vec![keeping(delta("ann", vec![dinner()]), &[(11, 40)])],
    ));
    assert_snapshot!(text(&plan), @"
    new group Dinner
    ann updated: user over 1, joins dinner, attendee over 1
      first_name: First -> Second
      groups: VIP; Workshop -> Dinner; VIP; Workshop
      source_id: A-1 -> A-2
      known [11 12]; 1 updated
    issue 12 email: the same e-mail address as record 40; the two were merged
    ");
}

#[test]
fn a_record_that_is_gone_takes_its_part_with_it() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![workshop(), dinner()])]));
    let plan = world.sync(&batch(2, vec![keeping(delta("ann", vec![]), &[(12, 1)])]));
    assert_snapshot!(text(&plan), @"
    ann updated: user over 1, leaves workshop, attendee over 1
      company: Example Works -> -
      groups: Dinner; VIP; Workshop -> Dinner; VIP
      known [12]; 1 updated
    ");
}

#[test]
fn a_live_record_wins_over_a_removed_one_in_any_order() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![live(10)])]));
    for removed in [removing(5, 1), removing(20, 1)] {
        let both = delta("ann", vec![removed.clone(), workshop()]);
        let attends = delta("ann", vec![workshop()]);
        let removed = delta("ann", vec![removed]);
        let whole = applied(&world, &[&both]);
        assert!(whole.contains("attending"), "{whole}");
        assert_eq!(applied(&world, &[&attends, &removed]), whole);
        assert_eq!(applied(&world, &[&removed, &attends]), whole);
    }
}

#[test]
fn a_live_record_read_again_as_it_was_keeps_them_in_when_a_removed_one_comes_up() {
    // The new, removed record came first in the feed, so the live one was read again; removals
    // are sent on last.
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![workshop()])]));
    let attends = delta("ann", vec![workshop()]);
    let removed = delta("ann", vec![removing(5, 1)]);
    let whole = applied(&world, &[&delta("ann", vec![removing(5, 1), workshop()])]);
    assert_snapshot!(whole, @"
    ann: user first_name=First, last_name=Last, company=Example Works, VIP by event:devcon, Workshop by event:devcon
      attending, id A-1, records 5 11
    ");
    assert_eq!(applied(&world, &[&attends, &removed]), whole);
    assert_eq!(applied(&world, &[&removed, &attends]), whole);
}

#[test]
fn a_new_record_is_added_to_one_read_again_as_it_was() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![workshop()])]));
    let known = delta("ann", vec![workshop()]);
    let new = delta("ann", vec![dinner()]);
    let whole = applied(&world, &[&delta("ann", vec![workshop(), dinner()])]);
    assert_eq!(applied(&world, &[&known, &new]), whole);
    assert_eq!(applied(&world, &[&new, &known]), whole);
}

#[test]
fn a_record_that_a_repeated_page_brings_twice_counts_at_its_last_place() {
    let world = PlanWorld::new(&json!({}));
    let early = live(11).company("Example Works");
    let late = early.clone().at(900);
    let between = live(12).company("Example Mills");
    let one = delta("ann", vec![early.clone(), between.clone(), late.clone()]);
    let whole = applied(&world, &[&one]);
    assert_snapshot!(whole, @"
    ann: user first_name=First, last_name=Last, company=Example Works
      attending, records 12 11
    ");
    let [early, between, late] = [early, between, late].map(|record| delta("ann", vec![record]));
    for order in [
        [&early, &between, &late],
        [&early, &late, &between],
        [&between, &early, &late],
        [&between, &late, &early],
        [&late, &early, &between],
        [&late, &between, &early],
    ] {
        assert_eq!(applied(&world, &order), whole);
    }
}

#[test]
fn a_kept_record_that_is_not_stored_writes_nothing_and_is_read_anew_next_time() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![workshop()])]));
    let before = world.state();
    let plan = world.sync(&batch(
        2,
        vec![keeping(delta("ann", vec![dinner()]), &[(99, 1)])],
    ));
    assert!(plan.is_empty());
    assert_snapshot!(text(&plan), @"
    ann unchanged: no write
      known []; 1 unchanged
    ");
    assert_eq!(world.state(), before);
}

#[test]
fn records_beyond_what_an_item_holds_are_left_out_with_a_warning() {
    let mut world = PlanWorld::new(&json!({}));
    let long = "x".repeat(4_000);
    let records = (1..=70)
        .map(|hash| {
            live(hash)
                .field(ProfileField::Biography, &long)
                .groups(&["VIP"])
        })
        .collect();
    let plan = world.sync(&batch(1, vec![delta("ann", vec![]), delta("bo", records)]));
    let stored = serde_json::to_string(world.attendee("bo")).unwrap();
    assert!(stored.len() < 300_000, "{}", stored.len());
    let left_out: Vec<_> = plan
        .issues
        .iter()
        .filter(|i| i.code == "too_many_records")
        .collect();
    assert_eq!(world.attendee("bo").records.len() + left_out.len(), 70);
    assert_snapshot!(left_out[0].reason, @"more than 60 records share this e-mail address; this one was left out");
}

#[test]
fn a_record_that_is_new_in_a_read_of_changes_is_the_latest() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![workshop()])]));
    let third = live(13).at(1).company("Third Works").source("A-3");
    world.sync(&batch(2, vec![changes(delta("ann", vec![third]))]));
    assert_snapshot!(world.state_of("ann"), @"
    ann: user first_name=First, last_name=Last, company=Third Works, VIP by event:devcon, Workshop by event:devcon
      attending, id A-3, records 11 13
    ");
}

#[test]
fn a_record_that_changes_while_changes_are_read_counts_as_it_came_last() {
    let mut world = PlanWorld::new(&json!({}));
    world.sync(&batch(1, vec![delta("ann", vec![workshop(), dinner()])]));
    let once = live(13).at(1).groups(&["Tour"]).source("A-1");
    let again = live(14).at(150).groups(&["Party"]).source("A-1");
    let run = [once, again].map(|record| changes(delta("ann", vec![record])));
    assert_snapshot!(applied(&world, &[&run[0], &run[1]]), @"
    ann: user first_name=Second, last_name=Last, Dinner by event:devcon, Party by event:devcon, VIP by event:devcon
      attending, id A-2, records 14 12
    ");
}
