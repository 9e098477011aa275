//! Profiles as people type them.

use super::{Profile, ProfileField};
use crate::text;

impl Profile {
    /// Sets a field to what a person typed, cleaned as a value of a source is; nothing to be seen in it blanks the field.
    /// Fails with the reason where it is too long: what a person types is not cut.
    pub fn set_typed(&mut self, field: ProfileField, typed: &str) -> Result<(), String> {
        let clean = match field {
            ProfileField::AdditionalInfo | ProfileField::Biography => text::lines(typed),
            _ => text::line(typed),
        };
        let most = field.max_chars();
        if clean.chars().count() > most {
            return Err(format!("longer than {most} characters: shorten it"));
        }
        self.set(field, Some(clean));
        Ok(())
    }
}
