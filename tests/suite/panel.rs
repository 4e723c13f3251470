//! Companies side by side are the companies alone, on the same markets.

use crate::common::{default_study, with_treasury};
use wattshift::input::study::{BalanceSheet, Contract, Overrides, Study, Tranche};
use wattshift::report::{Status, SummaryRow};
use wattshift::study::panel::panel;
use wattshift::study::paths::Unwatched;
use wattshift::study::run::run;

fn fleet() -> Study {
    let mut study = default_study();
    study.paths = 2_100;
    study.shares = vec![0.0, 0.2, 1.0];
    study.fleet = vec![
        Tranche::new("north", 300.0, 24.0),
        Tranche::new("south", 500.0, 20.0),
        Tranche::new("west", 200.0, 16.0),
    ];
    let mut contract = Contract::new("tenant", 35.0, 1.4e6);
    contract.site = Some("south".into());
    study.colocation.contracts = vec![contract];
    study
}

fn rows_of<'a>(rows: &'a [SummaryRow], company: &'a str) -> impl Iterator<Item = &'a SummaryRow> {
    rows.iter().filter(move |row| row.company == company)
}

#[test]
fn each_company_is_what_it_is_alone() {
    let mut study = with_treasury(fleet());
    for tranche in &mut study.fleet {
        let sheet = BalanceSheet {
            stock_count: Some(1e8),
            stock_usd: Some(4.0),
            ..BalanceSheet::default()
        };
        if tranche.balance_sheet.stock_usd.is_none() {
            tranche.balance_sheet = sheet;
        }
    }
    let found = panel(&study, &Unwatched).unwrap();
    for company in study.companies().unwrap() {
        let alone = run(&company, &Unwatched, None).unwrap();
        let beside: Vec<&SummaryRow> = rows_of(&found.rows, &company.company).collect();
        assert!(beside.len() > 500 && beside.len() == alone.rows.len(), "{}", company.company);
        assert!(beside.into_iter().eq(&alone.rows), "{}", company.company);
    }
}

#[test]
fn all_of_them_together_are_their_sum_in_every_world() {
    let study = fleet();
    let found = panel(&study, &Unwatched).unwrap();
    let of = |company: &str, metric: &str, measure: &str| {
        found.estimate(company, 0.2, metric, measure).unwrap().value
    };
    let names = ["north", "south", "west"];
    for metric in ["revenue", "revenue_colocation", "capex_committed", "revenue_gain"] {
        let sum: f64 = names.iter().map(|name| of(name, metric, "mean")).sum();
        assert!((of("all", metric, "mean") / sum - 1.0).abs() < 1e-12, "{metric}");
    }
    // Markets are shared and delays are not: worse than independent, better than one company.
    let sds: Vec<f64> = names.iter().map(|name| of(name, "revenue", "sd")).collect();
    let together = of("all", "revenue", "sd");
    let independent = sds.iter().map(|sd| sd * sd).sum::<f64>().sqrt();
    assert!(together > independent && together < sds.iter().sum::<f64>());
    let mining = |company: &str| of(company, "revenue_mining", "mean");
    assert!(mining("north") > 0.0 && mining("north") != mining("south"));
    assert!(found.estimate("all", 0.2, "delay", "mean").is_none());
    assert!(found.estimate("north", 0.2, "delay", "mean").is_some());
}

#[test]
fn what_cannot_be_taken_apart_is_refused() {
    let told = |study: &Study| panel(study, &Unwatched).unwrap_err().to_string();
    let mut study = fleet();
    study.fleet[0].name = "all".into();
    assert!(told(&study).contains("the name that all of them together have"));
    let mut study = fleet();
    study.colocation.contracts[0].site = None;
    assert!(told(&study).contains("every contract is that of one company"));
    let text = told(&with_treasury(fleet()));
    assert!(text.contains("a company has no stock") && text.contains("west"), "{text}");
    let claim = Study::embedded("vaneck_2024", &Overrides::default()).unwrap();
    assert!(told(&claim).contains("is not held against each of them"));
}

#[test]
fn the_listed_miners_stand_side_by_side() {
    let overrides = Overrides { paths: Some(2_048), seed: None };
    let study = Study::embedded("listed_miners", &overrides).unwrap();
    let found = panel(&study, &Unwatched).unwrap();
    let names: Vec<&str> = found.companies.iter().map(|company| company.name.as_str()).collect();
    assert!(names.contains(&"Core Scientific") && names.contains(&"HIVE"));
    let signed: f64 = found.companies.iter().map(|company| company.signed_mw).sum();
    // 590 critical-IT MW at 0.657 and 25 at 0.7.
    assert!((signed - 590.0 / 0.657 - 25.0 / 0.7).abs() < 1e-6, "{signed}");
}

#[test]
fn all_together_say_where_one_of_them_is_capped() {
    let mut study = fleet();
    study.fleet[0].eligible_share = 0.1;
    let found = panel(&study, &Unwatched).unwrap();
    let status = |company: &str, share: f64| {
        let mut rows = rows_of(&found.rows, company).filter(|row| row.share == share);
        let row = rows.next().unwrap();
        (row.status, row.effective_share)
    };
    assert_eq!(status("north", 0.2), (Status::Capped, 0.1));
    assert_eq!(status("south", 0.2), (Status::Ok, 0.2));
    let (all, effective) = status("all", 0.2);
    assert_eq!(all, Status::CappedInSomeWorlds);
    // 30 of the 60 MW of the north.
    assert!((effective - 0.17).abs() < 1e-12, "{effective}");
    assert_eq!(status("all", 0.0).0, Status::Ok);
}
