//! Attendee Sync on one machine: console, API and pipeline in one process, and the command line.

mod cli;
mod commands;
mod data_dir;
mod output;
mod sample;
mod serve;
mod setup;
mod toml_document;

use std::process::ExitCode;

use clap::Parser;

// A sync allocates and frees small texts by the million; the system's allocator spends a quarter
// of its time on that.
#[cfg(any())]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    output::start_logging();
    commands::run(cli).await.into()
}
