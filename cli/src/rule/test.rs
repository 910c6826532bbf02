//! `holdfast rule test`: every case in the sandbox that serves the rule, and what no case reached.

mod asked;
mod coverage;
mod emit;
mod junit;
mod tale;
mod update;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::answer::{Answer, Ended};
use super::cases::{CaseFile, Expect, Question};
use super::compare::{Difference, differences};
use super::judge::{Heard, Judge};
use super::module::{Module, Place};
use super::watch::Watched;
use super::yaml;

use coverage::Coverage;

pub(crate) use asked::{Asked, CaseText, Wanted, chosen};

const CASES: &str = "\
A file of cases:
  settings:                        # of every case; a case may state its own
    min-days: 30
  fuel: 100000                     # no case may burn more; a case may state its own
  facts:                           # of every case; a case's own fact comes first
    - kind: subscription-tags
      value: { env: prod }
  cases:
    - name: a tagged disk is kept
      resource:
        type: Microsoft.Compute/disks
        tags: { env: prod }
      facts:
        - kind: resource-group-tags
          value: { owner: sap }
      expect:
        verdict: protect           # abstain, protect, exclude, need-facts,
                                   # indeterminate, not-asked, refused
        protection:                # these fields; others may be stated too
          retention: { min-days: 30 }
        reasons: [tag-asks]        # all codes, in order
        message: tag env=prod      # part of a reason's message
  Also: `exclude: opted-out`, `failure: part of its text`, `issues: [/min-days]`.";

/// What to test.
#[derive(Args)]
#[command(after_help = CASES)]
pub(crate) struct Options {
    #[command(flatten)]
    wanted: Wanted,
    /// Run them again each time the module, its project or the cases are saved, until Ctrl-C.
    #[arg(long, conflicts_with = "update")]
    pub(crate) watch: bool,
    /// Write what the rule says now into the expectations that fail or are missing.
    #[arg(long)]
    update: bool,
    /// Fail if a reason code of the manifest is given in no case.
    #[arg(long)]
    require_coverage: bool,
    /// Also write the results as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// A file of cases, and how they went.
pub(crate) struct Sheet {
    path: PathBuf,
    text: String,
    results: Vec<Ran>,
}

/// A case that was run.
pub(crate) struct Ran {
    name: String,
    /// Its number in the file, from 0.
    index: usize,
    line: usize,
    case_at: update::Place,
    expect_at: Option<update::Place>,
    expected: Option<Expect>,
    budget: Option<u64>,
    heard: Heard,
    differences: Vec<Difference>,
    took: Duration,
    /// Whether its expectation has just been written.
    updated: bool,
}

impl Ran {
    fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Runs the cases.
///
/// # Errors
///
/// Fails if module or cases cannot be read.
pub(crate) fn run(options: &Options) -> anyhow::Result<Answer> {
    // What is wrong with a case is said before the module is compiled, which may take half a minute.
    let Asked { place, files } = Asked::read(&options.wanted)?;
    let module = Module::at(place)?;
    let started = Instant::now();
    let mut judge = Judge::of(&module.bytes);
    let mut sheets = sheets(&module, files, &mut judge)?;
    let took = started.elapsed();
    ensure!(
        sheets.iter().any(|sheet| !sheet.results.is_empty()),
        "no case was run{}",
        match &options.wanted.only {
            Some(text) => format!(": no name has the text `{text}`"),
            None => String::new(),
        }
    );
    let updated = if options.update { update::apply(&mut sheets)? } else { 0 };
    if let Some(path) = &options.junit {
        fs::write(path, junit::xml(&module, &sheets))
            .with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(answer(&module, &sheets, took, options.require_coverage, updated))
}

/// What a save may change of a run: the module, the project that builds it, and the cases.
///
/// # Errors
///
/// Fails if there is neither a project nor a module.
pub(crate) fn watched(options: &Options) -> anyhow::Result<Watched> {
    let wanted = &options.wanted;
    let place = Place::of(&wanted.module)?;
    if place.project.is_none() {
        place.read()?;
    }
    let files = wanted.cases.iter().cloned().chain([place.path]).collect();
    Ok(Watched { folder: place.project.map(|_| wanted.module.clone()), files, apart: Vec::new() })
}

/// Asks the module every case.
///
/// # Errors
///
/// Fails if the module cannot be made ready, whatever the settings.
pub(crate) fn sheets(
    module: &Module,
    files: Vec<CaseText>,
    judge: &mut Judge<'_>,
) -> anyhow::Result<Vec<Sheet>> {
    let otherwise = module.settings(None)?;
    files.into_iter().map(|file| sheet(file, &otherwise, judge)).collect()
}

/// How the cases went.
pub(crate) fn answer(
    module: &Module,
    sheets: &[Sheet],
    took: Duration,
    required: bool,
    updated: usize,
) -> Answer {
    let coverage = Coverage::of(&module.inspected.manifest, sheets);
    let ran: usize = sheets.iter().map(|sheet| sheet.results.len()).sum();
    let failed = sheets.iter().flat_map(|sheet| &sheet.results).filter(|ran| !ran.passed()).count();
    let uncovered = required && !coverage.missing.is_empty();
    let json = json!({
        "module": module.path,
        "digest": module.inspected.digest.to_string(),
        "files": sheets.iter().map(tale::json).collect::<Vec<_>>(),
        "coverage": coverage,
        "passed": ran - failed,
        "failed": failed,
        "updated": updated,
        "newerSource": module.newer_source(),
        "milliseconds": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    });
    let tale = tale::Tale { module, sheets, coverage: &coverage, required, updated, took };
    Answer { page: tale.page(), json, ended: Ended::well_if(failed == 0 && !uncovered) }
}

fn sheet(cases: CaseText, otherwise: &Value, judge: &mut Judge<'_>) -> anyhow::Result<Sheet> {
    let CaseText { path, text, file, questions } = cases;
    let mut results = Vec::new();
    for (index, question) in &questions {
        results.push(ran(&file, *index, question, otherwise, judge)?);
    }
    Ok(Sheet { path, text, results })
}

fn ran(
    file: &CaseFile,
    index: usize,
    question: &Question,
    otherwise: &Value,
    judge: &mut Judge<'_>,
) -> anyhow::Result<Ran> {
    let case = file.cases.get(index).context("a case is gone")?;
    let settings = &file.settings_of(&case.value, otherwise);
    judge.prepare(settings)?;
    let started = Instant::now();
    let heard = judge.hear(settings, question)?;
    let took = started.elapsed();
    let budget = file.fuel_of(&case.value);
    let expected = case.value.expect.as_ref().map(|expect| expect.value.clone());
    let differences = match &expected {
        Some(expect) if !expect.is_empty() => differences(expect, budget, &heard),
        _ => vec![Difference {
            field: "expect".to_owned(),
            expected: "something, or the case could never fail".to_owned(),
            found: "nothing stated; `--update` writes what the rule says now".to_owned(),
        }],
    };
    let case_at = yaml::place(case);
    Ok(Ran {
        name: case.value.name.clone(),
        index,
        line: case_at.0,
        case_at,
        expect_at: case.value.expect.as_ref().map(yaml::place),
        expected,
        budget,
        heard,
        differences,
        took,
        updated: false,
    })
}
