//! How sources answer.

use attendee_sync_app::ports::Validators;
use attendee_sync_testkit::source::Scripted;
use serde_json::Value;

/// Records of a page.
const PAGE: usize = 50;

/// How a source answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    Fair,
    /// It does not answer at all.
    Down,
    /// Its answer ends after half of its records.
    CutOff,
    /// It says that it has nobody.
    Empty,
}

/// What a source gives that has these records; by the tag it tells, in fair weather, that it is as it was.
pub(super) fn served(weather: Weather, mut records: Vec<Value>, etag: Option<String>) -> Scripted {
    let is_fair = weather == Weather::Fair;
    match weather {
        Weather::Fair => {}
        Weather::CutOff => records.truncate(records.len() / 2),
        Weather::Down | Weather::Empty => records.clear(),
    }
    let breaks = matches!(weather, Weather::Down | Weather::CutOff);
    Scripted {
        records,
        cut_off: breaks.then(|| "the connection was closed".to_owned()),
        validators: etag.filter(|_| is_fair).map(|etag| Validators {
            etag: Some(etag),
            last_modified: None,
        }),
        page: PAGE,
        ..Scripted::default()
    }
}
