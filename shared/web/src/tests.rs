//! The console and the API as browsers and programs meet them, over the real store in memory.

mod access;
mod api;
mod api_held;
mod api_invitations;
mod api_trial;
mod mail_pages;
mod pages;
mod pages_configurator;
mod pages_configurator_safe;
mod pages_doctor;
mod pages_held;
mod pages_invitation_form;
mod pages_invitations;
mod pages_new_event;
mod pages_new_form;
mod pages_one_person;
mod pages_schedule;
mod pages_suppressions;
mod pages_trial;
mod people;
mod post;
mod unsubscribe;
mod world;
