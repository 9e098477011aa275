//! What is decided about people, as text; and the laws that every decision keeps.

mod arrival;
mod blocking;
mod build;
mod erasure;
mod feeds;
mod groups;
mod invitations;
mod laws;
mod moving;
mod records;
mod removal;
mod text;
mod user_only;
mod world;
