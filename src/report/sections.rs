//! Below the verdict: what the worst worlds have in common, and what the verdict rests on.
//!
//! In: `Results`. Out: lines of text. Not here: the verdict itself, the claim.

use super::Status;
use super::grid::Grid;
use super::number::{USD_PER_MILLION, count, counted, percent, signed_with_error, with_error};
use super::results::{Results, UndisclosedInput, Variation};
use super::verdict::is_one;
use crate::economics::metric::{ALWAYS, Metric, WITH_TREASURY};
use crate::error::listed;

/// Measure of the mean over the worst worlds of revenue.
const WORST: &str = "mean_in_worst_0.05_of_revenue";

/// Least room for the names of variations.
const NAME_WIDTH_MIN: usize = 12;

/// Names of drivers and sources for people, in the order of the table.
const DRIVERS: [(&str, &str); 11] = [
    ("btc_price", "BTC price"),
    ("hashprice", "hashprice"),
    ("hashrate", "network hashrate"),
    ("gpu_rate", "GPU-hour rate"),
    ("utilisation", "GPU utilisation"),
    ("rent", "colocation rent"),
    ("delay", "delay, all halls"),
    ("shell_capex", "shell capex"),
    ("revenue_mining", "revenue from mining"),
    ("revenue_colocation", "revenue from colocation"),
    ("revenue_gpu_cloud", "revenue from GPU cloud"),
];

/// What the worst 5 % of worlds have in common at the headline share; none without such rows.
pub fn worst_worlds(results: &Results) -> Option<Grid> {
    let share = results.headline_share;
    let mut grid = Grid::new(1, &["", "all worlds", "worst 5 %", "change", "unit"]);
    let mut found = false;
    for (metric, name) in DRIVERS {
        let (Some(mean), Some(worst)) =
            (results.estimate(share, metric, "mean"), results.estimate(share, metric, WORST))
        else {
            continue;
        };
        found = true;
        let unit = unit_of(results, metric);
        let (divisor, unit) = match unit.strip_prefix("USD") {
            Some(per) if mean.value.abs() >= USD_PER_MILLION => {
                (USD_PER_MILLION, format!("million USD{per}"))
            }
            _ => (1.0, unit.to_string()),
        };
        let change = if mean.value == 0.0 {
            "n/a".into()
        } else {
            format!("{:+.0} %", 100.0 * (worst.value / mean.value - 1.0))
        };
        grid.row(vec![
            name.into(),
            with_error(mean, divisor),
            with_error(worst, divisor),
            change,
            unit,
        ]);
    }
    if !found {
        return None;
    }
    let title = format!(
        "What the worst 5 % of worlds by revenue have in common, {} % diverted (means of {})",
        percent(share),
        results.target_year
    );
    Some(grid.title(title))
}

/// What each driver and source is in the worst worlds by revenue at the headline share: name, per cent
/// from its mean of all, standard error of that.
#[cfg(feature = "html")]
pub(super) fn worst_moves(results: &Results) -> Vec<(&'static str, f64, f64)> {
    let share = results.headline_share;
    let of = |(metric, name): (&str, &'static str)| {
        let mean = results.estimate(share, metric, "mean")?.value;
        let worst = results.estimate(share, metric, WORST)?;
        let part = |value: f64| 100.0 * value / mean.abs();
        (mean != 0.0).then(|| (name, part(worst.value - mean), part(worst.std_error)))
    };
    DRIVERS.into_iter().filter_map(of).collect()
}

fn unit_of(results: &Results, metric: &str) -> &'static str {
    let row = results.rows.iter().find(|row| row.metric == metric && row.measure == WORST);
    row.map_or("", |row| row.unit)
}

/// The variations, the base first, names broken to fit `width`; empty without variations.
pub fn variations(results: &Results, width: usize) -> Vec<String> {
    let Some(title) = variations_title(results) else {
        return Vec::new();
    };
    let mut lines = super::wrap(&title, width);
    lines.push(String::new());
    let whole = variations_table(results, width).lines();
    let excess = super::widest(&whole).saturating_sub(width);
    if excess == 0 {
        lines.extend(whole);
    } else {
        let name_width = results.variations.iter().map(|v| label(v).chars().count()).max();
        let room = name_width.unwrap_or(0).saturating_sub(excess).max(NAME_WIDTH_MIN);
        lines.extend(variations_table(results, room).lines());
    }
    lines
}

/// What is varied, and from what to what.
pub(super) fn label(variation: &Variation) -> String {
    let change = counted(&variation.change);
    super::printable(format!("{} {change}", variation.name).trim_end())
}

/// What the variations tell; none without variations.
pub(super) fn variations_title(results: &Results) -> Option<String> {
    let base = results.variations.first()?;
    Some(format!(
        "What the verdict rests on: {} % against staying, one value varied at a time ({} worlds \
         each, same chance)",
        percent(results.headline_share),
        count(base.paths)
    ))
}

/// The variations, names broken at `name_width`.
pub(super) fn variations_table(results: &Results, name_width: usize) -> Grid {
    let titles = ["", "win %", "gain", "worst 5 %", "win %", "gain"];
    let mut grid = Grid::new(1, &titles);
    grid.group(1, "revenue, million USD");
    grid.group(4, "margin, million USD");
    for variation in &results.variations {
        grid.row(vec![
            super::wrap(&label(variation), name_width).join("\n  "),
            with_error(variation.win_revenue, 0.01),
            signed_with_error(variation.gain_revenue_usd, USD_PER_MILLION),
            with_error(variation.tail_mean_revenue_usd, USD_PER_MILLION),
            with_error(variation.win_margin, 0.01),
            signed_with_error(variation.gain_margin_usd, USD_PER_MILLION),
        ]);
    }
    grid
}

/// The assumptions by name, a line per table of the study, broken at `width`.
pub fn assumptions(results: &Results, width: usize) -> Vec<String> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    let is_computed = |basis: &str| basis.starts_with("computed");
    let (computed, chosen): (Vec<_>, Vec<_>) =
        results.assumptions.iter().partition(|(_, _, basis)| is_computed(basis));
    for (key, value, _) in &chosen {
        let (table, name) = key.split_once('.').unwrap_or(("study", key));
        let shown = format!("{name} = {value}");
        match groups.iter_mut().find(|(group, _)| group == table) {
            Some((_, names)) => names.push(shown),
            None => groups.push((table.to_string(), vec![shown])),
        }
    }
    // What a run computed itself stands nowhere in the study: it is told here, with its error.
    let told: Vec<String> = computed
        .iter()
        .flat_map(|(key, value, basis)| {
            let value = value.parse::<f64>().map_or_else(|_| value.clone(), |v| format!("{v:.4}"));
            let text = super::printable(&format!("{key} = {value}, {basis}"));
            super::wrap(&text, width)
        })
        .collect();
    if groups.is_empty() {
        return told;
    }
    let mut lines = vec![
        format!(
            "Assumptions: {} values are chosen, not measured (reasons: [basis] of the study)",
            chosen.len()
        ),
        String::new(),
    ];
    let indent = groups.iter().map(|(table, _)| table.chars().count()).max().unwrap_or(0) + 2;
    for (table, names) in groups {
        let text = super::printable(&names.join(", "));
        let wrapped = super::wrap(&text, width.saturating_sub(indent).max(20));
        for (index, line) in wrapped.into_iter().enumerate() {
            let label = if index == 0 { table.as_str() } else { "" };
            lines.push(format!("{label:<indent$}{line}"));
        }
    }
    if !told.is_empty() {
        lines.push(String::new());
        lines.extend(told);
    }
    lines
}

/// Most rows of a file that a line names.
const ROWS_SHOWN: usize = 6;

/// Inputs of one column that the same stands in for.
struct Group<'a> {
    what: String,
    metrics: &'a [&'static str],
    rows: Vec<&'a str>,
}

/// Inputs by column and by what stands in, in the order in which they come first.
fn groups(inputs: &[UndisclosedInput]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for input in inputs {
        let value = match (input.low, input.high, input.default, input.default_key) {
            _ if input.metrics.is_empty() => String::new(),
            (Some(low), Some(high), ..) => format!(": drawn from {low}..{high} {}", input.unit),
            (_, _, Some(value), Some(key)) => {
                format!(": {}, the value of {key}", value.with(input.unit))
            }
            (_, _, Some(value), None) => format!(": {}", value.with(input.unit)),
            _ => ": not known".into(),
        };
        let what = format!("{} {}{value}", input.file, input.column);
        match groups.iter_mut().find(|group| group.what == what) {
            Some(group) => group.rows.push(&input.row),
            None => groups.push(Group { what, metrics: &input.metrics, rows: vec![&input.row] }),
        }
    }
    groups
}

/// Metrics by name; those of the treasury, where nearly all of them are moved, by one word.
fn moved(results: &Results, metrics: &[&'static str]) -> String {
    let of_treasury: Vec<&str> = Metric::ALL[ALWAYS..].iter().map(|metric| metric.name()).collect();
    let has = |metric: Metric| results.rows.iter().any(|row| row.metric == metric.name());
    let known = match (has(Metric::Ebitda), has(Metric::Npv)) {
        (true, true) => Metric::ALL.len(),
        (true, false) => WITH_TREASURY,
        (false, _) => ALWAYS,
    };
    let of_treasury = &of_treasury[..known - ALWAYS];
    // Nothing rests on bare metal where there is none.
    let is_idle = !metrics.contains(&Metric::RevenueBareMetal.name());
    if metrics.len() + usize::from(is_idle) == known {
        return "every metric".into();
    }
    let (financial, operating): (Vec<&str>, Vec<&str>) =
        metrics.iter().partition(|metric| of_treasury.contains(metric));
    let mut said = operating.join(", ");
    if financial.len() + 2 < of_treasury.len() {
        let financial = financial.join(", ");
        return if said.is_empty() { financial } else { [said, financial].join(", ") };
    }
    let but = of_treasury.iter().filter(|metric| !financial.contains(metric)).copied();
    let but: Vec<&str> = but.collect();
    said.push_str(if said.is_empty() {
        "the metrics of the treasury"
    } else {
        " and those of the treasury"
    });
    if !but.is_empty() {
        said.push_str(&format!(" but {}", but.join(", ")));
    }
    said
}

/// What is not disclosed, what stands in for it and what rests on it, broken at `width`: a line for
/// each column and stand-in with the rows that it is of; last what no result rests on yet.
pub fn undisclosed(results: &Results, width: usize) -> Vec<String> {
    let inputs = &results.undisclosed;
    if inputs.is_empty() && results.idle.is_empty() {
        return Vec::new();
    }
    let moving = || inputs.iter().filter(|input| !input.metrics.is_empty());
    let drawn = moving().filter(|input| input.low.is_some()).count();
    let defaults = moving().filter(|input| input.default.is_some()).count();
    let title = format!(
        "Undisclosed inputs: {drawn} drawn uniformly, once per 64 worlds; {defaults} at a \
         default; {} that no result rests on yet",
        inputs.len() - drawn - defaults
    );
    let mut lines = super::wrap(&title, width);
    lines.push(String::new());
    let mut tell = |text: String| {
        let wrapped = super::wrap(&super::printable(&text), width.saturating_sub(2).max(20));
        let indents = std::iter::once("").chain(std::iter::repeat("  "));
        lines.extend(indents.zip(wrapped).map(|(indent, line)| format!("{indent}{line}")));
    };
    // Columns that no result rests on share a line where they are blank in the same rows.
    let mut still: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
    for Group { what, metrics, rows } in groups(inputs) {
        if metrics.is_empty() {
            match still.iter_mut().find(|(known, _)| *known == rows) {
                Some((_, columns)) => columns.push(what),
                None => still.push((rows, vec![what])),
            }
            continue;
        }
        let metrics = moved(results, metrics);
        tell(format!("{what} ({}); moves at most {metrics}", listed(&rows, ROWS_SHOWN)));
    }
    for (rows, columns) in still {
        let (columns, rows) = (columns.join(", "), listed(&rows, ROWS_SHOWN));
        tell(format!("no result rests yet on {columns} ({rows})"));
    }
    if let Some(given) = idle(&results.idle) {
        tell(given);
    }
    let first = |status| results.rows.iter().find(|row| row.status == status).map(|row| row.share);
    if let Some(share) = first(Status::CappedInSomeWorlds) {
        tell(format!(
            "From {} % on, less than the share is eligible in some worlds, where what is eligible is valued.",
            percent(share)
        ));
    }
    if let Some(share) = first(Status::Capped).filter(|_| !is_one(results.cap_range)) {
        tell(format!(
            "From {} % on, less than the share is eligible in every world; what is eligible in each is \
             valued.",
            percent(share)
        ));
    }
    lines
}

/// What is said of columns that are filled in and that no result rests on.
pub fn idle(columns: &[String]) -> Option<String> {
    let status = match columns.iter().any(|column| column == "contracts status") {
        true => ": megawatts that are energised or delivered are valued as those still to come",
        false => "",
    };
    (!columns.is_empty()).then(|| {
        format!("Filled in, and no result rests on it yet: {}{status}.", columns.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::synthetic_results;

    #[test]
    fn drivers_stand_against_their_overall_mean() {
        let text = worst_worlds(&synthetic_results()).unwrap().block(120).join("\n");
        let btc = text.lines().find(|line| line.starts_with("BTC price")).unwrap();
        assert!(btc.contains("63,000 ±60") && btc.contains("31,000 ±300"), "{btc}");
        assert!(btc.contains("-51 %") && btc.contains("USD/BTC"), "{btc}");
        assert!(text.contains("+79 %"), "{text}");
    }

    #[test]
    fn every_variation_is_a_row_with_both_outcomes() {
        let text = variations(&synthetic_results(), 120).join("\n");
        let line = text.lines().find(|line| line.starts_with("GPU-hour rate")).unwrap();
        for cell in ["52.0 ±0.3", "+61.0 ±0.9", "401 ±2", "25.0 ±0.4", "-10.0 ±1.1"] {
            assert!(line.contains(cell), "{cell}: {line}");
        }
        let mut results = synthetic_results();
        results.variations[2].change = "1500000 → 1275000 USD".into();
        let text = variations(&results, 120).join("\n");
        assert!(text.contains("GPU-hour rate 1,500,000 → 1,275,000 USD"), "{text}");
        let narrow = variations(&synthetic_results(), 80);
        assert!(crate::report::widest(&narrow) <= 80, "{narrow:#?}");
    }

    #[test]
    fn what_a_run_computed_is_told_with_its_error_and_is_no_assumption() {
        let mut results = synthetic_results();
        let before = assumptions(&results, 120);
        let basis = "computed: fitted to month-end closes: 0.2869 ± 0.2510 a year";
        let drift = ("btc_price.drift_per_year".into(), "0.28690468848654244".into(), basis.into());
        results.assumptions.push(drift);
        let after = assumptions(&results, 120);
        assert_eq!(after[..before.len()], before, "the others are told as before");
        let last = after.last().unwrap();
        assert_eq!(*last, format!("btc_price.drift_per_year = 0.2869, {basis}"));
    }

    #[test]
    fn assumptions_are_grouped_by_table_and_broken_at_the_width() {
        let lines = assumptions(&synthetic_results(), 50);
        assert!(lines[0].contains("3 values"));
        assert_eq!(lines[2], "btc_price  drift_per_year = 0, drift_sd_per_year =");
        assert_eq!(lines[3], "           0.25");
        assert_eq!(lines[4], "delivery   hall_mw = 50");
    }

    #[test]
    fn each_undisclosed_input_says_what_stands_in_and_what_rests_on_it() {
        let mut results = synthetic_results();
        let row = results.rows.iter_mut().find(|row| row.share == 0.2).unwrap();
        row.status = Status::CappedInSomeWorlds;
        let lines = undisclosed(&results, 60);
        assert!(crate::report::widest(&lines) <= 60, "{lines:#?}");
        let text = undisclosed(&results, 200).join("\n");
        for part in [
            "1 drawn uniformly, once per 64 worlds; 1 at a default; 1 that no result rests on yet",
            "fleet power_usd_per_mwh: drawn from 30..60 USD per MWh (north); moves at most power_c",
            "fleet uptime: 0.86 earning / deployed hashrate, the value of mining.uptime (north); mo",
            "no result rests yet on fleet cash_usd (north)",
            "From 20 % on, less than the share is eligible in some worlds",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let in_every = "From 100 % on, less than the share is eligible in every world";
        assert!(!text.contains(in_every));
        for row in results.rows.iter_mut().filter(|row| row.share == 1.0) {
            row.status = Status::Capped;
        }
        results.cap_range = (0.1, 0.9);
        let text = undisclosed(&results, 200).join("\n");
        assert!(text.contains(in_every), "{text}");
    }

    #[test]
    fn many_rows_of_one_column_are_one_line() {
        let mut results = synthetic_results();
        let [power, uptime, cash] = &results.undisclosed[..] else { unreachable!() };
        let of = |input: &UndisclosedInput, row: usize| UndisclosedInput {
            row: format!("site {row}"),
            ..input.clone()
        };
        let debt = UndisclosedInput { column: "debt_usd", ..cash.clone() };
        // A range that no result rests on is none of those that are drawn.
        let btc = UndisclosedInput {
            column: "btc_held",
            low: Some(1.0),
            high: Some(2.0),
            ..cash.clone()
        };
        let all = [power.clone(), uptime.clone(), cash.clone(), debt, btc];
        results.undisclosed = (0..100).flat_map(|row| all.each_ref().map(|i| of(i, row))).collect();
        results.idle = vec!["fleet btc_held".into(), "contracts status".into()];
        let lines = undisclosed(&results, 400);
        assert_eq!(lines.len(), 6, "{lines:#?}");
        assert!(lines[0].contains("100 drawn uniformly"), "{}", lines[0]);
        let rows = "(site 0, site 1, site 2, site 3, site 4, site 5 and 94 more); moves";
        assert!(lines[2].contains(rows), "{}", lines[2]);
        assert!(
            lines[4].starts_with("no result rests yet on fleet cash_usd, fleet debt_usd, fleet b")
        );
        assert!(lines[5].contains("on it yet: fleet btc_held, contracts status: megawatts that"));
    }

    #[test]
    fn nothing_to_say_is_nothing_said() {
        let mut results = synthetic_results();
        results.rows.clear();
        results.variations.clear();
        results.assumptions.clear();
        results.undisclosed.clear();
        results.idle.clear();
        assert!(undisclosed(&results, 80).is_empty());
        assert!(worst_worlds(&results).is_none());
        assert!(variations(&results, 120).is_empty());
        assert!(assumptions(&results, 80).is_empty());
    }
}
