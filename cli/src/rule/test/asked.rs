//! Which cases are asked, read before any module is.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;

use crate::rule::cases::{CaseFile, Question};
use crate::rule::input;
use crate::rule::module::Place;

/// Which cases of which module.
#[derive(Args)]
pub(crate) struct Wanted {
    /// A project's folder, or a module file.
    #[arg(default_value = ".", value_name = "DIR|MODULE")]
    pub(crate) module: PathBuf,
    /// File of cases; may be given more than once. Default: those of the project.
    #[arg(long, value_name = "FILE")]
    pub(crate) cases: Vec<PathBuf>,
    /// Run only cases whose name has this text.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
}

/// Cases that were read, and the place of the module that is asked them.
pub(crate) struct Asked {
    pub(crate) place: Place,
    pub(crate) files: Vec<CaseText>,
}

impl Asked {
    /// Reads the cases.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the project or a case, and where.
    pub(crate) fn read(wanted: &Wanted) -> anyhow::Result<Self> {
        let place = Place::of(&wanted.module)?;
        let files = files(wanted, &place)?
            .into_iter()
            .map(|path| CaseText::read(path, wanted.only.as_deref()))
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self { place, files })
    }
}

/// The first case whose name has this text, or else the first of all.
pub(crate) fn chosen(files: &[CaseText], text: Option<&str>) -> Option<Chosen> {
    let cases = files.iter().flat_map(|cases| {
        cases.questions.iter().filter_map(move |(index, question)| {
            Some((cases, &cases.file.cases.get(*index)?.value, question))
        })
    });
    let mut cases = cases.filter(|(_, case, _)| text.is_none_or(|text| case.name.contains(text)));
    let (cases, case, question) = cases.next()?;
    let settings = case.settings.as_ref().or(cases.file.settings.as_ref()).cloned();
    Some(Chosen { name: case.name.clone(), settings, question: question.clone() })
}

/// One case of those that are asked.
pub(crate) struct Chosen {
    pub(crate) name: String,
    /// Its own settings, or those of its file.
    pub(crate) settings: Option<Value>,
    pub(crate) question: Question,
}

fn files(options: &Wanted, place: &Place) -> anyhow::Result<Vec<PathBuf>> {
    if !options.cases.is_empty() {
        return Ok(options.cases.clone());
    }
    let project = place.project.as_ref().with_context(|| {
        format!("{} is a module, so its cases have to be named: add `--cases FILE`", place.path.display())
    })?;
    project.cases()
}

/// A file of cases that was read, and what is asked in those that are wanted, by their number.
pub(crate) struct CaseText {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) file: CaseFile,
    pub(super) questions: Vec<(usize, Question)>,
}

impl CaseText {
    fn read(path: PathBuf, only: Option<&str>) -> anyhow::Result<Self> {
        let text = input::text(&path)?;
        let file = CaseFile::read(&path, &text)?;
        let wanted = file.cases.iter().enumerate();
        let wanted = wanted.filter(|(_, case)| only.is_none_or(|only| case.value.name.contains(only)));
        let questions = wanted
            .map(|(index, case)| Ok((index, file.question_of(&path, case)?)))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { path, text, file, questions })
    }
}
