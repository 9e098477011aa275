//! What the people of changes are called where a change is about two of them: a ticket that moved.

use std::collections::{BTreeSet, HashMap};

use attendee_sync_app::{App, Error};
use attendee_sync_domain::ids::{CommunityId, PersonId};
use attendee_sync_domain::run::Change;

use super::view::ChangeRow;

/// Name and address of the people of moves, as they are now. Nobody is named who was erased.
pub(super) struct ChangeNames(HashMap<PersonId, String>);

impl ChangeNames {
    /// Reads the users whose tickets moved and those who have them now: one read, and none where no ticket moved.
    pub(super) async fn read(
        app: &App,
        community: &CommunityId,
        changes: &[Change],
    ) -> Result<Self, Error> {
        let moves = changes
            .iter()
            .filter_map(|change| Some([change.person, change.moved_to?]));
        let people: BTreeSet<PersonId> = moves.flatten().collect();
        if people.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let mut names = app.names_of_people(community, &people).await?;
        // Whoever a preview would add is no user yet.
        for change in changes {
            if let Some(email) = change
                .email
                .as_ref()
                .filter(|_| people.contains(&change.person))
            {
                names
                    .entry(change.person)
                    .or_insert_with(|| email.to_string());
            }
        }
        Ok(Self(names))
    }

    /// The changes as rows that `row` makes, the moves of both people.
    pub(super) fn rows(
        &self,
        changes: impl IntoIterator<Item = Change>,
        row: impl Fn(Change) -> ChangeRow,
    ) -> Vec<ChangeRow> {
        let rows = changes.into_iter().map(|change| {
            let (from, to) = (change.person, change.moved_to);
            let moved = to.and_then(|to| Some((self.0.get(&from)?, self.0.get(&to)?)));
            let moved = moved.map(|(from, to)| (from.clone(), to.clone()));
            ChangeRow {
                moved,
                ..row(change)
            }
        });
        rows.collect()
    }
}
