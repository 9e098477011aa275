//! Attendee Sync on one machine: console, API and pipeline in one process, and the command line.

mod backup;
mod cli;
mod commands;
mod connections;
mod data_dir;
mod output;
mod owner_token;
mod postman;
mod presets;
mod privacy;
mod restore;
mod sample;
mod serve;
mod setup;
mod sweep;
mod timer;
mod toml_document;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    output::start_logging(matches!(cli.command, None | Some(cli::Command::Serve(_))));
    commands::run(cli).await.into()
}
