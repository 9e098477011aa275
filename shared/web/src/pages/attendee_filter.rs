//! The filters over the list of attendees: what is asked for, and how links and forms say it.
//!
//! Words that are looked for name people. They are kept for the session that typed them; addresses
//! of pages have only a handle to them.

use attendee_sync_app::{Choices, ExportFormat};
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::run::RunMode;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::attendees::no_page;
use crate::access::Session;
use crate::attendee_query::AttendeeQuery;
use crate::console::Console;
use crate::extract::FormFields;
use crate::problem::HttpProblem;
use crate::words;

/// Runs looked at for the last one that synced everybody.
const LATEST: usize = 20;

/// What the address of the page asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AttendeesQuery {
    status: String,
    group: String,
    country: String,
    invitation: String,
    /// `last_run`, or nothing.
    changed: String,
    sort: String,
    /// The handle of the words that are looked for.
    words: String,
    after: String,
    /// Of a file: `jsonl`; otherwise CSV.
    format: String,
}

/// The handle of the words that a form looks for; nothing where it looks for none.
pub(super) async fn words_of(
    console: &Console,
    session: &Session,
    event: &EventId,
    fields: &FormFields,
) -> Result<String, HttpProblem> {
    let text = fields.get("search").trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let community = console.app.document(event).await?.community;
    let seal = console.searches.begin(&community).await?;
    console.searches.keep(session, &seal, &text.into()).await
}

impl AttendeesQuery {
    /// What the form asks for.
    pub(super) async fn typed(
        console: &Console,
        session: &Session,
        event: &EventId,
        fields: &FormFields,
    ) -> Result<Self, HttpProblem> {
        let field = |name| fields.get(name).to_owned();
        let words = words_of(console, session, event, fields).await?;
        Ok(Self {
            status: field("status"),
            group: field("group"),
            country: field("country"),
            invitation: field("invitation"),
            changed: field("changed"),
            sort: field("sort"),
            words,
            ..Self::default()
        })
    }

    /// The list that a form is about, as it says in fields beginning with `list.`.
    pub(super) fn carried(fields: &FormFields) -> Self {
        let field = |name| fields.get(&format!("list.{name}")).to_owned();
        Self {
            status: field("status"),
            group: field("group"),
            country: field("country"),
            invitation: field("invitation"),
            changed: field("changed"),
            sort: field("sort"),
            words: field("words"),
            ..Self::default()
        }
    }

    /// What a form carries so that it is about the same list.
    pub(super) fn pairs_of_form(&self) -> Vec<(&'static str, String)> {
        let pairs = self.pairs().into_iter();
        pairs
            .filter(|(name, value)| !value.is_empty() && !matches!(*name, "after" | "format"))
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    }

    /// The same as the API would be asked, sorted by name where nothing else is said.
    pub(super) async fn query(
        &self,
        console: &Console,
        session: &Session,
        event: &EventId,
    ) -> Result<AttendeeQuery, HttpProblem> {
        let search = console.searches.look(session, &self.words).await?;
        let sort = match self.sort.as_str() {
            "" => "name",
            sort => sort,
        };
        Ok(AttendeeQuery {
            status: self.status.clone(),
            search: search.as_deref().unwrap_or_default().to_owned(),
            group: self.group.clone(),
            country: self.country.clone(),
            invitation: self.invitation.clone(),
            changed_in: match self.changed.as_str() {
                "last_run" => last_sync(console, event).await?,
                _ => String::new(),
            },
            sort: sort.to_owned(),
            ..AttendeeQuery::default()
        })
    }

    /// Whether it asks for more than to look at those who are there, by name.
    pub(super) fn narrows(&self) -> bool {
        let plain = Self {
            after: self.after.clone(),
            status: self.status.clone(),
            ..Self::default()
        };
        self.address() != plain.address() || self.status == "removed"
    }

    /// Whether words were typed that are kept no longer.
    pub(super) fn has_forgotten_words(&self, query: &AttendeeQuery) -> bool {
        !self.words.is_empty() && query.search.is_empty()
    }

    pub(super) fn after(&self) -> Result<Option<PersonId>, HttpProblem> {
        match self.after.as_str() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| no_page()),
        }
    }

    pub(super) fn format(&self) -> ExportFormat {
        file_format(&self.format)
    }

    /// What stands behind a page's address to ask for the same; with the question mark.
    pub(super) fn address(&self) -> String {
        behind(self.pairs())
    }

    fn pairs(&self) -> [(&'static str, &str); 9] {
        [
            ("status", &self.status),
            ("group", &self.group),
            ("country", &self.country),
            ("invitation", &self.invitation),
            ("changed", &self.changed),
            ("sort", &self.sort),
            ("words", &self.words),
            ("after", &self.after),
            ("format", &self.format),
        ]
    }
}

/// The form of a file that somebody asks for.
pub(super) fn file_format(name: &str) -> ExportFormat {
    match name {
        "jsonl" => ExportFormat::JsonLines,
        _ => ExportFormat::Csv,
    }
}

/// What stands behind an address: the pairs that have a value, with the question mark; nothing
/// where none has.
pub(super) fn behind<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
    match query.finish().as_str() {
        "" => String::new(),
        query => format!("?{query}"),
    }
}

/// The number of the last sync; of none where there was none.
async fn last_sync(console: &Console, event: &EventId) -> Result<String, HttpProblem> {
    let runs = console.app.runs(event, None, LATEST).await?;
    let mut syncs = runs.iter().filter(|run| run.mode == RunMode::Sync);
    Ok(syncs.next().map_or(0, |run| run.id.number.0).to_string())
}

/// A choice of a filter: its value, its words, and whether it is chosen.
pub(super) type FilterOption = (String, String, bool);

/// The filters as the page shows them.
pub(super) struct AttendeeFilterView {
    asked: AttendeesQuery,
    /// Whether words were typed that are kept no longer.
    pub(super) forgotten: bool,
    pub(super) search: String,
    pub(super) groups: Vec<FilterOption>,
    pub(super) countries: Vec<FilterOption>,
    sort: String,
}

impl AttendeeFilterView {
    pub(super) fn new(asked: AttendeesQuery, query: AttendeeQuery, choices: &Choices) -> Self {
        let counted = |name: &str, count: usize| {
            let count = words::number(count as u64);
            format!("{name} ({count})")
        };
        let mut groups: Vec<FilterOption> = choices
            .groups
            .iter()
            .map(|(name, choice)| {
                let chosen = choice.value == query.group;
                (
                    choice.value.clone(),
                    counted(name.as_str(), choice.count),
                    chosen,
                )
            })
            .collect();
        let mut countries: Vec<FilterOption> = choices
            .countries
            .iter()
            .map(|choice| {
                let chosen = choice.value == query.country;
                (
                    choice.value.clone(),
                    counted(&choice.value, choice.count),
                    chosen,
                )
            })
            .collect();
        with_chosen(&mut groups, &query.group);
        with_chosen(&mut countries, &query.country);
        Self {
            forgotten: asked.has_forgotten_words(&query),
            asked,
            search: query.search,
            groups,
            countries,
            sort: query.sort,
        }
    }

    /// Whether something narrows the list.
    pub(super) fn narrow(&self) -> bool {
        let asked = &self.asked;
        let filters = [
            &asked.group,
            &asked.country,
            &asked.invitation,
            &asked.changed,
        ];
        !self.search.is_empty() || filters.iter().any(|filter| !filter.is_empty())
    }

    /// Whether something stands otherwise than at first.
    pub(super) fn set(&self) -> bool {
        self.narrow() || !self.asked.sort.is_empty() || !matches!(self.status(), "attending")
    }

    pub(super) fn status(&self) -> &str {
        match self.asked.status.as_str() {
            "" => "attending",
            status => status,
        }
    }

    pub(super) fn statuses(&self) -> Vec<FilterOption> {
        offers(
            &[
                ("attending", "Attending"),
                ("removed", "Removed"),
                ("all", "All"),
            ],
            self.status(),
        )
    }

    pub(super) fn invitations(&self) -> Vec<FilterOption> {
        let states: Vec<_> = words::invitation_states()
            .map(|name| (name, words::invitation(name)))
            .collect();
        offers(&states, &self.asked.invitation)
    }

    pub(super) fn changes(&self) -> Vec<FilterOption> {
        offers(&[("last_run", "In the last sync")], &self.asked.changed)
    }

    pub(super) fn sorts(&self) -> Vec<FilterOption> {
        offers(
            &[
                ("name", "Name"),
                ("email", "E-mail"),
                ("company", "Company"),
                ("country", "Country"),
                ("-updated", "Last changed"),
                ("-added", "Last added"),
            ],
            &self.sort,
        )
    }

    /// Where a column's heading leads: to the list sorted by it, or the other way round.
    pub(super) fn sorted_by(&self, column: &str) -> String {
        let sort = if self.sort == column {
            format!("-{column}")
        } else {
            column.to_owned()
        };
        self.with(|asked| asked.sort = sort)
    }

    /// For assistive technology.
    pub(super) fn direction(&self, column: &str) -> &'static str {
        match self.sort.strip_prefix('-') {
            Some(name) if name == column => "descending",
            None if self.sort == column => "ascending",
            _ => "none",
        }
    }

    pub(super) fn arrow(&self, column: &str) -> &'static str {
        match self.direction(column) {
            "ascending" => " \u{2191}",
            "descending" => " \u{2193}",
            _ => "",
        }
    }

    /// What stands behind the address of the page after this one.
    pub(super) fn next(&self, after: &PersonId) -> String {
        self.with(|asked| asked.after = after.to_string())
    }

    pub(super) fn first(&self) -> String {
        self.with(|_| {})
    }

    pub(super) fn file(&self, format: &str) -> String {
        self.with(|asked| format.clone_into(&mut asked.format))
    }

    fn with(&self, change: impl FnOnce(&mut AttendeesQuery)) -> String {
        let mut asked = AttendeesQuery {
            after: String::new(),
            ..self.asked.clone()
        };
        change(&mut asked);
        asked.address()
    }

    pub(super) fn carried(&self) -> Vec<(&'static str, String)> {
        self.asked.pairs_of_form()
    }
}

pub(super) fn offers(choices: &[(&str, &str)], chosen: &str) -> Vec<FilterOption> {
    choices
        .iter()
        .map(|(value, words)| ((*value).to_owned(), (*words).to_owned(), *value == chosen))
        .collect()
}

/// What is chosen is offered also where nobody has it any more.
fn with_chosen(offers: &mut Vec<FilterOption>, chosen: &str) {
    if !chosen.is_empty() && !offers.iter().any(|(_, _, is)| *is) {
        offers.push((chosen.to_owned(), chosen.to_owned(), true));
    }
}
