//! A study written out in full, and the list of what it assumes.
//!
//! In: a study. Out: TOML text without `extends` that reads back as the same study; the values
//! that rest on an assumption. Not here: reading.

use super::basis;
use super::histories::SERIES;
use super::key::{Key, Kind, Value};
use super::schema::{self, Question, Shares};
use super::series::SeriesFile;
use super::study::Study;
use std::collections::BTreeMap;
use std::fmt::Write;

impl Study {
    /// Each value that rests on an assumption, or of which the study does not say on what: dotted
    /// key, value as TOML, basis.
    pub fn assumptions(&self) -> Vec<(String, String, String)> {
        let values = self.values();
        let mut assumptions = Vec::new();
        for key in schema::keys().into_iter().filter(|key| basis::needs_basis(key)) {
            let text = basis::of(&self.basis, key);
            let Some(value) = values.get(&key.dotted()) else { continue };
            if !self.is_in_use(key) {
                continue;
            }
            if text.starts_with("assumption") || text == basis::NOT_STATED {
                assumptions.push((key.dotted(), value.clone(), text.to_string()));
            }
        }
        assumptions
    }
    /// The least and the most that a number of a dotted key may be; `None` if the study has no such
    /// number.
    pub fn bounds(&self, dotted_key: &str) -> Option<(f64, f64)> {
        let (name, _) = super::key::indexed(dotted_key)?;
        let key = schema::keys().into_iter().find(|key| key.dotted() == name)?;
        match key.kind {
            Kind::Number(range) | Kind::Numbers(range) | Kind::Volatility(range) => {
                Some(range.bounds())
            }
            _ => None,
        }
    }
    /// Whether every number is within its range and the values of a law are fine together: not so
    /// of every study that was changed after it was read.
    pub fn is_admissible(&self) -> bool {
        let values = self.values();
        let is_in_range = |key: &&Key| match (&key.kind, values.get(&key.dotted())) {
            (Kind::Number(range), Some(text)) => {
                text.parse().is_ok_and(|number| range.check(number).is_ok())
            }
            _ => true,
        };
        schema::keys().iter().all(is_in_range)
            && self.btc_price_laws.faults().is_empty()
            && self.is_status_quo_colocation()
    }
    /// Whether a number of a dotted key takes part in a run: there is one, and of a law that a `model`
    /// names.
    pub fn takes_part(&self, dotted_key: &str) -> bool {
        let Some((name, _)) = super::key::indexed(dotted_key) else { return false };
        let key = schema::keys().into_iter().find(|key| key.dotted() == name);
        key.is_some_and(|key| self.is_in_use(key))
            && self.market_parameters().number_mut(dotted_key).is_some()
    }
    /// Whether a key takes part in a run: not that of a law which no `model` names.
    fn is_in_use(&self, key: &Key) -> bool {
        match key.table.split_once('.') {
            Some(("btc_price", law)) => self.btc_price.model.names().contains(&law),
            Some(("ai_market", law)) => self.ai_market.model.names().contains(&law),
            _ => true,
        }
    }
    /// The value of a dotted key as TOML; `None` if the study has no such key.
    pub fn value(&self, dotted_key: &str) -> Option<String> {
        self.values().remove(dotted_key)
    }
    /// The number of a dotted key; `None` if the study has no such key or it is no number.
    pub fn number(&self, dotted_key: &str) -> Option<f64> {
        self.values().get(dotted_key)?.parse().ok()
    }
    /// The whole study as TOML: every key, numbers in their shortest exact form.
    ///
    /// Read again with [`super::study::Source::Manifest`] of the texts of `inputs` by key, it gives
    /// an equal study.
    pub fn resolved_toml(&self) -> String {
        let values = self.values();
        let mut text = String::new();
        let mut table = "";
        for key in schema::keys() {
            let Some(value) = values.get(&key.dotted()) else { continue };
            if key.table != table {
                table = key.table;
                line(&mut text, &format!("\n[{table}]"));
            }
            line(&mut text, &format!("{} = {value}", key.name));
        }
        line(&mut text, "\n[basis]");
        for (key, basis) in &self.basis {
            let quoted = toml::Value::String(basis.clone());
            line(&mut text, &format!("\"{key}\" = {quoted}"));
        }
        text
    }
    /// Dotted key → value as TOML; a key is absent only where the study has no such part.
    fn values(&self) -> BTreeMap<String, String> {
        let mut written = Vec::new();
        Question {
            name: self.name.clone(),
            as_of: self.as_of,
            target_year: self.target_year,
            paths: self.paths,
            seed: self.seed,
            shares: Shares(self.shares.clone()),
            headline_share: self.headline_share,
            parameters: self.parameters,
        }
        .write(&mut written);
        self.btc_price.write(&mut written);
        self.btc_price_laws.write(&mut written);
        self.fees.write(&mut written);
        self.network.write(&mut written);
        self.ai_market.write(&mut written);
        self.ai_market_laws.write(&mut written);
        self.power_price.write(&mut written);
        self.copula.write(&mut written);
        self.mining.write(&mut written);
        self.diversion.write(&mut written);
        self.colocation.write(&mut written);
        self.bare_metal.write(&mut written);
        self.gpu_cloud.write(&mut written);
        self.delivery.write(&mut written);
        self.capital.write(&mut written);
        if let Some(credit) = &self.credit {
            credit.write(&mut written);
        }
        if let Some(sector) = &self.sector {
            sector.write(&mut written);
        }
        if let Some(appraisal) = &self.appraisal {
            appraisal.write(&mut written);
        }
        if let Some(treasury) = &self.treasury {
            treasury.write(&mut written);
        }
        let months = [
            (&schema::BTC_PRICE_FROM, self.calibration.btc_price_from.write()),
            (&schema::NETWORK_FROM, self.calibration.network_from.write()),
            (&schema::QUESTION, self.question.write()),
        ];
        written.extend(months.into_iter().filter_map(|(key, v)| Some((key.dotted(), v?))));
        if let Some(claim) = &self.claim {
            written.extend(claim.closure.write().map(|v| ("claim.closure".to_string(), v)));
        }
        if !self.stresses.is_empty() {
            written.extend(self.stresses.write().map(|v| (schema::STRESSES.dotted(), v)));
        }
        for key in &SERIES {
            let mut series = self.histories.series();
            let named = series.find(|series| series.account.quantity == key.name);
            let files: Vec<SeriesFile> = named.map_or_else(Vec::new, |series| {
                std::iter::once(series).chain(&series.others).map(|s| s.file.clone()).collect()
            });
            written.extend(files.write().map(|text| (key.dotted(), text)));
        }
        let mut values: BTreeMap<String, String> = written.into_iter().collect();
        for key in schema::keys().into_iter().filter(|key| matches!(key.kind, Kind::File)) {
            let name = self.inputs.iter().find(|input| input.key == key.dotted());
            if key.table != "claim" || name.is_some() {
                let name = name.map_or(String::new(), |input| input.name.clone());
                values.insert(key.dotted(), toml::Value::String(name).to_string());
            }
        }
        values
    }
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{content}").expect("a String takes any text");
}
