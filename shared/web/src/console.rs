//! The state that all routes share.

use std::collections::BTreeMap;
use std::sync::Arc;

use attendee_sync_app::App;
use attendee_sync_domain::feed::FieldFound;
use attendee_sync_domain::preset::Preset;
use axum::extract::State;
use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::access::Authenticator;
use crate::check_places::CheckPlaces;
use crate::diagnoses::Examinations;
use crate::drafts::Drafts;
use crate::form_drafts::FormDrafts;
use crate::hosting::Hosting;
use crate::kept_form::KeptForm;
use crate::setup::{SetupDrafts, SetupSample};

/// The state that all routes share.
pub(crate) struct Console {
    pub(crate) app: Arc<App>,
    pub(crate) access: Authenticator,
    /// The limits and guarantees of the place where the console runs.
    pub(crate) hosting: Hosting,
    /// How many checks of sources are under way at once.
    pub(crate) check_places: CheckPlaces,
    pub(crate) diagnoses: Examinations,
    /// Credentials that a person typed and that are not stored yet.
    pub(crate) typed_secrets: FormDrafts<SecretString>,
    /// The fields that tests of a connection found, which hold examples.
    pub(crate) found: Drafts<Arc<[FieldFound]>>,
    /// Previews of invitations, in HTML.
    pub(crate) samples: Drafts<Arc<str>>,
    /// Search texts. They may name people and so are in no address of a page.
    pub(crate) searches: Drafts<Arc<str>>,
    /// Answers of sources about single people, in HTML.
    pub(crate) answers: Drafts<Arc<str>>,
    /// Forms that were sent after their session had ended.
    pub(crate) forms: Drafts<KeptForm>,
    /// The choices for events that are set up step by step.
    pub(crate) setups: SetupDrafts,
    /// The answers of the sources of such events.
    pub(crate) setup_samples: Drafts<SetupSample>,
    /// Lists that were pasted or uploaded for such events, in parts.
    pub(crate) setup_lists: Drafts<Vec<u8>>,
    /// The presets by name.
    pub(crate) presets: BTreeMap<String, Preset>,
    /// Serialises saving, so that only one configuration at a time is compared with its condition
    /// and stored.
    pub(crate) saving: Mutex<()>,
}

/// The console, as an extractor for handlers.
pub(crate) type SharedConsole = State<Arc<Console>>;
