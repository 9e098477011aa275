//! Reads and writes numbers and ids as bytes: an id as its 16 bytes, a number in groups of seven
//! bits (LEB128).

use crate::ids::PersonId;

/// Bytes that are no packed entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its bytes are no packed memberships")]
pub struct MalformedEntries;

pub(super) fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low & 0x7f);
            return;
        }
        bytes.push(low | 0x80);
    }
}

/// The bytes that are still to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'b>(pub(super) &'b [u8]);

impl<'b> Bytes<'b> {
    /// Checks the number of the format at the beginning, and returns the rest.
    pub(super) fn of_format(bytes: &'b [u8], format: u8) -> Result<Self, MalformedEntries> {
        match bytes.split_first() {
            Some((found, rest)) if *found == format => Ok(Self(rest)),
            _ => Err(MalformedEntries),
        }
    }

    pub(super) fn is_at_end(self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'b [u8], MalformedEntries> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(MalformedEntries)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn person(&mut self) -> Result<PersonId, MalformedEntries> {
        let id = self.take(16)?.try_into().map_err(|_| MalformedEntries)?;
        Ok(PersonId::from_bytes(id))
    }

    pub(super) fn number(&mut self) -> Result<u64, MalformedEntries> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = *self.take(1)?.first().ok_or(MalformedEntries)?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(MalformedEntries)
    }

    /// Reads the number of the items that follow.
    pub(super) fn count(&mut self) -> Result<usize, MalformedEntries> {
        usize::try_from(self.number()?).map_err(|_| MalformedEntries)
    }
}
