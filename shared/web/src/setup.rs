//! The data of setting up a new event step by step: the choices so far, the answer of its source,
//! and the document made of both.

mod choices;
mod connect;
mod draft;
mod list;
mod matching;
mod reading;
mod sample;
mod tree;

pub(crate) use choices::{RuleLine, rule_lines, rules_of};
pub(crate) use connect::{adopt, connect};
pub(crate) use draft::{KEPT, KeyKind, SetupDraft, SetupDrafts};
pub(crate) use list::DraftList;
pub(crate) use matching::FieldChoice;
pub(crate) use reading::{SetupFailure, asked_sample, sample, with_credential};
pub(crate) use sample::{SetupSample, evaluated, holding};
pub(crate) use tree::AnswerNode;
