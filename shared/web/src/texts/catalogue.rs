//! A catalogue: the messages of one language, read from files in the format of Project Fluent.
//!
//! Of the format it knows what the files use: texts, values (`{ $name }`), literals, and choices by
//! a value, which is either a word or a number with the plural forms of the language.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_syntax::ast::{
    Entry, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey,
};
use fluent_syntax::parser;

/// The values of a message by their names.
pub(super) type Arguments = Vec<(Cow<'static, str>, String)>;

/// The files of the English catalogue, by name.
pub(crate) const ENGLISH: [(&str, &str); 4] = [
    ("pages.ftl", include_str!("../../texts/en/pages.ftl")),
    ("words.ftl", include_str!("../../texts/en/words.ftl")),
    ("settings.ftl", include_str!("../../texts/en/settings.ftl")),
    (
        "countries.ftl",
        include_str!("../../texts/en/countries.ftl"),
    ),
];

pub(super) fn english() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> =
        LazyLock::new(|| Catalogue::read(&ENGLISH, plural_form_in_english));
    &CATALOGUE
}

/// Makes the letters of a text unlike any that data has: wide ones, which are also longer.
#[cfg(test)]
fn pseudo_letters(text: &str) -> String {
    let wide = |c: char| match c {
        'a'..='z' | 'A'..='Z' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
        c => c,
    };
    text.chars().map(wide).collect()
}

/// The English catalogue with every letter of its texts made unlike any other.
#[cfg(test)]
pub(super) fn pseudo() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        let mut catalogue = Catalogue::read(&ENGLISH, plural_form_in_english);
        catalogue.change_texts(&|text| super::sentences::outside_of_tags(text, pseudo_letters));
        catalogue
    });
    &CATALOGUE
}

/// Returns the plural form of a number by the rules of the Unicode CLDR.
fn plural_form_in_english(number: &str) -> &'static str {
    if number == "1" { "one" } else { "other" }
}

/// The messages of a language.
#[derive(Debug)]
pub(super) struct Catalogue {
    messages: HashMap<String, Message>,
    plural_form: fn(&str) -> &'static str,
}

#[derive(Debug)]
struct Message {
    pieces: Vec<MessagePiece>,
    /// The whole text, where it needs no value.
    plain: Option<String>,
}

#[derive(Debug)]
enum MessagePiece {
    Text(String),
    Value(String),
    Choice {
        by: String,
        variants: Vec<(String, Vec<MessagePiece>)>,
        default: usize,
    },
}

/// A piece of a message as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum TextPiece<'t> {
    /// A text of the catalogue.
    Text(&'t str),
    /// A value of the caller.
    Value(&'t str),
}

impl<'t> TextPiece<'t> {
    pub(super) fn raw(self) -> &'t str {
        match self {
            Self::Text(raw) | Self::Value(raw) => raw,
        }
    }
}

impl Catalogue {
    /// Reads the files of a language. What cannot be read is left out; a test reads them, too.
    fn read(files: &[(&str, &str)], plural_form: fn(&str) -> &'static str) -> Self {
        let mut messages = HashMap::new();
        for (_, file) in files {
            let resource = parser::parse_runtime(*file).unwrap_or_else(|(partial, _)| partial);
            for entry in resource.body {
                let Entry::Message(message) = entry else {
                    continue;
                };
                let pieces = message
                    .value
                    .map(|value| pieces(&value))
                    .unwrap_or_default();
                messages.insert(message.id.name.to_owned(), Message::new(pieces));
            }
        }
        Self {
            messages,
            plural_form,
        }
    }

    /// Returns the text of a message that needs no value.
    pub(super) fn plain(&self, id: &str) -> Option<&str> {
        self.messages.get(id)?.plain.as_deref()
    }

    /// Writes a message piece by piece; the id itself where no such message exists.
    pub(super) fn write(&self, id: &str, values: &Arguments, out: &mut dyn FnMut(TextPiece<'_>)) {
        match self.messages.get(id) {
            Some(message) => self.write_pieces(&message.pieces, values, out),
            None => out(TextPiece::Text(id)),
        }
    }

    fn write_pieces(
        &self,
        pieces: &[MessagePiece],
        values: &Arguments,
        out: &mut dyn FnMut(TextPiece<'_>),
    ) {
        let value = |name: &str| {
            let found = values.iter().find(|(known, _)| *known == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        for piece in pieces {
            match piece {
                MessagePiece::Text(text) => out(TextPiece::Text(text)),
                MessagePiece::Value(name) => out(TextPiece::Value(value(name))),
                MessagePiece::Choice {
                    by,
                    variants,
                    default,
                } => {
                    let number = value(by).replace(',', "");
                    let is_number = number.parse::<f64>().is_ok();
                    let form = is_number.then(|| (self.plural_form)(&number));
                    let named = |name: &str| variants.iter().find(|(key, _)| key == name);
                    let chosen = named(&number)
                        .or_else(|| named(form?))
                        .or_else(|| variants.get(*default));
                    if let Some((_, pieces)) = chosen {
                        self.write_pieces(pieces, values, out);
                    }
                }
            }
        }
    }
}

impl Message {
    fn new(pieces: Vec<MessagePiece>) -> Self {
        let texts: Option<String> = pieces
            .iter()
            .map(|piece| match piece {
                MessagePiece::Text(text) => Some(text.as_str()),
                MessagePiece::Value(_) | MessagePiece::Choice { .. } => None,
            })
            .collect();
        Self {
            pieces,
            plain: texts,
        }
    }
}

fn pieces(pattern: &Pattern<&str>) -> Vec<MessagePiece> {
    let elements = pattern.elements.iter();
    elements
        .flat_map(|element| match element {
            PatternElement::TextElement { value } => {
                vec![MessagePiece::Text((*value).to_owned())]
            }
            PatternElement::Placeable { expression } => of_expression(expression),
        })
        .collect()
}

fn of_expression(expression: &Expression<&str>) -> Vec<MessagePiece> {
    match expression {
        Expression::Inline(inline) => of_inline(inline),
        Expression::Select {
            selector: InlineExpression::VariableReference { id },
            variants,
        } => vec![MessagePiece::Choice {
            by: id.name.to_owned(),
            default: variants.iter().position(|one| one.default).unwrap_or(0),
            variants: variants.iter().map(of_variant).collect(),
        }],
        Expression::Select { .. } => Vec::new(),
    }
}

fn of_variant(variant: &Variant<&str>) -> (String, Vec<MessagePiece>) {
    let key = match variant.key {
        VariantKey::Identifier { name } => name,
        VariantKey::NumberLiteral { value } => value,
    };
    (key.to_owned(), pieces(&variant.value))
}

fn of_inline(inline: &InlineExpression<&str>) -> Vec<MessagePiece> {
    match inline {
        InlineExpression::StringLiteral { value } | InlineExpression::NumberLiteral { value } => {
            vec![MessagePiece::Text((*value).to_owned())]
        }
        InlineExpression::VariableReference { id } => {
            vec![MessagePiece::Value(id.name.to_owned())]
        }
        InlineExpression::Placeable { expression } => of_expression(expression),
        // Functions, terms and references to other messages are not used; a test says so.
        _ => Vec::new(),
    }
}

/// What tests ask of a catalogue.
#[cfg(test)]
impl Catalogue {
    fn change_texts(&mut self, change: &dyn Fn(&str) -> String) {
        fn each(pieces: &mut [MessagePiece], change: &dyn Fn(&str) -> String) {
            for piece in pieces {
                match piece {
                    MessagePiece::Text(text) => *text = change(text),
                    MessagePiece::Value(_) => {}
                    MessagePiece::Choice { variants, .. } => {
                        for (_, pieces) in variants {
                            each(pieces, change);
                        }
                    }
                }
            }
        }
        for message in self.messages.values_mut() {
            each(&mut message.pieces, change);
            *message = Message::new(std::mem::take(&mut message.pieces));
        }
    }
}

/// The names of the values and of the elements of each message.
#[cfg(test)]
pub(crate) fn names_of_english() -> std::collections::BTreeMap<String, MessageNames> {
    fn each(pieces: &[MessagePiece], names: &mut MessageNames) {
        for piece in pieces {
            match piece {
                MessagePiece::Text(text) => {
                    names.elements.extend(super::sentences::elements_of(text));
                }
                MessagePiece::Value(name) => drop(names.values.insert(name.clone())),
                MessagePiece::Choice { by, variants, .. } => {
                    names.values.insert(by.clone());
                    for (_, pieces) in variants {
                        each(pieces, names);
                    }
                }
            }
        }
    }
    let messages = english().messages.iter();
    messages
        .map(|(id, message)| {
            let mut names = MessageNames::default();
            each(&message.pieces, &mut names);
            (id.clone(), names)
        })
        .collect()
}

/// The names of the values and of the elements of a message.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct MessageNames {
    pub(crate) values: std::collections::BTreeSet<String>,
    pub(crate) elements: std::collections::BTreeSet<String>,
}
