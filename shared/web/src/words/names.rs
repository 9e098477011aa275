//! Names: time zones to choose from, and ids made from texts.

use attendee_sync_domain::zone::{ZoneChoice, zone_choices};

/// Most characters of an event's id made from its name.
const LONGEST: usize = 64;

/// Returns the time zones to choose from.
pub(crate) fn zones() -> Vec<ZoneChoice> {
    zone_choices()
}

/// Makes an id from a text: "My event 2026" becomes `my-event-2026`. The result is empty where no
/// letter or digit of the text can be in an id.
pub(crate) fn name_of(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let name: String = words.join("-").chars().take(LONGEST).collect();
    name.trim_end_matches('-').to_owned()
}

/// Returns a text as it is written within a sentence.
pub(crate) fn uncapitalised(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_what_people_write() {
        assert_eq!(name_of("DevCon 2026"), "devcon-2026");
        assert_eq!(name_of("  Tag der Technik: Köln!"), "tag-der-technik-k-ln");
        assert_eq!(name_of("会议"), "");
        assert_eq!(name_of(&"a ".repeat(80)).len(), 63);
    }

    #[test]
    fn zones_are_offered_by_their_cities() {
        let zones = zones();
        for zone in ["Europe/Amsterdam", "Asia/Kathmandu", "UTC"] {
            assert!(zones.iter().any(|one| one.zone == zone), "{zone}");
        }
        assert!(!zones.iter().any(|one| one.zone == "Etc/Unknown"));
    }
}
