//! `wattshift init`: a folder to begin with.

use super::{engine, output};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use wattshift::error::{Error, Place, Problem};

/// Writes the default study and its data files into a new or empty folder.
pub(crate) fn init(folder: &Path) -> Result<(), Error> {
    let existed = folder.exists();
    let is_empty_folder = || fs::read_dir(folder).is_ok_and(|mut list| list.next().is_none());
    if existed && !is_empty_folder() {
        return Err(Problem::new("the folder is not empty")
            .at(Place::file(folder.display().to_string()))
            .expected("a new or an empty folder")
            .into());
    }
    let mut written = Vec::new();
    if let Err(error) = write_all(folder, &mut written) {
        undo(folder, existed, &written);
        return Err(Error::system(format!("write into {}", folder.display()), error));
    }
    let study = folder.join(engine::INIT_STUDY);
    output::print(|out| {
        writeln!(out, "wrote {} files into {}", written.len(), folder.display())?;
        writeln!(out, "next: wattshift run {}", study.display())
    })
}

fn write_all(folder: &Path, written: &mut Vec<PathBuf>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, text) in engine::init_files() {
        let path = folder.join(name);
        let mut file = fs::File::create_new(&path)?;
        written.push(path);
        file.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// Takes back what was written; what cannot be taken back was told by the error already.
fn undo(folder: &Path, existed: bool, written: &[PathBuf]) {
    for path in written {
        let _ = fs::remove_file(path);
    }
    if !existed {
        let _ = fs::remove_dir(folder);
    }
}
