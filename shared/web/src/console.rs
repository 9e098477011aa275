//! What every route works with.

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

/// What every route works with.
pub(crate) struct Console {
    pub(crate) app: Arc<App>,
    pub(crate) access: Authenticator,
    /// What a request may rely on.
    pub(crate) hosting: Hosting,
    /// How many checks of sources are under way at once.
    pub(crate) check_places: CheckPlaces,
    pub(crate) diagnoses: Examinations,
    /// Credentials that were typed and are not stored yet.
    pub(crate) typed_secrets: FormDrafts<SecretString>,
    /// The fields that tests of a connection found, which hold examples.
    pub(crate) found: Drafts<Arc<[FieldFound]>>,
    /// Invitations as they would look, in HTML.
    pub(crate) samples: Drafts<Arc<str>>,
    /// Words that somebody looks for; they name people, and so stand in no address of a page.
    pub(crate) searches: Drafts<Arc<str>>,
    /// What sources said of single people, in HTML.
    pub(crate) answers: Drafts<Arc<str>>,
    /// Forms that were sent after their session had ended.
    pub(crate) forms: Drafts<KeptForm>,
    /// What was chosen for events that are set up step by step.
    pub(crate) setups: SetupDrafts,
    /// What the sources of such events answered.
    pub(crate) setup_samples: Drafts<SetupSample>,
    /// Lists that were pasted or uploaded for such events, in parts.
    pub(crate) setup_lists: Drafts<Vec<u8>>,
    /// By name.
    pub(crate) presets: BTreeMap<String, Preset>,
    /// Lets one configuration be compared with its condition and stored at a time.
    pub(crate) saving: Mutex<()>,
}

/// The console, as handlers take it.
pub(crate) type SharedConsole = State<Arc<Console>>;
