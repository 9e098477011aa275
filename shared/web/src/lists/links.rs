//! Links between the pages of a list, and to its files.

use askama::Template;
use url::form_urlencoded::Serializer;

/// What the address of a page asks for of a list.
pub(crate) trait ListAddress: Clone {
    /// The parameters with their values; one that is empty is not written.
    fn pairs(&self) -> Vec<(&'static str, &str)>;

    /// What stands behind a page's address to ask for the same; with the question mark.
    fn address(&self) -> String {
        behind(self.pairs())
    }

    /// The same for what is asked with a change.
    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut asked = self.clone();
        change(&mut asked);
        asked.address()
    }
}

/// What stands behind an address: the pairs that have a value, with the question mark; nothing
/// where none has.
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
    /// What the links are called for assistive technology.
    label: &'static str,
    first: Option<PageLink>,
    next: Option<PageLink>,
}

struct PageLink {
    address: String,
    words: &'static str,
}

impl PageLinks {
    /// Without a link yet.
    pub(crate) fn new(label: &'static str) -> Self {
        Self {
            label,
            first: None,
            next: None,
        }
    }

    /// Adds the link to the first page, where another one is shown.
    pub(crate) fn first(mut self, words: &'static str, address: Option<String>) -> Self {
        self.first = address.map(|address| PageLink { address, words });
        self
    }

    /// Adds the link to the next page, where there is one.
    pub(crate) fn next(mut self, words: &'static str, address: Option<String>) -> Self {
        self.next = address.map(|address| PageLink { address, words });
        self
    }

    /// The pages of a list that nothing narrows: at `path`, each beginning where `parameter` says. `is_first` says whether the
    /// first one is shown.
    pub(crate) fn of(
        order: PageOrder,
        path: &str,
        parameter: &str,
        is_first: bool,
        next: Option<impl ToString>,
    ) -> Self {
        let (first_words, next_words) = match order {
            PageOrder::Forward => ("First page", "Next page"),
            PageOrder::NewestFirst => ("Newest", "Older"),
        };
        let next = next.map(|next| {
            let next = next.to_string();
            format!("{path}{}", behind([(parameter, next.as_str())]))
        });
        Self::new("Pages")
            .first(first_words, (!is_first).then(|| path.to_owned()))
            .next(next_words, next)
    }
}

/// In which order a list is, as its links say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageOrder {
    Forward,
    NewestFirst,
}

/// The links to a list as files.
#[derive(Template)]
#[template(path = "part/files.html")]
pub(crate) struct FileLinks {
    /// Address and name of the form of each.
    files: Vec<(String, &'static str)>,
    /// What the files have, for assistive technology.
    of: &'static str,
}

impl FileLinks {
    /// The files at this path of what is asked for.
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

/// A list that nothing narrows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WholeList;

impl ListAddress for WholeList {
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }
}
