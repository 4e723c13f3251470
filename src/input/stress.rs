//! Stresses: studies that extend another, laid over the study that is stressed instead.
//!
//! In: a study's lineage, and names of stresses. Out: the study under each, or every problem at once.
//! Not here: what they move (`study::stress`).

use super::document::Document;
use super::key::{Kind, Value};
use super::lineage::Lineage;
use super::schema;
use super::source::Source;
use super::study::{Overrides, Study};
use crate::error::{Place, Problem, Problems};
use std::path::{Path, PathBuf};

/// What results call the study as it is.
pub const BASE: &str = "base";

/// The stresses of a study that names none.
const DEFAULTS: [&str; 7] = [
    "glut_2027",
    "joint_riskoff",
    "btc_2022",
    "hash_shock",
    "delivered_25",
    "colocation_only",
    "gpu_cloud_only",
];

/// The cure for one of them that the study cannot take.
const CHOOSE: &str =
    "name the stresses that this study can be put under in [stress] studies, or with --only";

/// A study under a stress.
#[derive(Debug, Clone, PartialEq)]
pub struct Stress {
    /// What results call it: its name, or that of its file without folder and ending.
    pub name: String,
    /// The study, with what the stress says laid over it.
    pub study: Study,
}

impl Lineage {
    /// The study under each of its stresses: those of `only`, by name or by a file of the current
    /// folder; else those that the study names; else those that come with wattshift.
    ///
    /// # Errors
    /// A stress that cannot be read, or cannot be laid over the study; all problems at once.
    pub fn stresses(
        &self,
        only: &[String],
        overrides: &Overrides,
    ) -> Result<Vec<Stress>, Problems> {
        let below = self.document();
        let named = below.entries.get(&schema::STRESSES.dotted());
        let is_default = only.is_empty() && named.is_none();
        let (names, beside, at) = match named {
            _ if !only.is_empty() => {
                (only.to_vec(), Source::Folder(PathBuf::new()), Place::file("--only"))
            }
            Some(entry) => {
                // A list that cannot be read is refused with the study.
                let names = Vec::<String>::read(&entry.item, &Kind::Studies).unwrap_or_default();
                (names, below.source(entry).clone(), entry.place.clone())
            }
            None => {
                let names = DEFAULTS.map(String::from).to_vec();
                (names, Source::Embedded, Place::file(&below.file))
            }
        };
        let (mut stresses, mut problems) = (Vec::<Stress>::new(), Vec::new());
        for reference in names {
            let name = match Path::new(&reference).file_stem() {
                Some(stem) if reference.ends_with(".toml") => stem.to_string_lossy().into_owned(),
                _ => reference.clone(),
            };
            if name == BASE || stresses.iter().any(|stress| stress.name == name) {
                problems.push(taken(&reference).at(at.clone()));
                continue;
            }
            let laid = Self::of_reference(&reference, &beside, &at)
                .and_then(|stress| overlay(&stress, self, &reference, &at))
                .and_then(|overlay| stressed(overlay.over(below.clone()), overrides));
            match laid {
                Ok(study) => stresses.push(Stress { name, study }),
                Err(found) => {
                    problems.extend(under(&name, found).0.into_iter().map(|mut problem| {
                        if is_default && problem.help.is_none() {
                            problem.help = Some(CHOOSE.into());
                        }
                        problem
                    }))
                }
            }
        }
        Problems::none_or(problems, stresses)
    }
    /// The study under a stress that is given in words: a text that is laid over it, as by
    /// [`Self::under`].
    ///
    /// # Errors
    /// A text that says nothing, that speaks of the question, or that cannot be laid over the study.
    pub fn stress_given(
        &self,
        name: &str,
        (file, text): (&str, &str),
        source: &Source,
        overrides: &Overrides,
    ) -> Result<Stress, Problems> {
        if name == BASE {
            return Err(taken(name).into());
        }
        let laid = self.under(file, text, source).and_then(|laid| {
            let overlay = overlay(&laid, self, name, &Place::file(file))?;
            stressed(overlay.over(self.document()), overrides)
        });
        let study = laid.map_err(|found| under(name, found))?;
        Ok(Stress { name: name.into(), study })
    }
}

/// The refusal of a name.
fn taken(found: &str) -> Problem {
    Problem::new("a stress has the name of another, or that of the study as it is")
        .found(found)
        .expected(format!("names that differ, none of them `{BASE}`"))
}

/// The study of a document that a stress is laid over.
fn stressed(document: Document, overrides: &Overrides) -> Result<Study, Problems> {
    let mut document = document;
    document.entries.remove(&schema::STRESSES.dotted());
    Study::of_document(&document, Vec::new(), overrides)
}

/// Problems, told as those under a stress.
fn under(name: &str, found: Problems) -> Problems {
    let tell = |mut problem: Problem| {
        problem.what = format!("under the stress `{name}`: {}", problem.what);
        problem
    };
    Problems(found.0.into_iter().map(tell).collect())
}

/// What a stress says over the study.
fn overlay(
    stress: &Lineage,
    study: &Lineage,
    reference: &str,
    at: &Place,
) -> Result<Document, Problems> {
    let mut problems = stress.problems().to_vec();
    let Some(overlay) = stress.beyond(study) else {
        problems.push(
            Problem::new("it says nothing over the study")
                .at(at.clone())
                .found(reference)
                .expected(
                    "a study that extends another, but not this one nor one that this one extends",
                ),
        );
        return Err(Problems(problems));
    };
    for (key, entry) in &overlay.entries {
        let is_question =
            !key.contains('.') && !["name", "question", "parameters"].contains(&key.as_str());
        if is_question {
            problems.push(
                Problem::new(format!(
                    "`{key}` belongs to the question, which the study under stress asks"
                ))
                .at(entry.place.clone())
                .found(&entry.text)
                .expected("keys of the world: worlds are compared path by path")
                .help(format!("leave `{key}` out of the stress")),
            );
        }
    }
    Problems::none_or(problems, overlay)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A study `a`, which extends `site`, and stresses over it.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let fleet = "tranche,gross_mw,efficiency_j_per_th\nmine,70,19\n";
        for (name, text) in [
            ("site.toml", "extends = \"default\"\n[mining]\nuptime = 0.5\npool_fee = 0.02"),
            ("a.toml", "extends = \"site.toml\"\nname = \"a\"\n[mining]\npool_fee = 0.03"),
            ("sub/fleet.csv", fleet),
            ("sub/ill.toml", "extends = \"../site.toml\"\n[fleet]\ntranches = \"fleet.csv\""),
            ("worse.toml", "extends = \"sub/ill.toml\"\n[mining]\nuptime = 0.1"),
            ("glut.toml", "extends = \"glut_2027\"\n[ai_market]\nglut_utilisation = 0.5"),
            (
                "list.toml",
                "extends = \"a.toml\"\n[stress]\nstudies = [\"sub/ill.toml\", \"btc_2022\"]",
            ),
            ("sub/far.toml", "extends = \"../list.toml\"\nname = \"far\""),
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn stressed(folder: &tempfile::TempDir, study: &str, only: &[&str]) -> Vec<Stress> {
        let path = |name: &str| folder.path().join(name);
        let named = |name: &&str| match name.ends_with(".toml") {
            true => path(name).display().to_string(),
            false => (*name).to_string(),
        };
        let only: Vec<String> = only.iter().map(named).collect();
        let lineage = Lineage::of_file(&path(study)).unwrap();
        lineage.stresses(&only, &Overrides::default()).unwrap()
    }

    #[test]
    fn a_stress_is_laid_over_the_study_that_is_stressed_from_where_the_two_part() {
        let folder = folder();
        let [ill, worse, glut] =
            stressed(&folder, "a.toml", &["sub/ill.toml", "worse.toml", "glut.toml"])
                .try_into()
                .unwrap();
        // The study under a stress goes on being the study: its fee is its own, not the site's.
        for stress in [&ill, &worse, &glut] {
            assert_eq!(stress.study.mining.pool_fee, 0.03);
        }
        assert_eq!((ill.name.as_str(), ill.study.mining.uptime), ("ill", 0.5));
        assert_eq!(ill.study.fleet[0].gross_mw, 70.0);
        // A stress that extends a stress is both.
        assert_eq!((worse.study.fleet[0].gross_mw, worse.study.mining.uptime), (70.0, 0.1));
        assert_eq!(glut.study.ai_market.glut_utilisation, 0.5);
        assert_eq!(glut.study.ai_market.glut_to_boom_per_month, 0.0);
        // Over a study that shares nothing with it but the default, it brings the site along.
        let [ill] = stressed(&folder, "glut.toml", &["sub/ill.toml"]).try_into().unwrap();
        assert_eq!((ill.study.mining.uptime, ill.study.mining.pool_fee), (0.5, 0.02));
    }

    #[test]
    fn a_study_names_its_stresses_beside_itself_whoever_extends_it() {
        let folder = folder();
        for study in ["list.toml", "sub/far.toml"] {
            let stresses = stressed(&folder, study, &[]);
            let names: Vec<&str> = stresses.iter().map(|stress| stress.name.as_str()).collect();
            assert_eq!(names, ["ill", "btc_2022"]);
            assert!(stresses.iter().all(|stress| stress.study.stresses.is_empty()));
        }
        let names = stressed(&folder, "a.toml", &[]).into_iter().map(|stress| stress.name);
        assert!(names.eq(DEFAULTS));
    }

    #[test]
    fn a_stress_over_its_own_base_is_the_stress() {
        let default = Lineage::of_name("default").unwrap();
        for stress in default.stresses(&[], &Overrides::default()).unwrap() {
            let own = Study::embedded(&stress.name, &Overrides::default()).unwrap();
            assert_eq!(stress.study, own);
        }
    }
}
