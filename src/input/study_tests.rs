//! Tests of studies as a whole.

use super::*;
use crate::input::key::Key;
use crate::input::{embedded, source};
use proptest::prelude::*;

fn extended(text: &str) -> Result<Study, Problems> {
    let text = format!("extends = \"default\"\n{text}");
    Study::from_text("s.toml", &text, &Source::Embedded, &Overrides::default())
}

fn reread(study: &Study) -> Result<Study, Problems> {
    let texts = study.inputs.iter().map(|i| (i.key.clone(), i.text.clone())).collect();
    let text = study.resolved_toml();
    Study::from_text("resolved", &text, &Source::Manifest(texts), &Overrides::default())
}

#[test]
fn a_resolved_study_reads_back_as_the_same_study() {
    for name in Study::embedded_names() {
        let study = Study::embedded(name, &Overrides::default()).unwrap();
        assert_eq!(reread(&study).unwrap(), study, "{name}");
        assert!(study.inputs.iter().all(|input| input.embedded), "{name}");
    }
}

#[test]
fn the_studies_of_the_data_folder_load_from_it_as_the_embedded_ones() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/studies");
    for name in Study::embedded_names() {
        let path = folder.join(format!("{name}.toml"));
        let study = Study::load(&path, &Overrides::default()).unwrap();
        assert_eq!(study, Study::embedded(name, &Overrides::default()).unwrap(), "{name}");
    }
}

#[test]
fn the_default_study_states_the_basis_of_every_value() {
    let study = Study::default_study();
    for (key, _, basis) in study.assumptions() {
        assert_ne!(basis, basis::NOT_STATED, "{key}");
    }
    assert_eq!(study.shares.len(), 21);
    assert_eq!(study.fleet.iter().map(|t| t.gross_mw).sum::<f64>(), 1000.0);
    assert_eq!(study.fleet[0].efficiency_j_per_th, 25.0);
    assert_eq!(study.claim, None);
    let last = study.histories.btc_price.unwrap().values.pop().unwrap();
    assert_eq!(last, study.btc_price.start_usd_per_btc);
}

#[test]
fn the_claim_follows_from_the_fleet_of_its_study() {
    let study = Study::embedded("vaneck_2024", &Overrides::default()).unwrap();
    let claim = study.claim.unwrap();
    let closure = claim.closures.iter().find(|c| c.name == claim.closure).unwrap();
    let usd_per_mw_year =
        closure.price_usd_per_kwh * 1e3 * closure.hours_per_year * closure.availability;
    // 1.30 USD/kWh × 8,760 h × 1,000 kW × 0.80, the figure published with the claim.
    assert!((usd_per_mw_year / 9_110_400.0 - 1.0).abs() < 1e-14);
    let revenue = study.fleet[0].gross_mw * closure.share * usd_per_mw_year;
    assert!((revenue / 13.9e9 - 1.0).abs() < 1e-14, "{revenue}");
    // At 2.60 USD and 80 % the GPUs of a gross MW earn it within a hundredth.
    let gpus = study.diversion.critical_it_per_gross_mw * study.gpu_cloud.gpus_per_critical_it_mw;
    assert!((gpus * 2.60 * 8760.0 * 0.80 / usd_per_mw_year - 1.0).abs() < 0.01);
}

#[test]
fn a_changed_value_does_not_keep_the_basis_of_the_study_it_extends() {
    let study = extended("[ai_market]\nboom_utilisation = 0.9").unwrap();
    let of = |key: &str| study.assumptions().into_iter().find(|a| a.0 == key).unwrap();
    assert_eq!(of("ai_market.boom_utilisation").2, basis::NOT_STATED);
    assert!(of("ai_market.glut_utilisation").2.starts_with("assumption: "));
    let stated = "[mining]\npool_fee = 0.02\n[basis]\nmining.pool_fee = \"source: a contract\"";
    let study = extended(stated).unwrap();
    assert_eq!(study.basis["mining.pool_fee"], "source: a contract");
    let table = "[mining]\npool_fee = 0.02\n[basis]\nmining = \"source: a contract\"";
    let study = extended(table).unwrap();
    assert!(study.assumptions().iter().all(|a| a.0 != "mining.pool_fee"));
    assert_eq!(reread(&study).unwrap(), study);
}

#[test]
fn a_headline_share_is_always_simulated() {
    let study = extended("shares = [1.0]\nheadline_share = 0.33").unwrap();
    assert_eq!(study.shares, [0.0, 0.33, 1.0]);
}

#[test]
fn overrides_replace_what_the_study_says_and_are_checked() {
    let overrides = Overrides { paths: Some(4096), seed: Some(7) };
    let study = Study::embedded("default", &overrides).unwrap();
    assert_eq!((study.paths, study.seed), (4096, 7));
    for wrong in
        [Overrides { paths: Some(0), seed: None }, Overrides { paths: None, seed: Some(u64::MAX) }]
    {
        assert_eq!(Study::embedded("default", &wrong).unwrap_err().0.len(), 1);
    }
}

#[test]
fn every_problem_of_study_and_files_is_told_at_once() {
    let text = "shares = [20]\n[mining]\nuptme = 1\npool_fee = nan\n[fleet]\ntranches = \"no.csv\"";
    let problems = extended(text).unwrap_err();
    assert_eq!(problems.0.len(), 4, "{problems}");
}

#[test]
fn a_history_may_be_left_out_and_a_fleet_may_not() {
    assert_eq!(extended("[data]\nbtc_price = \"\"").unwrap().histories.btc_price, None);
    assert!(extended("[fleet]\ntranches = \"\"").is_err());
}

#[test]
fn without_extends_every_key_is_required() {
    let problems = Study::from_text("s", "", &Source::Embedded, &Overrides::default()).unwrap_err();
    // Only the sentence of the question and the degrees of freedom may be left out, tables that add
    // something, and the laws that no `model` names.
    let is_required = |key: &&&Key| {
        !matches!(
            key.table,
            "data" | "claim" | "credit" | "sector" | "stress" | "treasury" | "value"
        ) && !key.table.contains('.')
            && !matches!(key.name, "question" | "degrees_of_freedom")
    };
    assert_eq!(problems.0.len(), schema::keys().iter().filter(is_required).count());
}

#[test]
fn the_table_of_a_law_is_required_where_its_model_is_named() {
    let text = Study::embedded_text("default").unwrap();
    let start = text.find("[btc_price.svcj]").unwrap();
    let end = text.find("[btc_price.regimes]").unwrap();
    let without = format!("{}{}", &text[..start], &text[end..]);
    let read = |text: &str| {
        Study::from_text("s", text, &Source::Embedded, &Overrides::default())
            .map_err(|e| e.to_string())
    };
    assert_eq!(read(&without).unwrap().btc_price_laws.svcj, None);
    let named = without.replace("model = \"gbm\"", "model = { gbm = 0.5, svcj = 0.5 }");
    let told = read(&named).unwrap_err();
    assert!(told.contains("`jumps_per_year` is missing in [btc_price.svcj]"), "{told}");
}

#[test]
fn a_law_is_read_whole_and_an_unknown_one_is_refused_with_a_hint() {
    let told = extended("[btc_price.mertn]\njumps_per_year = 3.0").unwrap_err().to_string();
    assert!(
        told.contains("unknown key `mertn` in [btc_price]") && told.contains("merton"),
        "{told}"
    );
    let told = extended("[btc_price.garch]\nbeta = 0.95").unwrap_err().to_string();
    assert!(told.contains("alpha + beta + leverage / 2 of at most 0.97"), "{told}");
    let regimes = "[btc_price.regimes]\nvolatility_per_sqrt_year = [0.3, 0.9]";
    let told = extended(regimes).unwrap_err().to_string();
    assert!(told.contains("transition_per_day") && told.contains("start_probability"), "{told}");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(?s).{0,200}") {
        let _ = Study::from_text("s", &text, &Source::Embedded, &Overrides::default());
    }
    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = source::decode("s", bytes) {
            let _ = Study::from_text("s", &text, &Source::Embedded, &Overrides::default());
        }
    }
    #[test]
    fn a_damaged_study_is_read_or_refused(
        cut in 0..8000_usize, length in 0..40_usize, patch in "[\\[\\]{}=\"'#.,0-9a-z \n-]{0,12}",
    ) {
        let mut text = embedded::study("default").unwrap().to_string();
        let from = text.floor_char_boundary(cut.min(text.len()));
        let to = text.floor_char_boundary((cut + length).min(text.len()));
        text.replace_range(from..to, &patch);
        if let Ok(study) = Study::from_text("s", &text, &Source::Embedded, &Overrides::default()) {
            prop_assert_eq!(reread(&study).unwrap(), study);
        }
    }
}
