//! The console and the API as browsers and programs meet them, over the real store in memory.

mod access;
mod api;
mod pages;
mod world;
