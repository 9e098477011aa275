//! The description of the API, built from the routes and the types. It is stored in a file, and a
//! test compares the file with what is built.

#[cfg(test)]
mod document;
#[cfg(test)]
mod generators;
#[cfg(test)]
mod parts;

#[cfg(test)]
pub(crate) use parts::{
    BadBody, BadHeader, BadQuery, Conditions, Contended, Elsewhere, Moved, NoAddress, NoGroup,
    NoQueue, NoSuch, NotNow, OfAddress, OfAttendee, OfCommunity, OfConfigurationVersion, OfEvent,
    OfGroup, OfHandField, OfImport, OfMail, OfMember, OfPreset, OfQueue, OfRun, OfToken,
    OtherVersion, TooLargeFile, TooManyTests, Unusable,
};

#[cfg(test)]
pub(crate) use document::document;

/// The JSON Schema of the document that configures one event.
pub(crate) const EVENT_SCHEMA: &str = include_str!("openapi/event.json");

pub(crate) const DOCUMENT: &str = include_str!("openapi/document.json");
