//! When what is stored about an event's people is deleted, and what that ends.

use super::*;
use crate::schedule::{PastSyncs, cloud_schedules, due, purge_time, upcoming};

fn purging(schedule: &Value) -> EventDocument {
    document(json!({"purge_after": "2026-12-20T00:00", "schedule": schedule}))
}

#[test]
fn a_purge_has_a_schedule_of_its_own_at_its_local_time() {
    for schedule in [json!({"auto_sync": "off"}), json!({"auto_sync": "hourly"})] {
        let event = purging(&schedule);
        assert_eq!(
            purge_time(&event).unwrap(),
            Some(at("2026-12-19T23:00:00Z"))
        );
        let told = cloud_schedules(&event, at("2026-12-01T00:00:00Z")).unwrap();
        let purge = told.iter().find(|schedule| schedule.name == "devcon.purge");
        let purge = purge.unwrap();
        assert_eq!(
            (purge.expression.as_str(), purge.time_zone.as_str()),
            ("at(2026-12-19T23:00:00)", "UTC")
        );
        assert!(purge.delete_after);
        let after = cloud_schedules(&event, at("2026-12-20T00:00:00Z")).unwrap();
        assert!(after.iter().all(|schedule| schedule.name != "devcon.purge"));
    }
    assert_eq!(purge_time(&document(json!({}))).unwrap(), None);
}

#[test]
fn no_sync_is_due_once_an_event_is_purged() {
    let event = purging(&json!({"auto_sync": "hourly"}));
    let past = PastSyncs::default();
    let until = |now: &str| due(&event, &past, at(now)).unwrap();
    assert!(until("2026-12-19T20:00:00Z").is_some());
    assert_eq!(until("2026-12-19T23:00:00Z"), None);
    assert_eq!(until("2027-02-01T00:00:00Z"), None);
    let told = upcoming(&event, &past, at("2026-12-19T20:30:00Z"), 9).unwrap();
    assert!(!told.is_empty() && told.len() < 5, "{told:?}");
    assert!(
        told.iter().all(|due| due.at < at("2026-12-19T23:00:00Z")),
        "{told:?}"
    );
}
