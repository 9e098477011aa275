//! Schedules: those that are wanted are all that there are of an event.

use attendee_sync_adapters::cloud::{ScheduleTarget, SchedulerSchedules, clients};
use attendee_sync_app::ports::Schedules;
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::schedule::{CloudSchedule, cloud_schedules};
use attendee_sync_testkit::waiting::a_moment;
use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::contract::cases;
use crate::stage::StageCase;

cases!(StageCase:
    the_schedules_of_every_kind_of_timetable_are_taken,
    an_event_whose_id_begins_another_touches_nothing_of_it,
    what_is_right_is_not_written_again,
    a_group_that_is_not_there_is_an_error,
);

struct StageScheduleGroup {
    scene: StageCase,
    schedules: SchedulerSchedules,
}

async fn group(scene: StageCase) -> StageScheduleGroup {
    let client = clients::scheduler(&scene.stage.config);
    let make = client.create_schedule_group().name(&scene.tag);
    make.send().await.unwrap();
    let schedules = schedules(&scene, &scene.tag);
    StageScheduleGroup { scene, schedules }
}

fn schedules(scene: &StageCase, group: &str) -> SchedulerSchedules {
    let target = ScheduleTarget {
        group: group.to_owned(),
        queue_arn: "arn:aws:sqs:eu-central-1:000000000000:runs".to_owned(),
        role_arn: "arn:aws:iam::000000000000:role/schedules".to_owned(),
        dead_letter_arn: Some("arn:aws:sqs:eu-central-1:000000000000:runs-set-aside".to_owned()),
    };
    SchedulerSchedules::new(clients::scheduler(&scene.stage.config), target)
}

impl StageScheduleGroup {
    async fn names(&self) -> Vec<String> {
        let client = clients::scheduler(&self.scene.stage.config);
        let list = client.list_schedules().group_name(&self.scene.tag);
        let found = list.send().await.unwrap().schedules;
        let mut names: Vec<String> = found.into_iter().map(|one| one.name.unwrap()).collect();
        names.sort();
        names
    }

    async fn stored(&self, name: &str) -> GetScheduleOutput {
        let client = clients::scheduler(&self.scene.stage.config);
        let get = client.get_schedule().group_name(&self.scene.tag);
        get.name(name).send().await.unwrap()
    }

    async fn set(&self, event: &str, wanted: &[CloudSchedule]) {
        let event: EventId = event.parse().unwrap();
        self.schedules.set(&event, wanted).await.unwrap();
    }
}

/// What a timetable comes to. Its times lie ahead of any clock: no schedule may end in the past.
fn wanted(event: &str, schedule: &serde_json::Value) -> Vec<CloudSchedule> {
    let ahead = |days: i64| {
        let time = Timestamp::now() + SignedDuration::from_hours(24 * days);
        time.strftime("%Y-%m-%dT12:00").to_string()
    };
    let document = json!({
        "community": "acme", "event": event, "name": "DevCon", "time_zone": "Europe/Amsterdam",
        "goes_live": ahead(30), "starts": ahead(60), "ends": ahead(63),
        "source": {"url": "https://registration.example.org/api"},
        "mapping": {"email": "mail", "first_name": "first", "last_name": "last"},
        "schedule": schedule,
    });
    cloud_schedules(&serde_json::from_value(document).unwrap(), Timestamp::now()).unwrap()
}

fn daily(event: &str) -> Vec<CloudSchedule> {
    wanted(event, &json!({"auto_sync": "daily", "daily_at": "02:30"}))
}

fn names_of(schedules: &[CloudSchedule]) -> Vec<String> {
    let mut names: Vec<String> = schedules.iter().map(|one| one.name.clone()).collect();
    names.sort();
    names
}

async fn the_schedules_of_every_kind_of_timetable_are_taken(scene: StageCase) {
    let group = group(scene).await;
    for kind in ["phases", "daily"] {
        let wanted = wanted("devcon", &json!({"auto_sync": kind, "daily_at": "02:30"}));
        assert!(!wanted.is_empty());
        group.set("devcon", &wanted).await;
        assert_eq!(group.names().await, names_of(&wanted));
        for schedule in &wanted {
            let stored = group.stored(&schedule.name).await;
            assert_eq!(stored.schedule_expression(), Some(&*schedule.expression));
            let zone = stored.schedule_expression_timezone();
            assert_eq!(zone, Some(&*schedule.time_zone));
            let input = stored.target().unwrap().input();
            assert_eq!(input, Some(r#"{"do":"due","event":"devcon"}"#));
        }
    }
    group.set("devcon", &[]).await;
    assert!(group.names().await.is_empty());
}

async fn an_event_whose_id_begins_another_touches_nothing_of_it(scene: StageCase) {
    let group = group(scene).await;
    let other = daily("devcon-2026");
    group.set("devcon-2026", &other).await;
    group.set("devcon", &daily("devcon")).await;
    group.set("devcon", &[]).await;
    assert_eq!(group.names().await, names_of(&other));
}

async fn what_is_right_is_not_written_again(scene: StageCase) {
    let group = group(scene).await;
    let mut wanted = daily("devcon");
    group.set("devcon", &wanted).await;
    let name = wanted[0].name.clone();
    let written = |stored: GetScheduleOutput| stored.last_modification_date;
    let first = written(group.stored(&name).await);
    assert!(first.is_some());
    // Stages keep these times in whole seconds.
    a_moment(std::time::Duration::from_millis(1_100));
    group.set("devcon", &wanted).await;
    assert_eq!(written(group.stored(&name).await), first);
    "cron(1 2 * * ? *)".clone_into(&mut wanted[0].expression);
    group.set("devcon", &wanted).await;
    let stored = group.stored(&name).await;
    assert_eq!(stored.schedule_expression(), Some("cron(1 2 * * ? *)"));
    assert_ne!(written(stored), first);
}

async fn a_group_that_is_not_there_is_an_error(scene: StageCase) {
    let event: EventId = "devcon".parse().unwrap();
    let absent = schedules(&scene, "absent");
    assert!(absent.set(&event, &daily("devcon")).await.is_err());
}
