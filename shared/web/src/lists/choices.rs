//! What the filters of a page offer.

use std::collections::BTreeMap;

use crate::words;

/// A choice of a filter: its value, its words, and whether it is chosen.
pub(crate) type FilterOption = (String, String, bool);

/// These values with these words.
pub(crate) fn offers(choices: &[(&str, &str)], chosen: &str) -> Vec<FilterOption> {
    choices
        .iter()
        .map(|(value, words)| ((*value).to_owned(), (*words).to_owned(), *value == chosen))
        .collect()
}

/// A value with these words and how often it comes.
pub(crate) fn counted(value: &str, words: &str, count: usize, chosen: &str) -> FilterOption {
    let count = words::number(count as u64);
    (
        value.to_owned(),
        format!("{words} ({count})"),
        value == chosen,
    )
}

/// Adds what is chosen where nobody has it any more.
pub(crate) fn with_chosen(mut offers: Vec<FilterOption>, chosen: &str) -> Vec<FilterOption> {
    if !chosen.is_empty() && !offers.iter().any(|(_, _, is)| *is) {
        offers.push((chosen.to_owned(), chosen.to_owned(), true));
    }
    offers
}

/// Each of these names once, with how often it comes; what is chosen also where it comes never.
pub(crate) fn names<'n>(all: impl Iterator<Item = &'n str>, chosen: &'n str) -> Vec<FilterOption> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    if !chosen.is_empty() {
        counts.entry(chosen).or_default();
    }
    let counts = counts.into_iter();
    counts
        .map(|(name, count)| named(name, count, chosen))
        .collect()
}

/// A name as people read it, with how often it comes.
pub(crate) fn named(name: &str, count: usize, chosen: &str) -> FilterOption {
    let words = words::capitalised(&words::field_name(name));
    counted(name, &words, count, chosen)
}
