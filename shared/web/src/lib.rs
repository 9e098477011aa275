//! The console's pages and the JSON API of Attendee Sync, based on the use cases.
//!
//! The gate checks the host and the sender of a request first ([`Authenticator`]); pages and API
//! decide nothing and know no adapter.

mod access;
mod api;
mod asking;
mod assets;
mod check_places;
mod configurator;
mod console;
mod credential;
mod diagnoses;
mod drafts;
mod extract;
mod fill;
mod folder;
mod form_drafts;
mod form_file;
mod gate;
mod hooks_in;
mod hosting;
mod importing;
mod inviting;
mod kept_form;
mod lists;
mod metrics;
mod openapi;
mod pages;
mod permits;
mod problem;
mod router;
mod routes;
mod run_orders;
mod save;
mod sealed_store;
mod setup;
mod texts;
mod uploads;
mod wire;
mod words;

pub use access::{AuthenticationOptions, Authenticator};
pub use hosting::Hosting;
pub use router::{Web, router};
pub use wire::{Peer, ServedAs};

use texts::{sentence, t, text};

#[cfg(test)]
mod tests;
