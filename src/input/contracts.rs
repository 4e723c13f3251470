//! The signed leases: who rents how many critical-IT megawatts, at what rent, of which site.
//!
//! In: a CSV table and the names of the fleet. Out: contracts in the order in which they are
//! filled, and what they do not disclose. Not here: which megawatts serve them.

use super::business::Delivery;
use super::key::{Key, Kind, Value};
use super::range::{Wrong, above, within};
use super::reader::{Item, Reader, Span};
use super::table::{Column, Table, filled, optional};
use super::undisclosed::{Gaps, Instead, Roster, Undisclosed, ends, read_numbers};
use crate::error::{Place, Problem, did_you_mean, listed};
use crate::time::MONTHS_PER_YEAR;
use jiff::{ToSpan, civil::Date};

/// A signed lease.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Who rents.
    pub tenant: String,
    /// What is let, critical-IT MW; above 0.
    pub critical_it_mw: f64,
    /// Rent of the first year, USD per critical-IT MW and year; `None` for the start rent of
    /// `[ai_market]`.
    pub rent_usd_per_critical_it_mw_year: Option<f64>,
    /// Yearly rise of the rent, a fraction; `None` for `[colocation]`'s.
    pub escalator_per_year: Option<f64>,
    /// The tranche whose megawatts alone may serve it; `None` for the whole fleet.
    pub site: Option<String>,
    /// The day before which no rent is paid; `None` for the day of delivery. Lease years count from
    /// one before the as-of date.
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
            rent_usd_per_critical_it_mw_year: Some(rent_usd_per_critical_it_mw_year),
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
    /// What tells it from every other contract, in a form that no two share: tenant, site, start.
    pub fn key(&self) -> String {
        let site = self.site.as_deref().unwrap_or_default();
        let start = self.start.map_or_else(String::new, |start| start.to_string());
        // A separator that no name can hold.
        format!("{}\u{1f}{site}\u{1f}{start}", self.tenant)
    }
    /// Its name for people: tenant, site and start, as far as they are given.
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
            RENT_OF_MW => self.rent_usd_per_critical_it_mw_year = Some(value),
            RENT_OF_KW => {
                self.rent_usd_per_critical_it_mw_year = Some(value * KW_MONTHS_PER_MW_YEAR);
            }
            "escalator_per_year" => self.escalator_per_year = Some(value),
            "term_years" => self.terms.term_years = Some(value),
            _ => unreachable!("{column} is no column of numbers of the contracts"),
        }
    }
}

impl ContractTerms {
    /// The columns of what is known and is no default.
    pub fn known(&self) -> impl Iterator<Item = &'static str> {
        let columns = [
            ("tenant_class", self.tenant_class != TENANT_CLASSES[TENANT_CLASSES.len() - 1]),
            ("term_years", self.term_years.is_some()),
            ("backstop", !self.backstop.is_empty()),
            ("status", self.status != STATUSES[0]),
        ];
        columns.into_iter().filter(|(_, is_known)| *is_known).map(|(column, _)| column)
    }
}

/// Kilowatts in a megawatt times months in a year.
pub(super) const KW_MONTHS_PER_MW_YEAR: f64 = 12_000.0;
/// The column of the rent of a kilowatt.
pub(super) const RENT_OF_KW: &str = "rent_usd_per_kw_month";
/// The column of the rent of a megawatt.
const RENT_OF_MW: &str = "rent_usd_per_critical_it_mw_year";

/// What stands in for a rent that is not disclosed.
const RENT: Instead = Instead::Key("ai_market.rent_start_usd_per_critical_it_mw_year");

/// Columns of the contracts.
pub(crate) const CONTRACTS: &[Column] = &[
    filled("tenant", Kind::Text),
    filled("critical_it_mw", Kind::Number(above(0.0, 1e6, "critical-IT MW"))).or_range(),
    optional(
        RENT_OF_KW,
        Kind::Number(within(0.0, 1e5, "USD per critical-IT kW and month, of the first year")),
    )
    .or_range()
    .blank(RENT),
    optional(
        RENT_OF_MW,
        Kind::Number(within(0.0, 1e9, "USD per critical-IT MW and year, of the first year")),
    )
    .or_range()
    .blank(RENT),
    optional("escalator_per_year", Kind::Number(within(-1.0, 1.0, "per year")))
        .or_range()
        .blank(Instead::Key("colocation.escalator_per_year")),
    optional("site", Kind::Text).blank(Instead::Words("the whole fleet")),
    optional("tenant_class", Kind::OneOf(&TENANT_CLASSES)).blank(Instead::Words("unknown")),
    optional("start", Kind::Day).blank(Instead::Words("the day of delivery")),
    optional("term_years", Kind::Number(above(0.0, 100.0, "years"))).or_range(),
    optional("backstop", Kind::Text).blank(Instead::Words("nobody")),
    optional("status", Kind::OneOf(&STATUSES)).blank(Instead::Words("contracted")),
];

/// What contracts are held against as they are read.
#[derive(Debug, Default)]
pub(crate) struct Setting {
    /// Names of the fleet, which contracts may be bound to.
    pub(crate) sites: Vec<String>,
    /// The day that every path starts from.
    pub(crate) as_of: Date,
    /// The year whose money is counted.
    pub(crate) target_year: i16,
    /// The day from which on megawatts may be delivered.
    pub(crate) first_due: Date,
}

/// What is wrong with a term: it is over, or it ends before the end of the target year, after which
/// its megawatts would earn something that is not valued yet.
fn refuse_term(contract: &Contract, gaps: &Gaps, setting: &Setting) -> Option<Problem> {
    let (least, most) = ends(gaps, "term_years", contract.terms.term_years)?;
    let from = contract.start.unwrap_or(setting.first_due.max(setting.as_of));
    let end = |years: f64| from.saturating_add(((years * MONTHS_PER_YEAR).round() as i64).months());
    let since = match contract.start {
        Some(start) => format!("from {start}"),
        None => format!("from delivery, {from} at the earliest"),
    };
    if end(most) <= setting.as_of {
        let ended = format!("the contract ended on {}", end(most));
        return Some(
            Problem::new(format!("{ended}, and the as-of date is {}", setting.as_of))
                .found(format!("{most} years {since}"))
                .expected("a contract that is in force on the as-of date, or comes later")
                .help("remove the row, or correct `start` or `term_years`"),
        );
    }
    if end(least).year() <= setting.target_year {
        return Some(
            Problem::new("terms that end by the end of the target year are not valued yet")
                .found(format!("{least} years {since}: until {}", end(least)))
                .expected(format!("a term that ends after {}-12-31", setting.target_year))
                .help(
                    "leave `term_years` blank to let it run on, or remove the row: its \
                       megawatts are then on open leases",
                ),
        );
    }
    None
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
    setting: &Setting,
) -> Span<(Vec<Contract>, Vec<Undisclosed>)> {
    refuse_rents(table, problems);
    let mut contracts: Vec<Contract> = Vec::new();
    let mut undisclosed = Vec::new();
    for row in 0..table.rows() {
        let mut cells = table.cells(row, problems);
        let mut contract = Contract::new(cells.name("tenant"), f64::NAN, f64::NAN);
        contract.rent_usd_per_critical_it_mw_year = None;
        contract.site = Some(cells.name("site")).filter(|site| !site.is_empty());
        contract.start = cells.day("start");
        let terms = &mut contract.terms;
        terms.tenant_class =
            cells.word("tenant_class").map_or(terms.tenant_class, |word| TENANT_CLASSES[word]);
        terms.status = cells.word("status").map_or(terms.status, |word| STATUSES[word]);
        terms.backstop = cells.name("backstop");
        let set = |column, value| contract.set(column, value);
        let gaps = read_numbers(table, &mut cells, set);
        let (name, key) = (contract.name(), contract.key());
        if let Some(site) = contract.site.as_ref().filter(|s| !setting.sites.contains(s)) {
            problems.extend(unknown_site(table, row, site, &setting.sites));
        }
        let wrong = refuse_term(&contract, &gaps, setting);
        problems.extend(wrong.map(|wrong| wrong.at(table.place(row, Some("term_years")))));
        let is_named = !contract.tenant.is_empty();
        if is_named && contracts.iter().any(|other| other.key() == key) {
            problems.push(
                Problem::new("two contracts have one tenant, site and start")
                    .at(table.place(row, Some("tenant")))
                    .found(&name)
                    .help("add up their MW, or tell them apart: site, start or the tenant's name"),
            );
        }
        undisclosed.extend(gaps.into_iter().map(|(column, unit, instead)| Undisclosed {
            roster: Roster::Contracts,
            position: contracts.len(),
            row: name.clone(),
            key: key.clone(),
            column,
            unit,
            instead,
        }));
        contracts.push(contract);
    }
    Span { value: (contracts, undisclosed), first: None, last: None }
}

/// Most names of sites in an error.
const SITES_SHOWN: usize = 12;

/// What is wrong with a site that is not in the fleet; nothing where the fleet itself is wrong.
fn unknown_site(table: &Table<'_>, row: usize, site: &str, sites: &[String]) -> Option<Problem> {
    if sites.is_empty() {
        return None;
    }
    let problem = Problem::new("the fleet has no such site")
        .at(table.place(row, Some("site")))
        .found(site)
        .expected(format!("one of {}, or nothing for the whole fleet", listed(sites, SITES_SHOWN)));
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
        let mut setting = std::mem::take(&mut reader.setting);
        let first_due = Delivery::KEYS.iter().find(|key| key.name == "first_due");
        let first_due = first_due.and_then(|key| reader.entry(key)).map(|entry| &entry.item);
        if let Some(Item::Day(first_due)) = first_due {
            setting.first_due = *first_due;
        }
        let read = |table: &Table<'_>, problems: &mut Vec<_>| contracts(table, problems, &setting);
        let (contracts, undisclosed) = reader.file(key, CONTRACTS, read).unwrap_or_default();
        reader.undisclosed.extend(undisclosed);
        contracts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Contract>, Vec<Undisclosed>) {
        let mut problems = Vec::new();
        let table = Table::read("c.csv", text, CONTRACTS, &mut problems);
        let sites = vec!["north".to_string(), "south".to_string()];
        let setting = Setting { sites, ..Setting::default() };
        let read = table.map(|table| contracts(&table, &mut problems, &setting).value);
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
    fn a_tenant_that_is_named_like_another_at_its_site_is_another() {
        let header = "tenant,critical_it_mw,rent_usd_per_kw_month,site";
        let (two, ranges) =
            read(&format!("{header}\nt at north,10..12,125,\nt,10..12,125,north\n"));
        assert_eq!(two[0].name(), two[1].name());
        assert_ne!(two[0].key(), two[1].key());
        let streams: Vec<_> = ranges.iter().filter(|u| u.range().is_some()).collect();
        assert_ne!(streams[0].name(), streams[1].name());
        assert_eq!((streams[0].position, streams[1].position), (0, 1));
    }

    #[test]
    fn every_blank_says_what_is_taken_and_every_column_what_it_gives() {
        let columns: Vec<_> =
            CONTRACTS.iter().map(|c| c.name).filter(|n| *n != RENT_OF_MW).collect();
        let blanks = ",".repeat(columns.len() - 2);
        let (contracts, undisclosed) = read(&format!("{}\na,10{blanks}\n", columns.join(",")));
        let found: Vec<_> = undisclosed.iter().map(|u| (u.column, u.instead())).collect();
        assert_eq!(
            found,
            [
                (
                    RENT_OF_KW,
                    "the value of ai_market.rent_start_usd_per_critical_it_mw_year".into()
                ),
                ("escalator_per_year", "the value of colocation.escalator_per_year".to_string()),
                ("site", "the whole fleet".into()),
                ("tenant_class", "unknown".into()),
                ("start", "the day of delivery".into()),
                ("term_years", "not known".into()),
                ("backstop", "nobody".into()),
                ("status", "contracted".into()),
            ]
        );
        assert_eq!(undisclosed[0].in_its_unit(1.5e6), 125.0);
        assert_eq!(contracts[0].rent_usd_per_critical_it_mw_year, None);
        assert_eq!(contracts[0].terms.known().count(), 0);
        let mut terms = contracts[0].terms.clone();
        (terms.tenant_class, terms.status) = (TENANT_CLASSES[0], STATUSES[2]);
        (terms.term_years, terms.backstop) = (Some(9.0), "a bank".into());
        let given: Vec<_> = terms.known().collect();
        assert_eq!(given, ["tenant_class", "term_years", "backstop", "status"]);
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
        assert_eq!(contract.rent_usd_per_critical_it_mw_year, Some(1.5e6));
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
