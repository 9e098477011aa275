//! Where notices are posted to, as a test sets it: it remembers what came, whatever it answered.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use attendee_sync_app::ports::{HookPoster, PostFailed};
use url::Url;

/// A message that was posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedMessage {
    /// Where to.
    pub url: String,
    /// With which headers.
    pub headers: Vec<(&'static str, String)>,
    /// What it said.
    pub body: String,
}

/// The receiver; copies share what they know.
#[derive(Debug, Clone, Default)]
pub struct ScriptedPoster {
    posted: Arc<Mutex<Vec<PostedMessage>>>,
    refuses: Arc<Mutex<bool>>,
}

impl ScriptedPoster {
    /// What came, whether it was taken or not.
    #[must_use]
    pub fn posted(&self) -> Vec<PostedMessage> {
        self.posted.lock().unwrap().clone()
    }

    /// Whether nothing is taken from now on.
    pub fn refuses(&self, refuses: bool) {
        *self.refuses.lock().unwrap() = refuses;
    }
}

#[async_trait]
impl HookPoster for ScriptedPoster {
    async fn post(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<(), PostFailed> {
        self.posted.lock().unwrap().push(PostedMessage {
            url: url.to_string(),
            headers: headers.to_vec(),
            body,
        });
        if *self.refuses.lock().unwrap() {
            return Err(PostFailed("it answered with status 500".to_owned()));
        }
        Ok(())
    }
}
