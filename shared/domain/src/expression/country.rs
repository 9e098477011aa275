//! Countries: converts any code or common name to the common English name, and to the code.
//!
//! The table beside this file is our own: the crates that list ISO 3166 contain its formal names
//! ("Netherlands (Kingdom of the)", "Türkiye (Republic of)"), and the codes have not changed since
//! South Sudan got its own in 2011. Each line is a country: alpha-2, alpha-3 and numeric code, its
//! common English name, and then other names: formal and former ones, abbreviations, and its names
//! in its own official languages. Codes and formal names follow ISO 3166-1, common names Unicode's
//! CLDR. Kosovo has the codes that users of the standard assigned to it.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A country of ISO 3166-1.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Country {
    /// Two letters, upper case.
    pub(super) alpha2: &'static str,
    /// Its common English name.
    pub(super) name: &'static str,
}

/// The countries by folded code and folded name, and by number.
struct CountryIndex {
    by_text: HashMap<String, &'static Country>,
    by_number: HashMap<u16, &'static Country>,
}

/// A parsed line of the table.
struct CountryLine {
    country: Country,
    alpha3: &'static str,
    number: Option<u16>,
    others: Vec<&'static str>,
}

static LINES: LazyLock<Vec<CountryLine>> = LazyLock::new(|| {
    include_str!("countries.txt")
        .lines()
        .filter_map(line)
        .collect()
});

static INDEX: LazyLock<CountryIndex> = LazyLock::new(|| {
    let mut index = CountryIndex {
        by_text: HashMap::new(),
        by_number: HashMap::new(),
    };
    for line in LINES.iter() {
        let country = &line.country;
        let names = [country.alpha2, line.alpha3, country.name];
        for text in names.into_iter().chain(line.others.iter().copied()) {
            index.by_text.insert(fold(text), country);
        }
        if let Some(number) = line.number {
            index.by_number.insert(number, country);
        }
    }
    index
});

/// The names by the code of two letters.
static NAMES: LazyLock<HashMap<[u8; 2], &'static str>> = LazyLock::new(|| {
    let countries = LINES.iter().map(|line| &line.country);
    countries
        .filter_map(|country| Some((country.alpha2.as_bytes().try_into().ok()?, country.name)))
        .collect()
});

/// Returns the common English name of the country with this code of two letters, by which lists of
/// people are sorted; `None` for any other text.
#[must_use]
pub fn country_name(code: &str) -> Option<&'static str> {
    let code: [u8; 2] = code.trim().as_bytes().try_into().ok()?;
    NAMES
        .get(&code.map(|letter| letter.to_ascii_uppercase()))
        .copied()
}

fn line(line: &'static str) -> Option<CountryLine> {
    let mut parts = line.splitn(4, ' ');
    let (alpha2, alpha3, number) = (parts.next()?, parts.next()?, parts.next()?);
    let mut names = parts.next()?.split("; ");
    Some(CountryLine {
        country: Country {
            alpha2,
            name: names.next()?,
        },
        alpha3,
        number: number.parse().ok(),
        others: names.collect(),
    })
}

/// Returns the country with this code or name. Case, accents, punctuation, articles and the order
/// of words make no difference: "Korea (the Republic of)" is "Republic of Korea".
pub(super) fn of_text(text: &str) -> Option<&'static Country> {
    // No name is this long, so folding the text would be wasted work.
    if text.len() > 200 {
        return None;
    }
    let text = text.trim();
    if !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().and_then(of_number);
    }
    INDEX.by_text.get(&fold(text)).copied()
}

/// The country of a numeric code.
pub(super) fn of_number(number: u16) -> Option<&'static Country> {
    INDEX.by_number.get(&number).copied()
}

fn fold(text: &str) -> String {
    let plain: String = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !".'’ʼʻ`´".contains(*c))
        .flat_map(char::to_lowercase)
        .collect();
    let words = || {
        plain
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
    };
    // Alone they are codes: Andorra's AND, São Tomé's ST.
    if words().nth(1).is_none() {
        return words().collect();
    }
    let mut words: Vec<&str> = words()
        .filter(|word| !matches!(*word, "the" | "and" | "of"))
        .map(|word| if word == "st" { "saint" } else { word })
        .collect();
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn name(text: &str) -> Option<&'static str> {
        of_text(text).map(|country| country.name)
    }

    #[test]
    fn every_line_of_the_table_is_a_country() {
        assert_eq!(LINES.len(), include_str!("countries.txt").lines().count());
        assert_eq!(LINES.len(), 250, "249 of ISO 3166-1, and Kosovo");
        assert_eq!(INDEX.by_number.len(), 249);
        for line in LINES.iter() {
            let capital = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase());
            assert!(line.country.alpha2.len() == 2 && capital(line.country.alpha2));
            assert!(line.alpha3.len() == 3 && capital(line.alpha3));
        }
    }

    #[test]
    fn no_code_or_name_means_two_countries() {
        let mut meant: BTreeMap<String, &str> = BTreeMap::new();
        for line in LINES.iter() {
            let alpha2 = line.country.alpha2;
            let names = [alpha2, line.alpha3, line.country.name];
            for text in names.into_iter().chain(line.others.iter().copied()) {
                assert!(!fold(text).is_empty(), "{alpha2} {text}");
                let other = meant.insert(fold(text), alpha2);
                assert!(other.is_none_or(|other| other == alpha2), "{text}");
                assert_eq!(of_text(text), Some(&line.country), "{text}");
            }
        }
    }

    #[test]
    fn codes_and_names_in_any_spelling_are_the_common_english_name() {
        for (texts, expected) in [
            (
                "NL|nld|528|Netherlands|the NETHERLANDS|Holland|Nederland|Netherlands (Kingdom of the)|Netherlands, Kingdom of the",
                "Netherlands",
            ),
            (
                "UK|U.K.|GB|Great Britain|England|United Kingdom of Great Britain and Northern Ireland (the)",
                "United Kingdom",
            ),
            (
                "USA|U.S.A.|us|840|United States of America|the United States|America",
                "United States",
            ),
            (
                "KOR|Korea, Republic of|Korea (the Republic of)|South Korea|Korea (South)|대한민국",
                "South Korea",
            ),
            (
                "Czech Republic|the czech republic|cesko|Česko|CZE",
                "Czechia",
            ),
            ("Turkey|Türkiye|Turkiye|TR|Tu\u{308}rkiye", "Türkiye"),
            ("Deutschland|DE|276|GERMANY", "Germany"),
            ("004|4|AF", "Afghanistan"),
            ("cote d'ivoire|Côte d’Ivoire|Ivory Coast", "Côte d'Ivoire"),
            (
                "Bosnia & Herzegovina|Bosnia and Herzegovina",
                "Bosnia and Herzegovina",
            ),
            ("St. Lucia|Saint Lucia", "Saint Lucia"),
            ("Viet Nam|Vietnam", "Vietnam"),
            ("Iran (Islamic Republic of)|IR", "Iran"),
            ("EL|Greece|Ελλάδα", "Greece"),
            ("XK|Kosovo", "Kosovo"),
            ("AND|ad", "Andorra"),
            ("ST|stp", "São Tomé and Príncipe"),
        ] {
            for text in texts.split('|') {
                assert_eq!(name(text), Some(expected), "{text}");
            }
        }
    }

    #[test]
    fn a_code_of_two_letters_has_a_name() {
        for (code, expected) in [
            ("NL", Some("Netherlands")),
            (" de ", Some("Germany")),
            ("ZZ", None),
            ("NLD", None),
            ("Germany", None),
            ("\u{e9}", None),
            ("", None),
        ] {
            assert_eq!(country_name(code), expected, "{code:?}");
        }
    }

    #[test]
    fn what_is_no_country_is_none() {
        for text in [
            "",
            " ",
            "Atlantis",
            "ZZ",
            "0",
            "999",
            "5280",
            "the",
            "the of",
            "Saint",
            "?",
            "Gondor 528",
        ] {
            assert_eq!(name(text), None, "{text:?}");
        }
        assert_eq!(name(&"x".repeat(1_000_000)), None);
    }
}
