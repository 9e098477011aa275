//! Runs the commands, and maps their outcomes to exit statuses.

mod by_hand;
mod configure;
mod decide;
mod doctor;
mod explain;
pub(crate) mod import;
mod invite;
mod list;
mod presets;
mod restoring;
mod schedules;
mod shell_help;
mod sync;
mod test_mapping;
mod tokens;

use std::process::ExitCode;

use attendee_sync_adapters::mail::smtp::SmtpUrlError;
use attendee_sync_adapters::table::sqlite::SqliteTable;
use attendee_sync_app::{App, Error, ErrorKind};
use attendee_sync_domain::config::{Problems, SourceAddresses};
use attendee_sync_domain::mail::Senders;
use serde_json::json;

use crate::cli::{Command, CommandLine, Common, Serve, SourceArguments};
use crate::data_dir::{DataDir, TABLE_FILE, is_half_restored};
use crate::serve::serve;
use crate::setup::{MailSetup, Mailing, Setup, set_up};
use crate::{as_code, output, sweep};

pub(crate) use configure::say_refused;

pub(crate) use schedules::SchedulesCommand;

/// The outcome of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandEnd {
    Done,
    Failed,
    Wrong,
    Held,
}

impl From<CommandEnd> for ExitCode {
    fn from(ended: CommandEnd) -> Self {
        Self::from(match ended {
            CommandEnd::Done => 0,
            CommandEnd::Failed => 1,
            CommandEnd::Wrong => 2,
            CommandEnd::Held => 3,
        })
    }
}

/// Runs the command and prints its errors on standard error.
pub(crate) async fn run(cli: CommandLine) -> CommandEnd {
    let json = cli.common.json;
    match Box::pin(dispatch(cli)).await {
        Ok(ended) => ended,
        Err(error) => {
            let problems = problems(&error);
            eprintln!("attendee-sync: {}", output::printable(&one_line(&error)));
            if json {
                let document = json!({"error": one_line(&error), "problems": problems});
                output::print(&format!("{document:#}\n"));
            }
            kind_of(&error)
        }
    }
}

async fn sync_once(
    common: &Common,
    arguments: crate::cli::SyncArguments,
    mail: crate::cli::MailArguments,
) -> anyhow::Result<CommandEnd> {
    let mail = MailSetup {
        mailing: mail.mailer()?.map_or(Mailing::Nobody, Mailing::Server),
        senders: mail.sending.senders()?,
        public_url: mail.public_url.map(|public| public.url),
    };
    let dir = take(common, "sync")?;
    let addresses = addresses(arguments.sources);
    let Setup { app, table } = set_up(&dir, addresses, mail).await?;
    let ended = sync::sync(&app, common, arguments).await;
    sweep::if_due(&app, &table, &dir).await;
    ended
}

async fn dispatch(cli: CommandLine) -> anyhow::Result<CommandEnd> {
    let common = cli.common;
    let serving = || Command::Serve(Serve::without_arguments());
    let command = cli.command.unwrap_or_else(serving);
    match command {
        Command::Serve(arguments) => {
            let dir = DataDir::take(&common.data_dir, "serve")?;
            serve(dir, &arguments).await?;
            Ok(CommandEnd::Done)
        }
        Command::Configure(arguments) => configure::configure(&common, &arguments).await,
        Command::Plan(arguments) => as_code::plan(&common, &arguments).await,
        Command::Apply(arguments) => as_code::apply(&common, &arguments).await,
        Command::Sync { arguments, mail } => sync_once(&common, arguments, mail).await,
        Command::Preview(arguments) => {
            let opened = open(&common, "preview", arguments.sources).await?;
            sync::preview(&opened.app, &common, arguments).await
        }
        Command::Doctor { event, sources } => {
            let opened = open(&common, "doctor", sources).await?;
            doctor::doctor(&opened.app, &common, &event).await
        }
        Command::Approve { run } => {
            let opened = open(&common, "approve", SourceArguments::default()).await?;
            decide::approve(&opened.app, &common, &run).await
        }
        Command::Discard { run } => {
            let opened = open(&common, "discard", SourceArguments::default()).await?;
            decide::discard(&opened.app, &common, &run).await
        }
        Command::Stop { event } => {
            let opened = open(&common, "stop", SourceArguments::default()).await?;
            decide::stop(&opened.app, &common, &event).await
        }
        Command::Sweep => sweep_confirmed(&common).await,
        Command::Events { community } => {
            let opened = open(&common, "events", SourceArguments::default()).await?;
            list::events(&opened.app, &common, community.as_ref()).await
        }
        Command::Attendees(arguments) => {
            let opened = open(&common, "attendees", SourceArguments::default()).await?;
            list::attendees(&opened.app, &common, &arguments).await
        }
        Command::Groups { community } => {
            let opened = open(&common, "groups", SourceArguments::default()).await?;
            list::groups(&opened.app, &common, &community).await
        }
        Command::Explain { event, address } => {
            let opened = open(&common, "explain", SourceArguments::default()).await?;
            explain::explain(&opened.app, &common, &event, &address).await
        }
        Command::Erase {
            community,
            address,
            yes,
        } => {
            let opened = open(&common, "erase", SourceArguments::default()).await?;
            by_hand::erase(&opened.app, &common, &community, &address, yes).await
        }
        Command::Import(arguments) => import::open_and_import(&common, &arguments).await,
        Command::Group(change) => {
            let opened = open(&common, "group", SourceArguments::default()).await?;
            by_hand::group(&opened.app, &common, &change).await
        }
        Command::Invite(arguments) => {
            let opened = open(&common, "invite", SourceArguments::default()).await?;
            invite::invite(&opened.app, &common, arguments).await
        }
        Command::Invitations { event } => {
            let opened = open(&common, "invitations", SourceArguments::default()).await?;
            invite::invitations(&opened.app, &common, &event).await
        }
        Command::Runs(arguments) => {
            let opened = open(&common, "runs", SourceArguments::default()).await?;
            list::runs(&opened.app, &common, &arguments).await
        }
        Command::Export(arguments) => {
            let opened = open(&common, "export", SourceArguments::default()).await?;
            list::export(&opened.app, &common, &arguments).await
        }
        Command::Schedules(SchedulesCommand::Reconcile) => schedules::reconcile(&common).await,
        Command::Token(token) => {
            let opened = open(&common, "token", SourceArguments::default()).await?;
            tokens::token(&opened.app, &common, &token).await
        }
        Command::Audit { community, limit } => {
            let opened = open(&common, "audit", SourceArguments::default()).await?;
            tokens::audit(&opened.app, &common, &community, limit).await
        }
        Command::Backup { file } => restoring::backup(&common, &file),
        Command::Restore { file } => restoring::restore(&common, &file).await,
        Command::Release { community } => {
            let opened = open(&common, "release", SourceArguments::default()).await?;
            restoring::release(&opened.app, &common, &community).await
        }
        Command::Completions { shell } => shell_help::completions(shell),
        Command::Man => shell_help::manual(),
        Command::Presets(arguments) => presets::presets(&common, arguments),
    }
}

/// An open data directory with the application over it.
pub(crate) struct OpenDir {
    pub(crate) app: std::sync::Arc<App>,
    /// Keeps other processes out of the directory while the command works.
    _dir: DataDir,
}

async fn open(common: &Common, command: &str, sources: SourceArguments) -> anyhow::Result<OpenDir> {
    let dir = take(common, command)?;
    let Setup { app, .. } = set_up(&dir, addresses(sources), MailSetup::nobody()).await?;
    Ok(OpenDir { app, _dir: dir })
}

/// Opens the data directory for communities with these senders; it may have nothing in it yet.
pub(crate) async fn open_with_senders(
    common: &Common,
    addresses: SourceAddresses,
    senders: Senders,
) -> anyhow::Result<OpenDir> {
    let dir = DataDir::take(&common.data_dir, "plan")?;
    let mail = MailSetup {
        senders,
        ..MailSetup::nobody()
    };
    let Setup { app, .. } = set_up(&dir, addresses, mail).await?;
    Ok(OpenDir { app, _dir: dir })
}

async fn sweep_confirmed(common: &Common) -> anyhow::Result<CommandEnd> {
    let dir = take(common, "sweep")?;
    let addresses = addresses(SourceArguments::default());
    let Setup { app, table } = set_up(&dir, addresses, MailSetup::nobody()).await?;
    let deleted = sweep::confirmed(&app, &table, &dir).await?;
    output::print_either(common, &deleted, || {
        format!(
            "{} items and {} mails were deleted",
            deleted.items, deleted.mails
        )
    })?;
    Ok(CommandEnd::Done)
}

/// Locks a data directory that is not empty.
fn take(common: &Common, command: &str) -> anyhow::Result<DataDir> {
    expect_table(common)?;
    Ok(DataDir::take(&common.data_dir, command)?)
}

fn expect_table(common: &Common) -> anyhow::Result<()> {
    let dir = &common.data_dir;
    if SqliteTable::exists(&dir.join(TABLE_FILE)) || is_half_restored(dir) {
        return Ok(());
    }
    anyhow::bail!(
        "there is nothing in the data directory {} yet: `configure` or `serve` begins one, --data-dir names another",
        dir.display()
    )
}

pub(crate) fn addresses(sources: SourceArguments) -> SourceAddresses {
    if sources.allow_private_sources {
        SourceAddresses::Any
    } else {
        SourceAddresses::Public
    }
}

/// Returns an error with its causes, on one line.
pub(crate) fn one_line(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.ends_with(&cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    if is_of_space(error) && !text.contains("free space") {
        text.push_str("; free space on the disk, then try again");
    }
    text
}

/// Returns whether something could not be written because there is no space.
fn is_of_space(error: &anyhow::Error) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let causes = error.chain().filter_map(|cause| cause.downcast_ref());
    causes
        .map(std::io::Error::kind)
        .any(|kind| matches!(kind, StorageFull | QuotaExceeded | FileTooLarge))
}

fn problems(error: &anyhow::Error) -> Vec<attendee_sync_domain::config::DocumentProblem> {
    error
        .chain()
        .find_map(|cause| cause.downcast_ref::<Problems>())
        .map(|problems| problems.0.clone())
        .unwrap_or_default()
}

fn kind_of(error: &anyhow::Error) -> CommandEnd {
    match error.downcast_ref::<Error>().map(Error::kind) {
        Some(ErrorKind::Invalid | ErrorKind::NotFound) => CommandEnd::Wrong,
        _ if error.is::<SmtpUrlError>() => CommandEnd::Wrong,
        _ if error.is::<configure::UnreadableFile>() || error.is::<presets::PresetsError>() => {
            CommandEnd::Wrong
        }
        _ => CommandEnd::Failed,
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn what_does_not_fit_says_once_what_to_do() {
        let said = |kind: ErrorKind, context: &'static str| {
            one_line(&anyhow::Error::new(std::io::Error::from(kind)).context(context))
        };
        let token = "the API token in data/token cannot be made";
        let full = said(ErrorKind::StorageFull, token);
        assert!(full.starts_with(token), "{full}");
        assert_eq!(full.matches("free space").count(), 1, "{full}");
        let told = said(ErrorKind::StorageFull, "free space");
        assert_eq!(told.matches("free space").count(), 1, "{told}");
        let other = said(ErrorKind::PermissionDenied, token);
        assert!(!other.contains("free space"), "{other}");
    }
}
