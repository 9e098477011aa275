//! Splits a pasted command into words, as the shells of Unix and the command line of Windows do.

use std::iter::Peekable;
use std::str::Chars;

/// A quote that is opened and never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quotation mark ({0}) is opened and not closed; copy the whole command")]
pub struct Unclosed(pub char);

/// Splits a command into words.
pub(super) fn words(command: &str) -> Result<Vec<String>, Unclosed> {
    let command = command.replace("\r\n", "\n");
    if is_of_windows(&command) {
        return windows(&without_carets(&command));
    }
    unix(&command)
}

/// Returns whether a command was written for the command line of Windows: its lines or its quotes
/// contain carets.
fn is_of_windows(command: &str) -> bool {
    command.contains("^\"") || command.lines().any(|line| line.trim_end().ends_with('^'))
}

/// Removes carets: a caret escapes the character after it, and joins lines at the end of a line.
fn without_carets(command: &str) -> String {
    let mut text = String::with_capacity(command.len());
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '^' => match letters.next() {
                Some('\n') => text.push(' '),
                Some(next) => text.push(next),
                None => {}
            },
            letter => text.push(letter),
        }
    }
    text
}

/// Splits a Windows command. Only double quotes count; a backslash escapes only a quote, and two
/// quotes within quotes are one.
fn windows(command: &str) -> Result<Vec<String>, Unclosed> {
    let mut words = ShellWords::default();
    let mut is_quoted = false;
    let mut letters = command.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'"') => words.push(letters.next().unwrap_or('"')),
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                words.push(letters.next().unwrap_or('"'));
            }
            '"' => {
                is_quoted = !is_quoted;
                words.begin();
            }
            letter if letter.is_whitespace() && !is_quoted => words.end(),
            letter => words.push(letter),
        }
    }
    if is_quoted {
        Err(Unclosed('"'))
    } else {
        Ok(words.all())
    }
}

fn unix(command: &str) -> Result<Vec<String>, Unclosed> {
    let mut words = ShellWords::default();
    let mut letters = command.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => single(&mut letters, &mut words)?,
            '"' => double(&mut letters, &mut words)?,
            '$' if letters.peek() == Some(&'\'') => {
                letters.next();
                ansi(&mut letters, &mut words)?;
            }
            // A backslash continues a line; in PowerShell a backtick does.
            '\\' | '`' if letters.peek() == Some(&'\n') => {
                letters.next();
                words.end();
            }
            '\\' => words.push(letters.next().unwrap_or('\\')),
            letter if letter.is_whitespace() => words.end(),
            letter => words.push(letter),
        }
    }
    Ok(words.all())
}

fn single(letters: &mut Peekable<Chars<'_>>, words: &mut ShellWords) -> Result<(), Unclosed> {
    words.begin();
    for letter in letters.by_ref() {
        if letter == '\'' {
            return Ok(());
        }
        words.push(letter);
    }
    Err(Unclosed('\''))
}

fn double(letters: &mut Peekable<Chars<'_>>, words: &mut ShellWords) -> Result<(), Unclosed> {
    words.begin();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return Ok(()),
            '\\' => match letters.next() {
                Some('\n') => {}
                Some(next @ ('"' | '\\' | '$' | '`')) => words.push(next),
                Some(next) => {
                    words.push('\\');
                    words.push(next);
                }
                None => words.push('\\'),
            },
            letter => words.push(letter),
        }
    }
    Err(Unclosed('"'))
}

/// Reads `$'…'`, which browsers write for text with control characters.
fn ansi(letters: &mut Peekable<Chars<'_>>, words: &mut ShellWords) -> Result<(), Unclosed> {
    words.begin();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => return Ok(()),
            '\\' => match letters.next() {
                Some('n') => words.push('\n'),
                Some('r') => words.push('\r'),
                Some('t') => words.push('\t'),
                Some('x') => code(letters, words, 2),
                Some('u') => code(letters, words, 4),
                Some('U') => code(letters, words, 8),
                Some(next) => words.push(next),
                None => {}
            },
            letter => words.push(letter),
        }
    }
    Err(Unclosed('\''))
}

/// Reads a character by its number; the two halves of a surrogate pair are combined.
fn code(letters: &mut Peekable<Chars<'_>>, words: &mut ShellWords, most: usize) {
    let mut number = digits(letters, most);
    if (0xD800..0xDC00).contains(&number) {
        let mut ahead = letters.clone();
        if (ahead.next(), ahead.next()) == (Some('\\'), Some('u')) {
            let low = digits(&mut ahead, 4);
            if (0xDC00..0xE000).contains(&low) {
                *letters = ahead;
                number = 0x1_0000 + ((number - 0xD800) << 10) + (low - 0xDC00);
            }
        }
    }
    words.push(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER));
}

fn digits(letters: &mut Peekable<Chars<'_>>, most: usize) -> u32 {
    let mut number = 0_u32;
    for _ in 0..most {
        let Some(digit) = letters.peek().and_then(|letter| letter.to_digit(16)) else {
            break;
        };
        number = number.wrapping_mul(16).wrapping_add(digit);
        letters.next();
    }
    number
}

#[derive(Default)]
struct ShellWords {
    all: Vec<String>,
    word: Option<String>,
}

impl ShellWords {
    fn begin(&mut self) {
        self.word.get_or_insert_default();
    }

    fn push(&mut self, letter: char) {
        self.word.get_or_insert_default().push(letter);
    }

    fn end(&mut self) {
        self.all.extend(self.word.take());
    }

    fn all(mut self) -> Vec<String> {
        self.end();
        self.all
    }
}
