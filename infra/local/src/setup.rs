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
use attendee_sync_domain::mail::Senders;

use crate::data_dir::DataDir;
use crate::sweep;

/// The table's name; on one machine there is one.
const TABLE: &str = "attendee-sync";

/// The application, and the engine its table is in.
pub(crate) struct Setup {
    pub(crate) app: Arc<App>,
    pub(crate) engine: Embedded,
}

/// How mail goes out.
pub(crate) struct MailSetup {
    pub(crate) mailing: Mailing,
    /// Who may send as whom.
    pub(crate) senders: Senders,
    /// Where people reach the console from outside.
    pub(crate) public_url: Option<String>,
}

impl MailSetup {
    /// Nothing goes out.
    pub(crate) fn nobody() -> Self {
        Self {
            mailing: Mailing::Nobody,
            senders: Senders::any(),
            public_url: None,
        }
    }
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

/// Opens the table and puts the application together.
pub(crate) async fn set_up(
    dir: &DataDir,
    addresses: SourceAddresses,
    mail: MailSetup,
) -> anyhow::Result<Setup> {
    // One provider of cryptography for the whole process; a second call changes nothing.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    sweep::begin(dir);
    let engine = Embedded::open(&dir.table())?;
    let store = DynamoStore::new(engine.client(), TABLE);
    store
        .create_table()
        .await
        .context("the table could not be made")?;
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
    app.senders = mail.senders;
    app.mailer = match mail.mailing {
        Mailing::Nobody => None,
        Mailing::Folder => Some(folder),
        Mailing::Server(server) => Some(Arc::new(server)),
    };
    if let Some(public_url) = mail.public_url {
        app.public_url = public_url;
    }
    Ok(Setup {
        app: Arc::new(app),
        engine,
    })
}
