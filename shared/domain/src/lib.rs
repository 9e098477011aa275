//! The pure part of Attendee Sync: types and decisions, no input or output.
//!
//! Nothing here waits, reads a clock, draws a random number or looks at the environment: time
//! and keys are parameters. Everything is deterministic and total.

pub mod activity;
pub mod audit;
pub mod authority;
pub mod badge;
pub mod causes;
pub mod config;
pub mod doctor;
pub mod email;
pub mod evaluate;
pub mod explain;
pub mod expression;
pub mod feed;
pub mod fingerprint;
pub mod group;
pub mod guard;
pub mod hand;
pub mod hook;
pub mod ids;
pub mod invitation;
pub mod issue;
pub mod lookup;
pub mod mail;
pub mod memberships;
pub mod notice;
pub mod people;
pub mod plan;
pub mod preset;
pub mod profile;
pub mod propose;
pub mod run;
pub mod schedule;
#[cfg(feature = "schemas")]
mod schemas;
pub mod search;
mod text;
pub mod toml_text;
pub mod unknown_keys;
pub mod zone;
