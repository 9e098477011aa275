//! The options of a page's filters.

use std::collections::BTreeMap;

use crate::words;

/// An option of a filter: its value, its label, and whether it is selected.
pub(crate) type FilterOption = (String, String, bool);

/// Returns options for these values with these labels.
pub(crate) fn offers(choices: &[(&str, &str)], chosen: &str) -> Vec<FilterOption> {
    choices
        .iter()
        .map(|(value, words)| ((*value).to_owned(), (*words).to_owned(), *value == chosen))
        .collect()
}

/// Returns an option with a label and a count.
pub(crate) fn counted(value: &str, words: &str, count: usize, chosen: &str) -> FilterOption {
    let count = words::number(count as u64);
    (
        value.to_owned(),
        format!("{words} ({count})"),
        value == chosen,
    )
}

/// Adds the selected value as an option if it occurs no more.
pub(crate) fn with_chosen(mut offers: Vec<FilterOption>, chosen: &str) -> Vec<FilterOption> {
    if !chosen.is_empty() && !offers.iter().any(|(_, _, is)| *is) {
        offers.push((chosen.to_owned(), chosen.to_owned(), true));
    }
    offers
}

/// Returns an option for each of these names, with its count. The selected name is included even if
/// it does not occur.
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

/// Returns a name as a label with its count.
pub(crate) fn named(name: &str, count: usize, chosen: &str) -> FilterOption {
    let words = words::capitalised(&words::field_name(name));
    counted(name, &words, count, chosen)
}
