//! Time zones by their IANA names.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// No data tells what this zone's clocks show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no data of the time zone \"{0}\"")]
pub struct UnknownZone(pub String);

/// The zone of this name: by the machine's data, which may be newer, or else by the data in the
/// program. Never another zone in its place.
pub fn time_zone(name: &str) -> Result<TimeZone, UnknownZone> {
    TimeZone::get(name)
        .or_else(|_| TimeZoneDatabase::bundled().get(name))
        .ok()
        // `Etc/Unknown` is a name too; its clock would be that of UTC.
        .filter(|zone| !zone.is_unknown())
        .ok_or_else(|| UnknownZone(name.to_owned()))
}

/// The names of zones that people know: of cities, and UTC.
#[must_use]
pub fn zone_names() -> Vec<String> {
    let bundled = TimeZoneDatabase::bundled();
    let names = bundled.available().map(|name| name.to_string());
    let known = |name: &String| {
        let area = name.split_once('/').map(|(area, _)| area);
        name == "UTC" || area.is_some_and(|area| AREAS.contains(&area))
    };
    names.filter(known).collect()
}

/// The areas of the zones' names; what else there is stands for the past, or for offsets.
const AREAS: [&str; 9] = [
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_without_data_is_an_error_and_not_utc() {
        for name in ["Europe/Amsterdam", "UTC", "Asia/Kathmandu"] {
            assert_eq!(time_zone(name).unwrap().iana_name(), Some(name));
        }
        for name in ["", "Mars/Base", "Etc/Unknown"] {
            assert_eq!(time_zone(name), Err(UnknownZone(name.to_owned())));
        }
    }

    #[test]
    fn the_program_brings_the_data_of_zones_itself() {
        assert!(!TimeZoneDatabase::bundled().is_definitively_empty());
    }
}
