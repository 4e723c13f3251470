//! The result on stdout.
//!
//! In: bytes. Out: stdout; a reader that went away (`| head`) is no error. Not here: stderr.

use std::io::{self, Write};
use wattshift::error::Error;
use wattshift::report::text::WIDTH_DEFAULT;

/// Writes a result made by `make`.
pub(crate) fn print(make: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<(), Error> {
    let mut bytes = Vec::new();
    let written = make(&mut bytes).and_then(|()| {
        let mut stdout = io::stdout().lock();
        stdout.write_all(&bytes)?;
        stdout.flush()
    });
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Error::system("write the result to stdout", error)),
    }
}

/// Columns of the terminal that stdout is, or the default where it is none.
pub(crate) fn width() -> usize {
    comfy_table::Table::new().width().map_or(WIDTH_DEFAULT, usize::from)
}
