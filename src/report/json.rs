//! Results as JSON: every number in full, shortest round-trip floats.
//!
//! In: `Results`, or those under stress. Out: one JSON object. Not here: rounding; a number that is not finite is `null`.

use crate::risk::Estimate;
use serde::ser::{Serialize, SerializeSeq, SerializeStruct, Serializer};
use std::io::{self, Write};

/// Writes the whole of `results` as one indented JSON object and a line end.
///
/// # Errors
/// If `out` refuses a write.
pub fn write_results(results: &impl Serialize, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, results)?;
    writeln!(out)
}

impl Serialize for Estimate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Estimate", 4)?;
        fields.serialize_field("value", &self.value)?;
        fields.serialize_field("std_error", &self.std_error)?;
        fields.serialize_field("ci_low", &self.ci_low)?;
        fields.serialize_field("ci_high", &self.ci_high)?;
        fields.end()
    }
}

pub(super) fn as_text<T, S>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: std::fmt::Display,
    S: Serializer,
{
    serializer.collect_str(value)
}

#[derive(serde::Serialize)]
struct AssumptionJson<'a> {
    key: &'a str,
    value: &'a str,
    basis: &'a str,
}

pub(super) fn assumptions<S: Serializer>(
    rows: &[(String, String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    sequence(serializer, rows, |(key, value, basis)| AssumptionJson { key, value, basis })
}

#[derive(serde::Serialize)]
struct ClaimShareJson {
    share: f64,
    usd_per_year: f64,
    net_present_value_usd: f64,
}

pub(super) fn claim_by_share<S: Serializer>(
    rows: &[(f64, f64, f64)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    sequence(serializer, rows, |&(share, usd_per_year, net_present_value_usd)| ClaimShareJson {
        share,
        usd_per_year,
        net_present_value_usd,
    })
}

#[derive(serde::Serialize)]
struct PercentileJson<'a> {
    outcome: &'a str,
    share_of_worlds_below: Estimate,
}

pub(super) fn percentiles<S: Serializer>(
    rows: &[(String, Estimate)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    sequence(serializer, rows, |(outcome, share)| PercentileJson {
        outcome,
        share_of_worlds_below: *share,
    })
}

fn sequence<'a, S: Serializer, T, R: Serialize>(
    serializer: S,
    rows: &'a [T],
    named: impl Fn(&'a T) -> R,
) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(rows.len()))?;
    for row in rows {
        list.serialize_element(&named(row))?;
    }
    list.end()
}

#[cfg(test)]
mod tests {
    use crate::report::sample::synthetic_results;

    #[test]
    fn every_number_survives_the_way_through_json() {
        let results = synthetic_results();
        let mut text = Vec::new();
        super::write_results(&results, &mut text).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(json["as_of"], "2026-07-31");
        assert_eq!(json["rows"].as_array().unwrap().len(), results.rows.len());
        for (row, shown) in results.rows.iter().zip(json["rows"].as_array().unwrap()) {
            let value = shown["estimate"]["value"].as_f64().unwrap();
            assert_eq!(value.to_bits(), row.estimate.value.to_bits());
        }
        assert_eq!(json["assumptions"][0]["key"], "btc_price.drift_per_year");
        assert_eq!(json["variations"][0]["side"], "base");
        assert_eq!(json["undisclosed"][0]["low"], 30.0);
        assert_eq!(json["undisclosed"][1]["default_key"], "mining.uptime");
        assert!(json["undisclosed"][2]["default"].is_null());
        assert_eq!(json["claim"]["percentiles"][0]["outcome"], "revenue_gain of the sector");
    }

    #[test]
    fn a_number_that_is_not_finite_is_null_not_zero() {
        let mut results = synthetic_results();
        results.rows[0].estimate.value = f64::NAN;
        let mut text = Vec::new();
        super::write_results(&results, &mut text).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert!(json["rows"][0]["estimate"]["value"].is_null());
    }
}
