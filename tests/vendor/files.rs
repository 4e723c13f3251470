//! Real exports of vendors, each read to the right series.

use crate::{Test, common, folder};
use jiff::civil::{Date, date};
use libtest_mimic::Failed;
use wattshift::input::study::{Overrides, Quality, Reason, Series, Source, Study};

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("btc_ohlcv", btc_ohlcv),
    ("btc_yfinance", btc_yfinance),
    ("btc_tradingview", btc_tradingview),
    ("btc_in_euros_is_not_taken_for_dollars", btc_in_euros),
    ("coinmetrics_holds_four_series", coinmetrics),
    ("hashrate_daily_and_difficulty", hashrate_daily),
    ("hashrate_headerless", hashrate_headerless),
    ("hashrate_of_the_chart_page", hashrate_chart_page),
    ("hashrate_beyond_64_bits", hashrate_bitbo),
    ("two_excel_files_are_one_series", excel_files),
    ("network_in_eh_per_s", network_ehs),
    ("three_units_of_hashrate_agree", three_units),
    ("gpu_index_names_its_shifted_rows", gpu_index),
    ("power_price_with_two_title_lines", ercot),
    ("tab_and_decimal_comma", tab_decimal_comma),
    ("stocks", stocks),
    ("checkpoints_have_no_dates", checkpoints),
    ("epochs_of_a_daily_difficulty_are_those_of_consensus", epochs),
    ("two_price_files_show_the_days_of_mt_gox", mt_gox),
    ("calibration_takes_the_files", calibration),
    ("the_network_lives_through_the_days_of_february_2026", february_2026),
    ("difficulty_and_price_move_as_was_computed_elsewhere", difficulty_facts),
    ("a_hub_is_fitted", hub),
];

/// A study whose `[data]` holds only `lines`.
fn study(lines: &str) -> Result<Study, String> {
    let source = Source::Folder(folder().expect("named by WATTSHIFT_VENDOR_DIR"));
    let keys = ["btc_price", "hashrate", "difficulty", "fees", "gpu_rate", "ai_capacity", "rent"];
    let named = |key: &str| lines.lines().any(|line| line.starts_with(&format!("{key} ")));
    let others: String =
        keys.iter().filter(|key| !named(key)).map(|key| format!("{key} = \"\"\n")).collect();
    let text = format!("extends = \"default\"\n[data]\n{others}{lines}\n");
    Study::from_text("study.toml", &text, &source, &Overrides::default())
        .map_err(|problems| problems.to_string())
}

/// The series of one line of `[data]`.
fn series(line: &str) -> Series {
    let study = study(line).unwrap_or_else(|problems| panic!("{line}\n{problems}"));
    let found = study.histories.series().next().cloned();
    found.expect("the line names a series")
}

fn refused(line: &str) -> String {
    study(line).err().unwrap_or_else(|| panic!("{line} is accepted"))
}

fn value(series: &Series, day: Date) -> f64 {
    let at = series.days.binary_search(&day).unwrap_or_else(|_| panic!("no value on {day}"));
    series.values[at]
}

/// Rows read, rows used, first day, last day, unit.
fn shape(series: &Series) -> String {
    let account = &series.account;
    let (first, last) =
        (series.days[0].to_string(), series.days[series.days.len() - 1].to_string());
    expected(account.rows_read, account.rows_used, &first, &last, &account.unit)
}

fn expected(read: usize, used: usize, first: &str, last: &str, unit: &str) -> String {
    format!("{read} read, {used} used, {first} to {last}, {unit}")
}

fn quality(series: &Series) -> Quality {
    series.quality(date(2026, 7, 31)).remove(0)
}

fn near(value: f64, expected: f64, share: f64) {
    assert!((value / expected - 1.0).abs() < share, "{value} against {expected}");
}

fn btc_ohlcv() -> Result<(), Failed> {
    let price = series("btc_price = \"btc_ohlcv_daily_2010-2026.csv\"");
    assert_eq!(shape(&price), expected(5_852, 5_852, "2010-07-17", "2026-07-24", "USD"));
    assert_eq!(price.account.value_column, "close");
    assert_eq!(price.account.unused_columns, ["open", "high", "low", "volume"]);
    assert!(price.account.unit_because.starts_with("1.000 of known month-end closes"));
    assert_eq!(value(&price, date(2026, 7, 24)), 65_279.8);
    let quality = quality(&price);
    assert_eq!((quality.gaps, quality.age_days), (0, 7));
    near(quality.last_volume_share.unwrap(), 0.1056, 0.01);
    assert!(quality.findings.iter().any(|f| f.contains("2026-07-24, seems partial")));
    assert!(quality.findings.iter().any(|f| f.contains("is 7 days old")));
    Ok(())
}

fn btc_yfinance() -> Result<(), Failed> {
    let price = series("btc_price = \"btc_yfinance_three_line_header.csv\"");
    assert_eq!(shape(&price), expected(1_826, 1_826, "2020-01-01", "2024-12-30", "USD"));
    let account = &price.account;
    assert_eq!((account.header_line, account.value_column.as_str()), (Some(3), "Close"));
    assert_eq!(account.date_column, "Date");
    assert_eq!(value(&price, date(2020, 1, 1)), 7200.17431640625);
    Ok(())
}

fn btc_tradingview() -> Result<(), Failed> {
    let price = series("btc_price = \"btc_tradingview_dmy.csv\"");
    assert_eq!(shape(&price), expected(4_958, 4_958, "2011-08-18", "2025-04-16", "USD"));
    assert_eq!(price.account.date_format, "a day as 31/07/2026, day first");
    assert_eq!(value(&price, date(2025, 4, 15)), 83_686.0);
    // 33 days are missing in 2011: the span holds 4,991 days.
    let last = price.days[price.days.len() - 1];
    let span = (last - price.days[0]).get_days() + 1;
    assert_eq!(span as usize - price.days.len(), 33);
    assert_eq!(quality(&price).gaps, 19);
    Ok(())
}

fn btc_in_euros() -> Result<(), Failed> {
    let told = refused("btc_price = \"btc_eur_semicolon_dmy.csv\"");
    assert!(told.contains("nothing says in what unit the BTC price is"), "{told}");
    assert!(told.contains("0.893 times known month-end closes in USD"), "{told}");
    assert!(told.contains("another currency cannot be used"), "{told}");
    let told = refused("btc_price = { file = \"btc_eur_semicolon_dmy.csv\", unit = \"EUR\" }");
    assert!(told.contains("no exchange rate is read"), "{told}");
    // Who says that it is USD all the same is believed, and the contradiction stays in the account.
    let price = series("btc_price = { file = \"btc_eur_semicolon_dmy.csv\", unit = \"USD\" }");
    assert!(price.account.unit_because.contains("though 0.893 of known"));
    assert_eq!(price.account.separator, Some(';'));
    Ok(())
}

fn coinmetrics() -> Result<(), Failed> {
    let file = "coinmetrics_btc_2009-2020.csv";
    let price = series(&format!("btc_price = \"{file}\""));
    assert_eq!(price.account.value_column, "PriceUSD");
    assert_eq!((price.account.rows_used, price.account.count(Reason::NoValue)), (3_663, 561));
    let hashrate = series(&format!("hashrate = \"{file}\""));
    assert_eq!(
        (hashrate.account.value_column.as_str(), hashrate.account.unit.as_str()),
        ("HashRate", "TH/s")
    );
    let difficulty = series(&format!("difficulty = \"{file}\""));
    assert_eq!(difficulty.account.value_column, "DiffMean");
    assert_eq!(value(&difficulty, date(2020, 7, 26)), 17_345_948_872_516.012);
    let fees = series(&format!("fees = \"{file}\""));
    assert_eq!(
        (fees.account.value_column.as_str(), fees.account.unit.as_str()),
        ("FeeTotNtv", "BTC/day")
    );
    assert_eq!(value(&fees, date(2020, 7, 26)), 76.198_833_84);
    assert_eq!(fees.account.unused_columns.len(), 41);
    // Days with one paying transaction have equal fees in three columns, and count.
    assert_eq!((fees.account.rows_used, fees.account.count(Reason::Shifted)), (4_224, 0));
    Ok(())
}

fn hashrate_daily() -> Result<(), Failed> {
    let hashrate = series("hashrate = \"hashrate_ths_daily_2009-2026.csv\"");
    assert_eq!(shape(&hashrate), expected(6_247, 6_242, "2009-01-03", "2026-02-12", "TH/s"));
    assert_eq!(hashrate.account.count(Reason::Zero), 5);
    near(value(&hashrate, date(2026, 2, 12)), 1_107.446_999_964_33, 1e-14);
    let found = quality(&hashrate);
    assert_eq!(found.gaps, 2, "{:?}", found.findings);
    assert_eq!(found.longest_step_days, 6);
    let difficulty = series("difficulty = \"difficulty_daily_2009-2026.csv\"");
    assert_eq!(difficulty.account.rows_used, 6_242);
    assert_eq!(value(&difficulty, date(2026, 2, 12)), 125_864_590_119_494.0);
    Ok(())
}

fn hashrate_headerless() -> Result<(), Failed> {
    let hashrate = series("hashrate = \"hashrate_blockchaininfo_headerless.csv\"");
    assert_eq!(shape(&hashrate), expected(1_320, 1_319, "2009-01-03", "2019-11-04", "TH/s"));
    assert_eq!(hashrate.account.header_line, None);
    assert_eq!(hashrate.values[0], 4.971_026_962_962_963e-8 * 1e-6);
    assert!(quality(&hashrate).findings.iter().any(|f| f == "sampled: a value every 3 days"));
    Ok(())
}

fn hashrate_chart_page() -> Result<(), Failed> {
    let line = "hashrate = \"hashrate_blockchaincom_bom_crlf.csv\"";
    let hashrate = series(line);
    assert_eq!(shape(&hashrate), expected(1_673, 1_673, "2009-01-10", "2022-10-05", "TH/s"));
    assert!(hashrate.account.notes[0].contains("midnights told in another zone's time"));
    // The zone in which midnight of UTC shows at 23:00 in winter and at 0:00 in summer.
    let zoned = "hashrate = { file = \"hashrate_blockchaincom_bom_crlf.csv\", \
                 timezone = \"Atlantic/Azores\" }";
    let zoned = series(zoned);
    assert_eq!((&zoned.days, &zoned.values), (&hashrate.days, &hashrate.values));
    Ok(())
}

fn hashrate_bitbo() -> Result<(), Failed> {
    let hashrate = series("hashrate = \"hashrate_bitbo_hs.csv\"");
    assert_eq!(shape(&hashrate), expected(5_904, 5_904, "2009-01-03", "2025-03-08", "H/s"));
    near(value(&hashrate, date(2025, 3, 8)), 753.004_934_520_968, 1e-14);
    let told = refused("hashrate = { file = \"hashrate_bitbo_hs.csv\", unit = \"TH/s\" }");
    assert!(told.contains("the hashrate is not in TH/s, as the study says"), "{told}");
    assert!(told.contains("expected H/s"), "{told}");
    Ok(())
}

fn excel_files() -> Result<(), Failed> {
    let day_first = series("hashrate = \"hashrate_excel_dmy.csv\"");
    let month_first = series("hashrate = \"hashrate_excel_mdy.csv\"");
    assert!(day_first.account.date_format.contains("day first"));
    assert!(month_first.account.date_format.contains("month first"));
    assert_eq!(month_first.account.unit_because.split(' ').next(), Some("1.056"));
    // One goes on for 14 values more; up to there they are the same to the bit.
    let common = day_first.days.len();
    assert_eq!((common, month_first.days.len()), (1_342, 1_356));
    assert_eq!(day_first.days, month_first.days[..common]);
    assert_eq!(day_first.values, month_first.values[..common]);
    Ok(())
}

fn network_ehs() -> Result<(), Failed> {
    let file = "network_ehs_daily_2026.csv";
    let hashrate = series(&format!("hashrate = \"{file}\""));
    assert_eq!(shape(&hashrate), expected(370, 348, "2025-08-18", "2026-07-31", "EH/s"));
    assert_eq!(hashrate.account.count(Reason::AfterAsOf), 22);
    let difficulty = series(&format!("difficulty = \"{file}\""));
    assert_eq!(difficulty.account.count(Reason::NoValue), 4);
    let price = series(&format!("btc_price = \"{file}\""));
    assert_eq!(price.account.value_column, "btc_price_usd");
    near(value(&price, date(2026, 7, 31)), 62_814.0, 0.01);
    Ok(())
}

fn three_units() -> Result<(), Failed> {
    let hashrate = series(
        "hashrate = [\"hashrate_ths_daily_2009-2026.csv\", \"hashrate_bitbo_hs.csv\", \
         \"network_ehs_daily_2026.csv\"]",
    );
    let quality = quality(&hashrate);
    let [bitbo, ehs] = &quality.comparisons[..] else { panic!("{:?}", quality.comparisons) };
    assert_eq!((bitbo.shift_days, bitbo.common), (0, 5_904));
    near(bitbo.ratio.unwrap(), 1.0, 1e-12);
    assert_eq!((ehs.shift_days, ehs.differing.len()), (1, 0));
    near(ehs.ratio.unwrap(), 1.0, 0.001);
    assert!(ehs.correlations[2].unwrap() > 0.99 && ehs.correlations[1].unwrap() < 0.0);
    let named = "network_ehs_daily_2026.csv stamps its values a day later";
    assert!(quality.findings.iter().any(|found| found == named), "{:?}", quality.findings);
    // Common days agree within a few per cent once the shift is known.
    let (own, theirs) = (&hashrate, &hashrate.others[1]);
    let mut worst: f64 = 0.0;
    for (day, value) in own.days.iter().zip(&own.values) {
        if let Ok(at) = theirs.days.binary_search(&day.tomorrow()?) {
            worst = worst.max((theirs.values[at] / value - 1.0).abs());
        }
    }
    assert!(worst > 0.0 && worst < 0.05, "{worst}");
    Ok(())
}

fn gpu_index() -> Result<(), Failed> {
    let file = "gpu_index_shifted_columns.csv";
    let told = refused(&format!("gpu_index = \"{file}\""));
    assert!(told.contains("no column is named as one of GPU-hour rate"), "{told}");
    assert!(told.contains("`neocloud-H100`"), "{told}");
    let told =
        refused(&format!("gpu_index = {{ file = \"{file}\", value_column = \"neocloud-H100\" }}"));
    assert!(told.contains("nothing says in what unit the GPU-hour rate is"), "{told}");
    let index = series(&format!(
        "gpu_index = {{ file = \"{file}\", value_column = \"neocloud-H100\", unit = \"USD/GPU-hour\" }}"
    ));
    assert_eq!((index.account.rows_read, index.account.rows_used), (170, 113));
    assert_eq!(index.account.count(Reason::NoValue), 39);
    let shifted = index.account.set_aside.iter().find(|s| s.reason == Reason::Shifted).unwrap();
    let lines = [7, 22, 26, 28, 34, 40, 46, 47, 49, 50, 59, 62, 64, 73, 88, 90, 110, 120];
    assert_eq!(shifted.lines, lines);
    assert!(index.values.iter().all(|rate| (2.3..2.9).contains(rate)));
    Ok(())
}

fn ercot() -> Result<(), Failed> {
    let file = "ercot_hub_daily_two_title_lines.csv";
    let told = refused(&format!("power_price = \"{file}\""));
    assert!(told.contains("expected \"USD/MWh\""), "{told}");
    let price = series(&format!("power_price = {{ file = \"{file}\", unit = \"USD/MWh\" }}"));
    assert_eq!(shape(&price), expected(1_257, 1_257, "2022-06-01", "2025-11-08", "USD/MWh"));
    assert_eq!((price.account.lines_before, price.account.header_line), (2, Some(3)));
    assert_eq!(quality(&price).negative, 2);
    // Days that open at their low are no shifted rows.
    let open = "power_price = { file = \"FILE\", value_column = \"Open\", unit = \"USD/MWh\" }";
    let open = series(&open.replace("FILE", file));
    assert_eq!(open.account.rows_used, 1_257);
    Ok(())
}

fn tab_decimal_comma() -> Result<(), Failed> {
    let index = series("stock_price = { file = \"tab_decimal_comma.csv\", unit = \"USD\" }");
    assert_eq!(index.account.rows_used, 1_361);
    assert_eq!((index.account.separator, index.account.decimal), (Some('\t'), ','));
    assert_eq!(value(&index, date(2020, 12, 11)), 9_952.392_1);
    Ok(())
}

fn stocks() -> Result<(), Failed> {
    for (file, rows, first) in
        [("nvda_close.csv", 6_923, "1999-01-22"), ("corz_close.csv", 632, "2024-01-24")]
    {
        let stock = series(&format!("stock_price = {{ file = \"{file}\", unit = \"USD\" }}"));
        assert_eq!((stock.account.rows_used, stock.days[0].to_string()), (rows, first.into()));
        assert_eq!(stock.account.count(Reason::AfterAsOf), 1);
        assert_eq!(stock.days[stock.days.len() - 1], date(2026, 7, 31));
    }
    Ok(())
}

fn checkpoints() -> Result<(), Failed> {
    let told = refused("difficulty = \"electrum_checkpoints.json\"");
    assert!(told.contains("has no dates"), "{told}");
    Ok(())
}

fn epochs() -> Result<(), Failed> {
    let daily = series("difficulty = \"difficulty_daily_2009-2026.csv\"").epochs().unwrap();
    let known = Study::default_study().histories.difficulty.unwrap().epochs().unwrap();
    let from = date(2012, 1, 1);
    let last = daily[daily.len() - 1].0;
    let daily: Vec<_> = daily.into_iter().filter(|(start, _)| *start > from).collect();
    let known: Vec<_> =
        known.into_iter().filter(|(start, _)| *start > from && *start <= last).collect();
    assert_eq!(daily.len(), known.len());
    for (found, expected) in daily.iter().zip(&known) {
        // Seven days of 2012 to 2016 are two apart, all others one at most.
        assert!((found.0 - expected.0).get_days().abs() <= 2, "{found:?} against {expected:?}");
        near(found.1, expected.1, 1e-6);
    }
    Ok(())
}

fn mt_gox() -> Result<(), Failed> {
    let price = series(
        "btc_price = [\"coinmetrics_btc_2009-2020.csv\", \"btc_ohlcv_daily_2010-2026.csv\"]",
    );
    let quality = quality(&price);
    assert_eq!(quality.comparisons[0].differing.len(), 16);
    let told = quality.findings.iter().find(|f| f.contains("differ by more than 20 %")).unwrap();
    assert!(told.contains("… 2014-02-25"), "{told}");
    Ok(())
}

fn calibration() -> Result<(), Failed> {
    let study = study(
        "btc_price = \"btc_ohlcv_daily_2010-2026.csv\"\n\
         difficulty = \"difficulty_daily_2009-2026.csv\"\n\
         fees = \"coinmetrics_btc_2009-2020.csv\"\n\
         [network]\ncalibration_from = \"2016-01\"",
    )?;
    let fits = wattshift::study::calibration::fits(&study)?;
    let parameter = |key: &str| {
        let all = fits.iter().flat_map(|fit| &fit.parameters);
        all.into_iter().find(|p| p.key == key).map(|p| (p.value, p.std_error)).unwrap()
    };
    // The month-end closes that come with the default study, from another source, fit alike.
    let default = wattshift::study::calibration::fits(&Study::default_study())?;
    let volatility = "btc_price.gbm.volatility_per_sqrt_year";
    let known = default.iter().flat_map(|fit| &fit.parameters).find(|p| p.key == volatility);
    near(parameter(volatility).0, known.unwrap().value, 0.02);
    // Daily closes support every law of the price but those of a latent variance.
    let models: Vec<&str> =
        fits.iter().filter_map(|fit| fit.inference.as_ref()).map(|i| i.model).collect();
    let expected = ["gbm", "merton", "kou", "regimes, 2", "regimes, 3", "garch", "garch, leverage"];
    assert_eq!(models, expected);
    assert_eq!(fits.len(), models.len() + 3, "block length, fees, network");
    Ok(())
}

fn february_2026() -> Result<(), Failed> {
    let price = series("btc_price = \"btc_ohlcv_daily_2010-2026.csv\"");
    common::check_february_2026(common::network_of_2026(|day| value(&price, day)));
    Ok(())
}

/// Mean, sd, and correlation of two samples.
fn moments(x: &[f64], y: &[f64]) -> (f64, f64, f64) {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let product = |a: &[f64], mean_a: f64, b: &[f64], mean_b: f64| {
        a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>() / (n - 1.0)
    };
    let (xx, yy) = (product(x, mean_x, x, mean_x), product(y, mean_y, y, mean_y));
    (mean_x, xx.sqrt(), product(x, mean_x, y, mean_y) / (xx * yy).sqrt())
}

/// Log-changes of a figure of each month from December 2021 to February 2026.
fn monthly(series: &Series, figure: fn(&[f64]) -> f64) -> Vec<f64> {
    let mut months: Vec<((i16, i8), Vec<f64>)> = Vec::new();
    for (day, value) in series.days.iter().zip(&series.values) {
        let month = (day.year(), day.month());
        if !((2021, 12)..=(2026, 2)).contains(&month) {
            continue;
        }
        match months.last_mut() {
            Some((last, values)) if *last == month => values.push(*value),
            _ => months.push((month, vec![*value])),
        }
    }
    let logs: Vec<f64> = months.iter().map(|(_, values)| figure(values).ln()).collect();
    logs.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Facts of difficulty and price since 2022 that were computed from these files by other software:
/// 3.4 % a month, sd 4.4 to 4.5 % (of monthly means); the correlation of changes in the mean price
/// and in the last difficulty of the month, 0.46 in the same month and 0.12 a month later. By
/// retarget (to July 2026): sd 4.5 %, autocorrelation −0.25; without luck 16 to 20 % a year.
fn difficulty_facts() -> Result<(), Failed> {
    let difficulty = series("difficulty = \"difficulty_daily_2009-2026.csv\"");
    let price = series("btc_price = \"btc_ohlcv_daily_2010-2026.csv\"");
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let last = |values: &[f64]| values[values.len() - 1];
    let means = monthly(&difficulty, mean);
    let (growth, sd, _) = moments(&means, &means);
    assert_eq!(means.len(), 50);
    near(growth, 0.034, 0.03);
    near(sd, 0.0445, 0.02);
    let (ends, prices) = (monthly(&difficulty, last), monthly(&price, mean));
    let same_month = moments(&prices, &ends).2;
    let later = moments(&prices[..49], &ends[1..]).2;
    assert!(
        (same_month - 0.46).abs() < 0.01 && (later - 0.12).abs() < 0.01,
        "{same_month} {later}"
    );
    let epochs = Study::default_study().histories.difficulty.unwrap().epochs().unwrap();
    let first = epochs.iter().position(|(start, _)| *start >= date(2022, 1, 1)).unwrap();
    let logs: Vec<f64> = epochs[first..].iter().map(|(_, difficulty)| difficulty.ln()).collect();
    let changes: Vec<f64> = logs.windows(2).map(|pair| pair[1] - pair[0]).collect();
    near(moments(&changes, &changes).1, 0.045, 0.03);
    let neighbours = moments(&changes[1..], &changes[..changes.len() - 1]).2;
    assert!((neighbours + 0.25).abs() < 0.02, "{neighbours}");
    let fits = wattshift::study::calibration::fits(&Study::default_study())?;
    let parameters = fits.iter().flat_map(|fit| &fit.parameters);
    let noise = parameters.clone().find(|p| p.key == "noise_sd_per_sqrt_year").unwrap();
    assert!((0.16..0.20).contains(&noise.value), "{noise:?}");
    Ok(())
}

/// ERCOT's hub average of 2022 to 2025: a summer peak, a reversion of a day or two, some spikes.
fn hub() -> Result<(), Failed> {
    let file = "ercot_hub_daily_two_title_lines.csv";
    let study = study(&format!(
        "btc_price = \"\"\ndifficulty = \"\"\nfees = \"\"\ngpu_rate = \"\"\nai_capacity = \"\"\nrent = \"\"\n\
         power_price = {{ file = \"{file}\", value_column = \"Close\", unit = \"USD/MWh\" }}"
    ))?;
    let fits = wattshift::study::calibration::fits(&study)?;
    let [fit] = fits.as_slice() else { panic!("one law has a history") };
    let found = |key: &str| fit.parameter(&format!("power_price.{key}")).unwrap().value;
    assert!((200.0..250.0).contains(&found("season_peak_day")), "{fit:?}");
    assert!((25.0..45.0).contains(&found("mean_usd_per_mwh")), "{fit:?}");
    assert!((0.3..1.2).contains(&found("reversion_per_day")), "{fit:?}");
    assert!((2.0..10.0).contains(&found("spikes_per_year")), "{fit:?}");
    assert!(fit.notes[0].starts_with("2 days of 0 USD/MWh and less"), "{:?}", fit.notes);
    Ok(())
}
