//! All end-to-end tests, in one binary: it is linked once.
//!
//! `tests/run` runs them by nextest, which gives each test a process of its own. They also pass in one
//! process, by `cargo test`: none of them changes the environment or the working directory, and what
//! one needs in its environment it gives to a process that it starts.

mod app_asks;
mod architecture;
mod as_code;
#[cfg(unix)]
mod backup;
mod bad_input;
mod badges;
mod by_hand;
mod canaries;
mod checkpoints;
mod closing;
mod dashboard;
#[cfg(unix)]
mod data_directory;
mod details;
mod documents;
mod dossier;
mod erasure;
mod examples;
mod expiry;
mod explaining;
mod faults;
mod feeds;
mod former_version;
#[cfg(unix)]
mod full_disk;
mod group_changes;
mod group_members;
mod guards;
#[cfg(unix)]
mod guide;
mod hand_edits;
mod hooks;
mod imports;
mod invariants;
mod invitation_faults;
mod invitation_races;
mod invitations;
mod look_ups;
mod mail;
mod more_invariants;
mod moves;
mod names;
mod notices;
mod partial_reads;
mod permissions;
mod presets;
mod purge;
mod reminders;
mod schedules;
mod schema_versions;
mod secrets;
mod security;
mod setting_up;
mod small_guards;
mod soak;
mod state_machine;
mod timer;
mod upkeep;
mod user_only;
mod written_down;
mod wrong_answers;
