//! Tables on a terminal: as wide as it is, folded where it is narrow, with states in colour.

use attendee_sync_domain::run::RunState;
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use super::{print, printable};

/// Characters that a column of a table should have; where a terminal has room for fewer, each row is folded into lines.
const COLUMN: usize = 11;

/// How good what a cell says is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Waits,
    UnderWay,
}

impl Tone {
    /// Whether a run came to a good end.
    pub(crate) fn of(state: RunState) -> Self {
        match state {
            RunState::Succeeded => Self::Good,
            RunState::Failed | RunState::Interrupted => Self::Bad,
            RunState::Held | RunState::Stopped => Self::Waits,
            RunState::Queued | RunState::Reading | RunState::Applying => Self::UnderWay,
        }
    }

    /// The text in the colour of the tone, on a terminal; `NO_COLOR` turns colours off.
    pub(crate) fn colour(self, text: &str) -> String {
        self.style(console::style(text)).to_string()
    }

    fn style<D>(self, text: console::StyledObject<D>) -> console::StyledObject<D> {
        match self {
            Self::Good => text.green(),
            Self::Bad => text.red(),
            Self::Waits => text.yellow(),
            Self::UnderWay => text.cyan(),
        }
    }

    /// Stands before a text of this tone while it is arranged: a character that takes no room (an invisible operator of Unicode).
    fn mark(self) -> char {
        match self {
            Self::Good => '\u{2061}',
            Self::Bad => '\u{2062}',
            Self::Waits => '\u{2063}',
            Self::UnderWay => '\u{2064}',
        }
    }

    const ALL: [Self; 4] = [Self::Good, Self::Bad, Self::Waits, Self::UnderWay];
}

/// What a table has in a row and a column.
#[derive(Debug, Clone)]
pub(crate) struct TableCell {
    text: String,
    tone: Option<Tone>,
}

impl TableCell {
    pub(crate) fn toned(text: &str, tone: Tone) -> Self {
        Self {
            text: text.to_owned(),
            tone: Some(tone),
        }
    }

    /// The state of a run.
    pub(crate) fn of_state(state: RunState) -> Self {
        Self::toned(state.name(), Tone::of(state))
    }

    /// Without what a terminal would act on, and marked with its tone.
    fn marked(self) -> String {
        let is_mark = |c: char| Tone::ALL.iter().any(|tone| tone.mark() == c);
        let text = printable(&self.text).replace(is_mark, "");
        match self.tone {
            Some(tone) if !text.is_empty() => format!("{}{text}{}", tone.mark(), tone.mark()),
            _ => text,
        }
    }
}

impl From<String> for TableCell {
    fn from(text: String) -> Self {
        Self { text, tone: None }
    }
}

/// Prints rows under a header, as wide as the terminal; nothing where there are none. Elsewhere than on a terminal, lines are as
/// long as they are.
pub(crate) fn print_table<C: Into<TableCell>>(header: &[&str], rows: Vec<Vec<C>>) {
    if rows.is_empty() {
        return;
    }
    let columns = console::Term::stdout().size_checked();
    let columns = columns.map(|(_, columns)| usize::from(columns));
    let rows = rows.into_iter();
    let rows: Vec<Vec<String>> = rows
        .map(|row| row.into_iter().map(|cell| cell.into().marked()).collect())
        .collect();
    print(&coloured(&arranged(header, rows, columns)));
}

/// The rows as lines; `width` says how many characters a line of the terminal has.
fn arranged(header: &[&str], rows: Vec<Vec<String>>, width: Option<usize>) -> String {
    if width.is_some_and(|width| width < header.len() * COLUMN) {
        return folded(header, &rows);
    }
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.iter().map(|name| name.to_uppercase()));
    if let Some(width) = width {
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    for row in rows {
        table.add_row(row);
    }
    format!("{table}\n")
}

/// Each row as lines of their own: the heading of a column, then what the row says there.
fn folded(header: &[&str], rows: &[Vec<String>]) -> String {
    let longest = header.iter().map(|name| name.chars().count()).max();
    let indent = longest.unwrap_or(0) + 2;
    let line = |(name, cell): (&&str, &String)| {
        let name = name.to_uppercase();
        let cell = cell.replace('\n', &format!("\n{:indent$}", ""));
        (!cell.is_empty()).then(|| format!("{name:indent$}{cell}\n"))
    };
    let rows = rows.iter().map(|row| {
        let lines = header.iter().zip(row).filter_map(line);
        lines.collect::<String>()
    });
    let rows: Vec<String> = rows.collect();
    rows.join("\n")
}

/// Colours what is marked, on a terminal, and takes the marks away.
fn coloured(text: &str) -> String {
    let mut text = text.to_owned();
    for tone in Tone::ALL {
        let mut parts = text.split(tone.mark());
        let mut coloured = parts.next().unwrap_or_default().to_owned();
        while let Some(marked) = parts.next() {
            coloured.push_str(&tone.colour(marked));
            coloured.push_str(parts.next().unwrap_or_default());
        }
        text = coloured;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        let cell = |text: &str| TableCell::from(text.to_owned()).marked();
        vec![
            vec![
                cell("1"),
                TableCell::of_state(RunState::Succeeded).marked(),
                cell("company: Contoso\ncountry: NL"),
            ],
            vec![
                cell("12\u{2062}"),
                TableCell::of_state(RunState::Failed).marked(),
                cell(""),
            ],
        ]
    }

    const HEADER: [&str; 3] = ["run", "state", "fields"];

    /// Marked as a test can read it.
    fn shown(text: &str) -> String {
        text.replace('\u{2061}', "+").replace('\u{2062}', "-")
    }

    #[test]
    fn colours_take_no_room_and_come_from_nothing_that_others_wrote() {
        let wide = arranged(&HEADER, rows(), Some(80));
        let plain = coloured(&wide);
        assert!(!plain.contains(['\u{2061}', '\u{2062}']), "{plain}");
        let starts: Vec<Option<usize>> = plain
            .lines()
            .map(|line| {
                line.find("STATE")
                    .or(line.find("succeeded"))
                    .or(line.find("failed"))
            })
            .collect();
        assert_eq!((starts[0], starts[1]), (starts[1], starts[3]), "{plain}");
        let marked = shown(&wide);
        assert!(
            marked.contains("+succeeded+") && marked.contains("-failed-"),
            "{marked}"
        );
        assert!(marked.contains(" 12 "), "{marked}");
    }

    #[test]
    fn a_row_is_folded_where_the_terminal_is_narrow() {
        let narrow = shown(&arranged(&HEADER, rows(), Some(30)));
        assert_eq!(
            narrow,
            "RUN     1\nSTATE   +succeeded+\nFIELDS  company: Contoso\n        country: NL\n\nRUN     12\nSTATE   -failed-\n"
        );
    }
}
