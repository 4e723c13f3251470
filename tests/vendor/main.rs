//! What the engine makes of real exports of vendors.
//!
//! The files are not part of the project: the folder that holds them is named by
//! `WATTSHIFT_VENDOR_DIR`, and without it every test here reports itself as ignored.

// An oracle may use the platform's functions.
#![allow(clippy::disallowed_methods)]

#[path = "../suite/common/mod.rs"]
mod common;
mod files;
mod series;

use libtest_mimic::{Arguments, Failed, Trial};
use std::path::PathBuf;

type Test = fn() -> Result<(), Failed>;

fn folder() -> Option<PathBuf> {
    std::env::var_os("WATTSHIFT_VENDOR_DIR").map(PathBuf::from)
}

fn main() {
    let is_absent = folder().is_none();
    let trials = [("files", files::TESTS), ("series", series::TESTS)].into_iter().flat_map(
        |(module, tests)| {
            let trial = move |&(name, test): &(&str, Test)| {
                Trial::test(format!("{module}::{name}"), test).with_ignored_flag(is_absent)
            };
            tests.iter().map(trial)
        },
    );
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
