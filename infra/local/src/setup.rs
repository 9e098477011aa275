//! Builds the application over the adapters of one machine.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use attendee_sync_adapters::clock::SystemClock;
use attendee_sync_adapters::erasure_list::FileErasureList;
use attendee_sync_adapters::in_process::carrying_out_its_orders;
use attendee_sync_adapters::mail::folder::FolderMailer;
use attendee_sync_adapters::mail::smtp::SmtpMailer;
use attendee_sync_adapters::poster::HttpPoster;
use attendee_sync_adapters::secrets::FileSecrets;
use attendee_sync_adapters::source::HttpSources;
use attendee_sync_adapters::store::TableStore;
use attendee_sync_adapters::table::sqlite::SqliteTable;
use attendee_sync_app::ports::{
    Clock as _, Communities as _, Migration as _, Migrator, StoreError,
};
use attendee_sync_app::{App, AppParts, SecretsMoved};
use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_domain::mail::Senders;

use crate::data_dir::DataDir;
use crate::sweep;

/// How long a start moves credentials at most; the next start moves the rest.
const MOVING: Duration = Duration::from_mins(10);

/// The application, and its table.
pub(crate) struct Setup {
    pub(crate) app: Arc<App>,
    pub(crate) table: SqliteTable,
}

/// The mail settings.
pub(crate) struct MailSetup {
    pub(crate) mailing: Mailing,
    /// Which community may use which sender.
    pub(crate) senders: Senders,
    /// The URL at which people reach the console from outside.
    pub(crate) public_url: Option<String>,
}

impl MailSetup {
    /// Returns settings with which no mail is sent.
    pub(crate) fn nobody() -> Self {
        Self {
            mailing: Mailing::Nobody,
            senders: Senders::any(),
            public_url: None,
        }
    }
}

/// The way mail is sent.
pub(crate) enum Mailing {
    /// Mail is not sent: invitations stay queued.
    Nobody,
    /// Into the data directory's folder.
    Folder,
    /// Mail is sent through a mail server.
    Server(SmtpMailer),
}

/// The table of a data directory, open.
pub(crate) struct OpenTable {
    pub(crate) store: TableStore,
    table: SqliteTable,
}

/// Opens the table, and creates it where it is absent.
pub(crate) fn open_table(dir: &DataDir) -> anyhow::Result<OpenTable> {
    sweep::begin(dir);
    let table = SqliteTable::open(&dir.table())?;
    let store = TableStore::new(Arc::new(table.clone()));
    Ok(OpenTable { store, table })
}

/// Migrates everything from the form of an earlier version.
async fn bring_over(store: &TableStore) -> Result<(), StoreError> {
    for community in store.communities().await? {
        let now = SystemClock.now();
        let by = Migrator::OnlyProcess;
        store.bring_over(&community, by, now).await?;
    }
    Ok(())
}

/// Opens the table and builds the application.
pub(crate) async fn set_up(
    dir: &DataDir,
    addresses: SourceAddresses,
    mail: MailSetup,
) -> anyhow::Result<Setup> {
    let table = open_table(dir)?;
    set_up_over(table, dir, addresses, mail).await
}

/// Builds the application over an open table.
pub(crate) async fn set_up_over(
    table: OpenTable,
    dir: &DataDir,
    addresses: SourceAddresses,
    mail: MailSetup,
) -> anyhow::Result<Setup> {
    let OpenTable { store, table } = table;
    // Nothing is served before that, and no other process uses the data directory.
    bring_over(&store).await.context(
        "what an earlier version stored could not be brought into the form of this one; nothing is lost, so start again",
    )?;
    let secrets = Arc::new(FileSecrets::new(dir.secrets()));
    let sources = HttpSources::new(secrets.clone(), addresses.clone());
    let sources = sources.with_lists(Arc::new(store.clone()));
    let former = secrets.clone();
    let poster = HttpPoster::new(addresses.clone());
    let mut parts = AppParts::new(
        Arc::new(store),
        Arc::new(sources),
        secrets,
        Arc::new(SystemClock),
        addresses,
    );
    // The folder is used even where mail is sent elsewhere: mails in it can still be read and
    // erased.
    let folder = Arc::new(FolderMailer::new(dir.mail()));
    parts.mail_folder = Some(folder.clone());
    let erasures = FileErasureList::new(dir.erasures());
    let begun = erasures.begin(parts.clock.now());
    begun.with_context(|| format!("the list {} cannot be made", dir.erasures().display()))?;
    parts.erasure_list = Some(Arc::new(erasures));
    parts.poster = Some(Arc::new(poster));
    parts.senders = mail.senders;
    parts.mailer = match mail.mailing {
        Mailing::Nobody => None,
        Mailing::Folder => Some(folder),
        Mailing::Server(server) => Some(Arc::new(server)),
    };
    if let Some(public_url) = mail.public_url {
        parts.public_url = public_url;
    }
    let app = carrying_out_its_orders(parts);
    move_secrets(&app, former.as_ref()).await?;
    Ok(Setup { app, table })
}

/// Moves all credentials that an earlier version stored by name alone, before anything else is
/// done.
async fn move_secrets(app: &App, former: &FileSecrets) -> anyhow::Result<()> {
    let moved = app.move_secrets(former, MOVING).await;
    let moved = moved.context("the stored credentials could not be moved to their events")?;
    if let Some(SecretsMoved { copied, .. }) = moved
        && copied > 0
    {
        let said = "credentials now belong to the community and the event that use them; this is done once, and no earlier version reads secrets.json any more";
        // The move cannot be undone, so every command reports it, even one that logs nothing else.
        if tracing::enabled!(tracing::Level::WARN) {
            tracing::warn!(copied, "{said}");
        } else {
            eprintln!("attendee-sync: {copied} {said}");
        }
    }
    Ok(())
}
