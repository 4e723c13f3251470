//! Where each value of a study comes from.
//!
//! In: the `[basis]` tables of a study and of the one that it extends. Out: dotted key or table →
//! text. Not here: the values.

use super::document::Document;
use super::key::Key;
use super::reader::Item;
use crate::error::{Problem, did_you_mean};
use std::collections::{BTreeMap, BTreeSet};

/// The basis of a value of which the study does not say it.
pub(crate) const NOT_STATED: &str = "basis not stated";

const BEGINNINGS: [&str; 3] = ["assumption: ", "computed: ", "source: "];

/// Whether a key is a value that needs a basis: not the question, not a history, not the claim.
pub(crate) fn needs_basis(key: &Key) -> bool {
    !matches!(key.table, "" | "data" | "claim")
}

/// Reads `[basis]`. A value that a study changes without a word does not keep the basis of the
/// study that it extends.
pub(crate) fn read(
    document: &Document,
    keys: &[&Key],
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, String> {
    let known: BTreeSet<String> = keys
        .iter()
        .filter(|key| needs_basis(key))
        .flat_map(|key| [key.dotted(), key.table.to_string()])
        .collect();
    let mut basis = BTreeMap::new();
    let mut is_own = BTreeMap::new();
    for (dotted, entry) in &document.entries {
        let Some(name) = dotted.strip_prefix("basis.") else { continue };
        let mut place = entry.place.clone();
        place.column = Some(name.into());
        if !known.contains(name) {
            let problem = Problem::new("[basis] speaks of an unknown key").at(place).found(name);
            let hint = did_you_mean(name, known.iter().map(String::as_str));
            problems.push(if hint.is_empty() { problem } else { problem.help(hint) });
            continue;
        }
        match &entry.item {
            Item::Text(text)
                if text == NOT_STATED || BEGINNINGS.iter().any(|b| text.starts_with(b)) =>
            {
                basis.insert(name.to_string(), text.clone());
                is_own.insert(name, entry.is_own);
            }
            _ => problems.push(
                Problem::new("a basis does not say what it is")
                    .at(place)
                    .found(&entry.text)
                    .expected("\"assumption: …\", \"computed: …\" or \"source: …\""),
            ),
        }
    }
    let own = |name: &str| is_own.get(name).copied();
    let extends = document.entries.values().any(|entry| !entry.is_own);
    for key in keys.iter().filter(|key| extends && needs_basis(key)) {
        let dotted = key.dotted();
        let changed = document.entries.get(&dotted).is_some_and(|entry| entry.is_own);
        if !changed || own(&dotted) == Some(true) {
            continue;
        }
        if own(key.table) == Some(true) {
            basis.remove(&dotted);
        } else {
            basis.insert(dotted, NOT_STATED.into());
        }
    }
    basis
}

/// The basis of a key: its own, else that of its table.
pub(crate) fn of<'a>(basis: &'a BTreeMap<String, String>, key: &Key) -> &'a str {
    let text = basis.get(&key.dotted()).or_else(|| basis.get(key.table));
    text.map_or(NOT_STATED, String::as_str)
}
