//! Lists that people upload: taken as CSV, XLSX or JSON, stored with their event until another takes their place.
//!
//! A list names people whom nobody may have read as attendees, so an erasure in the community deletes it as a whole: at
//! once, or with the end of the run that reads it.

use attendee_sync_domain::causes::with_causes;
use attendee_sync_domain::config::{DocumentProblem, EventDocument, GivenList, Problems};
use attendee_sync_domain::ids::{EventId, RunId};

use crate::App;
use crate::error::Error;
use crate::ports::{StoreError, UploadedHead};
use crate::spreadsheet;

/// Most bytes of a file: it is held in memory while it is stored.
pub const MAX_UPLOAD: u64 = 200_000_000;

/// A file that somebody uploaded.
#[derive(Clone)]
pub struct UploadedFile {
    /// How it is called.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl UploadedFile {
    /// Reads it as a list of people: a spreadsheet becomes a table in CSV, everything else stays as it is.
    ///
    /// # Errors
    ///
    /// Fails where it is no list, in words for people.
    pub fn into_list(self) -> Result<GivenList, Error> {
        let bytes = if spreadsheet::is_spreadsheet(&self.bytes) {
            spreadsheet::to_csv(&self.bytes).map_err(Error::NoList)?
        } else {
            self.bytes
        };
        GivenList::new(bytes).map_err(|error| Error::NoList(error.to_string()))
    }
}

impl App {
    /// Returns what is known of the list that was uploaded for an event, if there is one.
    pub async fn uploaded_list(&self, event: &EventId) -> Result<Option<UploadedHead>, Error> {
        Ok(self.parts.store.uploaded_list(event).await?)
    }

    /// Puts an uploaded list in the place of the one before. Fails where the event reads its list elsewhere, where a run
    /// is under way, which may be reading it, and where the file is no list of the event's format.
    pub async fn replace_uploaded_list(
        &self,
        event: &EventId,
        file: UploadedFile,
    ) -> Result<(EventDocument, UploadedHead), Error> {
        let (document, _) = self.event_to_change(event).await?;
        if !document.source.upload {
            return Err(not_here(
                "source.upload",
                "this event reads its list at a URL, so no list can be uploaded; write \"upload\": true in place of source.url first",
            ));
        }
        let most = document.source.limits.max_bytes.min(MAX_UPLOAD);
        if file.bytes.len() as u64 > most {
            let length = file.bytes.len();
            return Err(Error::NoList(format!(
                "it has {length} bytes, and at most {most} are allowed; leave out columns that are not needed"
            )));
        }
        if let Some(number) = self.parts.store.run_under_way(event).await? {
            let event = event.clone();
            return Err(Error::Busy(RunId { event, number }));
        }
        let name = file.name.clone();
        let list = file.into_list()?;
        if list.format != document.source.format {
            let name = |format| {
                serde_json::to_value(format).map_or_else(
                    |_| String::new(),
                    |name| name.as_str().unwrap_or_default().to_uppercase(),
                )
            };
            return Err(Error::NoList(format!(
                "it is read as {}, and the list of this event is set to {}; give a file of that format, or change source.format",
                name(list.format),
                name(document.source.format)
            )));
        }
        let head = UploadedHead {
            generation: format!("{:032x}", rand::random::<u128>()),
            parts: 0,
            bytes: list.bytes.len() as u64,
            format: list.format,
            name,
            uploaded: self.parts.clock.now(),
            is_to_go: false,
        };
        match self
            .parts
            .store
            .put_uploaded_list(event, head, &list.bytes)
            .await
        {
            Ok(head) => Ok((document, head)),
            Err(StoreError::Conflict) => Err(Error::Contended),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes the list of an event after an erasure; where a run reads it, once that is over.
    pub(crate) async fn forget_uploaded_list(&self, event: &EventId) -> Result<(), Error> {
        let store = &self.parts.store;
        if store.uploaded_list(event).await?.is_none() {
            return Ok(());
        }
        if store.run_under_way(event).await?.is_some() {
            return Ok(store.let_uploaded_list_go(event).await?);
        }
        Ok(store.delete_uploaded_list(event).await?)
    }

    /// Deletes the list of an event between two runs, where somebody was erased while the last one read it. Where that
    /// fails, the next run tries again.
    pub(crate) async fn end_uploaded_list(&self, document: &EventDocument) {
        if !document.source.upload {
            return;
        }
        let (store, event) = (&self.parts.store, &document.event);
        let ended = async {
            match store.uploaded_list(event).await? {
                Some(head) if head.is_to_go => store.delete_uploaded_list(event).await,
                _ => Ok(()),
            }
        };
        if let Err(error) = ended.await {
            let error = with_causes(&error);
            tracing::warn!(%event, error, "an uploaded list is not deleted yet");
        }
    }
}

fn not_here(path: &str, reason: &str) -> Error {
    Error::Configuration(Problems(vec![DocumentProblem {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }]))
}
