//! The filters of the list of attendees, and their form in links and forms.
//!
//! Search texts may name people. They are kept for the session that typed them; addresses of pages
//! contain only a handle.

use attendee_sync_app::Choices;
use attendee_sync_domain::ids::{EventId, PersonId};
use attendee_sync_domain::run::RunMode;
use serde::{Deserialize, Serialize};

use super::attendee_columns::{AttendeeColumn, AttendeeColumns};
use crate::access::Session;
use crate::console::Console;
use crate::extract::FormFields;
use crate::lists::choices::{FilterOption, counted, offers, with_chosen};
use crate::lists::filters::AttendeeQuery;
use crate::lists::kept_words::KeptWords;
use crate::lists::links::{FileLinks, ListAddress, PageLinks};
use crate::lists::paging::position;
use crate::problem::HttpProblem;
use crate::texts::t;
use crate::words;

/// Most runs that are searched for the last one that synced everybody.
const LATEST: usize = 20;
/// Attendees on a page.
const PAGE: usize = 100;
/// Attendees on a page that is for print.
const PRINTED: usize = 1_000;

/// The query of the page's address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct AttendeesQuery {
    status: String,
    group: String,
    country: String,
    invitation: String,
    activity: String,
    /// `last_run`, or empty.
    changed: String,
    sort: String,
    /// The names of the columns, separated by full stops; empty for the usual ones.
    columns: String,
    /// The handle of the search text.
    #[serde(skip_serializing)]
    words: String,
    #[serde(skip_serializing)]
    after: String,
    /// `yes` for a page that is for print, or nothing.
    #[serde(skip_serializing)]
    print: String,
}

impl AttendeesQuery {
    /// Reads the filters of a submitted form.
    pub(super) async fn typed(
        console: &Console,
        session: &Session,
        event: &EventId,
        fields: &FormFields,
    ) -> Result<Self, HttpProblem> {
        let field = |name| fields.get(name).to_owned();
        let words = KeptWords::keep(console, session, event, fields).await?;
        let other_than = |name, usual| match fields.get(name) {
            given if given == usual => String::new(),
            given => given.to_owned(),
        };
        Ok(Self {
            status: other_than("status", "attending"),
            group: field("group"),
            country: field("country"),
            invitation: field("invitation"),
            activity: field("activity"),
            changed: field("changed"),
            sort: other_than("sort", "name"),
            columns: AttendeeColumns::typed(fields).address(),
            words,
            ..Self::default()
        })
    }

    /// Returns the list that a form is about, from its fields that begin with `list.`.
    pub(super) fn carried(fields: &FormFields) -> Self {
        let field = |name| fields.get(&format!("list.{name}")).to_owned();
        Self {
            status: field("status"),
            group: field("group"),
            country: field("country"),
            invitation: field("invitation"),
            activity: field("activity"),
            changed: field("changed"),
            sort: field("sort"),
            columns: field("columns"),
            words: field("words"),
            after: field("after"),
            ..Self::default()
        }
    }

    /// What a form carries so that it is about the same page of the same list.
    pub(super) fn pairs_of_form(&self) -> Vec<(&'static str, String)> {
        let pairs = self.pairs().into_iter();
        pairs
            .filter(|(name, value)| !value.is_empty() && *name != "print")
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    }

    /// The same as far as it is saved: without words that name people, and from the first page.
    pub(super) fn to_save(&self) -> Self {
        Self {
            words: String::new(),
            after: String::new(),
            print: String::new(),
            ..self.clone()
        }
    }

    /// The columns that are shown.
    pub(super) fn columns(&self) -> AttendeeColumns {
        AttendeeColumns::named(&self.columns)
    }

    /// Whether the page is for print.
    pub(super) fn prints(&self) -> bool {
        self.print == "yes"
    }

    /// How many attendees are on a page.
    pub(super) fn limit(&self) -> usize {
        if self.prints() { PRINTED } else { PAGE }
    }

    /// Returns the query for the API; the default order is by name.
    pub(super) async fn query(
        &self,
        console: &Console,
        session: &Session,
        event: &EventId,
    ) -> Result<AttendeeQuery, HttpProblem> {
        let search = KeptWords::read(console, session, &self.words).await?.text;
        let sort = match self.sort.as_str() {
            "" => "name",
            sort => sort,
        };
        Ok(AttendeeQuery {
            status: self.status.clone(),
            search,
            group: self.group.clone(),
            country: self.country.clone(),
            invitation: self.invitation.clone(),
            activity: self.activity.clone(),
            changed_in: match self.changed.as_str() {
                "last_run" => last_sync(console, event).await?,
                _ => String::new(),
            },
            sort: sort.to_owned(),
            ..AttendeeQuery::default()
        })
    }

    /// Returns whether the filters differ from the attending people, sorted by name.
    pub(super) fn narrows(&self) -> bool {
        let plain = Self {
            after: self.after.clone(),
            status: self.status.clone(),
            columns: self.columns.clone(),
            ..Self::default()
        };
        *self != plain || self.status == "removed"
    }

    /// Returns whether a search text was typed that is no longer kept.
    pub(super) fn has_forgotten_words(&self, query: &AttendeeQuery) -> bool {
        !self.words.is_empty() && query.search.is_empty()
    }

    pub(super) fn after(&self) -> Result<Option<PersonId>, HttpProblem> {
        position("after", Some(&self.after))
    }
}

impl ListAddress for AttendeesQuery {
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("status", &self.status),
            ("group", &self.group),
            ("country", &self.country),
            ("invitation", &self.invitation),
            ("activity", &self.activity),
            ("changed", &self.changed),
            ("sort", &self.sort),
            ("columns", &self.columns),
            ("words", &self.words),
            ("after", &self.after),
            ("print", &self.print),
        ]
    }
}

/// Returns the number of the last sync; 0 where there was none.
async fn last_sync(console: &Console, event: &EventId) -> Result<String, HttpProblem> {
    let runs = console.app.runs(event, None, LATEST).await?;
    let mut syncs = runs.iter().filter(|run| run.mode == RunMode::Sync);
    Ok(syncs.next().map_or(0, |run| run.id.number.0).to_string())
}

/// The filters as the page shows them.
pub(super) struct AttendeeFilterView {
    asked: AttendeesQuery,
    /// Whether a search text was typed that is no longer kept.
    pub(super) forgotten: bool,
    pub(super) search: String,
    pub(super) groups: Vec<FilterOption>,
    pub(super) countries: Vec<FilterOption>,
    sort: String,
}

impl AttendeeFilterView {
    pub(super) fn new(asked: AttendeesQuery, query: AttendeeQuery, choices: &Choices) -> Self {
        let (group, country) = (query.group.as_str(), query.country.as_str());
        let groups = choices
            .groups
            .iter()
            .map(|(name, choice)| counted(&choice.value, name.as_str(), choice.count, group));
        let countries = choices.countries.iter().map(|choice| {
            let words = words::country(&choice.value);
            counted(&choice.value, words, choice.count, country)
        });
        let groups = with_chosen(groups.collect(), group);
        let mut countries = with_chosen(countries.collect(), country);
        countries.sort_by(|(_, a, _), (_, b, _)| a.cmp(b));
        Self {
            forgotten: asked.has_forgotten_words(&query),
            asked,
            search: query.search,
            groups,
            countries,
            sort: query.sort,
        }
    }

    /// Returns whether a filter is set.
    pub(super) fn narrow(&self) -> bool {
        let asked = &self.asked;
        let filters = [
            &asked.group,
            &asked.country,
            &asked.invitation,
            &asked.activity,
            &asked.changed,
        ];
        !self.search.is_empty() || filters.iter().any(|filter| !filter.is_empty())
    }

    /// Returns whether a filter or the order differs from the default.
    pub(super) fn set(&self) -> bool {
        self.narrow() || self.asked.to_save() != AttendeesQuery::default()
    }

    /// Every column, and whether it is shown.
    pub(super) fn columns(&self) -> impl Iterator<Item = (AttendeeColumn, bool)> {
        self.asked.columns().offers().into_iter()
    }

    pub(super) fn shown_columns(&self) -> Vec<AttendeeColumn> {
        self.asked.columns().shown().to_vec()
    }

    /// Whether the page is for print.
    pub(super) fn prints(&self) -> bool {
        self.asked.prints()
    }

    /// What stands behind the address of the same list for print, or from there of the list itself.
    pub(super) fn print_address(&self) -> String {
        let print = if self.prints() { "" } else { "yes" };
        self.asked.with(|asked| {
            asked.after.clear();
            print.clone_into(&mut asked.print);
        })
    }

    /// What narrows the list, in words: "Attending; group: Speakers; country: Germany".
    pub(super) fn in_words(&self) -> String {
        let chosen = |offers: &[FilterOption]| {
            let mut offers = offers.iter();
            let chosen = offers.find(|(_, _, is)| *is);
            chosen.map(|(_, words, _)| words.clone())
        };
        let of = |name: &str, words: Option<String>| words.map(|words| format!("{name}: {words}"));
        let search = (!self.search.is_empty()).then(|| self.search.clone());
        let parts = [
            chosen(&self.statuses()),
            of(t("attendee-filter-group"), chosen(&self.groups)),
            of(t("attendee-filter-country"), chosen(&self.countries)),
            of(t("attendee-filter-invitation"), chosen(&self.invitations())),
            of(t("attendee-filter-changed"), chosen(&self.changes())),
            of(t("attendee-filter-name-or-email"), search),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join("; ")
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
                ("attending", t("attendee-filter-attending")),
                ("removed", t("attendee-filter-removed")),
                ("all", t("attendee-filter-all")),
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

    pub(super) fn activities(&self) -> Vec<FilterOption> {
        offers(
            &[
                ("no_account", t("attendee-filter-no-account-yet")),
                ("not_entered", t("attendee-filter-not-entered-yet")),
            ],
            &self.asked.activity,
        )
    }

    pub(super) fn changes(&self) -> Vec<FilterOption> {
        offers(
            &[("last_run", t("attendee-filter-in-the-last-sync"))],
            &self.asked.changed,
        )
    }

    pub(super) fn sorts(&self) -> Vec<FilterOption> {
        offers(
            &[
                ("name", t("attendee-filter-name")),
                ("email", t("attendee-filter-email")),
                ("company", t("attendee-filter-company")),
                ("country", t("attendee-filter-sort-country")),
                ("-updated", t("attendee-filter-last-changed")),
                ("-added", t("attendee-filter-last-added")),
            ],
            &self.sort,
        )
    }

    /// Returns the address of a column's heading: the list sorted by that column, or in reverse
    /// order.
    pub(super) fn sorted_by(&self, column: &str) -> String {
        let sort = if self.sort == column {
            format!("-{column}")
        } else {
            column.to_owned()
        };
        self.asked.with(|asked| {
            asked.after.clear();
            asked.sort = sort;
        })
    }

    /// Returns the order of a column, for assistive technology.
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

    /// Returns the links to the first page of the list at `path`, unless `is_first` says that it is
    /// displayed, and to the next page.
    pub(super) fn pager(&self, path: &str, is_first: bool, next: Option<PersonId>) -> PageLinks {
        let page = |after: String| {
            let asked = self.asked.with(|asked| asked.after = after);
            format!("{path}{asked}#list")
        };
        PageLinks::new(t("attendee-filter-pages"))
            .first(
                t("attendee-filter-first-page"),
                (!is_first).then(|| page(String::new())),
            )
            .next(
                t("attendee-filter-next-page"),
                next.map(|next| page(next.to_string())),
            )
    }

    /// The links to the list at `path` as files.
    pub(super) fn files(&self, path: &str) -> FileLinks {
        let mut asked = self.asked.clone();
        asked.after.clear();
        asked.columns.clear();
        asked.print.clear();
        FileLinks::of(
            &format!("{path}/attendees/file"),
            &asked,
            t("attendee-filter-the-attendees"),
        )
    }

    pub(super) fn carried(&self) -> Vec<(&'static str, String)> {
        self.asked.pairs_of_form()
    }
}
