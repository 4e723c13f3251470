//! Where each value of a study comes from.
//!
//! In: the `[basis]` tables of a study and of those that it extends. Out: dotted key or table →
//! text. Not here: the values.

use super::document::Document;
use super::key::Key;
use super::reader::Item;
use crate::error::{Problem, did_you_mean};
use std::collections::{BTreeMap, BTreeSet};

/// The basis of a value of which the study does not say it.
pub(crate) const NOT_STATED: &str = "basis not stated";

/// How a basis begins.
pub(super) const BEGINNINGS: [&str; 3] = ["assumption: ", "computed: ", "source: "];

/// Whether a key is a value that needs a basis: not the question, a history, the claim, a stress.
pub(crate) fn needs_basis(key: &Key) -> bool {
    !matches!(key.table, "" | "data" | "claim" | "stress")
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
    let mut levels = BTreeMap::new();
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
                levels.insert(name, entry.level);
            }
            _ => problems.push(
                Problem::new("a basis does not say what it is")
                    .at(place)
                    .found(&entry.text)
                    .expected("\"assumption: …\", \"computed: …\" or \"source: …\""),
            ),
        }
    }
    let extends = document.entries.values().any(|entry| entry.level > 0);
    for key in keys.iter().filter(|key| extends && needs_basis(key)) {
        let dotted = key.dotted();
        let Some(value) = document.entries.get(&dotted) else { continue };
        // What stands below the value speaks of one that it hides.
        let speaks = |name: &str| levels.get(name).is_some_and(|level| *level <= value.level);
        if speaks(&dotted) {
            continue;
        }
        if speaks(key.table) {
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
