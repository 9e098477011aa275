//! The parts of the configurator's form as its page shows them: each field with its text, its
//! mistake, and what a test found for it.

use std::collections::BTreeMap;

use askama::Template;
use attendee_sync_domain::expression::Expression;
use attendee_sync_domain::feed::FieldFound;

use crate::configurator::{
    Branch, ChoiceShape, KindChoice, Leaf, LeafKind, ON, RowList, Section, SectionPart, Sections,
    TypedFields, likely,
};
use crate::texts::{TextId, t, text};
use crate::words;

/// The values that fill the fields.
pub(super) struct Filling<'f> {
    pub(super) typed: &'f TypedFields,
    /// Mistakes by the names of fields.
    pub(super) wrong: &'f BTreeMap<String, String>,
    /// The fields that a test of the connection found.
    pub(super) found: &'f [FieldFound],
    /// The stored values, where another person changed them meanwhile.
    pub(super) theirs: Option<&'f TypedFields>,
    /// The address to which the form is sent.
    pub(super) action: &'f str,
    /// The note about the credential, and whether one is kept for the form.
    pub(super) hint: &'f str,
    pub(super) is_kept: bool,
    /// The name of the stored document's secret, and whether the secret is stored.
    pub(super) secret: Option<&'f (String, bool)>,
    /// The path of a list that gets more empty rows.
    pub(super) more_rows: &'f str,
}

/// A section of the page.
pub(super) struct ShownSection {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) lead: &'static str,
    pub(super) blocks: Vec<FormBlock>,
}

/// A part of a section.
#[derive(Template)]
#[template(path = "part/block.html")]
pub(super) struct FormBlock {
    content: Content,
}

enum Content {
    Field(Input),
    Choice(Chosen),
    Rows(FormBlockRows),
    More {
        title: &'static str,
        open: bool,
        blocks: Vec<FormBlock>,
    },
}

/// The kind of element that shows a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Control {
    Line,
    Area,
    Select,
    Credential,
}

struct Input {
    name: String,
    label: String,
    /// Whether the label is for screen readers only, because the field is beside another one.
    bare: bool,
    help: String,
    control: Control,
    kind: &'static str,
    value: String,
    options: Vec<(&'static str, &'static str, bool)>,
    /// The id of the list of suggestions.
    list: &'static str,
    required: bool,
    problem: Option<String>,
    /// The line of an expression that does not compile, and below it a caret.
    caret: Option<String>,
    notes: Vec<String>,
}

/// A choice with the fields of each kind.
struct Chosen {
    label: &'static str,
    help: &'static str,
    shape: ChoiceShape,
    chooser: Input,
    /// The kinds that have fields: name, label, fields.
    branches: Vec<(&'static str, &'static str, Vec<Input>)>,
    options: Vec<Input>,
    /// Whether an option differs from its default.
    open: bool,
    /// Whether the profile requires a value.
    required: bool,
}

impl Chosen {
    fn is_on(&self) -> bool {
        self.chooser.value == ON
    }
}

struct FormBlockRows {
    path: &'static str,
    label: &'static str,
    help: &'static str,
    word: &'static str,
    ordered: bool,
    note: Option<String>,
    action: String,
    /// The filled rows, followed by empty ones.
    all: Vec<FormBlockRow>,
}

struct FormBlockRow {
    is_filled: bool,
    /// Whether there is a row before it, and one after it.
    neighbours: (bool, bool),
    inputs: Vec<Input>,
}

/// A field with a mistake: its name, its label, and the mistake.
pub(super) type FormMistake = (String, String, String);

impl Filling<'_> {
    /// Returns all sections, and their mistakes in order.
    pub(super) fn show(&self, sections: Sections) -> (Vec<ShownSection>, Vec<FormMistake>) {
        let mut faults = Vec::new();
        let list = sections.list();
        let shown = list
            .iter()
            .map(|section| self.section(section, &mut faults));
        (shown.collect(), faults)
    }

    fn section(&self, section: &Section, faults: &mut Vec<FormMistake>) -> ShownSection {
        ShownSection {
            id: section.id,
            title: section.title.text(),
            lead: section.lead.text(),
            blocks: self.blocks(section.parts, faults),
        }
    }

    fn blocks(
        &self,
        parts: &'static [SectionPart],
        faults: &mut Vec<FormMistake>,
    ) -> Vec<FormBlock> {
        let content = |part: &'static SectionPart| match part {
            SectionPart::Leaf(leaf) => {
                Content::Field(self.field(leaf.key.to_owned(), leaf, "", faults))
            }
            SectionPart::Choice(choice) => Content::Choice(self.choice(choice, faults)),
            SectionPart::List(list) => Content::Rows(self.rows(list, faults)),
            SectionPart::More(title, parts) => {
                let before = faults.len();
                let blocks = self.blocks(parts, faults);
                Content::More {
                    title: title.text(),
                    open: faults.len() > before || blocks.iter().any(FormBlock::says_something),
                    blocks,
                }
            }
        };
        let blocks = parts
            .iter()
            .map(content)
            .map(|content| FormBlock { content });
        blocks.collect()
    }

    /// Returns a field. `of` is the profile field that it fills, if that name is shown beside it.
    fn field(
        &self,
        name: String,
        leaf: &'static Leaf,
        of: &str,
        faults: &mut Vec<FormMistake>,
    ) -> Input {
        let label = match of {
            "" => leaf.label.to_string(),
            of => format!("{of}: {}", words::uncapitalised(leaf.label.text())),
        };
        let value = self.typed.get(&name);
        let problem = self.wrong.get(&name).cloned();
        if let Some(problem) = &problem {
            faults.push((name.clone(), label.clone(), problem.clone()));
        }
        let is_code = matches!(leaf.kind, LeafKind::Expression | LeafKind::Condition);
        let caret = problem.as_ref().filter(|_| is_code).and_then(|_| {
            let at = Expression::fault_at(value)?;
            Some(words::caret(value, at))
        });
        let mut notes = Vec::new();
        notes.extend(self.theirs(&name, leaf));
        if leaf.kind == LeafKind::Path {
            notes.extend(self.found(&name, value));
        }
        Input {
            help: self.help(leaf, value),
            control: control(leaf.kind),
            kind: type_of(leaf.kind),
            options: options(leaf.kind, value),
            list: match (leaf.kind, leaf.key) {
                (LeafKind::Path | LeafKind::Condition, _) => "found",
                (_, "time_zone") => "zones",
                (_, "community") => "communities",
                _ => "",
            },
            bare: !of.is_empty(),
            required: leaf.required && leaf.default.is_empty(),
            value: value.to_owned(),
            label,
            name,
            problem,
            caret,
            notes,
        }
    }

    fn help(&self, leaf: &'static Leaf, value: &str) -> String {
        if leaf.kind != LeafKind::Secret {
            return leaf.help.to_string();
        }
        match self.secret {
            _ if self.is_kept => t("blocks-the-credential-typed-before").to_owned(),
            Some((name, true)) if name == value => {
                text!("blocks-one-is-stored-as", name = name)
            }
            _ if !self.hint.is_empty() => self.hint.to_owned(),
            Some((name, false)) if name == value => {
                text!("blocks-none-is-stored-as", name = name, help = leaf.help)
            }
            _ => text!("blocks-help-it-is-never", help = leaf.help),
        }
    }

    /// Returns the stored value of a field that another person changed.
    fn theirs(&self, name: &str, leaf: &'static Leaf) -> Option<String> {
        let theirs = self.theirs?.get(name);
        if theirs == self.typed.get(name) {
            return None;
        }
        let words = options(leaf.kind, theirs)
            .into_iter()
            .find(|option| option.2);
        Some(stored_now(words.map_or(theirs, |option| option.1)))
    }

    /// Returns what the records have at a path.
    fn found(&self, name: &str, path: &str) -> Option<String> {
        if self.found.is_empty() {
            return None;
        }
        let field = self.found.iter().find(|field| field.path == path.trim());
        if let Some(field) = field {
            return Some(match &field.example {
                Some(example) => text!("blocks-found-for-example-example", example = example),
                None => t("blocks-found-and-blank-in").to_owned(),
            });
        }
        let mapping = name.strip_suffix(".path.path").unwrap_or(name);
        let perhaps = likely(mapping, self.found)
            .map(|field| text!("blocks-perhaps-path", path = field.path));
        match (path.trim(), perhaps) {
            ("", perhaps) => perhaps.map(|perhaps| words::sentence(&perhaps)),
            (_, Some(perhaps)) => Some(text!("blocks-no-record-tested-has", perhaps = perhaps)),
            (_, None) => Some(t("blocks-no-record-tested-has-it").to_owned()),
        }
    }

    fn choice(&self, choice: &'static KindChoice, faults: &mut Vec<FormMistake>) -> Chosen {
        let kind = self.typed.get(&choice.name());
        let is_mapped = choice.shape == ChoiceShape::Mapping;
        let of = if is_mapped { choice.label.text() } else { "" };
        let chooser = self.chooser(choice, kind, faults);
        let mut branch = |branch: &'static Branch| {
            let own = choice.own(branch);
            let fields = own.map(|(name, leaf)| self.field(name, leaf, of, faults));
            (branch.name, branch.label.text(), fields.collect())
        };
        let branches = choice.kinds.iter().map(&mut branch);
        let branches = branches.filter(|(_, _, fields): &(_, _, Vec<_>)| !fields.is_empty());
        let branches = branches.collect();
        let before = faults.len();
        let options: Vec<Input> = choice
            .options()
            .map(|(name, leaf)| self.field(name, leaf, "", faults))
            .collect();
        let usual = choice
            .options()
            .all(|(name, leaf)| self.typed.get(&name) == leaf.default);
        Chosen {
            label: choice.label.text(),
            help: choice.help.text(),
            shape: choice.shape,
            required: is_mapped
                && choice
                    .kinds
                    .iter()
                    .all(|kind| kind.leaves.iter().all(|leaf| leaf.required)),
            chooser,
            branches,
            options,
            open: !usual || faults.len() > before,
        }
    }

    fn chooser(
        &self,
        choice: &'static KindChoice,
        kind: &str,
        faults: &mut Vec<FormMistake>,
    ) -> Input {
        let name = choice.name();
        let option = |branch: &Branch| (branch.name, branch.label.text(), branch.name == kind);
        let problem = self.wrong.get(&name).cloned();
        if let Some(problem) = &problem {
            faults.push((name.clone(), choice.label.to_string(), problem.clone()));
        }
        let theirs = self.theirs.map(|theirs| theirs.get(&name));
        let theirs = theirs.filter(|theirs| *theirs != kind);
        let theirs = theirs.and_then(|theirs| choice.branch(theirs));
        Input {
            label: match choice.shape {
                ChoiceShape::Mapping => text!("blocks-label-taken-from", label = choice.label),
                _ => choice.label.to_string(),
            },
            bare: choice.shape == ChoiceShape::Mapping,
            help: match choice.shape {
                ChoiceShape::Mapping => String::new(),
                _ => choice.help.to_string(),
            },
            control: Control::Select,
            kind: "",
            value: kind.to_owned(),
            options: choice.kinds.iter().map(option).collect(),
            list: "",
            required: false,
            problem,
            caret: None,
            notes: theirs
                .map(|branch| stored_now(branch.label.text()))
                .into_iter()
                .collect(),
            name,
        }
    }

    fn rows(&self, list: &'static RowList, faults: &mut Vec<FormMistake>) -> FormBlockRows {
        let filled = self.typed.rows(list);
        // The form has one empty row, and more on demand.
        let empty = if self.more_rows == list.path { 4 } else { 1 };
        let rows = (0..filled + empty).map(|row| {
            let columns = list.columns.iter();
            let field = |leaf: &'static Leaf| {
                let before = faults.len();
                let input = self.field(list.name(row, leaf.key), leaf, "", faults);
                for (_, label, _) in faults.iter_mut().skip(before) {
                    *label = format!(
                        "{} {}, {}",
                        words::capitalised(list.row.text()),
                        row + 1,
                        words::uncapitalised(label)
                    );
                }
                // Another person's rows may be in other positions.
                Input {
                    notes: Vec::new(),
                    ..input
                }
            };
            FormBlockRow {
                is_filled: row < filled,
                neighbours: (row > 0, row + 1 < filled),
                inputs: columns.map(field).collect(),
            }
        });
        let all = rows.collect();
        let theirs = self.theirs.map(|theirs| theirs.rows(list));
        let theirs = theirs.filter(|theirs| *theirs != filled);
        FormBlockRows {
            path: list.path,
            label: list.label.text(),
            help: list.help.text(),
            word: list.row.text(),
            ordered: list.ordered,
            note: theirs.map(|count| stored_now(&words::counted(count as u64, list.counted))),
            action: format!("{}/rows#{}", self.action, list.path),
            all,
        }
    }
}

impl FormBlock {
    /// Returns whether the part differs from a part that is left out.
    fn says_something(&self) -> bool {
        match &self.content {
            Content::Field(input) => {
                // The first of several options is the default.
                let first = input.options.first();
                let is_default = first.is_some_and(|(word, ..)| *word == input.value);
                !input.value.is_empty() && input.kind != "whole" && !is_default
            }
            Content::Choice(chosen) => chosen.is_on(),
            Content::Rows(rows) => rows.all.len() > 1,
            Content::More { open, .. } => *open,
        }
    }
}

fn stored_now(text: &str) -> String {
    match text {
        "" => t("blocks-stored-now-nothing").to_owned(),
        text => text!("blocks-stored-now-text", text = text),
    }
}

fn control(kind: LeafKind) -> Control {
    match kind {
        LeafKind::Choice(_) | LeafKind::Flag(_) => Control::Select,
        LeafKind::Expression | LeafKind::Lines | LeafKind::LinesOr(_) | LeafKind::Places => {
            Control::Area
        }
        LeafKind::Secret => Control::Credential,
        _ => Control::Line,
    }
}

fn type_of(kind: LeafKind) -> &'static str {
    match kind {
        LeafKind::Moment => "datetime-local",
        LeafKind::Clock => "time",
        LeafKind::Whole(_) => "whole",
        _ => "text",
    }
}

fn options(kind: LeafKind, value: &str) -> Vec<(&'static str, &'static str, bool)> {
    let (LeafKind::Choice(options) | LeafKind::Flag(options)) = kind else {
        return Vec::new();
    };
    let option = |(word, label): &(&'static str, TextId)| (*word, label.text(), *word == value);
    options.iter().map(option).collect()
}
