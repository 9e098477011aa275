//! When what is stored about the people of an event is deleted.

use jiff::Timestamp;

use super::daily::instant_of;
use crate::config::EventDocument;
use crate::zone::{UnknownZone, time_zone};

/// Returns from when on nothing is stored about the people of an event any more; `None` where its configuration does
/// not say.
pub fn purge_time(document: &EventDocument) -> Result<Option<Timestamp>, UnknownZone> {
    let Some(local) = document.purge_after else {
        return Ok(None);
    };
    let zone = time_zone(&document.time_zone)?;
    Ok(instant_of(local, &zone))
}
