//! Attendee Sync on one machine: console, API and pipeline in one process, and the command line.

mod as_code;
mod backup;
mod cli;
mod collector;
mod commands;
mod connections;
mod data_dir;
mod organisation;
mod output;
mod owner_token;
mod postman;
mod presets;
mod privacy;
mod restore;
mod sample;
mod serve;
mod server;
mod setup;
mod sweep;
mod timer;
mod toml_document;
mod watch;

use std::process::ExitCode;

use clap::Parser;

/// The items of a batch are allocated by the thread that plans and freed by the one that writes:
/// with the system's allocator the two wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    use_small_pages();
    let cli = cli::CommandLine::parse();
    install_cryptography();
    output::start_logging(matches!(cli.command, None | Some(cli::Command::Serve(_))));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let status = runtime.block_on(commands::run(cli));
            if let Some(collector) = collector::current() {
                collector.flush();
            }
            status.into()
        }
        Err(error) => {
            eprintln!("attendee-sync: the system gives the program no threads: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Makes one provider of cryptography that of the whole process. A second call changes nothing.
fn install_cryptography() {
    let _installed = rustls::crypto::ring::default_provider().install_default();
}

/// Has the system hand out memory in small pages: with huge ones a sync took 30 MiB more. Before the threads of
/// the runtime begin: the first page of each would be a huge one, which the system has to empty.
#[cfg(target_os = "linux")]
fn use_small_pages() {
    // A system that does not know huge pages has none.
    let _unknown = rustix::thread::disable_transparent_huge_pages(true);
}
