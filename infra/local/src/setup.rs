//! Puts the application together over the adapters of one machine.

use std::sync::Arc;

use anyhow::Context;
use attendee_sync_adapters::clock::SystemClock;
use attendee_sync_adapters::embedded::Embedded;
use attendee_sync_adapters::mail::folder::FolderMailer;
use attendee_sync_adapters::mail::smtp::SmtpMailer;
use attendee_sync_adapters::secrets::FileSecrets;
use attendee_sync_adapters::source::HttpSources;
use attendee_sync_adapters::store::DynamoStore;
use attendee_sync_app::App;
use attendee_sync_domain::config::SourceAddresses;

use crate::data_dir::DataDir;
use crate::sweep;

/// The table's name; on one machine there is one.
const TABLE: &str = "attendee-sync";

/// The application, and the engine its table is in.
pub(crate) struct Setup {
    pub(crate) app: Arc<App>,
    pub(crate) engine: Embedded,
}

/// Where mail goes.
pub(crate) enum Mailing {
    /// Nowhere: what is queued waits.
    Nobody,
    /// Into the data directory's folder.
    Folder,
    /// To a mail server.
    Server(SmtpMailer),
}

/// The table of a data directory, open.
pub(crate) struct OpenTable {
    pub(crate) store: DynamoStore,
    engine: Embedded,
}

/// Opens the table, and makes it where it is absent.
pub(crate) async fn open_table(dir: &DataDir) -> anyhow::Result<OpenTable> {
    // One provider of cryptography for the whole process; a second call changes nothing.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    sweep::begin(dir);
    let engine = Embedded::open(&dir.table())?;
    let store = DynamoStore::new(engine.client(), TABLE);
    store
        .create_table()
        .await
        .context("the table could not be made")?;
    Ok(OpenTable { store, engine })
}

/// Opens the table and puts the application together.
pub(crate) async fn set_up(
    dir: &DataDir,
    addresses: SourceAddresses,
    mailing: Mailing,
    public_url: Option<String>,
) -> anyhow::Result<Setup> {
    let table = open_table(dir).await?;
    Ok(set_up_over(table, dir, addresses, mailing, public_url))
}

/// Puts the application together over an open table.
pub(crate) fn set_up_over(
    table: OpenTable,
    dir: &DataDir,
    addresses: SourceAddresses,
    mailing: Mailing,
    public_url: Option<String>,
) -> Setup {
    let OpenTable { store, engine } = table;
    let secrets = Arc::new(FileSecrets::new(dir.secrets()));
    let sources = HttpSources::new(secrets.clone(), addresses.clone());
    let mut app = App::new(
        Arc::new(store),
        Arc::new(sources),
        secrets,
        Arc::new(SystemClock),
        addresses,
    );
    // Also where mail goes elsewhere: what was written there is still read, and erased.
    let folder = Arc::new(FolderMailer::new(dir.mail()));
    app.mail_folder = Some(folder.clone());
    app.mailer = match mailing {
        Mailing::Nobody => None,
        Mailing::Folder => Some(folder),
        Mailing::Server(server) => Some(Arc::new(server)),
    };
    if let Some(public_url) = public_url {
        app.public_url = public_url;
    }
    Setup {
        app: Arc::new(app),
        engine,
    }
}
