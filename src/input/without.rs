//! `without`: what a study takes out of the one that it extends.
//!
//! In: the entry of a study file. Out: keys and tables that the study below is to be laid under without.
//! Not here: the laying ([`super::document`]). TOML has no word for nothing, and a key left out is the
//! base's; a table that is to go, or to be stated anew as a whole, is named here.

use super::document::Document;
use super::reader::Item;
use super::schema;
use crate::error::{Problem, did_you_mean};

/// The key itself.
pub(super) const KEY: &str = "without";

/// Takes note of what a document takes out of the study below it; `extends` says whether there is one.
pub(super) fn read(document: &mut Document, extends: bool, problems: &mut Vec<Problem>) {
    let Some(entry) = document.entries.remove(KEY) else { return };
    let problem = |what: &str| Problem::new(what).at(entry.place.clone());
    if !extends {
        problems.push(
            problem("`without` takes out of the study that is extended, and this one extends none")
                .found(&entry.text)
                .help("leave out the keys and tables themselves"),
        );
        return;
    }
    let names: Option<Vec<&String>> = match &entry.item {
        Item::List(items) => items.iter().map(text).collect(),
        _ => None,
    };
    let Some(names) = names else {
        let expected = "a list of keys and tables, as [\"claim\", \"mining.pool_scheme\"]";
        problems.push(
            problem("`without` is not a list of names").found(&entry.text).expected(expected),
        );
        return;
    };
    let known = schema::names();
    for name in names {
        if known.contains(name) {
            document.without.push(name.clone());
            continue;
        }
        let unknown = problem("`without` names no key or table of a study").found(name);
        problems.push(match did_you_mean(name, known.iter().map(String::as_str)) {
            hint if hint.is_empty() => unknown.help("see docs/study.md"),
            hint => unknown.help(hint),
        });
    }
}

fn text(item: &Item) -> Option<&String> {
    match item {
        Item::Text(text) => Some(text),
        _ => None,
    }
}

/// Whether a dotted key is among these names, or in one of the tables, or is the basis of one.
pub(super) fn is_named(dotted: &str, names: &[String]) -> bool {
    let own = dotted.strip_prefix("basis.").unwrap_or(dotted);
    names.iter().any(|name| {
        own.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::lineage::Lineage;
    use super::super::source::Source;
    use super::super::study::{Overrides, Study};

    fn laid(base: &str, text: &str) -> Result<Study, String> {
        let lineage = Lineage::of_name(base).unwrap().under("words", text, &Source::Embedded);
        let study = lineage.and_then(|lineage| lineage.study(&Overrides::default()));
        study.map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_key_or_table_of_the_base_goes_with_its_basis() {
        let before = Study::embedded("vaneck_2024", &Overrides::default()).unwrap();
        let study = laid("vaneck_2024", "without = [\"claim\"]").unwrap();
        assert!(before.claim.is_some() && study.claim.is_none());
        assert!(before.resolved_toml().contains("[claim]"));
        assert!(!study.resolved_toml().contains("[claim]"), "{}", study.resolved_toml());
        // To be without what is not there is to be as before.
        assert_eq!(laid("default", "without = [\"claim\"]").unwrap(), Study::default_study());
        // A key that every study states is missing now.
        let told = laid("default", "without = [\"mining.uptime\"]").unwrap_err();
        assert!(told.contains("`uptime` is missing"), "{told}");
    }

    #[test]
    fn what_is_taken_out_may_be_stated_anew() {
        let anew = "without = [\"mining\"]\n[mining]\nuptime = 0.9";
        let told = laid("default", anew).unwrap_err();
        assert!(told.contains("`pool_fee` is missing") && !told.contains("uptime"), "{told}");
    }

    #[test]
    fn of_several_studies_each_takes_out_of_those_below_alone() {
        let mut lineage = Lineage::of_name("vaneck_2024").unwrap();
        for text in ["without = [\"claim\"]", "[claim]\nclosure = \"another\""] {
            lineage = lineage.under("words", text, &Source::Embedded).unwrap();
        }
        let study = lineage.study(&Overrides::default());
        // What stood in the table before is not there any more.
        let told = study.unwrap_err().to_string();
        assert!(told.contains("`closures` is missing"), "{told}");
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for (text, words) in [
            ("without = [\"clam\"]", "did you mean `claim`?"),
            ("without = [\"mining.uptme\"]", "did you mean `mining.uptime`?"),
            ("without = \"claim\"", "a list of keys and tables"),
            ("without = [1]", "a list of keys and tables"),
        ] {
            let told = laid("default", text).unwrap_err();
            assert!(told.contains(words), "{told}");
        }
        let of = Lineage::of_text("s.toml", "without = [\"claim\"]", &Source::Embedded).unwrap();
        let told = of.study(&Overrides::default()).unwrap_err().to_string();
        assert!(told.contains("this one extends none"), "{told}");
    }
}
