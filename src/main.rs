//! The command `wattshift`.
//!
//! In: what the user typed. Out: a result on stdout, the rest on stderr, an exit code: 0 fine, 1
//! our failure, 2 the user's input, 130 interrupted. Not here: any number.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
