//! The console and the API as browsers and programs meet them, over the real store in memory.

mod access;
mod api;
mod api_held;
mod api_invitations;
mod api_trial;
mod audit;
mod conform;
mod event_schema;
mod mail_pages;
mod openapi;
mod pages;
mod pages_doctor;
mod pages_held;
mod pages_invitation_form;
mod pages_invitations;
mod pages_new_event;
mod pages_one_person;
mod pages_schedule;
mod pages_suppressions;
mod pages_trial;
mod people;
mod permits;
mod post;
mod unsubscribe;
mod world;
