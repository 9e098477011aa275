//! A list of people who are added and edited by hand: read by a mapping that the headings propose, shown before
//! anything changes, and undone as a whole.
//!
//! Each person is written in one transaction, which notes beside them what this import set. Whoever changes something
//! of that by hand takes it out of the note; undoing an import releases what is left in it.

mod reading;

use std::collections::{BTreeMap, BTreeSet};

use attendee_sync_domain::email::EmailAddress;
use attendee_sync_domain::hand::{HandScope, ImportId};
use attendee_sync_domain::ids::{EventId, RunNumber};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use crate::App;
use crate::error::Error;
use crate::list_file::ListTable;
use crate::people::hand_edit::{HandEvent, HandPut, ImportOrder, PutOutcome};
use reading::{ReadRow, read_list};
pub use reading::{importable_fields, proposed_columns};

/// People written at the same time.
const CONCURRENT_PEOPLE: usize = 8;
/// Rows after which an import looks whether its time is over.
const PIECE: usize = 40;

/// Which column each field comes from, by its heading.
pub type ImportColumns = BTreeMap<String, String>;

/// What an import does, or would do.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ImportReport {
    /// Its name, by which it is undone; nothing of a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<ImportId>,
    /// From which column each field comes.
    pub columns: ImportColumns,
    /// Columns that nothing comes from.
    pub unused: Vec<String>,
    /// People who are added.
    pub added: u64,
    /// People of whom something changes.
    pub changed: u64,
    /// People who are as the list says already.
    pub unchanged: u64,
    /// Rows that cannot be taken.
    pub rejected: u64,
    /// Rows that are not done yet, as the time of the request was over: the same list goes on with `import`.
    pub left: u64,
    /// Whether those who are added are invited; not where they are more than a run may invite without approval.
    pub invites: bool,
    /// The rows one by one, but for those that change nothing.
    pub rows: Vec<ImportedRow>,
}

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
pub struct ImportedRow {
    /// Its number in the file, counting from 1, the headings among them.
    pub row: usize,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// What becomes of it.
    pub outcome: RowOutcome,
    /// The fields that change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<&'static str>,
    /// What is wrong with it, or was cut.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// What becomes of a row of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schemas", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    /// Their person is added.
    Added,
    /// Something of their person changes.
    Changed,
    /// All is so already.
    Unchanged,
    /// It cannot be taken.
    Rejected,
}

/// How much of an import a call does, and of which.
#[derive(Debug, Clone, Default)]
pub struct ImportPart {
    /// When it stops beginning to write people; the rest of the list is left. `None` for no limit.
    pub until: Option<Instant>,
    /// The import that goes on; `None` begins one.
    pub import: Option<ImportId>,
}

impl App {
    /// Says what an import of a list would do, and changes nothing.
    ///
    /// # Errors
    /// Where no column gives the address, or a name; where `columns` name what there is not; where the event was
    /// purged.
    pub async fn preview_import(
        &self,
        event: &EventId,
        table: &ListTable,
        columns: &ImportColumns,
    ) -> Result<ImportReport, Error> {
        let subject = self.hand_event(event).await?;
        let list = read_list(&subject.document, &subject.community.key, table, columns)?;
        let rows = self.play_rows(&subject, list.rows.iter(), None).await?;
        let limit = u64::from(subject.document.invitations.limit_per_run);
        let invites = count(&rows, RowOutcome::Added) <= limit;
        Ok(report(&subject, (list.columns, list.unused), rows, invites))
    }

    /// Adds and edits the people of a list by hand, each in one transaction. Who is added is invited where the
    /// event invites new attendees and they are not more than a run may invite. The same list again changes nothing.
    ///
    /// Where the time of `part` is over before all is done, the report says how many rows are left, and the same list
    /// with the same import goes on.
    ///
    /// # Errors
    /// As of the preview, and where the table cannot be used: who was written until then stays.
    pub async fn import_list(
        &self,
        event: &EventId,
        table: &ListTable,
        columns: &ImportColumns,
        part: ImportPart,
    ) -> Result<ImportReport, Error> {
        let subject = self.hand_event(event).await?;
        let list = read_list(&subject.document, &subject.community.key, table, columns)?;
        let mut rows = self.play_rows(&subject, list.rows.iter(), None).await?;
        let new = count(&rows, RowOutcome::Added);
        let added = match &part.import {
            Some(import) => new + self.added_by(event, import).await?,
            None => new,
        };
        let now = self.parts.clock.now();
        let begun = || ImportId::new(now, rand::random());
        let order = ImportOrder {
            import: part.import.unwrap_or_else(begun),
            invites: added <= u64::from(subject.document.invitations.limit_per_run),
        };
        let planned = rows.iter().enumerate();
        let mut places: Vec<usize> = planned
            .filter(|(_, row)| matches!(row.outcome, RowOutcome::Added | RowOutcome::Changed))
            .map(|(place, _)| place)
            .collect();
        let is_over = || part.until.is_some_and(|until| Instant::now() >= until);
        // Some rows are written however little time there is, so that every call comes nearer to the end.
        loop {
            let rest = places.split_off(places.len().min(PIECE));
            let piece = places.iter().filter_map(|place| list.rows.get(*place));
            let done = self.play_rows(&subject, piece, Some(&order)).await?;
            for (place, row) in places.iter().zip(done) {
                if let Some(planned) = rows.get_mut(*place) {
                    *planned = row;
                }
            }
            places = rest;
            if places.is_empty() || is_over() {
                break;
            }
        }
        let left: BTreeSet<usize> = places.into_iter().collect();
        let written = rows.into_iter().enumerate();
        let written = written.filter(|(place, _)| !left.contains(place));
        let rows = written.map(|(_, row)| row).collect();
        let columns = (list.columns, list.unused);
        Ok(ImportReport {
            left: left.len() as u64,
            import: Some(order.import),
            ..report(&subject, columns, rows, order.invites)
        })
    }

    /// How many people an import added, as far as nobody undid that.
    async fn added_by(&self, event: &EventId, import: &ImportId) -> Result<u64, Error> {
        let mut added = 0;
        self.each_attendee(event, |_, attendee| {
            let mut marks = attendee.imports.iter();
            added += u64::from(marks.any(|mark| mark.import == *import && mark.added));
        })
        .await?;
        Ok(added)
    }

    /// Plans rows of a list, and writes them where an order says so. Returns what became of each, in order.
    async fn play_rows(
        &self,
        subject: &HandEvent,
        rows: impl Iterator<Item = &ReadRow> + Send,
        order: Option<&ImportOrder>,
    ) -> Result<Vec<ImportedRow>, Error> {
        let run = self.parts.store.newest_run(&subject.document.event).await?;
        let invites = order.is_some_and(|order| order.invites);
        // Each invitation that is queued writes the batch that they wait in, so one goes after the other.
        let at_once = if invites && subject.document.invitations.enabled {
            1
        } else {
            CONCURRENT_PEOPLE
        };
        let rows: Vec<ReadRow> = rows.cloned().collect();
        stream::iter(rows)
            .map(|row| self.play_row(subject, row, run, order))
            .buffered(at_once)
            .try_collect()
            .await
    }

    async fn play_row(
        &self,
        subject: &HandEvent,
        row: ReadRow,
        run: RunNumber,
        order: Option<&ImportOrder>,
    ) -> Result<ImportedRow, Error> {
        let mut imported = ImportedRow {
            row: row.number,
            email: row.email,
            outcome: RowOutcome::Rejected,
            fields: Vec::new(),
            reasons: row.reasons,
        };
        let (Some(edit), Some(email)) = (row.edit, &imported.email) else {
            return Ok(imported);
        };
        let put = HandPut {
            email,
            edit: &edit,
            scope: HandScope::Import,
            run,
            order,
        };
        match self.put_one(subject, &put, order.is_some()).await {
            Ok(done) => {
                imported.outcome = match done.outcome {
                    PutOutcome::Added => RowOutcome::Added,
                    PutOutcome::Edited => RowOutcome::Changed,
                    PutOutcome::Unchanged => RowOutcome::Unchanged,
                };
                imported.fields = done.fields;
            }
            Err(error @ (Error::Blocked | Error::Refused(_) | Error::Contended)) => {
                imported.reasons.push(error.to_string());
            }
            Err(other) => return Err(other),
        }
        Ok(imported)
    }

    /// Releases all that an import set and nobody changed since by hand. Returns of how many people.
    pub async fn undo_import(&self, event: &EventId, import: &ImportId) -> Result<u64, Error> {
        let mut people = Vec::new();
        self.each_attendee(event, |_, attendee| {
            if attendee.imports.iter().any(|mark| mark.import == *import) {
                people.push(attendee.email.clone());
            }
        })
        .await?;
        let mut undone = 0;
        for email in people {
            let changed = self
                .change_by_hand(event, &email, |planner| Ok(planner.undo(import)))
                .await;
            match changed {
                Ok(changed) => undone += u64::from(changed),
                // Erased meanwhile.
                Err(Error::NoPerson) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(undone)
    }
}

fn count(rows: &[ImportedRow], outcome: RowOutcome) -> u64 {
    rows.iter().filter(|row| row.outcome == outcome).count() as u64
}

/// The report on these rows; a preview's, without a name.
fn report(
    subject: &HandEvent,
    (columns, unused): (ImportColumns, Vec<String>),
    rows: Vec<ImportedRow>,
    invites: bool,
) -> ImportReport {
    ImportReport {
        import: None,
        columns,
        unused,
        added: count(&rows, RowOutcome::Added),
        changed: count(&rows, RowOutcome::Changed),
        unchanged: count(&rows, RowOutcome::Unchanged),
        rejected: count(&rows, RowOutcome::Rejected),
        left: 0,
        invites: subject.document.invitations.enabled && invites,
        rows: rows
            .into_iter()
            .filter(|row| row.outcome != RowOutcome::Unchanged || !row.reasons.is_empty())
            .collect(),
    }
}
