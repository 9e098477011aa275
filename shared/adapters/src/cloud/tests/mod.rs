//! What the adapters of the cloud edition say to AWS, and what they make of its answers.

mod clients;
mod cutting;
mod dead_letters;
mod parameters;
mod queues;
mod samples;
mod schedules;
mod server;
mod table;
mod wire;
