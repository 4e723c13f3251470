//! The fleet: one row a tranche of machines, a site or a company.
//!
//! In: a CSV table. Out: tranches, least efficient first, and what their owners do not disclose.
//! Not here: what a tranche earns.

use super::business::Mining;
use super::key::Kind;
use super::range::{above, share, within};
use super::reader::Span;
use super::table::{Cells, Column, Table, filled, optional};
use super::undisclosed::{Gaps, Instead, Roster, Undisclosed, ends, read_numbers};
use crate::error::Problem;
use jiff::civil::Date;

/// Machines of one efficiency at one place; on their own terms where they have any.
#[derive(Debug, Clone, PartialEq)]
pub struct Tranche {
    /// Its name, unique in the fleet.
    pub name: String,
    /// Power that it draws at the wall, gross MW; above 0.
    pub gross_mw: f64,
    /// Energy of the machines per terahash, J/TH; above 0.
    pub efficiency_j_per_th: f64,
    /// Critical-IT MW that a gross MW of it carries; `None` for `[diversion]`'s.
    pub critical_it_per_gross_mw: Option<f64>,
    /// Part of its gross MW that suits AI and HPC, 0 to 1.
    pub eligible_share: f64,
    /// Power at the wall over power of the machines; `None` for `[mining]`'s.
    pub power_overhead: Option<f64>,
    /// Earning hashrate over deployed hashrate; `None` for `[mining]`'s.
    pub uptime: Option<f64>,
    /// Price of the power that its machines draw, USD per MWh; `None` for `[mining]`'s.
    pub power_usd_per_mwh: Option<f64>,
    /// Its owner's balance sheet.
    pub balance_sheet: BalanceSheet,
}

/// What a row of the fleet says of its owner; `None` where it is not known. Results rest on it where
/// the study has a treasury.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BalanceSheet {
    /// Overheads, USD a year.
    pub sga_usd_per_year: Option<f64>,
    /// Cash, USD.
    pub cash_usd: Option<f64>,
    /// Debt, USD.
    pub debt_usd: Option<f64>,
    /// Interest on the debt, a fraction per year.
    pub coupon_per_year: Option<f64>,
    /// The day on which the debt is due.
    pub maturity: Option<Date>,
    /// Shares of stock outstanding.
    pub stock_count: Option<f64>,
    /// Price of a share of stock, USD.
    pub stock_usd: Option<f64>,
    /// BTC held.
    pub btc_held: Option<f64>,
}

impl BalanceSheet {
    /// The columns of what is known.
    pub fn known(&self) -> impl Iterator<Item = &'static str> {
        let columns = [
            ("sga_usd_per_year", self.sga_usd_per_year.is_some()),
            ("cash_usd", self.cash_usd.is_some()),
            ("debt_usd", self.debt_usd.is_some()),
            ("coupon_per_year", self.coupon_per_year.is_some()),
            ("maturity", self.maturity.is_some()),
            ("stock_count", self.stock_count.is_some()),
            ("stock_usd", self.stock_usd.is_some()),
            ("btc_held", self.btc_held.is_some()),
        ];
        columns.into_iter().filter(|(_, is_known)| *is_known).map(|(column, _)| column)
    }
}

impl Tranche {
    /// A tranche on the study's terms, all of it eligible.
    pub fn new(name: impl Into<String>, gross_mw: f64, efficiency_j_per_th: f64) -> Self {
        Self {
            name: name.into(),
            gross_mw,
            efficiency_j_per_th,
            critical_it_per_gross_mw: None,
            eligible_share: 1.0,
            power_overhead: None,
            uptime: None,
            power_usd_per_mwh: None,
            balance_sheet: BalanceSheet::default(),
        }
    }
    /// Its terms of mining: its own where it has any, else those of the study.
    pub fn mining(&self, terms: &Mining) -> Mining {
        Mining {
            power_overhead: self.power_overhead.unwrap_or(terms.power_overhead),
            uptime: self.uptime.unwrap_or(terms.uptime),
            power_usd_per_mwh: self.power_usd_per_mwh.unwrap_or(terms.power_usd_per_mwh),
            ..terms.clone()
        }
    }
    /// Sets the number of a column.
    pub(super) fn set(&mut self, column: &str, value: f64) {
        let sheet = &mut self.balance_sheet;
        match column {
            "gross_mw" => self.gross_mw = value,
            "efficiency_j_per_th" => self.efficiency_j_per_th = value,
            "critical_it_per_gross_mw" => self.critical_it_per_gross_mw = Some(value),
            "eligible_share" => self.eligible_share = value,
            "power_overhead" => self.power_overhead = Some(value),
            "uptime" => self.uptime = Some(value),
            "power_usd_per_mwh" => self.power_usd_per_mwh = Some(value),
            "sga_usd_per_year" => sheet.sga_usd_per_year = Some(value),
            "cash_usd" => sheet.cash_usd = Some(value),
            "debt_usd" => sheet.debt_usd = Some(value),
            "coupon_per_year" => sheet.coupon_per_year = Some(value),
            "stock_count" => sheet.stock_count = Some(value),
            "stock_usd" => sheet.stock_usd = Some(value),
            "btc_held" => sheet.btc_held = Some(value),
            _ => unreachable!("{column} is no column of numbers of the fleet"),
        }
    }
}

const USD: Kind = Kind::Number(within(0.0, 1e13, "USD"));

/// Columns of the fleet.
pub(crate) const FLEET: &[Column] = &[
    Column { other_names: &["site", "company"], ..filled("tranche", Kind::Text) },
    filled("gross_mw", Kind::Number(above(0.0, 1e6, "gross MW"))).or_range(),
    filled("efficiency_j_per_th", Kind::Number(above(0.0, 1e4, "J/TH"))).or_range(),
    optional(
        "critical_it_per_gross_mw",
        Kind::Number(above(0.0, 1.0, "critical-IT MW per gross MW")),
    )
    .or_range()
    .blank(Instead::Key("diversion.critical_it_per_gross_mw")),
    optional("eligible_share", Kind::Number(share("of the row's gross MW")))
        .or_range()
        .blank(Instead::Number(1.0)),
    optional("power_overhead", Kind::Number(within(1.0, 3.0, "wall power / machine power")))
        .or_range()
        .blank(Instead::Key("mining.power_overhead")),
    optional("uptime", Kind::Number(share("earning / deployed hashrate")))
        .or_range()
        .blank(Instead::Key("mining.uptime")),
    optional("power_usd_per_mwh", Kind::Number(within(0.0, 1e5, "USD per MWh")))
        .or_range()
        .blank(Instead::Key("mining.power_usd_per_mwh")),
    optional("sga_usd_per_year", Kind::Number(within(0.0, 1e13, "USD per year")))
        .or_range()
        .blank(Instead::Number(0.0)),
    optional("cash_usd", USD).or_range().blank(Instead::Number(0.0)),
    optional("debt_usd", USD).or_range().blank(Instead::Number(0.0)),
    optional("coupon_per_year", Kind::Number(share("per year")))
        .or_range()
        .blank(Instead::Number(0.0)),
    optional("maturity", Kind::Day).blank(Instead::Words("after the target year")),
    optional("stock_count", Kind::Number(above(0.0, 1e13, "shares of stock"))).or_range(),
    optional("stock_usd", Kind::Number(above(0.0, 1e9, "USD per share of stock"))).or_range(),
    optional("btc_held", Kind::Number(within(0.0, 21e6, "BTC")))
        .or_range()
        .blank(Instead::Number(0.0)),
];

/// Amounts of a company that are below this many USD were meant as thousands or millions.
const USD_MIN: f64 = 10_000.0;

/// Notes the amounts of a company that were not meant in dollars.
///
/// A range is refused by its high end: one from a dollar to a billion is wide, not in thousands.
fn refuse_small(cells: &mut Cells<'_>, sheet: &BalanceSheet, gaps: &Gaps) {
    for (column, value) in [
        ("sga_usd_per_year", sheet.sga_usd_per_year),
        ("cash_usd", sheet.cash_usd),
        ("debt_usd", sheet.debt_usd),
    ] {
        let usd = ends(gaps, column, value).map(|(_, high)| high);
        if let Some(usd) = usd.filter(|usd| *usd > 0.0 && *usd < USD_MIN) {
            let help = format!(
                "were thousands or millions meant? {usd} thousand is {}, {usd} million is {}",
                usd * 1e3,
                usd * 1e6
            );
            cells.refuse(column, &format!("is above 0 and below {USD_MIN} USD"), help);
        }
    }
}

/// The fleet, least efficient tranche first, tranches of equal efficiency by name; and what is not
/// disclosed of it, in that order.
pub(crate) fn fleet(
    table: &Table<'_>,
    problems: &mut Vec<Problem>,
) -> Span<(Vec<Tranche>, Vec<Undisclosed>)> {
    let mut rows: Vec<(Tranche, Gaps)> = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        let name = cells.name("tranche");
        let mut tranche = Tranche::new(name.clone(), f64::NAN, f64::NAN);
        let set = |column, value| tranche.set(column, value);
        let gaps = read_numbers(table, &mut cells, set);
        tranche.balance_sheet.maturity = cells.day("maturity");
        refuse_small(&mut cells, &tranche.balance_sheet, &gaps);
        if !name.is_empty() && rows.iter().any(|(other, _)| other.name == name) {
            problems.push(
                Problem::new("two tranches have one name")
                    .at(table.place(row, Some("tranche")))
                    .found(&name)
                    .help("add up their MW or give them two names"),
            );
        }
        rows.push((tranche, gaps));
    }
    rows.sort_by(|(a, _), (b, _)| {
        let by_efficiency = b.efficiency_j_per_th.total_cmp(&a.efficiency_j_per_th);
        by_efficiency.then_with(|| a.name.cmp(&b.name))
    });
    let (mut tranches, mut undisclosed) = (Vec::new(), Vec::new());
    for (position, (tranche, gaps)) in rows.into_iter().enumerate() {
        undisclosed.extend(gaps.into_iter().map(|(column, unit, instead)| Undisclosed {
            roster: Roster::Fleet,
            position,
            row: tranche.name.clone(),
            key: tranche.name.clone(),
            column,
            unit,
            instead,
        }));
        tranches.push(tranche);
    }
    Span { value: (tranches, undisclosed), first: None, last: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (Vec<Tranche>, Vec<Undisclosed>) {
        let mut problems = Vec::new();
        let table = Table::read("f.csv", text, FLEET, &mut problems);
        let read = table.map(|table| fleet(&table, &mut problems).value);
        assert_eq!(problems, []);
        read.unwrap()
    }

    #[test]
    fn the_order_of_the_rows_in_the_file_is_of_no_account() {
        let read = |rows| read(&format!("tranche,gross_mw,efficiency_j_per_th,cash_usd\n{rows}"));
        let one = read("b,1,20,\na,1,15..25,1e6\nc,1,30,\n");
        assert_eq!(one, read("c,1,30,\na,1,15..25,1e6\nb,1,20,\n"));
        let names: Vec<_> = one.0.iter().map(|t| t.name.as_str()).collect();
        assert_eq!(names, ["c", "a", "b"]);
        let rows: Vec<_> = one.1.iter().map(|u| (u.row.as_str(), u.column)).collect();
        assert_eq!(rows, [("c", "cash_usd"), ("a", "efficiency_j_per_th"), ("b", "cash_usd")]);
        let positions: Vec<_> = one.1.iter().map(|u| u.position).collect();
        assert_eq!(positions, [0, 1, 2]);
    }

    #[test]
    fn a_range_is_its_middle_until_it_is_drawn_and_a_blank_is_a_default() {
        let (fleet, undisclosed) = read(
            "site,uptime,gross_mw,efficiency_j_per_th,power_usd_per_mwh,eligible_share\n\
             north,,100,20,30..60,\n",
        );
        let tranche = &fleet[0];
        assert_eq!((tranche.power_usd_per_mwh, tranche.uptime), (Some(45.0), None));
        assert_eq!((tranche.eligible_share, tranche.power_overhead), (1.0, None));
        let found: Vec<_> = undisclosed.iter().map(|u| (u.column, u.instead)).collect();
        assert_eq!(
            found,
            [
                ("eligible_share", Instead::Number(1.0)),
                ("uptime", Instead::Key("mining.uptime")),
                ("power_usd_per_mwh", Instead::Range { low: 30.0, high: 60.0 }),
            ]
        );
        assert_eq!(undisclosed[2].name(), "fleet/north/power_usd_per_mwh");
    }

    #[test]
    fn every_column_of_numbers_reaches_its_field() {
        let numbers = FLEET.iter().filter(|c| matches!(c.kind, Kind::Number(_)));
        let mut tranche = Tranche::new("a", f64::NAN, f64::NAN);
        for column in numbers {
            let before = format!("{tranche:?}");
            tranche.set(column.name, 0.5);
            assert_ne!(before, format!("{tranche:?}"), "{}", column.name);
        }
    }

    proptest! {
        #[test]
        fn no_row_makes_the_reader_panic(text in "[a0-9\",\n.e%$\\- é]{0,120}") {
            let text = format!("site,gross_mw,efficiency_j_per_th,cash_usd,maturity\n{text}");
            let mut problems = Vec::new();
            if let Some(table) = Table::read("f.csv", &text, FLEET, &mut problems) {
                let (tranches, undisclosed) = fleet(&table, &mut problems).value;
                prop_assert_eq!(tranches.len(), table.rows());
                let in_order = |u: &Undisclosed| u.range().is_none_or(|(low, high)| low < high);
                prop_assert!(undisclosed.iter().all(in_order));
            }
        }
    }
}
