//! Names that analysts give to columns, and what each may have meant.
//!
//! In: an unknown name of a header and the columns wanted. Out: the cure. Not here: misspelt names,
//! which the nearest known one cures.

use super::key::Kind;
use super::table::Column;

/// Megawatts of which the name does not say where they are measured.
const BARE_MEGAWATTS: [&str; 8] =
    ["mw", "power_mw", "capacity_mw", "size_mw", "total_mw", "site_mw", "load_mw", "megawatts"];

/// Words that say thousands or millions, whole or as a part of the currency's.
const SCALES: [(&str, &str); 16] = [
    ("k", "thousands"),
    ("kusd", "thousands"),
    ("usdk", "thousands"),
    ("tusd", "thousands"),
    ("thousand", "thousands"),
    ("thousands", "thousands"),
    ("m", "millions"),
    ("mm", "millions"),
    ("mn", "millions"),
    ("musd", "millions"),
    ("usdm", "millions"),
    ("mmusd", "millions"),
    ("million", "millions"),
    ("millions", "millions"),
    ("bn", "billions"),
    ("billion", "billions"),
];

/// Words of a name that do not tell columns apart.
const FILLERS: [&str; 5] = ["usd", "per", "year", "in", "of"];

/// What the user may have meant by a column that is unknown among `columns`.
pub(super) fn cure(name: &str, columns: &[Column]) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let wants = |wanted: &str| columns.iter().any(|column| column.name == wanted);
    if !wants("gross_mw") && !wants("critical_it_mw") {
        return None;
    }
    if BARE_MEGAWATTS.contains(&name.as_str()) {
        return Some(
            "which megawatts? `gross_mw` (at the meter) or `critical_it_mw` (IT load)".into(),
        );
    }
    match name.as_str() {
        "critical_it_mw" => Some(
            "divide by the critical-IT ratio (0.66-0.83) and call it `gross_mw`; the ratio itself \
             is `critical_it_per_gross_mw`"
                .into(),
        ),
        "gross_mw" => Some(
            "multiply by the critical-IT ratio (0.66-0.83) and call it `critical_it_mw`".into(),
        ),
        _ => scaled(&name, columns),
    }
}

/// The cure of a column of thousands or millions of what we count one by one.
fn scaled(name: &str, columns: &[Column]) -> Option<String> {
    let scale = name.split('_').find_map(scale_of)?;
    let subject = |name: &str| -> Vec<String> {
        let words = name.split('_').filter(|w| scale_of(w).is_none() && !FILLERS.contains(w));
        words.map(Into::into).collect()
    };
    let wanted = subject(name);
    let column = columns.iter().find(|column| subject(column.name) == wanted)?;
    let unit = match &column.kind {
        Kind::Number(_) if column.name.contains("usd") => "USD",
        Kind::Number(range) => range.unit(),
        _ => return None,
    };
    Some(format!("write {unit}, not {scale}: column `{}`", column.name))
}

fn scale_of(word: &str) -> Option<&'static str> {
    SCALES.iter().find(|(known, _)| *known == word).map(|(_, scale)| *scale)
}

#[cfg(test)]
mod tests {
    use super::super::{contracts::CONTRACTS, fleet::FLEET};
    use super::*;

    #[test]
    fn megawatts_say_where_they_are_measured() {
        for name in ["mw", "MW", "power_mw", "capacity_mw", "size_mw"] {
            assert!(cure(name, FLEET).unwrap().starts_with("which megawatts?"), "{name}");
            assert!(cure(name, CONTRACTS).unwrap().starts_with("which megawatts?"), "{name}");
        }
        assert!(cure("critical_it_mw", FLEET).unwrap().starts_with("divide"));
        assert!(cure("gross_mw", CONTRACTS).unwrap().starts_with("multiply"));
    }

    #[test]
    fn money_is_counted_in_dollars() {
        for (name, column, scale) in [
            ("cash_musd", "cash_usd", "millions"),
            ("cash_usd_m", "cash_usd", "millions"),
            ("debt_kusd", "debt_usd", "thousands"),
            ("debt_usd_thousands", "debt_usd", "thousands"),
            ("sga_million_usd", "sga_usd_per_year", "millions"),
            ("sga_musd_per_year", "sga_usd_per_year", "millions"),
            ("cash_millions", "cash_usd", "millions"),
            ("debt_bn", "debt_usd", "billions"),
        ] {
            let expected = format!("write USD, not {scale}: column `{column}`");
            assert_eq!(cure(name, FLEET), Some(expected), "{name}");
        }
        assert_eq!(
            cure("stock_count_million", FLEET).unwrap(),
            "write shares of stock, not millions: column `stock_count`"
        );
        assert_eq!(cure("colour", FLEET), None);
        assert_eq!(cure("m", FLEET), None);
    }
}
