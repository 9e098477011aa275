//! Links between the pages of a list, and to its files.

use crate::texts::t;
use askama::Template;
use url::form_urlencoded::Serializer;

/// The filters of a list in the address of a page.
pub(crate) trait ListAddress: Clone {
    /// Returns the parameters with their values; empty ones are not written.
    fn pairs(&self) -> Vec<(&'static str, &str)>;

    /// Returns the query with these filters, including its question mark.
    fn address(&self) -> String {
        behind(self.pairs())
    }

    /// Returns the query after a change of the filters.
    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut asked = self.clone();
        change(&mut asked);
        asked.address()
    }
}

/// Returns the query of the pairs that have a value, including its question mark; empty where none
/// has.
fn behind<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
    match query.finish().as_str() {
        "" => String::new(),
        query => format!("?{query}"),
    }
}

/// The links below a list to its first page and to the next.
#[derive(Template)]
#[template(path = "part/pager.html")]
pub(crate) struct PageLinks {
    /// The label of the links, for assistive technology.
    label: &'static str,
    first: Option<PageLink>,
    next: Option<PageLink>,
}

struct PageLink {
    address: String,
    words: &'static str,
}

impl PageLinks {
    /// Returns the part without links.
    pub(crate) fn new(label: &'static str) -> Self {
        Self {
            label,
            first: None,
            next: None,
        }
    }

    /// Adds the link to the first page, if there is an address.
    pub(crate) fn first(mut self, words: &'static str, address: Option<String>) -> Self {
        self.first = address.map(|address| PageLink { address, words });
        self
    }

    /// Adds the link to the next page, where there is one.
    pub(crate) fn next(mut self, words: &'static str, address: Option<String>) -> Self {
        self.next = address.map(|address| PageLink { address, words });
        self
    }

    /// Returns the links of an unfiltered list at `path`, where `parameter` contains the start of a
    /// page. `is_first` says whether the first page is displayed.
    pub(crate) fn of(
        order: PageOrder,
        path: &str,
        parameter: &str,
        is_first: bool,
        next: Option<impl ToString>,
    ) -> Self {
        let (first_words, next_words) = match order {
            PageOrder::Forward => (t("lists-links-first-page"), t("lists-links-next-page")),
            PageOrder::NewestFirst => (t("lists-links-newest"), t("lists-links-older")),
        };
        let next = next.map(|next| {
            let next = next.to_string();
            format!("{path}{}", behind([(parameter, next.as_str())]))
        });
        Self::new(t("lists-links-pages"))
            .first(first_words, (!is_first).then(|| path.to_owned()))
            .next(next_words, next)
    }
}

/// The order of a list, which decides the texts of its links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageOrder {
    Forward,
    NewestFirst,
}

/// The links to a list as files.
#[derive(Template)]
#[template(path = "part/files.html")]
pub(crate) struct FileLinks {
    /// The address of each file, and the name of its format.
    files: Vec<(String, &'static str)>,
    /// A description of the files' content, for assistive technology.
    of: &'static str,
}

impl FileLinks {
    /// Returns the links to the files at this path with these filters.
    pub(crate) fn of(path: &str, asked: &impl ListAddress, of: &'static str) -> Self {
        let files = super::export::FORMATS.into_iter().map(|(format, words)| {
            let mut pairs = asked.pairs();
            pairs.push(("format", format));
            (format!("{path}{}", behind(pairs)), words)
        });
        Self {
            files: files.collect(),
            of,
        }
    }
}

/// A list without filters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WholeList;

impl ListAddress for WholeList {
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }
}
