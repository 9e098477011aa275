//! Schedules, with an `EventBridge` Scheduler that keeps them in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use attendee_sync_app::ports::{ScheduleChanges, Schedules};
use attendee_sync_domain::ids::EventId;
use attendee_sync_domain::schedule::CloudSchedule;
use serde_json::{Value, json};

use super::server::{Aws, CloudRequestSeen, CloudServerStep};
use crate::cloud::{ScheduleTarget, SchedulerSchedules};

type StoredSchedules = Arc<Mutex<BTreeMap<String, Value>>>;

/// What is asked of one schedule, or of all.
fn answer(asked: &CloudRequestSeen, kept: &StoredSchedules) -> CloudServerStep {
    let mut kept = kept.lock().unwrap();
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let name = path.trim_start_matches("/schedules").trim_matches('/');
    let absent = CloudServerStep::fail(404, "ResourceNotFoundException");
    match asked.method.as_str() {
        "GET" if name.is_empty() => page(query, &kept),
        "GET" => kept
            .get(name)
            .map_or(absent, |schedule| CloudServerStep::take(schedule.clone())),
        "POST" if kept.contains_key(name) => CloudServerStep::fail(409, "ConflictException"),
        "PUT" if !kept.contains_key(name) => absent,
        "POST" | "PUT" => {
            let mut schedule = asked.body.clone();
            assert!(schedule["ClientToken"].is_string());
            schedule["Name"] = name.into();
            kept.insert(name.to_owned(), schedule);
            CloudServerStep::take(json!({"ScheduleArn": "arn"}))
        }
        _ => kept
            .remove(name)
            .map_or(absent, |_| CloudServerStep::take(json!({}))),
    }
}

/// Two a page, by name.
fn page(query: &str, kept: &BTreeMap<String, Value>) -> CloudServerStep {
    let query: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    assert_eq!(query["ScheduleGroup"], "syncs");
    let after = query.get("NextToken");
    let names: Vec<&String> = kept
        .keys()
        .filter(|name| name.starts_with(&query["NamePrefix"]))
        .filter(|name| after.is_none_or(|after| *name > after))
        .take(2)
        .collect();
    let next = (names.len() == 2).then(|| names[1].clone());
    let schedules: Vec<Value> = names.iter().map(|name| json!({"Name": name})).collect();
    CloudServerStep::take(json!({"Schedules": schedules, "NextToken": next}))
}

fn schedules(aws: &Aws) -> SchedulerSchedules {
    let target = ScheduleTarget {
        group: "syncs".to_owned(),
        queue_arn: "arn:aws:sqs:eu-central-1:1:runs".to_owned(),
        role_arn: "arn:aws:iam::1:role/schedules".to_owned(),
        dead_letter_arn: Some("arn:aws:sqs:eu-central-1:1:runs-set-aside".to_owned()),
    };
    SchedulerSchedules::new(aws_sdk_scheduler::Client::new(&aws.config()), target)
}

fn schedule(name: &str, expression: &str) -> CloudSchedule {
    CloudSchedule {
        name: name.to_owned(),
        expression: expression.to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        start: Some("2026-11-01T10:00:00Z".parse().unwrap()),
        end: None,
        delete_after: false,
    }
}

fn some(event: &str) -> Vec<CloudSchedule> {
    let word = |word: &str| format!("{event}.{word}");
    vec![
        schedule(&word("daily"), "cron(5 4 * * ? *)"),
        CloudSchedule {
            start: None,
            end: Some("2026-12-01T10:00:00Z".parse().unwrap()),
            delete_after: true,
            ..schedule(&word("hourly"), "cron(5 * * * ? *)")
        },
        CloudSchedule {
            start: None,
            time_zone: "UTC".to_owned(),
            delete_after: true,
            ..schedule(&word("final"), "at(2026-12-01T10:05:00)")
        },
    ]
}

fn id(event: &str) -> EventId {
    event.parse().unwrap()
}

async fn keeping(kept: &StoredSchedules) -> Aws {
    let kept = kept.clone();
    Aws::start(move |asked| answer(asked, &kept)).await
}

/// How many writes there were since the last time.
fn writes(aws: &Aws, before: &mut usize) -> usize {
    let asked = aws.asked();
    let writes = asked[*before..]
        .iter()
        .filter(|asked| asked.method != "GET");
    let count = writes.count();
    *before = asked.len();
    count
}

#[tokio::test]
async fn schedules_become_those_that_are_wanted_and_what_is_right_is_not_written() {
    let kept = StoredSchedules::default();
    let aws = keeping(&kept).await;
    let schedules = schedules(&aws);
    let mut seen = 0;
    schedules.set(&id("devcon"), &some("devcon")).await.unwrap();
    assert_eq!(writes(&aws, &mut seen), 3);
    let stored = kept.lock().unwrap()["devcon.hourly"].clone();
    assert_eq!(stored["ScheduleExpression"], "cron(5 * * * ? *)");
    assert_eq!(stored["ScheduleExpressionTimezone"], "Europe/Berlin");
    assert_eq!(stored["GroupName"], "syncs");
    assert_eq!(stored["FlexibleTimeWindow"]["Mode"], "OFF");
    assert_eq!(stored["ActionAfterCompletion"], "DELETE");
    assert_eq!(stored["StartDate"], Value::Null);
    assert_eq!(stored["EndDate"], json!(1_796_119_200));
    let target = &stored["Target"];
    assert_eq!(target["Arn"], "arn:aws:sqs:eu-central-1:1:runs");
    assert_eq!(target["RoleArn"], "arn:aws:iam::1:role/schedules");
    assert_eq!(target["Input"], r#"{"do":"due","event":"devcon"}"#);
    assert_eq!(
        target["DeadLetterConfig"]["Arn"],
        "arn:aws:sqs:eu-central-1:1:runs-set-aside"
    );

    schedules.set(&id("devcon"), &some("devcon")).await.unwrap();
    assert_eq!(writes(&aws, &mut seen), 0);

    // One changes, one goes, one comes.
    let mut other = some("devcon");
    other[0].expression = "cron(5 5 * * ? *)".to_owned();
    other[2].name = "devcon.opening".to_owned();
    schedules.set(&id("devcon"), &other).await.unwrap();
    assert_eq!(writes(&aws, &mut seen), 3);
    let names: Vec<String> = kept.lock().unwrap().keys().cloned().collect();
    assert_eq!(names, ["devcon.daily", "devcon.hourly", "devcon.opening"]);
    schedules.set(&id("devcon"), &other).await.unwrap();
    assert_eq!(writes(&aws, &mut seen), 0);
}

#[tokio::test]
async fn whatever_differs_is_written() {
    let kept = StoredSchedules::default();
    let aws = keeping(&kept).await;
    let schedules = schedules(&aws);
    let wanted = &some("devcon")[..1];
    schedules.set(&id("devcon"), wanted).await.unwrap();
    let mut seen = 0;
    writes(&aws, &mut seen);
    for (field, value) in [
        ("ScheduleExpression", json!("cron(0 4 * * ? *)")),
        ("ScheduleExpressionTimezone", json!("UTC")),
        ("StartDate", json!(1_793_527_201)),
        ("EndDate", json!(1_793_527_201)),
        (
            "FlexibleTimeWindow",
            json!({"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}),
        ),
        ("ActionAfterCompletion", json!("DELETE")),
        ("State", json!("DISABLED")),
        ("Target", json!({"Arn": "other", "RoleArn": "other"})),
    ] {
        kept.lock().unwrap().get_mut("devcon.daily").unwrap()[field] = value;
        schedules.set(&id("devcon"), wanted).await.unwrap();
        assert_eq!(writes(&aws, &mut seen), 1, "{field}");
        schedules.set(&id("devcon"), wanted).await.unwrap();
        assert_eq!(writes(&aws, &mut seen), 0, "{field}");
    }
}

#[tokio::test]
async fn an_event_whose_id_begins_another_touches_nothing_of_it() {
    let kept = StoredSchedules::default();
    let aws = keeping(&kept).await;
    let schedules = schedules(&aws);
    for event in ["devcon", "devcon-2026", "dev"] {
        schedules.set(&id(event), &some(event)).await.unwrap();
    }
    schedules.set(&id("devcon"), &[]).await.unwrap();
    schedules.set(&id("dev"), &some("dev")[..1]).await.unwrap();
    let names: Vec<String> = kept.lock().unwrap().keys().cloned().collect();
    assert_eq!(
        names,
        [
            "dev.daily",
            "devcon-2026.daily",
            "devcon-2026.final",
            "devcon-2026.hourly"
        ]
    );
}

#[tokio::test]
async fn a_service_that_lists_too_much_loses_nothing_of_others() {
    let kept = StoredSchedules::default();
    let shared = kept.clone();
    let aws = Aws::start(move |asked| {
        if asked.method == "GET" && asked.path.starts_with("/schedules?") {
            return CloudServerStep::take(json!({"Schedules": [{"Name": "devcon-2026.daily"}]}));
        }
        answer(asked, &shared)
    })
    .await;
    schedules(&aws).set(&id("devcon"), &[]).await.unwrap();
    assert_eq!(aws.asked().len(), 1);
}

#[tokio::test]
async fn what_others_write_meanwhile_is_no_failure() {
    let kept = StoredSchedules::default();
    let shared = kept.clone();
    // Lists say nothing of what there is, and name what is gone.
    let aws = Aws::start(move |asked| {
        if asked.method == "GET" && asked.path.starts_with("/schedules?") {
            return CloudServerStep::take(json!({"Schedules": [
                {"Name": "devcon.final"}, {"Name": "devcon.gone"},
            ]}));
        }
        answer(asked, &shared)
    })
    .await;
    kept.lock().unwrap().insert(
        "devcon.daily".to_owned(),
        json!({"ScheduleExpression": "rate(1 day)"}),
    );
    schedules(&aws)
        .set(&id("devcon"), &some("devcon"))
        .await
        .unwrap();
    let kept = kept.lock().unwrap();
    assert_eq!(kept.len(), 3);
    assert_eq!(
        kept["devcon.daily"]["ScheduleExpression"],
        "cron(5 4 * * ? *)"
    );
}

/// Lists nothing, and answers the making of a schedule with this; no schedule can be changed.
async fn unwilling(status: u16, code: &'static str) -> Aws {
    Aws::start(move |asked| match asked.method.as_str() {
        "GET" => CloudServerStep::take(json!({"Schedules": []})),
        "POST" => CloudServerStep::fail(status, code),
        _ => CloudServerStep::fail(404, "ResourceNotFoundException"),
    })
    .await
}

#[tokio::test]
async fn a_schedule_that_is_there_and_is_not_is_given_up() {
    let aws = unwilling(409, "ConflictException").await;
    let set = schedules(&aws).set(&id("devcon"), &some("devcon")).await;
    assert!(set.is_err());
    assert_eq!(aws.asked().len(), 4);
}

#[tokio::test]
async fn a_group_that_is_not_there_is_an_error() {
    let aws = unwilling(404, "ResourceNotFoundException").await;
    let error = schedules(&aws)
        .set(&id("devcon"), &some("devcon"))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the schedules of the event \"devcon\" could not be set"
    );
    assert_eq!(aws.asked().len(), 2);
}

#[tokio::test]
async fn nothing_is_deleted_where_something_could_not_be_written() {
    let kept = StoredSchedules::default();
    let shared = kept.clone();
    kept.lock()
        .unwrap()
        .insert("devcon.old".to_owned(), json!({}));
    let aws = Aws::start(move |asked| {
        if asked.method == "POST" {
            CloudServerStep::fail(400, "ServiceQuotaExceededException")
        } else {
            answer(asked, &shared)
        }
    })
    .await;
    let set = schedules(&aws).set(&id("devcon"), &some("devcon")).await;
    assert!(set.is_err());
    assert!(kept.lock().unwrap().contains_key("devcon.old"));
}

#[tokio::test]
async fn what_there_is_is_listed_with_the_event_that_it_is_of_and_counted_when_it_changes() {
    let kept = StoredSchedules::default();
    let aws = keeping(&kept).await;
    let schedules = schedules(&aws);
    let set = schedules.set(&id("devcon"), &some("devcon")).await;
    let all_new = ScheduleChanges {
        created: 3,
        ..ScheduleChanges::default()
    };
    assert_eq!(set.unwrap(), all_new);
    let somebodys = json!({"Target": {"Arn": "a", "RoleArn": "r", "Input": "{}"}});
    kept.lock().unwrap().insert("dev".to_owned(), somebodys);
    let names = schedules.names("d").await.unwrap();
    let expected = ["dev", "devcon.daily", "devcon.final", "devcon.hourly"];
    assert_eq!(names, expected);
    let event = schedules.event_of("devcon.daily").await.unwrap();
    assert_eq!(event, Some(id("devcon")));
    for other in ["dev", "absent"] {
        assert_eq!(schedules.event_of(other).await.unwrap(), None, "{other}");
    }
    let mut other = some("devcon");
    other[0].expression = "cron(5 5 * * ? *)".to_owned();
    other.pop();
    let changed = schedules.set(&id("devcon"), &other).await.unwrap();
    let expected = ScheduleChanges {
        created: 0,
        changed: 1,
        removed: 1,
    };
    assert_eq!(changed, expected);
    assert_eq!(
        schedules.set(&id("devcon"), &other).await.unwrap(),
        ScheduleChanges::default()
    );
}
