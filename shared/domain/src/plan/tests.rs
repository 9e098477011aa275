//! What is decided about people, as text; and the laws that every decision keeps.

mod arrival;
mod erasure;
mod groups;
mod laws;
mod records;
mod removal;
mod world;
