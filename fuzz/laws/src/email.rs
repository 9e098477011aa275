//! An e-mail address that is accepted is one spelling of one mailbox, and can end no header line.

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::mail::Mailbox;

use crate::text::text;

/// Panics where the law is broken by this input.
pub fn hold(input: &[u8]) {
    let text = text(input);
    if let Ok(address) = text.parse::<EmailAddress>() {
        is_sound(&address);
        for other in [
            format!("  {text}\r\n"),
            text.to_ascii_uppercase(),
            format!("{}.", text.trim_end_matches(is_trimmed)),
        ] {
            assert_eq!(other.parse().as_ref(), Ok(&address), "{other:?}");
        }
        let written = serde_json::to_string(&address).unwrap();
        assert_eq!(
            serde_json::from_str::<EmailAddress>(&written).unwrap(),
            address
        );
    }
    if let Ok(mailbox) = text.parse::<Mailbox>() {
        is_sound(&mailbox.address);
        let name = mailbox.name.as_deref().unwrap_or("none");
        assert!(!name.is_empty() && !name.contains(char::is_control));
    }
}

fn is_trimmed(c: char) -> bool {
    c.is_whitespace() || "\u{feff}\u{200b}".contains(c)
}

fn is_sound(address: &EmailAddress) {
    let text = address.as_str();
    assert_eq!(
        text.parse().as_ref(),
        Ok(address),
        "another when read again"
    );
    assert!(text.len() <= 254);
    assert!(!text.contains(|c: char| c.is_whitespace() || c.is_control()));
    assert!(!text.contains(['<', '>', ',', ';', ':', '"', '(', ')', '[', ']', '\\']));
    let (local, domain) = text.split_once('@').unwrap();
    assert!((1..=64).contains(&local.len()) && !domain.contains('@'));
    assert!(domain.is_ascii() && domain.contains('.'));
    assert!(
        domain
            .split('.')
            .all(|label| (1..=63).contains(&label.len()))
    );
}
