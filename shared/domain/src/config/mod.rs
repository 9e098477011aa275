//! The document that configures one event: its shape, and the checks it must pass to be stored.
//!
//! The names are the public interface: the console writes this document, the API reads and returns
//! it, the command line stores it. All of them run the same check.

mod access;
mod answer;
mod check;
mod details;
mod document;
mod history;
mod hook;
mod mapping;
mod notify;
mod partial_reads;
mod reminders;
mod rule;
#[cfg(feature = "schemas")]
mod schema;
mod secret;
mod source;
mod upload;

pub use access::{AccessPage, AccessRules};
pub use answer::{CharsetLabel, CsvLayout, Delimiter, TakenField};
pub use check::{
    DocumentProblem, Problems, SourceAddresses, TestableDocument, check, check_for_test,
    check_within, is_public,
};
pub use details::{Details, DetailsUrl, DetailsUrlError, NoDetailsUrl};
pub use document::{
    AutoSync, EventDocument, Guards, InvitationSettings, MissingPolicy, ScheduleSettings, Template,
};
pub use history::{
    ConfigurationVersion, DocumentDifference, VERSION_KEPT_DAYS, document_differences,
};
pub use hook::{HookSettings, HookSignature};
#[cfg(feature = "schemas")]
pub(crate) use mapping::WrittenField as MappedField;
pub use mapping::{Apply, Blank, FieldMapping, GroupsMapping, Mapping, ValueOrigin};
pub use notify::{NoticeChannel, NoticeFormat, NotifyTarget};
pub use partial_reads::{Incremental, OnePersonRequest, OneRecordRequest};
pub use reminders::ReminderSettings;
#[cfg(feature = "schemas")]
pub(crate) use rule::WrittenRule;
pub use rule::{Condition, DeleteFlag, FieldTest, Rule, RuleAction, TrueValues, Values};
#[cfg(feature = "schemas")]
pub use schema::{event_definitions, event_schema};
pub use secret::{SecretName, SecretOwner, SecretValue};
pub use source::{
    Authentication, ClientAuthentication, FeedFormat, Limits, LookupSettings, Pagination,
    ParameterPlace, RequestMethod, SourceSettings,
};
pub use upload::{GivenList, ListOrigin, NoList, media_type};
