//! Time zones by their IANA names.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// There is no data about this time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no data of the time zone \"{0}\"")]
pub struct UnknownZone(pub String);

/// Returns the zone of this name, from the machine's data, which may be newer, or from the data in
/// the program. It never returns another zone in its place.
pub fn time_zone(name: &str) -> Result<TimeZone, UnknownZone> {
    TimeZone::get(name)
        .or_else(|_| TimeZoneDatabase::bundled().get(name))
        .ok()
        // `Etc/Unknown` is a name too; its clock would be that of UTC.
        .filter(|zone| !zone.is_unknown())
        .ok_or_else(|| UnknownZone(name.to_owned()))
}

/// Returns the names of time zones to choose from: those of cities, and UTC.
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

/// A zone as people choose it: by a city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneChoice {
    /// The zone's name.
    pub zone: String,
    /// A city whose clocks show its time, with the name: "Amsterdam (Europe/Amsterdam)".
    pub city: String,
}

/// Returns the zones that people know, each by its own city, and the further cities of `CITIES`.
#[must_use]
pub fn zone_choices() -> Vec<ZoneChoice> {
    let choice = |zone: &str, city: &str| ZoneChoice {
        zone: zone.to_owned(),
        city: format!("{city} ({zone})"),
    };
    let own = zone_names();
    let own = own.iter().map(|zone| choice(zone, &city_of(zone)));
    let further = CITIES.iter().map(|(city, zone)| choice(zone, city));
    own.chain(further).collect()
}

/// Returns the zone that somebody means: by its name, by a city, or by both as [`ZoneChoice::city`] has them, whatever the
/// case. What names no zone stays as it is.
#[must_use]
pub fn zone_meant(typed: &str) -> String {
    let typed = typed.trim();
    if let Ok(zone) = time_zone(typed) {
        return zone.iana_name().unwrap_or(typed).to_owned();
    }
    let wanted = typed.replace('_', " ").to_lowercase();
    let choices = zone_choices();
    let mut found = choices.iter().filter(|choice| {
        let both = choice.city.to_lowercase();
        let city = both.split(" (").next().unwrap_or_default();
        let zone = choice.zone.replace('_', " ").to_lowercase();
        [city, both.as_str(), zone.as_str()].contains(&wanted.as_str())
    });
    let found = found.next().map(|choice| choice.zone.clone());
    found.unwrap_or_else(|| typed.to_owned())
}

/// The city that a zone is named after.
fn city_of(zone: &str) -> String {
    let last = zone.rsplit('/').next().unwrap_or(zone);
    last.replace('_', " ")
}

/// Cities that many events are in and that no zone is named after.
const CITIES: [(&str, &str); 55] = [
    ("Abuja", "Africa/Lagos"),
    ("Antwerp", "Europe/Brussels"),
    ("Atlanta", "America/New_York"),
    ("Austin", "America/Chicago"),
    ("Barcelona", "Europe/Madrid"),
    ("Basel", "Europe/Zurich"),
    ("Beijing", "Asia/Shanghai"),
    ("Bengaluru", "Asia/Kolkata"),
    ("Bologna", "Europe/Rome"),
    ("Boston", "America/New_York"),
    ("Bordeaux", "Europe/Paris"),
    ("Cape Town", "Africa/Johannesburg"),
    ("Cologne", "Europe/Berlin"),
    ("Dallas", "America/Chicago"),
    ("Delhi", "Asia/Kolkata"),
    ("Dresden", "Europe/Berlin"),
    ("Edinburgh", "Europe/London"),
    ("Frankfurt", "Europe/Berlin"),
    ("Geneva", "Europe/Zurich"),
    ("Gothenburg", "Europe/Stockholm"),
    ("Graz", "Europe/Vienna"),
    ("Hamburg", "Europe/Berlin"),
    ("Hanoi", "Asia/Ho_Chi_Minh"),
    ("Houston", "America/Chicago"),
    ("Krak\u{f3}w", "Europe/Warsaw"),
    ("Las Vegas", "America/Los_Angeles"),
    ("Leipzig", "Europe/Berlin"),
    ("Lyon", "Europe/Paris"),
    ("Manchester", "Europe/London"),
    ("Marseille", "Europe/Paris"),
    ("Miami", "America/New_York"),
    ("Milan", "Europe/Rome"),
    ("Montreal", "America/Toronto"),
    ("Mumbai", "Asia/Kolkata"),
    ("Munich", "Europe/Berlin"),
    ("Nice", "Europe/Paris"),
    ("Orlando", "America/New_York"),
    ("Osaka", "Asia/Tokyo"),
    ("Ottawa", "America/Toronto"),
    ("Philadelphia", "America/New_York"),
    ("Porto", "Europe/Lisbon"),
    ("Rio de Janeiro", "America/Sao_Paulo"),
    ("Rotterdam", "Europe/Amsterdam"),
    ("Salzburg", "Europe/Vienna"),
    ("San Diego", "America/Los_Angeles"),
    ("San Francisco", "America/Los_Angeles"),
    ("Seattle", "America/Los_Angeles"),
    ("Seville", "Europe/Madrid"),
    ("Shenzhen", "Asia/Shanghai"),
    ("Stuttgart", "Europe/Berlin"),
    ("Tel Aviv", "Asia/Jerusalem"),
    ("The Hague", "Europe/Amsterdam"),
    ("Utrecht", "Europe/Amsterdam"),
    ("Valencia", "Europe/Madrid"),
    ("Washington", "America/New_York"),
];

/// The areas in the names of zones. Other names are historical, or are offsets.
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
    fn a_zone_is_meant_by_its_name_or_by_a_city() {
        for (typed, meant) in [
            ("Europe/Amsterdam", "Europe/Amsterdam"),
            (" amsterdam ", "Europe/Amsterdam"),
            ("Amsterdam (Europe/Amsterdam)", "Europe/Amsterdam"),
            ("new york", "America/New_York"),
            ("Munich", "Europe/Berlin"),
            ("munich (europe/berlin)", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("utc", "UTC"),
            ("Mars/Base", "Mars/Base"),
            ("", ""),
        ] {
            assert_eq!(zone_meant(typed), meant, "{typed}");
        }
    }

    #[test]
    fn every_city_that_is_offered_has_a_zone() {
        let choices = zone_choices();
        for choice in &choices {
            assert!(time_zone(&choice.zone).is_ok(), "{choice:?}");
            assert_eq!(zone_meant(&choice.zone), choice.zone);
        }
        let munich = choices
            .iter()
            .find(|choice| choice.city.starts_with("Munich"));
        assert_eq!(munich.unwrap().city, "Munich (Europe/Berlin)");
    }

    #[test]
    fn the_program_brings_the_data_of_zones_itself() {
        assert!(!TimeZoneDatabase::bundled().is_definitively_empty());
    }
}
