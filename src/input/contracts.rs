//! The signed leases: who rents how many critical-IT megawatts, at what rent, of which site.
//!
//! In: a CSV table and the names of the fleet. Out: contracts in the order in which they are
//! filled, and what they do not disclose. Not here: which megawatts serve them.

use super::key::{Key, Kind, Value};
use super::range::{Wrong, above, within};
use super::reader::{Item, Reader, Span};
use super::study::Study;
use super::table::{Column, Table, filled, optional};
use super::undisclosed::{Instead, Roster, Undisclosed, read_numbers};
use crate::error::{Place, Problem, did_you_mean};
use jiff::civil::Date;

/// A signed lease.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Who rents.
    pub tenant: String,
    /// What is let, critical-IT MW; above 0.
    pub critical_it_mw: f64,
    /// Rent of the first year, USD per critical-IT MW and year.
    pub rent_usd_per_critical_it_mw_year: f64,
    /// Yearly rise of the rent, a fraction; `None` for `[colocation]`'s.
    pub escalator_per_year: Option<f64>,
    /// The tranche whose megawatts alone may serve it; `None` for the whole fleet.
    pub site: Option<String>,
    /// The day before which no rent is paid; `None` for the day of delivery.
    pub start: Option<Date>,
    /// What else is known of it.
    pub terms: ContractTerms,
}

/// What a contract says besides; no result rests on it.
#[derive(Debug, Clone, PartialEq)]
pub struct ContractTerms {
    /// What kind of tenant it is: a word of `TENANT_CLASSES`.
    pub tenant_class: &'static str,
    /// How long it lasts, years; `None` where it is not known.
    pub term_years: Option<f64>,
    /// Who guarantees the rent; empty for nobody.
    pub backstop: String,
    /// How far it is: a word of `STATUSES`.
    pub status: &'static str,
}

/// Kinds of tenants; the last is meant by a blank cell.
pub const TENANT_CLASSES: [&str; 6] =
    ["hyperscaler", "ai_lab", "neocloud", "enterprise", "government", "unknown"];

/// How far a contract is; the first is meant by a blank cell.
pub const STATUSES: [&str; 3] = ["contracted", "energised", "delivered"];

impl Contract {
    /// A contract that any megawatt of the fleet may serve from the day it is delivered.
    pub fn new(
        tenant: impl Into<String>,
        critical_it_mw: f64,
        rent_usd_per_critical_it_mw_year: f64,
    ) -> Self {
        Self {
            tenant: tenant.into(),
            critical_it_mw,
            rent_usd_per_critical_it_mw_year,
            escalator_per_year: None,
            site: None,
            start: None,
            terms: ContractTerms {
                tenant_class: TENANT_CLASSES[TENANT_CLASSES.len() - 1],
                term_years: None,
                backstop: String::new(),
                status: STATUSES[0],
            },
        }
    }
    /// What tells it from the others: `tenant, site, start`, as far as they are given.
    pub fn name(&self) -> String {
        let mut name = self.tenant.clone();
        if let Some(site) = &self.site {
            name.push_str(&format!(" at {site}"));
        }
        if let Some(start) = &self.start {
            name.push_str(&format!(" from {start}"));
        }
        name
    }
    /// Sets the number of a column.
    pub(super) fn set(&mut self, column: &str, value: f64) {
        match column {
            "critical_it_mw" => self.critical_it_mw = value,
            RENT_OF_MW => self.rent_usd_per_critical_it_mw_year = value,
            RENT_OF_KW => {
                self.rent_usd_per_critical_it_mw_year = value * KW_MONTHS_PER_MW_YEAR;
            }
            "escalator_per_year" => self.escalator_per_year = Some(value),
            "term_years" => self.terms.term_years = Some(value),
            _ => unreachable!("{column} is no column of numbers of the contracts"),
        }
    }
}

/// Kilowatts in a megawatt times months in a year.
const KW_MONTHS_PER_MW_YEAR: f64 = 12_000.0;
/// The column of the rent of a kilowatt.
const RENT_OF_KW: &str = "rent_usd_per_kw_month";
/// The column of the rent of a megawatt.
const RENT_OF_MW: &str = "rent_usd_per_critical_it_mw_year";

/// Columns of the contracts.
pub(crate) const CONTRACTS: &[Column] = &[
    filled("tenant", Kind::Text),
    filled("critical_it_mw", Kind::Number(above(0.0, 1e6, "critical-IT MW"))).or_range(),
    Column {
        may_be_empty: false,
        ..optional(
            RENT_OF_KW,
            Kind::Number(within(0.0, 1e5, "USD per critical-IT kW and month, of the first year")),
        )
        .or_range()
    },
    Column {
        may_be_empty: false,
        ..optional(
            RENT_OF_MW,
            Kind::Number(within(0.0, 1e9, "USD per critical-IT MW and year, of the first year")),
        )
        .or_range()
    },
    optional("escalator_per_year", Kind::Number(within(-1.0, 1.0, "per year"))).or_range(),
    optional("site", Kind::Text),
    optional("tenant_class", Kind::OneOf(&TENANT_CLASSES)),
    optional("start", Kind::Day),
    optional("term_years", Kind::Number(above(0.0, 100.0, "years"))).or_range(),
    optional("backstop", Kind::Text),
    optional("status", Kind::OneOf(&STATUSES)),
];

/// What stands in for a blank cell.
fn blank(column: &str) -> Instead {
    match column {
        "escalator_per_year" => Instead::Key("colocation.escalator_per_year"),
        _ => Instead::Nothing,
    }
}

/// Notes a header without a rent, or with two.
fn refuse_rents(table: &Table<'_>, problems: &mut Vec<Problem>) {
    let what = match (table.has(RENT_OF_KW), table.has(RENT_OF_MW)) {
        (true, true) => "the rent is given in two columns",
        (false, false) => "the column of the rent is missing",
        _ => return,
    };
    problems.push(
        Problem::new(what)
            .at(Place { file: table.file().into(), line: Some(table.header_line()), column: None })
            .expected(format!("either `{RENT_OF_KW}` or `{RENT_OF_MW}`"))
            .help("125 USD per kW and month are 1500000 USD per MW and year"),
    );
}

/// The contracts in the order of the file, which is the order in which they are filled, and what
/// is not disclosed of them.
fn contracts(
    table: &Table<'_>,
    problems: &mut Vec<Problem>,
    sites: &[String],
) -> Span<(Vec<Contract>, Vec<Undisclosed>)> {
    refuse_rents(table, problems);
    let mut contracts: Vec<Contract> = Vec::new();
    let mut undisclosed = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        let mut contract = Contract::new(cells.name("tenant"), f64::NAN, f64::NAN);
        contract.site = Some(cells.name("site")).filter(|site| !site.is_empty());
        contract.start = cells.day("start");
        let terms = &mut contract.terms;
        terms.tenant_class =
            cells.word("tenant_class").map_or(terms.tenant_class, |word| TENANT_CLASSES[word]);
        terms.status = cells.word("status").map_or(terms.status, |word| STATUSES[word]);
        terms.backstop = cells.name("backstop");
        let name = contract.name();
        let set = |column, value| contract.set(column, value);
        undisclosed.extend(read_numbers(table, &mut cells, (Roster::Contracts, &name), blank, set));
        if let Some(site) = contract.site.as_ref().filter(|s| !sites.contains(s)) {
            problems.extend(unknown_site(table, row, site, sites));
        }
        if contracts.iter().any(|other| other.name() == name) {
            problems.push(
                Problem::new("two contracts have one tenant, site and start")
                    .at(table.place(row, Some("tenant")))
                    .found(&name)
                    .help("add up their MW, or tell them apart: site, start or the tenant's name"),
            );
        }
        contracts.push(contract);
    }
    Span { value: (contracts, undisclosed), first: None, last: None }
}

/// What is wrong with a site that is not in the fleet; nothing where the fleet itself is wrong.
fn unknown_site(table: &Table<'_>, row: usize, site: &str, sites: &[String]) -> Option<Problem> {
    if sites.is_empty() {
        return None;
    }
    let problem = Problem::new("the fleet has no such site")
        .at(table.place(row, Some("site")))
        .found(site)
        .expected(format!("one of {}, or nothing for the whole fleet", sites.join(", ")));
    Some(match did_you_mean(site, sites.iter().map(String::as_str)) {
        hint if hint.is_empty() => problem.help("name a row of the fleet, or leave it blank"),
        hint => problem.help(hint),
    })
}

impl Value for Vec<Contract> {
    fn placeholder() -> Self {
        Self::new()
    }
    fn read(_: &Item, _: &Kind) -> Result<Self, Wrong> {
        unreachable!("contracts are read from a file")
    }
    fn write(&self) -> Option<String> {
        None
    }
    fn of(reader: &mut Reader<'_>, key: &Key) -> Self {
        let sites = std::mem::take(&mut reader.sites);
        let read = |table: &Table<'_>, problems: &mut Vec<_>| contracts(table, problems, &sites);
        let (contracts, undisclosed) = reader.file(key, CONTRACTS, read).unwrap_or_default();
        reader.undisclosed.extend(undisclosed);
        contracts
    }
}

/// Whether the contracts are more than colocation can ever serve: what is wrong, what is expected.
///
/// Where numbers are not disclosed, contracts are taken at the most they may be and the fleet at
/// the least.
pub(super) fn overbooked(study: &Study) -> Vec<(String, String)> {
    if study.colocation.contracts.is_empty() {
        return Vec::new();
    }
    let mut study = study.clone();
    for input in study.undisclosed.clone() {
        if let Some((low, high)) = input.range() {
            study.disclose(&input, if input.roster == Roster::Fleet { low } else { high });
        }
    }
    let (contracts, diversion) = (&study.colocation.contracts, &study.diversion);
    let sum = |site: Option<&str>| -> f64 {
        let of_site = |c: &&Contract| site.is_none() || c.site.as_deref() == site;
        contracts.iter().filter(of_site).map(|contract| contract.critical_it_mw).sum()
    };
    let is_range = |input: &Undisclosed| input.range().is_some();
    let at_ends = if study.undisclosed.iter().any(is_range) {
        ", contracts at the high and the fleet at the low ends of their ranges"
    } else {
        ""
    };
    let colocation_share = diversion.colocation_share;
    if colocation_share == 0.0 {
        let what = format!("{} critical-IT MW are let and colocation_share is 0", sum(None));
        return vec![(what, "a colocation_share above 0, or contracts = \"\" for none".into())];
    }
    let gross_mw: f64 = study.fleet.iter().map(|tranche| tranche.gross_mw).sum();
    let divertible_mw = diversion.share_max * gross_mw;
    let (mut start_mw, mut total_mw) = (0.0, 0.0);
    let mut found = Vec::new();
    let mut hold = |of: &str, let_mw: f64, room_mw: f64| {
        if let_mw > room_mw * (1.0 + 1e-9) {
            found.push((
                format!(
                    "the contracts of {of} are {let_mw} critical-IT MW, more than it can serve"
                ),
                format!(
                    "at most {room_mw:.3} critical-IT MW: eligible gross MW up to share_max × \
                     critical-IT ratio × colocation_share {colocation_share}{at_ends}"
                ),
            ));
        }
    };
    for tranche in &study.fleet {
        let ratio = tranche.critical_it_per_gross_mw.unwrap_or(diversion.critical_it_per_gross_mw);
        let end_mw = start_mw + tranche.gross_mw * tranche.eligible_share;
        let room_mw = (end_mw.min(divertible_mw) - start_mw).max(0.0) * ratio * colocation_share;
        hold(&tranche.name, sum(Some(&tranche.name)), room_mw);
        start_mw = end_mw;
        total_mw += room_mw;
    }
    hold("the fleet", sum(None), total_mw);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Contract>, Vec<Undisclosed>) {
        let mut problems = Vec::new();
        let table = Table::read("c.csv", text, CONTRACTS, &mut problems);
        let sites = ["north".to_string(), "south".to_string()];
        let read = table.map(|table| contracts(&table, &mut problems, &sites).value);
        assert_eq!(problems, []);
        read.unwrap()
    }

    #[test]
    fn a_rent_by_the_kilowatt_and_month_is_one_by_the_megawatt_and_year() {
        let (by_kw, _) = read("tenant,critical_it_mw,rent_usd_per_kw_month\na,10,125\n");
        let (by_mw, _) =
            read("tenant,critical_it_mw,rent_usd_per_critical_it_mw_year\na,10,1.5e6\n");
        assert_eq!(by_kw, by_mw);
        assert_eq!(by_kw[0], Contract::new("a", 10.0, 1.5e6));
    }

    #[test]
    fn a_contract_says_what_it_knows() {
        let (contracts, undisclosed) = read(
            "tenant,critical_it_mw,rent_usd_per_kw_month,escalator_per_year,site,tenant_class,\
             start,term_years,backstop,status\n\
             a,10..12,120..130,,north,ai_lab,2027-03-01,15,a bank,energised\n",
        );
        let contract = &contracts[0];
        assert_eq!((contract.critical_it_mw, contract.escalator_per_year), (11.0, None));
        assert_eq!(contract.rent_usd_per_critical_it_mw_year, 1.5e6);
        assert_eq!(contract.name(), "a at north from 2027-03-01");
        let terms = ContractTerms {
            tenant_class: "ai_lab",
            term_years: Some(15.0),
            backstop: "a bank".into(),
            status: "energised",
        };
        assert_eq!(contract.terms, terms);
        let found: Vec<_> = undisclosed.iter().map(|u| (u.column, u.instead)).collect();
        assert_eq!(
            found,
            [
                ("critical_it_mw", Instead::Range { low: 10.0, high: 12.0 }),
                (RENT_OF_KW, Instead::Range { low: 120.0, high: 130.0 }),
                ("escalator_per_year", Instead::Key("colocation.escalator_per_year")),
            ]
        );
    }
}
