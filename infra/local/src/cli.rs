//! The command line: names and options.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

use attendee_sync_adapters::mail::smtp::{SmtpMailer, SmtpUrlError};
use attendee_sync_domain::authority::{Role, TokenName};
use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::group::GroupName;
use attendee_sync_domain::ids::{CommunityId, EventId, RunId, RunNumber};
use attendee_sync_domain::mail::{SenderList, Senders};
use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::{ExposeSecret, SecretString};

/// Keeps an event app's attendees in step with any registration system.
///
/// Without a command it serves the console on the defaults.
#[derive(Debug, Parser)]
#[command(name = "attendee-sync", version, max_term_width = 100)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The data directory, where everything is stored.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = "data",
        env = "ATTENDEE_SYNC_DATA_DIR"
    )]
    pub(crate) data_dir: PathBuf,
    /// Print one JSON document on standard output; logs go to standard error.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 waits for approval (safety limits).
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the console and the API, and sync (the default).
    Serve(Serve),
    /// Check and store event configurations (JSON or TOML).
    Configure(Configure),
    /// Show what `apply` would change; stores nothing
    ///
    /// It compares the event documents of a folder (JSON or TOML) with those that are stored, and previews each event
    /// where a change could remove people.
    Plan(AsCodeArguments),
    /// Store the event documents of a folder that differ from what is stored
    ///
    /// All of them are checked first. Where the safety limits would hold the next sync of one, none is stored. Events that
    /// no file is about stay as they are.
    Apply(AsCodeArguments),
    /// Sync an event, in the foreground, to its end.
    Sync {
        #[command(flatten)]
        arguments: SyncArguments,
        #[command(flatten)]
        mail: MailArguments,
    },
    /// Show what a sync would do; changes nothing.
    Preview(SyncArguments),
    /// Read an event's whole feed and report what is wrong with it; changes nothing.
    Doctor {
        /// The event.
        event: EventId,
        #[command(flatten)]
        sources: SourceArguments,
    },
    /// Apply the changes of a run that wait for approval.
    Approve {
        /// The run, such as devcon.17.
        run: RunId,
    },
    /// Discard the changes of a run that wait for approval.
    Discard {
        /// The run, such as devcon.17.
        run: RunId,
    },
    /// Stop a run whose process has ended before the run did
    ///
    /// Its changes are kept, and no other run starts automatically. A run that `serve` works on is stopped in
    /// the console or through the API.
    Stop {
        /// The event.
        event: EventId,
    },
    /// Delete expired data, even if the last deletion was long ago
    ///
    /// `serve` and `sync` do it by themselves, but not where the clock is more than seven days past the
    /// last time: a clock that is wrong would delete the history of runs.
    Sweep,
    /// List the events, with their newest runs and when each syncs next.
    Events {
        /// The events of this community only.
        community: Option<CommunityId>,
    },
    /// List an event's attendees.
    Attendees(AttendeesArguments),
    /// List a community's groups.
    Groups {
        /// The community.
        community: CommunityId,
    },
    /// Show whether somebody has access to an event, and why.
    Explain {
        /// The event.
        event: EventId,
        /// Their e-mail address.
        address: EmailAddress,
    },
    /// Add and edit the people of a list by hand (CSV or XLSX); shows first what would change.
    Import(crate::commands::import::ImportArguments),
    /// Erase somebody from a whole community for good.
    Erase {
        /// The community.
        community: CommunityId,
        /// Their e-mail address.
        address: EmailAddress,
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// Add somebody to a group by hand, or remove them from it.
    #[command(subcommand)]
    Group(GroupCommand),
    /// Queue invitations of an event; `serve` sends them, or `sync --smtp`.
    Invite(InviteArguments),
    /// Count an event's invitations by their state.
    Invitations {
        /// The event.
        event: EventId,
    },
    /// List an event's runs, newest first.
    Runs(RunsArguments),
    /// Write an event's attendees as CSV or JSON Lines.
    Export(Export),
    /// Make the schedules that start syncs from outside what the table says.
    #[command(subcommand)]
    Schedules(crate::commands::SchedulesCommand),
    /// Create further API tokens, each with a role; list them, or revoke one.
    #[command(subcommand)]
    Token(TokenCommand),
    /// List what people changed in a community, newest first.
    Audit {
        /// The community.
        community: CommunityId,
        /// Maximum number of entries.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Write a backup of everything in the data directory into one file, also while `serve` runs
    ///
    /// Run it on the machine itself, as the user who owns the data directory. The file holds
    /// attendees' data, credentials and the owner's token; only its owner can read it.
    Backup {
        /// The file to create. It must not exist yet, and must not be in the data directory.
        file: PathBuf,
    },
    /// Put a backup into an empty data directory
    ///
    /// Invitations are then paused until somebody releases them. People erased after the backup was made
    /// are erased again, with the list in the file `erasures`, the only file that may be in the directory.
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// Release a community's invitations that are paused since a backup was restored.
    Release {
        /// The community.
        community: CommunityId,
    },
    /// Print a script that completes commands and options in a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page: `attendee-sync man | man -l -`.
    Man,
    /// List the presets for known registration systems, show one, or fill one in.
    Presets(PresetsArguments),
}

/// Further API tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Create a token and print it; it is not shown again.
    Add {
        /// Who holds it, such as "event app".
        name: TokenName,
        /// What it may do: viewer, operator, admin, helpdesk (single people alone), or app (access check and groups
        /// alone).
        #[arg(long)]
        role: Role,
        /// The community; can be given several times. Without it, all communities.
        #[arg(long, value_name = "COMMUNITY")]
        community: Vec<CommunityId>,
    },
    /// List the tokens by name.
    List,
    /// Revoke a token.
    Revoke {
        /// Its name.
        name: TokenName,
    },
}

/// A group given by hand; syncs leave it alone.
#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// Add a user to a group; a new group is created.
    Add(GroupMember),
    /// Remove a user from a group that was assigned by hand.
    Remove(GroupMember),
}

#[derive(Debug, Args)]
pub(crate) struct GroupMember {
    /// The community.
    pub(crate) community: CommunityId,
    /// The group.
    #[arg(value_parser = group_name)]
    pub(crate) group: GroupName,
    /// Their e-mail address.
    pub(crate) address: EmailAddress,
}

fn group_name(text: &str) -> Result<GroupName, String> {
    GroupName::parse(text).ok_or_else(|| "a group needs a name".to_owned())
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Serve {
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) mail: MailArguments,
    #[command(flatten)]
    pub(crate) oidc: crate::organisation::OidcArguments,
    /// Do not start the sample registration system.
    #[arg(long)]
    pub(crate) no_sample: bool,
    /// Memory for the lists that are searched and sorted, in MiB; the least recently used ones are
    /// dropped first.
    #[arg(long, value_name = "NUMBER", default_value = "256")]
    pub(crate) list_memory: u32,
}

impl Serve {
    /// The memory for lists, in bytes.
    pub(crate) fn list_bytes(&self) -> usize {
        let mebibytes = usize::try_from(self.list_memory).unwrap_or(usize::MAX);
        mebibytes.saturating_mul(1024 * 1024)
    }

    /// Returns the options without arguments: the defaults, and what the environment sets.
    pub(crate) fn without_arguments() -> Self {
        #[derive(Parser)]
        #[command(name = "attendee-sync")]
        struct Bare {
            #[command(flatten)]
            serve: Serve,
        }
        Bare::parse_from(["attendee-sync"]).serve
    }
}

#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct SourceArguments {
    /// Allow sources over http, and with private or loopback addresses.
    #[arg(long)]
    pub(crate) allow_private_sources: bool,
}

/// How mail is sent.
#[derive(Debug, Clone, Args)]
pub(crate) struct MailArguments {
    #[command(flatten)]
    pub(crate) sending: SendingArguments,
    /// Maximum mails per second, for all events together.
    #[arg(
        long,
        value_name = "NUMBER",
        default_value = "5",
        env = "ATTENDEE_SYNC_MAILS_PER_SECOND"
    )]
    pub(crate) mails_per_second: NonZeroU32,
    /// The URL where people reach the console from outside, for the links in mails.
    #[arg(long, value_name = "URL", env = "ATTENDEE_SYNC_PUBLIC_URL")]
    pub(crate) public_url: Option<PublicUrl>,
}

/// The mail server, and which community may use which sender.
#[derive(Debug, Clone, Args)]
pub(crate) struct SendingArguments {
    /// The mail server that mail is sent through: `smtps://USER:PASSWORD@HOST`, or `smtp://…` with
    /// STARTTLS. Without it, `serve` writes mail into the folder `mail` of the data directory.
    #[arg(
        long,
        value_name = "URL",
        env = "ATTENDEE_SYNC_SMTP",
        hide_env_values = true
    )]
    pub(crate) smtp: Option<SecretString>,
    /// Which senders each community's invitations may have, as domains and addresses:
    /// `acme=acme.example,desk@globex.example;globex=globex.example`, where `*` stands for all
    /// other communities. A community that is not listed has the domain of the account of --smtp.
    #[arg(
        long,
        value_name = "COMMUNITY=SENDER,…;…",
        env = "ATTENDEE_SYNC_SENDERS"
    )]
    pub(crate) senders: Option<SenderList>,
}

impl MailArguments {
    /// Returns the mail server, where one is named.
    pub(crate) fn mailer(&self) -> Result<Option<SmtpMailer>, SmtpUrlError> {
        self.sending.mailer(self.mails_per_second)
    }
}

impl SendingArguments {
    fn mailer(&self, per_second: NonZeroU32) -> Result<Option<SmtpMailer>, SmtpUrlError> {
        let server = |url: &SecretString| SmtpMailer::new(url.expose_secret(), per_second);
        self.smtp.as_ref().map(server).transpose()
    }

    /// The senders of every community.
    pub(crate) fn senders(&self) -> Result<Senders, SmtpUrlError> {
        let server = self.mailer(NonZeroU32::MIN)?;
        let default = server.as_ref().map(SmtpMailer::senders);
        let default = default.unwrap_or_default();
        Ok(default.with(self.senders.clone().unwrap_or_default()))
    }
}

/// An address that people can reach, without a slash at the end.
#[derive(Debug, Clone)]
pub(crate) struct PublicUrl {
    pub(crate) url: String,
    pub(crate) host: String,
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = url::Url::parse(text).map_err(|error| error.to_string())?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let plain = matches!(url.scheme(), "http" | "https")
            && !host.is_empty()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !plain {
            return Err("expected https://HOST, as people reach the console".to_owned());
        }
        if url.path() != "/" {
            return Err("the console is at the root of its host; leave the path out".to_owned());
        }
        Ok(Self {
            url: url.as_str().trim_end_matches('/').to_owned(),
            host,
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct InviteArguments {
    /// The event.
    pub(crate) event: EventId,
    /// The attendees' e-mail addresses.
    #[arg(
        value_name = "ADDRESS",
        required_unless_present = "not_invited",
        conflicts_with = "not_invited"
    )]
    pub(crate) addresses: Vec<EmailAddress>,
    /// Everybody who attends and has no invitation.
    #[arg(long)]
    pub(crate) not_invited: bool,
    /// Also people who have an invitation already; only with addresses.
    #[arg(long, conflicts_with = "not_invited")]
    pub(crate) again: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Configure {
    /// The documents.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Only check; store nothing.
    #[arg(long)]
    pub(crate) check: bool,
    /// Check, read one page of the source and show the resulting attendees; store nothing.
    #[arg(long, conflicts_with = "check")]
    pub(crate) test: bool,
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) sending: SendingArguments,
}

#[derive(Debug, Args)]
pub(crate) struct AsCodeArguments {
    /// The folder with the documents.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Do not read the sources to find out whether the safety limits would hold a sync.
    #[arg(long)]
    pub(crate) no_preview: bool,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
    #[command(flatten)]
    pub(crate) sending: SendingArguments,
}

/// A server that is asked in place of the data directory.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerArguments {
    /// Work on a running server or the cloud edition at this URL, instead of on the data directory.
    #[arg(long, value_name = "URL", env = "ATTENDEE_SYNC_SERVER")]
    pub(crate) server: Option<url::Url>,
    /// The API token for --server.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ATTENDEE_SYNC_TOKEN",
        hide_env_values = true,
        hide = true
    )]
    pub(crate) token: Option<SecretString>,
}

#[derive(Debug, Args)]
pub(crate) struct PresetsArguments {
    /// Show this one; with an event, print the event's document.
    pub(crate) preset: Option<String>,
    /// The community whose users the attendees become.
    #[arg(long, requires_all = ["preset", "event", "name"])]
    pub(crate) community: Option<CommunityId>,
    /// The event, unique in the installation.
    #[arg(long, requires = "community")]
    pub(crate) event: Option<EventId>,
    /// The event's name as people read it.
    #[arg(long, requires = "community")]
    pub(crate) name: Option<String>,
    /// The event's time zone, such as Europe/Amsterdam (UTC where none is given).
    #[arg(long, value_name = "ZONE", requires = "community")]
    pub(crate) time_zone: Option<String>,
    /// A parameter of the preset; a secret may be left out and given later.
    #[arg(long, value_name = "PARAMETER=VALUE", value_parser = name_and_value, requires = "community")]
    pub(crate) set: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as PARAMETER=VALUE".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct SyncArguments {
    /// The event.
    pub(crate) event: EventId,
    /// Only the person with this address.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<EmailAddress>,
    #[command(flatten)]
    pub(crate) sources: SourceArguments,
}

#[derive(Debug, Args)]
pub(crate) struct AttendeesArguments {
    /// The event.
    pub(crate) event: EventId,
    /// Which attendees to list.
    #[arg(long, value_enum, default_value_t = StatusFilter::Attending)]
    pub(crate) status: StatusFilter,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StatusFilter {
    /// People who attend.
    Attending,
    /// People who were removed.
    Removed,
    /// Both.
    All,
}

#[derive(Debug, Args)]
pub(crate) struct RunsArguments {
    /// The event.
    pub(crate) event: EventId,
    /// Show one run with its changes and issues.
    #[arg(long, value_name = "NUMBER", value_parser = run_number)]
    pub(crate) run: Option<RunNumber>,
    /// Maximum number of entries.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: usize,
}

/// Parses `17`, or `EVENT.17` as the runs are listed.
fn run_number(text: &str) -> Result<RunNumber, String> {
    let number = text.rsplit('.').next().unwrap_or(text);
    number
        .parse()
        .map(RunNumber)
        .map_err(|_| "a run is a number, such as 17".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The event.
    pub(crate) event: EventId,
    /// The format: csv by default, one JSON document with --json.
    #[arg(long, value_enum)]
    pub(crate) format: Option<OutputFormat>,
    /// Which attendees to write.
    #[arg(long, value_enum, default_value_t = StatusFilter::Attending)]
    pub(crate) status: StatusFilter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// A JSON object a line.
    Jsonl,
}
