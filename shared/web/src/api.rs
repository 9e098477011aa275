//! The JSON API, under `/api/v1`.

pub(crate) mod about;
mod audit;
mod badges;
mod by_hand;
mod configuration;
mod configuration_history;
mod dead_letters;
mod dossier;
mod files;
mod for_app;
mod groups;
mod hooks;
mod import;
mod invitation_hold;
mod invitations;
mod lists;
mod mail;
mod people;
mod presets;
mod reminders;
pub(crate) mod routes;
mod run_log;
mod runs;
mod schedules;
mod suppressions;
mod tokens;
mod uploads;
mod users;

use crate::lists::paging::{ListPage, Paging, bad_query};
