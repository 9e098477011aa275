//! E-mail domains that differ by one typing error from a domain with millions of users.

/// Domains that many people have mailboxes at.
const COMMON: [&str; 26] = [
    "aol.com",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "live.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "t-online.de",
    "web.de",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.fr",
    "yandex.ru",
];

/// Domains that are similar to a common one but exist and are used.
const OTHERS: [&str; 22] = [
    "aol.de",
    "email.com",
    "fmail.com",
    "gmx.fr",
    "gmx.us",
    "hotmail.be",
    "hotmail.de",
    "hotmail.es",
    "hotmail.it",
    "hotmail.nl",
    "life.com",
    "live.be",
    "live.ca",
    "live.de",
    "live.fr",
    "live.nl",
    "mail.com",
    "outlook.de",
    "outlook.fr",
    "yahoo.ca",
    "yahoo.de",
    "ymail.com",
];

/// Shortest name in which a typing error is recognised: short names are often similar to each
/// other.
const SHORTEST: usize = 9;

/// Returns the common domain that the author probably meant.
#[must_use]
pub fn likely(domain: &str) -> Option<&'static str> {
    if COMMON.contains(&domain) || OTHERS.contains(&domain) {
        return None;
    }
    COMMON.into_iter().find(|common| {
        let slips = strsim::damerau_levenshtein(domain, common);
        match slips {
            1 => common.len() >= SHORTEST || domain.len() > common.len(),
            2 => common.len() > SHORTEST + 2,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_domains_that_are_only_near() {
        for (domain, meant) in [
            ("gmial.com", Some("gmail.com")),
            ("gmail.con", Some("gmail.com")),
            ("gmail.co", Some("gmail.com")),
            ("gmai.com", Some("gmail.com")),
            ("hotmial.com", Some("hotmail.com")),
            ("outlok.com", Some("outlook.com")),
            ("yaho.com", Some("yahoo.com")),
            ("iclod.com", Some("icloud.com")),
            ("gmail.com", None),
            ("ymail.com", None),
            ("mail.com", None),
            ("email.com", None),
            ("hotmail.de", None),
            ("yahoo.de", None),
            ("example.org", None),
            ("gm.de", None),
            ("we.de", None),
            ("ge.com", None),
        ] {
            assert_eq!(likely(domain), meant, "{domain}");
        }
    }
}
