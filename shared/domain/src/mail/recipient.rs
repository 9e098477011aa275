//! The data of a person that a template may use.

use crate::email::EmailAddress;
use crate::people::{Attendee, User};
use crate::profile::{Profile, ProfileField};

use super::Mailbox;

/// The recipient of an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Their address.
    pub email: EmailAddress,
    /// Their profile fields.
    pub profile: Profile,
    /// The names of their groups.
    pub groups: Vec<String>,
    /// URL of their digital badge.
    pub digital_badge: Option<String>,
}

impl Recipient {
    /// Returns the recipient for an attendee, with the profile of their user.
    #[must_use]
    pub fn of(attendee: &Attendee, user: &User) -> Self {
        let groups = user.groups.values();
        Self {
            email: attendee.email.clone(),
            profile: user.profile.clone(),
            groups: groups.map(|group| group.name.as_str().to_owned()).collect(),
            digital_badge: attendee.digital_badge.clone(),
        }
    }

    /// Returns an example recipient with a value in every field.
    #[must_use]
    pub fn example() -> Self {
        let mut profile = Profile::default();
        for (field, value) in [
            (ProfileField::Title, "Dr."),
            (ProfileField::FirstName, "Ada"),
            (ProfileField::LastName, "Example"),
            (ProfileField::JobTitle, "Engineer"),
            (ProfileField::Company, "Example Ltd"),
            (ProfileField::Country, "Netherlands"),
            (ProfileField::AdditionalInfo, "Vegetarian"),
            (ProfileField::Biography, "Writes programs for machines."),
        ] {
            profile.set(field, Some(value.to_owned()));
        }
        Self {
            email: EmailAddress::example(),
            profile,
            groups: vec!["Speakers".to_owned(), "VIP".to_owned()],
            digital_badge: Some("https://badges.example.org/ada.png".to_owned()),
        }
    }

    /// Returns the mailbox of the recipient: their address with their name.
    #[must_use]
    pub fn mailbox(&self) -> Mailbox {
        let name = one_line(&self.profile.full_name());
        Mailbox {
            name: (!name.is_empty()).then_some(name),
            address: self.email.clone(),
        }
    }
}

/// The text on one line, with single spaces and no control character.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_has_a_value_in_every_field_and_an_address_that_is_one() {
        let example = Recipient::example();
        assert_eq!(example.profile.iter().count(), ProfileField::ALL.len());
        let address = example.email.as_str().parse();
        assert_eq!(address, Ok(example.email));
    }

    #[test]
    fn a_name_with_a_line_break_is_one_line_of_the_header() {
        let mut recipient = Recipient::example();
        let name = "Ada\r\nBcc: eve@example.org\u{2028}\u{0}".to_owned();
        recipient.profile.set(ProfileField::FirstName, Some(name));
        recipient.profile.set(ProfileField::LastName, None);
        assert_eq!(
            recipient.mailbox().name.as_deref(),
            Some("Ada Bcc: eve@example.org")
        );
        recipient.profile = Profile::default();
        assert_eq!(recipient.mailbox().name, None);
    }
}
