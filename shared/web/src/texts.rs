//! The texts of the console: every sentence, label and title that people read is a message of the
//! catalogue in `shared/web/texts`, found by its id. This module decides which language a request
//! is answered in; it must not hold a text itself.
//!
//! Templates and handlers name a message in one of four ways:
//!
//! - `t("id")` for a text as it stands;
//! - `text!("id", count = n)`, and in templates `crate::text("id").with("count", n)`, for a text
//!   with values;
//! - `{% filter crate::sentence("id") %}` in a template for a sentence that contains elements;
//! - [`TextId`] in a table of constants, whose text is looked up when it is shown.

mod catalogue;
mod macros;
mod sentences;

use std::fmt;

use axum::extract::Request;

use catalogue::{Arguments, Catalogue};

pub(crate) use macros::text;
pub(crate) use sentences::sentence;

/// The name of the program, which is the same in every language.
pub(crate) const PRODUCT: &str = "Attendee Sync";

tokio::task_local! {
    static LANGUAGE: Language;
}

/// A language of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// English, which has every message. Programs get it, too.
    English,
    /// English in letters that occur nowhere else, by which tests find texts that do not come from
    /// the catalogue.
    #[cfg(test)]
    Pseudo,
}

impl Language {
    /// Returns the language of the request under way.
    fn current() -> Self {
        LANGUAGE
            .try_with(|language| *language)
            .unwrap_or(Self::English)
    }

    fn catalogue(self) -> &'static Catalogue {
        match self {
            Self::English => catalogue::english(),
            #[cfg(test)]
            Self::Pseudo => catalogue::pseudo(),
        }
    }

    /// Returns the language that a request asks for; `None` where it asks for none.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        request.extensions().get().copied()
    }

    /// Answers a request in this language.
    pub(crate) async fn answer<T>(self, work: impl Future<Output = T>) -> T {
        LANGUAGE.scope(self, work).await
    }
}

/// Returns the text of a message without values; the id itself where no such message exists, which
/// a test rules out.
pub(crate) fn t(id: &'static str) -> &'static str {
    find(id).unwrap_or(id)
}

/// Returns the text of a message without values; `None` where no such message exists.
pub(crate) fn find(id: &str) -> Option<&'static str> {
    Language::current().catalogue().plain(id)
}

/// Begins a message with values.
pub(crate) fn text(id: &'static str) -> TextWithValues {
    TextWithValues {
        id,
        values: Arguments::default(),
    }
}

/// A message and the values that stand in it.
#[derive(Debug, Clone)]
pub(crate) struct TextWithValues {
    id: &'static str,
    values: Arguments,
}

impl TextWithValues {
    /// Adds the value that the message names so.
    pub(crate) fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.values.push((name.into(), value.to_string()));
        self
    }
}

impl fmt::Display for TextWithValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let catalogue = Language::current().catalogue();
        let mut text = String::new();
        catalogue.write(self.id, &self.values, &mut |piece| {
            text.push_str(piece.raw());
        });
        f.write_str(&text)
    }
}

/// The id of a message in a table of constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextId(&'static str);

impl TextId {
    /// No text.
    pub(crate) const NONE: Self = Self("");

    pub(crate) const fn is_none(self) -> bool {
        self.0.is_empty()
    }

    /// Returns the text in the language of the request under way.
    pub(crate) fn text(self) -> &'static str {
        if self.is_none() { "" } else { t(self.0) }
    }
}

impl fmt::Display for TextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Names a message in a table of constants.
pub(crate) const fn id(id: &'static str) -> TextId {
    TextId(id)
}

/// What tests ask of the English catalogue.
#[cfg(test)]
pub(crate) use catalogue::{ENGLISH as ENGLISH_FILES, names_of_english};
