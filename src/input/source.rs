//! Where the files of a study come from, and what was read.
//!
//! In: a folder, the data that comes with wattshift, or the texts kept by an earlier run. Out:
//! bytes. Not here: what they mean.

use super::embedded;
use crate::error::{Place, Problem, Problems};
use flate2::read::GzDecoder;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where the files that a study names are read.
#[derive(Debug, Clone)]
pub enum Source {
    /// A folder that file names are relative to.
    Folder(PathBuf),
    /// The data that comes with wattshift.
    Embedded,
    /// Texts by the dotted key of the study that names them, as kept in [`InputFile::text`].
    Manifest(BTreeMap<String, String>),
    /// Texts that are at hand, by the dotted key of the study that names them; other files are read
    /// from a folder.
    Given {
        /// The texts.
        texts: BTreeMap<String, String>,
        /// The folder that names of other files are relative to.
        folder: PathBuf,
    },
}

/// A data file that a study was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct InputFile {
    /// Dotted key of the study that names it: `fleet.tranches`.
    pub key: String,
    /// The file as the study names it.
    pub name: String,
    /// SHA-256 of its bytes, 64 hex digits.
    pub sha256: String,
    /// Rows without the header.
    pub rows: usize,
    /// First day of the history; `None` for a file without dates.
    pub first: Option<Date>,
    /// Last day of the history.
    pub last: Option<Date>,
    /// Whether it is a file that comes with wattshift, unchanged.
    pub embedded: bool,
    /// Its whole text, from which the study can be read again.
    pub text: String,
}

impl InputFile {
    pub(crate) fn new(key: &str, name: &str, text: &str) -> Self {
        Self {
            key: key.into(),
            name: name.into(),
            sha256: hex(&Sha256::digest(text.as_bytes())),
            rows: 0,
            first: None,
            last: None,
            embedded: embedded::file(name) == Some(text),
            text: text.into(),
        }
    }
}

/// Most bytes of a data file, unpacked: twenty years of days in a hundred columns take a tenth.
const FILE_BYTES_MAX: u64 = 50_000_000;
/// Most bytes of a study.
pub(crate) const STUDY_BYTES_MAX: u64 = 1_000_000;

impl Source {
    /// The file as the user would name it.
    pub(crate) fn place(&self, name: &str) -> String {
        match self {
            Self::Folder(folder) => folder.join(name).display().to_string(),
            Self::Embedded => format!("{} of the default study", name.trim_start_matches("../")),
            Self::Manifest(_) => format!("{name} of the earlier run"),
            Self::Given { folder, .. } => folder.join(name).display().to_string(),
        }
    }
    /// The text of the file that `key` names.
    pub(crate) fn text(&self, key: &str, name: &str) -> Result<String, Problems> {
        let missing = || {
            let what = "the file is not among those kept";
            Problems::from(Problem::new(what).at(Place::file(self.place(name))))
        };
        match self {
            Self::Folder(folder) => read_text(&folder.join(name), FILE_BYTES_MAX),
            Self::Embedded => embedded::file(name).map(Into::into).ok_or_else(missing),
            Self::Manifest(texts) => texts.get(key).cloned().ok_or_else(missing),
            Self::Given { texts, folder } => match texts.get(key) {
                Some(text) => Ok(text.clone()),
                None => read_text(&folder.join(name), FILE_BYTES_MAX),
            },
        }
    }
}

/// The UTF-8 text of a file of at most `bytes_max` bytes.
pub(crate) fn read_text(path: &Path, bytes_max: u64) -> Result<String, Problems> {
    let name = path.display().to_string();
    let refuse = |what: String| Problem::new(what).at(Place::file(&name));
    let unreadable = |error: std::io::Error| {
        let problem = refuse(match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".into(),
            _ => format!("the file cannot be read: {error}"),
        });
        Problems::from(problem.help("file names are relative to the folder of the study"))
    };
    let too_long = || refuse(format!("the file has more than {bytes_max} bytes"));
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(refuse("this is not a file".into()).into());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > bytes_max {
        return Err(too_long().into());
    }
    if bytes.starts_with(&GZIP) {
        let mut unpacked = Vec::new();
        let unpacking = GzDecoder::new(&bytes[..]).take(bytes_max + 1).read_to_end(&mut unpacked);
        if let Err(error) = unpacking {
            let problem = refuse(format!("the file cannot be unpacked: {error}"));
            return Err(problem.expected("a whole gzip file").help("download it again").into());
        }
        if unpacked.len() as u64 > bytes_max {
            return Err(too_long().into());
        }
        bytes = unpacked;
    }
    decode(&name, bytes)
}

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1F, 0x8B];

const PAGE: &str = "download the data, not the page that shows them";

/// What a file begins with that is no text of data, what it is, and the cure.
const STRANGERS: [(&[u8], &str, &str); 9] = [
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "save the sheet as CSV"),
    (b"\xD0\xCF\x11\xE0", "an old Excel workbook", "save the sheet as CSV"),
    (b"PAR1", "a Parquet file", "export it as CSV"),
    (b"%PDF", "a PDF", "export the table as CSV"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file", "fetch it: git lfs pull"),
    (b"<!", "a web page", PAGE),
    (b"<?", "XML", PAGE),
    (b"<html", "a web page", PAGE),
    (b"<HTML", "a web page", PAGE),
];

/// Bytes as UTF-8 text; a byte order mark stays.
pub(crate) fn decode(file: &str, bytes: Vec<u8>) -> Result<String, Problems> {
    let stranger = |what: &str, help: &str| {
        Problems::from(
            Problem::new(format!("the file is {what}"))
                .at(Place::file(file))
                .expected("UTF-8 text")
                .help(help),
        )
    };
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(stranger("UTF-16", "save it as UTF-8"));
    }
    let content = bytes.trim_ascii_start();
    if let Some((_, what, help)) = STRANGERS.iter().find(|(begin, ..)| content.starts_with(begin)) {
        return Err(stranger(what, help));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let newlines = error.as_bytes()[..valid].iter().filter(|b| **b == b'\n').count();
        Problem::new("the text is not UTF-8")
            .at(Place { file: file.into(), line: Some(newlines as u64 + 1), column: None })
            .expected("UTF-8 text")
            .help("save it as UTF-8")
            .into()
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_sha_256() {
        // FIPS 180-2, appendix B.1.
        let file = InputFile::new("k", "n", "abc");
        assert_eq!(file.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_line() {
        let problem = decode("x", b"a\nb\xff".to_vec()).unwrap_err().0.remove(0);
        assert_eq!(problem.place.unwrap().line, Some(2));
        assert!(decode("x", vec![0xFF, 0xFE, b'a', 0]).unwrap_err().0[0].what.contains("UTF-16"));
    }

    #[test]
    fn what_is_no_table_is_called_by_its_name() {
        for (bytes, what) in [
            (&b"PK\x03\x04rest"[..], "Excel workbook"),
            (b"\n <!DOCTYPE html><html>", "web page"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS"),
            (b"PAR1", "Parquet"),
        ] {
            let problem = decode("x", bytes.to_vec()).unwrap_err().0.remove(0);
            assert!(problem.what.contains(what), "{}", problem.what);
        }
    }

    #[test]
    fn a_packed_file_is_unpacked_up_to_its_limit_and_a_torn_one_refused() {
        use flate2::{Compression, write::GzEncoder};
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv.gz");
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(&[b'1'; 5_000]).unwrap();
        let packed = packer.finish().unwrap();
        std::fs::write(&path, &packed).unwrap();
        assert_eq!(read_text(&path, 5_000).unwrap(), "1".repeat(5_000));
        // A small file that unpacks to a huge one is stopped at the limit.
        let problem = read_text(&path, 4_999).unwrap_err().0.remove(0);
        assert!(problem.what.contains("more than 4999 bytes"));
        std::fs::write(&path, &packed[..packed.len() - 9]).unwrap();
        let problem = read_text(&path, 5_000).unwrap_err().0.remove(0);
        assert!(problem.what.contains("cannot be unpacked"));
    }

    #[test]
    fn a_folder_is_not_a_file_and_a_long_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read_text(folder.path(), 10).is_err());
        let path = folder.path().join("x");
        std::fs::write(&path, "12345678901").unwrap();
        assert!(read_text(&path, 10).unwrap_err().0[0].what.contains("more than 10 bytes"));
        assert_eq!(read_text(&path, 11).unwrap(), "12345678901");
    }
}
