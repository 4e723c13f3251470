//! A study file and those that it extends, each laid over the next.
//!
//! In: a study by file, by name or as text. Out: its documents, the study itself first, as one. Not
//! here: values.

use super::document::Document;
use super::embedded;
use super::key::STUDY_EXPECTED;
use super::reader::Item;
use super::schema;
use super::source::{self, Source};
use super::study::{Overrides, Study};
use super::without;
use crate::error::{Place, Problem, Problems, did_you_mean};
use std::path::Path;

/// A study and those that it extends, one below the other.
#[derive(Debug, Clone)]
pub struct Lineage {
    /// The study itself first; the last extends none.
    files: Vec<File>,
    /// Keys and tables in any of them that do not exist.
    problems: Vec<Problem>,
}

/// One of them.
#[derive(Debug, Clone)]
struct File {
    /// Its place on the machine, or its name among those that come with wattshift: equal for one file
    /// named in two ways.
    identity: String,
    document: Document,
}

impl Lineage {
    /// Reads a study file and those that it extends; what one names is relative to its own folder.
    ///
    /// # Errors
    /// A file that cannot be read or is not TOML, a study of an unknown name, a circle.
    pub fn of_file(path: &Path) -> Result<Self, Problems> {
        let mut text = Text::of_file(path);
        if let Err(problems) = &mut text {
            // A study's own name is relative to nothing but the current folder.
            problems.0.iter_mut().for_each(|problem| problem.help = None);
        }
        Self::follow(text?)
    }
    /// A study that comes with wattshift.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn of_name(name: &str) -> Result<Self, Problems> {
        Self::follow(Text::of_name(name)?)
    }
    /// A study that comes with wattshift, by its name, or a study file.
    ///
    /// # Errors
    /// As [`Self::of_file`].
    pub fn open(path: &Path) -> Result<Self, Problems> {
        match path.to_str().filter(|name| embedded::study(name).is_some()) {
            Some(name) => Self::of_name(name),
            None => Self::of_file(path),
        }
    }
    /// This study with a text laid over it that says what differs; `file` is what problems call the
    /// text, and the files that it names are read from `source`.
    ///
    /// # Errors
    /// A text that is not TOML, or that extends a study: what lies below it is this one.
    pub fn under(&self, file: &str, text: &str, source: &Source) -> Result<Self, Problems> {
        let mut document = Document::parse(file, text, source).map_err(Problems)?;
        if let Some(entry) = document.entries.get("extends") {
            return Err(Problem::new("what is laid over a study extends none")
                .at(entry.place.clone())
                .found(&entry.text)
                .help("leave `extends` out, or begin with the study that it names")
                .into());
        }
        let mut laid = self.clone();
        schema::refuse_unknown(&document, &mut laid.problems);
        without::read(&mut document, true, &mut laid.problems);
        laid.files.insert(0, File { identity: format!("text {file}"), document });
        Ok(laid)
    }
    /// Reads the text of a study; `file` is what problems call it, and the files that it names are read
    /// from `source`.
    ///
    /// # Errors
    /// As [`Self::of_file`].
    pub fn of_text(file: &str, text: &str, source: &Source) -> Result<Self, Problems> {
        let (identity, text) = (format!("text {file}"), text.into());
        Self::follow(Text { identity, file: file.into(), text, source: source.clone() })
    }
    /// The study that another names, by name or by a file beside it.
    pub(super) fn of_reference(name: &str, beside: &Source, at: &Place) -> Result<Self, Problems> {
        Self::follow(Text::of_reference(name, beside, at)?)
    }
    fn follow(text: Text) -> Result<Self, Problems> {
        let (mut files, mut problems) = (Vec::<File>::new(), Vec::new());
        let mut next = Some(text);
        while let Some(Text { identity, file, text, source }) = next.take() {
            let mut document = Document::parse(&file, &text, &source).map_err(Problems)?;
            schema::refuse_unknown(&document, &mut problems);
            let extends = document.entries.remove("extends");
            without::read(&mut document, extends.is_some(), &mut problems);
            files.push(File { identity, document });
            let Some(entry) = extends else { break };
            let Item::Text(name) = &entry.item else {
                let problem = Problem::new("`extends` is not text").at(entry.place);
                problems.push(problem.found(entry.text).expected(STUDY_EXPECTED));
                return Err(Problems(problems));
            };
            let text = match Text::of_reference(name, &source, &entry.place) {
                Ok(text) => text,
                Err(more) => {
                    problems.extend(more.0);
                    return Err(Problems(problems));
                }
            };
            if let Some(first) = files.iter().position(|file| file.identity == text.identity) {
                let names = files[first..].iter().map(|file| file.document.file.as_str());
                let circle: Vec<&str> = names.chain([text.file.as_str()]).collect();
                let what = format!("a study extends itself: {}", circle.join(" extends "));
                problems.push(
                    Problem::new(what)
                        .at(entry.place)
                        .found(entry.text)
                        .expected("a chain of studies whose last extends none")
                        .help("leave `extends` out in the one that states every key"),
                );
                return Err(Problems(problems));
            }
            next = Some(text);
        }
        Ok(Self { files, problems })
    }
    /// The study itself.
    ///
    /// # Errors
    /// Every problem of its files, at once.
    pub fn study(&self, overrides: &Overrides) -> Result<Study, Problems> {
        Study::of_document(&self.document(), self.problems.clone(), overrides)
    }
    /// All files as one, each laid over the next.
    pub(super) fn document(&self) -> Document {
        laid(&self.files).expect("a study has a file at least")
    }
    /// What this study says over `study`: its files down to the first that the two share, or down to
    /// the one that extends none. `None` if that is nothing.
    pub(super) fn beyond(&self, study: &Self) -> Option<Document> {
        let is_shared = |own: &File| study.files.iter().any(|file| file.identity == own.identity);
        let shared = self.files.iter().position(is_shared);
        laid(&self.files[..shared.unwrap_or(self.files.len() - 1)])
    }
    /// Keys and tables in any of its files that do not exist.
    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// The documents of files as one, each laid over the next; `None` if there are none.
fn laid(files: &[File]) -> Option<Document> {
    files.iter().rev().map(|file| file.document.clone()).reduce(|below, own| own.over(below))
}

/// The text of a study.
struct Text {
    identity: String,
    /// What problems call it.
    file: String,
    text: String,
    /// Where the files that it names are read.
    source: Source,
}

impl Text {
    fn of_file(path: &Path) -> Result<Self, Problems> {
        let text = source::read_text(path, source::STUDY_BYTES_MAX)?;
        let place = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(Self {
            identity: format!("file {}", place.display()),
            file: path.display().to_string(),
            text,
            source: Source::Folder(folder),
        })
    }
    fn of_name(name: &str) -> Result<Self, Problems> {
        let Some(text) = embedded::study(name) else {
            let names: Vec<_> = Study::embedded_names().collect();
            let problem = Problem::new("no study of that name comes with wattshift")
                .found(name)
                .expected(format!("one of {}; the name of a file ends in .toml", names.join(", ")));
            return Err(match did_you_mean(name, names) {
                hint if hint.is_empty() => problem,
                hint => problem.help(hint),
            }
            .into());
        };
        Ok(Self {
            identity: format!("name {name}"),
            file: format!("{name} study"),
            text: text.into(),
            source: Source::Embedded,
        })
    }
    fn of_reference(name: &str, beside: &Source, at: &Place) -> Result<Self, Problems> {
        let read = match beside {
            _ if !name.ends_with(".toml") => Self::of_name(name),
            Source::Folder(folder) | Source::Given { folder, .. } => {
                Self::of_file(&folder.join(name))
            }
            Source::Embedded | Source::Manifest(_) => {
                Err(Problem::new("a study that lies in no folder names another by file")
                    .found(name)
                    .expected("the name of a study that comes with wattshift")
                    .into())
            }
        };
        let tell = |problem: Problem| match &problem.place {
            None => problem.at(at.clone()),
            Some(_) => problem.named_at(at),
        };
        read.map_err(|problems| Problems(problems.0.into_iter().map(tell).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files.
    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn study(folder: &tempfile::TempDir, name: &str) -> Result<Study, Problems> {
        Study::load(&folder.path().join(name), &Overrides::default())
    }

    #[test]
    fn a_study_extends_files_and_names_and_each_names_files_beside_itself() {
        let fleet = "tranche,gross_mw,efficiency_j_per_th\nmine,70,19\n";
        let folder = folder(&[
            ("own.toml", "extends = \"base/site.toml\"\nname = \"own\"\n[mining]\nuptime = 0.9"),
            (
                "base/site.toml",
                "extends = \"joint_riskoff\"\nname = \"site\"\n[mining]\nuptime = 0.5\n\
                 pool_fee = 0.02\n[fleet]\ntranches = \"fleet.csv\"",
            ),
            ("base/fleet.csv", fleet),
        ]);
        let study = study(&folder, "own.toml").unwrap();
        assert_eq!((study.name.as_str(), study.fleet[0].gross_mw), ("own", 70.0));
        assert_eq!((study.mining.uptime, study.mining.pool_fee), (0.9, 0.02));
        // Two levels further down: that of joint_riskoff, then that of the default study.
        assert!(study.correlation_glut.is_some());
        assert_eq!(study.capital, Study::default_study().capital);
    }

    #[test]
    fn a_basis_speaks_of_the_value_beside_it_and_of_those_below() {
        let folder = folder(&[
            ("own.toml", "extends = \"base.toml\"\n[mining]\nuptime = 0.9"),
            (
                "base.toml",
                "extends = \"default\"\n[mining]\nuptime = 0.8\npool_fee = 0.02\n[basis]\n\
                 mining = \"source: a contract\"\n\"mining.uptime\" = \"source: a month\"\n\
                 \"mining.switch_off\" = \"source: the site\"",
            ),
        ]);
        let of = |study: &Study, key: &str| {
            super::super::basis::of(&study.basis, schema::key(key)).to_string()
        };
        let (base, own) =
            (study(&folder, "base.toml").unwrap(), study(&folder, "own.toml").unwrap());
        assert_eq!(of(&base, "mining.uptime"), "source: a month");
        assert_eq!(of(&own, "mining.uptime"), super::super::basis::NOT_STATED);
        for study in [base, own] {
            assert_eq!(of(&study, "mining.pool_fee"), "source: a contract");
            assert_eq!(of(&study, "mining.switch_off"), "source: the site");
            assert!(of(&study, "mining.power_overhead").starts_with("assumption: within"));
        }
    }

    #[test]
    fn a_text_laid_over_a_study_says_what_differs_and_brings_its_own_files() {
        let folder = folder(&[
            ("own.toml", "extends = \"default\"\nname = \"own\"\n[fleet]\ntranches = \"f.csv\""),
            ("f.csv", "tranche,gross_mw,efficiency_j_per_th\nmine,70,19\n"),
        ]);
        let own = Lineage::open(&folder.path().join("own.toml")).unwrap();
        let fleet = "tranche,gross_mw,efficiency_j_per_th\ngiven,30,19\n";
        let texts = [("fleet.tranches".to_string(), fleet.to_string())].into();
        let given = Source::Given { texts, folder: folder.path().into() };
        let study = |text: &str| own.under("words", text, &given)?.study(&Overrides::default());
        let laid = study("paths = 4096\nmining.uptime = 0.5").unwrap();
        assert_eq!((laid.name.as_str(), laid.paths, laid.mining.uptime), ("own", 4096, 0.5));
        assert_eq!(laid.fleet[0].name, "mine");
        let laid = study("fleet.tranches = \"a frame\"").unwrap();
        assert_eq!(laid.fleet[0].name, "given");
        let told = study("mining.uptme = 0.5").unwrap_err().to_string();
        assert!(told.contains("unknown key `uptme`") && told.contains("words:1"), "{told}");
        let told = study("extends = \"default\"").unwrap_err().to_string();
        assert!(told.contains("what is laid over a study extends none"), "{told}");
    }

    #[test]
    fn a_circle_is_told_whole_however_its_files_are_named() {
        let folder = folder(&[
            ("a.toml", "extends = \"./b.toml\""),
            ("b.toml", "extends = \"sub/../c.toml\""),
            ("c.toml", "extends = \"b.toml\""),
            ("sub/x.csv", ""),
        ]);
        let told = study(&folder, "a.toml").unwrap_err().to_string();
        assert!(
            told.contains("a study extends itself: ") && told.contains("b.toml extends "),
            "{told}"
        );
        assert!(!told.contains("a.toml extends"), "{told}");
    }

    #[test]
    fn every_file_of_a_lineage_is_checked_for_unknown_keys() {
        let folder = folder(&[
            ("own.toml", "extends = \"base.toml\"\n[mining]\nuptme = 0.9"),
            ("base.toml", "extends = \"default\"\n[minnig]\nuptime = 0.9"),
        ]);
        let told = study(&folder, "own.toml").unwrap_err().to_string();
        assert!(told.contains("own.toml:3") && told.contains("base.toml:2"), "{told}");
    }
}
