//! The study file: the analyst's question with every value it rests on.
//!
//! In: a study file, or the name of a study that comes with wattshift. Out: a [`Study`] of checked
//! values, or every problem of the study and its files at once. Not here: what is done with it.

pub use super::ai_market::{AiMarket, AiMarketLaws, AiMarketModel, Regime, SupplyLag, TwoRegime};
pub use super::appraisal::{Appraisal, GpuRefresh};
pub use super::btc_price::{
    Bootstrap, BtcPrice, BtcPriceLaws, BtcPriceModel, Drift, Garch, Gbm, Heston,
    JUMPS_PER_YEAR_MAX, Kou, Merton, PERSISTENCE_MAX, Regimes, Svcj, Volatility,
};
pub use super::business::{
    BareMetal, Capital, Colocation, Delivery, Diversion, GpuCloud, Mining, MiningUntil, PoolScheme,
    StatusQuo, Triangular,
};
pub use super::capacity::SUM_ROUNDING;
pub use super::claim::{Claim, Closure};
pub use super::contracts::{Contract, ContractTerms, STATUSES, TENANT_CLASSES};
pub use super::copula::Copula;
pub use super::credit::Credit;
pub use super::fleet::{BalanceSheet, Tranche};
pub use super::histories::Histories;
pub use super::json_schema::json_schema;
pub use super::lineage::Lineage;
pub use super::market::{Fees, Network, PowerPrice};
pub use super::models::{Choice, Models};
pub use super::parameters::MarketParameters;
pub use super::period::{Quarter, YearMonth};
pub use super::quotes::{Curve, DAILY_RETURNS_MIN, ForwardQuote, VolatilityQuote};
pub use super::records::{CapacityQuarter, GpuRateQuote, HostingDeal};
pub use super::schema::{Calibration, Certainty, Described, described};
pub use super::sector::Sector;
pub use super::series::{Account, Comparison, Quality, Reason, Series, SeriesFile, SetAside};
pub use super::source::{InputFile, Source};
pub use super::starts::Start;
pub use super::stress::{BASE, Stress};
pub use super::treasury::{AfterDefault, FundingSource, Treasury};
pub use super::undisclosed::{Instead, Roster, Undisclosed};

use super::document::Document;
use super::key::{Key, Value};
use super::reader::{Item, Reader};
use super::schema::{self, Question, Shares};
use super::{basis, capacity, contracts, correlation, embedded, fleet};
use crate::bitcoin;
use crate::error::{Place, Problem, Problems};
use crate::tile::math;
use crate::time::{TimeGrid, YEARS_AFTER_MAX};
use jiff::civil::Date;
use ndarray::Array2;
use std::collections::BTreeMap;
use std::path::Path;

/// A validated study: every value in the unit its name says, finite and in range; files read.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// Short name, `[a-z0-9_-]+`.
    pub name: String,
    /// Whose study it is: `ALL_COMPANIES`, or one row of a fleet of companies.
    pub company: String,
    /// The question in a sentence; may be empty.
    pub question: String,
    /// The date whose close is the start of every path.
    pub as_of: Date,
    /// The year whose money is counted.
    pub target_year: i16,
    /// Number of paths.
    pub paths: u64,
    /// Seed of all chance, at most `i64::MAX`.
    pub seed: u64,
    /// Shares of gross MW to divert, ascending, each 0 to 1, with 0.
    pub shares: Vec<f64>,
    /// The share that the verdict speaks of; one of `shares`.
    pub headline_share: f64,
    /// Whether the parameters of the laws are as stated or drawn.
    pub parameters: Certainty,
    /// BTC price.
    pub btc_price: BtcPrice,
    /// The laws that the BTC price may follow.
    pub btc_price_laws: BtcPriceLaws,
    /// Transaction fees.
    pub fees: Fees,
    /// Network hashrate and difficulty.
    pub network: Network,
    /// AI compute market.
    pub ai_market: AiMarket,
    /// The laws that its tightness may follow.
    pub ai_market_laws: AiMarketLaws,
    /// Power price at the hub.
    pub power_price: PowerPrice,
    /// Correlation of the normal scores, in the order of `Factor::SCORED`; symmetric, diagonal 1.
    pub correlation: Array2<f64>,
    /// The same for days on which a path is in the AI market's glut; `None` where they are no
    /// different.
    pub correlation_glut: Option<Array2<f64>>,
    /// Copula of the scores' sums over the horizon.
    pub copula: Copula,
    /// The fleet, least efficient tranche first.
    pub fleet: Vec<Tranche>,
    /// How the fleet mines.
    pub mining: Mining,
    /// What is diverted.
    pub diversion: Diversion,
    /// The colocation business.
    pub colocation: Colocation,
    /// The bare-metal business.
    pub bare_metal: BareMetal,
    /// The GPU-cloud business.
    pub gpu_cloud: GpuCloud,
    /// When halls come.
    pub delivery: Delivery,
    /// What conversion costs.
    pub capital: Capital,
    /// How likely tenants are to default; `None` where they are not.
    pub credit: Option<Credit>,
    /// How markets answer a diversion of a sector's size; `None` where they do not.
    pub sector: Option<Sector>,
    /// How the company pays its way; `None` where its cash is not followed.
    pub treasury: Option<Treasury>,
    /// How the company is appraised beyond the target year; `None` where nobody looks that far.
    pub appraisal: Option<Appraisal>,
    /// What the fleet and the contracts do not disclose: the fleet's in its order, then the
    /// contracts' in theirs.
    pub undisclosed: Vec<Undisclosed>,
    /// A published claim to hold against the result.
    pub claim: Option<Claim>,
    /// The stresses that it names, by name or by file; none for those that come with wattshift.
    pub stresses: Vec<String>,
    /// Where each value comes from: dotted key or table → "assumption: …", "computed: …",
    /// "source: …" or "basis not stated".
    pub basis: BTreeMap<String, String>,
    /// What calibration sees.
    pub histories: Histories,
    /// From when on calibration sees it.
    pub calibration: Calibration,
    /// The files that the study was read from.
    pub inputs: Vec<InputFile>,
}

/// What outputs call the whole fleet.
pub const ALL_COMPANIES: &str = "all";

/// What a command line may set over the study.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Number of paths.
    pub paths: Option<u64>,
    /// Seed of all chance.
    pub seed: Option<u64>,
}

impl Study {
    /// Reads a study file; the files that it names are relative to its folder.
    ///
    /// # Errors
    /// Every problem of the study and of its files, at once.
    pub fn load(path: &Path, overrides: &Overrides) -> Result<Self, Problems> {
        Lineage::of_file(path)?.study(overrides)
    }
    /// The study that comes with wattshift.
    ///
    /// # Panics
    /// If our own study is wrong, which a test excludes.
    pub fn default_study() -> Self {
        match Self::embedded("default", &Overrides::default()) {
            Ok(study) => study,
            Err(problems) => panic!("the default study is wrong:\n{problems}"),
        }
    }
    /// Names of the studies that come with wattshift.
    pub fn embedded_names() -> impl Iterator<Item = &'static str> {
        embedded::STUDIES.iter().map(|(name, _)| *name)
    }
    /// The text of a study that comes with wattshift, to start one's own from.
    pub fn embedded_text(name: &str) -> Option<&'static str> {
        embedded::study(name)
    }
    /// A study that comes with wattshift.
    ///
    /// # Errors
    /// If there is none of that name, or an override is out of range.
    pub fn embedded(name: &str, overrides: &Overrides) -> Result<Self, Problems> {
        Lineage::of_name(name)?.study(overrides)
    }
    /// Reads the text of a study; `file` is what problems call it.
    ///
    /// # Errors
    /// Every problem of the study and of its files, at once.
    pub fn from_text(
        file: &str,
        text: &str,
        source: &Source,
        overrides: &Overrides,
    ) -> Result<Self, Problems> {
        Lineage::of_text(file, text, source)?.study(overrides)
    }
    /// The study that a document is, of which `problems` are known already.
    pub(super) fn of_document(
        document: &Document,
        mut problems: Vec<Problem>,
        overrides: &Overrides,
    ) -> Result<Self, Problems> {
        let keys = schema::keys();
        let basis = basis::read(document, &keys, &mut problems);
        let mut reader = Reader::new(document);
        reader.problems = problems;
        let study = Self::read(&mut reader, overrides, basis);
        Problems::none_or(reader.problems, study)
    }
    fn read(
        reader: &mut Reader<'_>,
        overrides: &Overrides,
        basis: BTreeMap<String, String>,
    ) -> Self {
        let Question { name, as_of, target_year, paths, seed, shares, headline_share, parameters } =
            Question::read(reader);
        let question = match reader.entry(&schema::QUESTION) {
            Some(_) => String::of(reader, &schema::QUESTION),
            None => String::new(),
        };
        let headline_share = Shares::rounded(headline_share);
        let mut all = shares.0;
        all.push(headline_share);
        let correlation =
            reader.file(&schema::CORRELATION, correlation::CORRELATION, correlation::correlation);
        let correlation_glut = reader.file(
            &schema::CORRELATION_GLUT,
            correlation::CORRELATION,
            correlation::correlation,
        );
        let fleet = reader.file(&schema::FLEET, fleet::FLEET, fleet::fleet);
        let (fleet, undisclosed) = required(reader, &schema::FLEET, fleet);
        let sites = fleet.iter().map(|tranche| tranche.name.clone()).collect();
        reader.setting = contracts::Setting { sites, as_of, target_year, first_due: as_of };
        reader.undisclosed = undisclosed;
        let btc_price = BtcPrice::read(reader);
        let btc_price_laws = BtcPriceLaws::read(reader, &btc_price.model);
        let ai_market = AiMarket::read(reader);
        let ai_market_laws = AiMarketLaws::read(reader, &ai_market.model);
        let study = Self {
            company: ALL_COMPANIES.into(),
            name,
            question,
            as_of,
            target_year,
            paths: overridden(reader, "paths", overrides.paths, paths),
            seed: overridden(reader, "seed", overrides.seed, seed),
            shares: Shares::tidy(all).0,
            headline_share,
            parameters,
            btc_price,
            btc_price_laws,
            fees: Fees::read(reader),
            network: Network::read(reader),
            ai_market,
            ai_market_laws,
            power_price: PowerPrice::read(reader),
            correlation: required(reader, &schema::CORRELATION, correlation),
            correlation_glut,
            copula: Copula::read(reader),
            fleet,
            mining: Mining::read(reader),
            diversion: Diversion::read(reader),
            colocation: Colocation::read(reader),
            bare_metal: BareMetal::read(reader),
            gpu_cloud: GpuCloud::read(reader),
            delivery: Delivery::read(reader),
            capital: Capital::read(reader),
            credit: Credit::read_if_named(reader),
            sector: Sector::read_if_named(reader),
            treasury: Treasury::read_if_named(reader),
            appraisal: Appraisal::read_if_named(reader),
            undisclosed: std::mem::take(&mut reader.undisclosed),
            claim: Claim::read(reader),
            stresses: match reader.entry(&schema::STRESSES) {
                Some(_) => Vec::of(reader, &schema::STRESSES),
                None => Vec::new(),
            },
            basis,
            histories: Histories::read(reader, as_of),
            calibration: Calibration {
                btc_price_from: YearMonth::of(reader, &schema::BTC_PRICE_FROM),
                network_from: YearMonth::of(reader, &schema::NETWORK_FROM),
            },
            inputs: std::mem::take(&mut reader.inputs),
        };
        if reader.problems.is_empty() {
            study.check_together(reader);
            study.check_starts(reader);
        }
        if reader.problems.is_empty() {
            study.check_network_runs(reader);
        }
        study
    }
    /// The calendar of the study.
    ///
    /// # Errors
    /// As of [`TimeGrid::new`].
    pub fn grid(&self) -> Result<TimeGrid, String> {
        let grid = TimeGrid::new(self.as_of, self.target_year)?;
        Ok(match &self.appraisal {
            Some(appraisal) => grid.with_months_to(appraisal.end_year),
            None => grid,
        })
    }
    /// Notes values that are fine alone and not together.
    fn check_together(&self, reader: &mut Reader<'_>) {
        let key = |table: &str, name: &str| {
            let dotted = if table.is_empty() { name.into() } else { format!("{table}.{name}") };
            schema::key(&dotted)
        };
        self.btc_price_laws.check_together(reader);
        self.check_quotes(reader);
        if let Err(what) = self.grid() {
            let expected = "a year after the as-of date, at most ten years on".into();
            reader.refuse(key("", "target_year"), what, expected);
        }
        if !self.network.epoch_start_height.is_multiple_of(2016) {
            let what = "epoch_start_height is not the first block of a difficulty epoch";
            let expected = "a multiple of 2016".into();
            reader.refuse(key("network", "epoch_start_height"), what, expected);
        }
        let age_days = (self.as_of - self.network.epoch_start_date).get_days();
        if !(0..=EPOCH_DAYS_MAX).contains(&age_days) {
            let what = "epoch_start_date is not that of the epoch in force on the as-of date";
            let expected = format!("a day in the {EPOCH_DAYS_MAX} days up to {}", self.as_of);
            reader.refuse(key("network", "epoch_start_date"), what, expected);
        }
        if self.delivery.first_due < self.as_of {
            let what = "first_due is before the as-of date";
            let expected = format!("a day from {} on", self.as_of);
            reader.refuse(key("delivery", "first_due"), what, expected);
        }
        let gross_mw: f64 = self.fleet.iter().map(|tranche| tranche.gross_mw).sum();
        let gross_mw_max = gross_mw + self.gross_mw_undisclosed();
        if gross_mw_max / self.delivery.hall_mw > HALLS_MAX {
            let what = format!("hall_mw makes more than {HALLS_MAX} halls of {gross_mw_max} MW");
            let expected = format!("at least {} MW", gross_mw_max / HALLS_MAX);
            reader.refuse(key("delivery", "hall_mw"), what, expected);
        }
        let fleet_eh_per_s: f64 = self
            .fleet
            .iter()
            .map(|t| {
                let overhead = t.mining(&self.mining).power_overhead;
                t.gross_mw * bitcoin::petahash_per_megawatt(t.efficiency_j_per_th, overhead) / 1e3
            })
            .sum();
        let network_eh_per_s =
            bitcoin::implied_hashrate(self.network.start_difficulty).to_eh_per_s();
        if fleet_eh_per_s > network_eh_per_s {
            let what = format!(
                "the fleet of {gross_mw} MW would be {fleet_eh_per_s:.0} EH/s, more than the network"
            );
            let expected = format!(
                "gross MW (not kW) that make at most the network's {network_eh_per_s:.0} EH/s"
            );
            reader.refuse(&schema::FLEET, what, expected);
        }
        let has_stock = |t: &Tranche| {
            t.balance_sheet.stock_count.is_some() && t.balance_sheet.stock_usd.is_some()
        };
        if self.treasury.is_some() && !self.fleet.iter().any(has_stock) {
            let what = "a treasury is followed, and no row has stock_count and stock_usd";
            let expected = "the company's shares of stock and their price, in a row".into();
            reader.refuse(&schema::FLEET, what, expected);
        }
        if !self.is_status_quo_colocation() {
            let what = "what is signed is the status quo, and it is colocation alone";
            reader.refuse(key("diversion", "colocation_share"), what, "1.0".into());
        }
        self.check_appraisal(reader);
        if !self.diversion.is_mix_whole() {
            let sum = self.diversion.colocation_share + self.diversion.bare_metal_share;
            let what = format!("bare metal and colocation are {sum} of the diverted MW");
            let left = Shares::rounded(1.0 - self.diversion.colocation_share);
            let expected = format!("at most {left}");
            reader.refuse(key("diversion", "bare_metal_share"), what, expected);
        }
        if self.diversion.reversible && self.credit.is_none() {
            let what = "reversible halls are those that stand empty, and no tenant ever leaves";
            reader.refuse(key("diversion", "reversible"), what, "a table [credit]".into());
        }
        let ended = |t: &&Tranche| t.balance_sheet.maturity.is_some_and(|day| day < self.as_of);
        if let Some(tranche) = self.fleet.iter().find(ended).filter(|_| self.treasury.is_some()) {
            let name = &tranche.name;
            let what = format!("the debt of `{name}` was due before the as-of date");
            let expected = format!("a maturity from {} on, or a blank one", self.as_of);
            reader.refuse(&schema::FLEET, what, expected);
        }
        let stops = |t: &Treasury| t.revenue_after_default == AfterDefault::Stops;
        if self.claim.is_some() && self.treasury.as_ref().is_some_and(stops) {
            let what = "a claim is about what sites earn, and a default would shut them";
            reader.refuse(key("treasury", "revenue_after_default"), what, "\"goes_on\"".into());
        }
        if self.claim.is_some() && self.diversion.status_quo == StatusQuo::Signed {
            let what = "a claim is about all megawatts, and shares are of those not signed";
            reader.refuse(key("diversion", "status_quo"), what, "\"mining\"".into());
        }
        for (what, expected) in capacity::overbooked(self) {
            reader.refuse(key("colocation", "contracts"), what, expected);
        }
        let market = &self.ai_market;
        let (boom, glut) = (market.boom_utilisation, market.glut_utilisation);
        if boom <= glut || boom >= 1.0 {
            let what = "boom_utilisation is not between glut_utilisation and 1";
            let expected = format!("a fraction above {glut} and below 1");
            reader.refuse(key("ai_market", "boom_utilisation"), what, expected);
        }
        let supply = self.ai_market_laws.supply_lag.as_ref();
        if let Some(supply) = supply
            && supply.capacity_response_per_year == 0.0
            && supply.capacity_growth_start_per_year != supply.capacity_growth_per_year
        {
            let what = "capacity_growth_start_per_year has nothing to come from";
            let expected = format!(
                "{} as capacity_growth_per_year, where capacity_response_per_year is 0",
                supply.capacity_growth_per_year
            );
            let start = key("ai_market.supply_lag", "capacity_growth_start_per_year");
            reader.refuse(start, what, expected);
        }
        let growths =
            supply.map(|s| (s.capacity_growth_min_per_year, s.capacity_growth_max_per_year));
        if let Some((min, max)) = growths.filter(|(min, max)| min > max) {
            let what = "capacity_growth_max_per_year is below capacity_growth_min_per_year";
            let expected = format!("at least {min}, not {max}");
            reader.refuse(
                key("ai_market.supply_lag", "capacity_growth_max_per_year"),
                what,
                expected,
            );
        }
        if market.gpu_rate_floor_usd_per_gpu_hour > market.gpu_rate_start_usd_per_gpu_hour {
            let what = "gpu_rate_floor_usd_per_gpu_hour is above the start";
            let expected = format!("at most {} USD", market.gpu_rate_start_usd_per_gpu_hour);
            reader.refuse(key("ai_market", "gpu_rate_floor_usd_per_gpu_hour"), what, expected);
        }
        for (table, from) in [
            ("btc_price", self.calibration.btc_price_from),
            ("network", self.calibration.network_from),
        ] {
            if from.last_day() > self.as_of {
                let what = "calibration_from is after the as-of date";
                let expected = format!("a month that ends by {}", self.as_of);
                reader.refuse(key(table, "calibration_from"), what, expected);
            }
        }
    }
    /// Notes an appraisal of what cannot be appraised.
    fn check_appraisal(&self, reader: &mut Reader<'_>) {
        let Some(appraisal) = &self.appraisal else { return };
        let key = |name: &str| schema::key(&format!("value.{name}"));
        let years = self.target_year + 1..=self.target_year + YEARS_AFTER_MAX;
        if !years.contains(&appraisal.end_year) {
            let what = format!("end_year {} cannot be looked at", appraisal.end_year);
            let expected = format!("a year from {} to {}", years.start(), years.end());
            reader.refuse(key("end_year"), what, expected);
        }
        if self.treasury.is_none() {
            let what = "a company is appraised of which there is no [treasury]";
            let expected = "its terms beside the balance sheet, as in the study `company`".into();
            reader.refuse(key("end_year"), what, expected);
        }
        if self.sector.is_some() {
            let what = "[value] looks beyond the years in which [sector] has markets answer";
            reader.refuse(key("end_year"), what, "one of the two tables".into());
        }
        if appraisal.machine_j_per_th_min > appraisal.machine_j_per_th {
            let what = "machine_j_per_th_min is above machine_j_per_th";
            let expected = format!("at most {} J/TH", appraisal.machine_j_per_th);
            reader.refuse(key("machine_j_per_th_min"), what, expected);
        }
    }
    /// Notes a stack of break-even hashprices that switches the network off at the start.
    fn check_network_runs(&self, reader: &mut Reader<'_>) {
        let running = self.running_share_at_start();
        if running < RUNNING_SHARE_MIN {
            let key = schema::key("network.shutdown_hashprice_usd_per_ph_day");
            let what = "shutdown_hashprice_usd_per_ph_day switches the network off at the start";
            let expected = format!(
                "a stack of which at least {RUNNING_SHARE_MIN} runs at {:.1} USD/PH/day, the hashprice \
                 of the as-of date",
                self.start_hashprice_usd_per_ph_day()
            );
            reader.refuse(key, what, expected);
        }
    }
    /// Expected USD per PH/s and day at the start, before the pool's fee.
    fn start_hashprice_usd_per_ph_day(&self) -> f64 {
        let subsidy_btc = bitcoin::subsidy_btc(self.network.epoch_start_height);
        let reward_btc = subsidy_btc / (1.0 - self.fees.long_run_share_of_reward);
        let btc = bitcoin::btc_per_petahash_day(self.network.start_difficulty, reward_btc);
        btc * self.btc_price.start_usd_per_btc
    }
    /// The part of the installed hashrate that runs at the start.
    fn running_share_at_start(&self) -> f64 {
        let network = &self.network;
        let ratio =
            self.start_hashprice_usd_per_ph_day() / network.shutdown_hashprice_usd_per_ph_day;
        math::logistic(math::ln(ratio) / network.shutdown_log_scale)
    }
    /// Whether all that is diverted is colocation where what is signed is the status quo: else halls would
    /// hold a GPU cloud that nobody signed.
    pub(super) fn is_status_quo_colocation(&self) -> bool {
        self.diversion.status_quo == StatusQuo::Mining || self.diversion.colocation_share == 1.0
    }
    /// The study of each row of the fleet, as a company of its own with the contracts bound to it.
    ///
    /// # Errors
    /// A company named as all of them are; contracts that are bound to no row; companies without stock where a treasury is followed; a claim,
    /// which is about all of them.
    pub fn companies(&self) -> Result<Vec<Self>, Problems> {
        let mut problems = Vec::new();
        let of_file = |key: &str| {
            let input = self.inputs.iter().find(|input| input.key == key);
            Place::file(input.map_or(&self.name, |input| &input.name).clone())
        };
        if self.fleet.iter().any(|tranche| tranche.name == ALL_COMPANIES) {
            problems.push(
                Problem::new("a company has the name that all of them together have")
                    .at(of_file("fleet.tranches"))
                    .found(ALL_COMPANIES)
                    .help("give it another name"),
            );
        }
        for contract in self.colocation.contracts.iter().filter(|c| c.site.is_none()) {
            problems.push(
                Problem::new("side by side, every contract is that of one company")
                    .at(of_file("colocation.contracts"))
                    .found(contract.name())
                    .expected("a name of the fleet in `site`"),
            );
        }
        let has_stock = |t: &&Tranche| {
            t.balance_sheet.stock_count.is_some() && t.balance_sheet.stock_usd.is_some()
        };
        for tranche in self.fleet.iter().filter(|t| self.treasury.is_some() && !has_stock(t)) {
            problems.push(
                Problem::new("a treasury is followed, and a company has no stock")
                    .at(of_file("fleet.tranches"))
                    .found(&tranche.name)
                    .expected(
                        "stock_count and stock_usd in its row, or a study without [treasury]",
                    ),
            );
        }
        if self.claim.is_some() {
            problems.push(
                Problem::new("a claim about all companies is not held against each of them")
                    .at(Place::file(self.name.clone()))
                    .help("run a study without [claim] side by side"),
            );
        }
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let company = |(index, tranche): (usize, &Tranche)| {
            let contracts = self.colocation.contracts.iter().enumerate();
            let own = contracts.filter(|(_, c)| c.site.as_deref() == Some(&tranche.name));
            let (positions, contracts): (Vec<usize>, Vec<Contract>) =
                own.map(|(position, contract)| (position, contract.clone())).unzip();
            let undisclosed = self.undisclosed.iter().filter_map(|input| {
                let position = match input.roster {
                    Roster::Fleet => (input.position == index).then_some(0),
                    Roster::Contracts => positions.iter().position(|p| *p == input.position),
                };
                Some(Undisclosed { position: position?, ..input.clone() })
            });
            Self {
                company: tranche.name.clone(),
                fleet: vec![tranche.clone()],
                colocation: Colocation { contracts, ..self.colocation.clone() },
                undisclosed: undisclosed.collect(),
                ..self.clone()
            }
        };
        Ok(self.fleet.iter().enumerate().map(company).collect())
    }
    /// The name of something that a company has, among the sources of chance.
    pub fn entity(&self, name: &str) -> String {
        match self.company.as_str() {
            ALL_COMPANIES => name.into(),
            company => format!("{company}/{name}"),
        }
    }
    /// The tenants of the contracts, each once, in the order of the file.
    pub fn tenants(&self) -> Vec<&str> {
        let mut tenants = Vec::new();
        for contract in &self.colocation.contracts {
            if !tenants.contains(&contract.tenant.as_str()) {
                tenants.push(&contract.tenant);
            }
        }
        tenants
    }
    /// Whether contracts are more than colocation can ever serve.
    pub fn is_overbooked(&self) -> bool {
        !capacity::overbooked(self).is_empty()
    }
    /// Gross MW that the fleet may have above those of the study.
    fn gross_mw_undisclosed(&self) -> f64 {
        let of_gross_mw = self.undisclosed.iter().filter(|input| input.column == "gross_mw");
        of_gross_mw.filter_map(Undisclosed::range).map(|(low, high)| 0.5 * (high - low)).sum()
    }
}

/// Least part of the installed hashrate that runs at the start: below it the hashrate of the as-of
/// date would stand for a network a hundred times larger.
const RUNNING_SHARE_MIN: f64 = 0.01;

/// Most halls of a plan; each draws its own delay on every path.
const HALLS_MAX: f64 = 10_000.0;

/// Days that a difficulty epoch is allowed to have lasted: twice its target.
const EPOCH_DAYS_MAX: i32 = 28;

/// What a key's file holds; a study without that file is refused, so an empty value never leaves.
fn required<T: Default>(reader: &mut Reader<'_>, key: &Key, value: Option<T>) -> T {
    let is_empty =
        matches!(reader.entry(key).map(|e| &e.item), Some(Item::Text(t)) if t.is_empty());
    if value.is_none() && is_empty {
        reader.refuse(key, format!("{} is empty", key.name), key.kind.expected());
    }
    value.unwrap_or_default()
}

fn overridden(reader: &mut Reader<'_>, name: &str, wanted: Option<u64>, stated: u64) -> u64 {
    let Some(value) = wanted else { return stated };
    let key = Question::KEYS.iter().find(|key| key.name == name).expect("the key is declared");
    if !i64::try_from(value).is_ok_and(|value| key.kind.holds_whole(value)) {
        reader.problems.push(
            Problem::new(format!("{name} is out of range"))
                .at(Place::file(format!("--{name}")))
                .found(value.to_string())
                .expected(key.kind.expected()),
        );
    }
    value
}

#[cfg(test)]
#[path = "study_tests.rs"]
mod tests;
