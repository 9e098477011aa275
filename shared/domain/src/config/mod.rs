//! The document that configures one event: its shape, and the checks it must pass to be stored.
//!
//! The names are the interface: the console writes this document, the API takes and gives it, the
//! command line stores it. The same check runs wherever one comes in.

mod answer;
mod check;
mod document;
mod mapping;
mod partial_reads;
mod schema;
mod secret;
mod source;

pub use answer::{CharsetLabel, CsvLayout, Delimiter, TakenField};
pub use check::{Problem, Problems, SourceAddresses, check, check_within, is_public};
pub use document::{
    Access, AutoSync, DeleteFlag, EventDocument, Guards, Invitations, Missing, Rule, RuleAction,
    Schedule, Template,
};
pub(crate) use mapping::Written as MappedField;
pub use mapping::{Apply, Blank, FieldMapping, Mapping, Origin};
pub use partial_reads::{Incremental, OnePerson};
pub use schema::{event_definitions, event_schema};
pub use secret::{SecretName, SecretOwner, SecretValue};
pub use source::{
    Authentication, ClientAuthentication, Format, Limits, Lookup, Pagination, ParameterPlace,
    RequestMethod, Source,
};
