//! The JSON API, under `/api/v1`.

pub(crate) mod about;
mod audit;
mod configuration;
mod dead_letters;
mod files;
mod invitation_hold;
mod invitations;
mod lists;
mod mail;
mod people;
mod presets;
pub(crate) mod routes;
mod run_log;
mod runs;
mod suppressions;
mod tokens;
mod uploads;

use crate::lists::paging::{ListPage, Paging, bad_query};
