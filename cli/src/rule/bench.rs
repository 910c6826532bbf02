//! `holdfast rule bench`: what one evaluation costs, beside others measured in the same run.

mod floor;
mod measure;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use holdfast_evaluator::{Request, RuleSet, World};
use serde_json::{Value, json};

use crate::page::count;

use super::answer::{Answer, Ended};
use super::cases::{CaseFile, Question};
use super::input;
use super::judge::Judge;
use super::module::{self, Module};
use super::page::{NAME, QUIET, counted, wrapped};
use super::shipped;

use measure::{Figures, Subject};

/// What to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// A module file, or a project's folder.
    #[arg(default_value = ".", value_name = "DIR|MODULE")]
    module: PathBuf,
    /// File of cases, whose resources are evaluated. Default: those of the project.
    #[arg(long, value_name = "FILE")]
    cases: Vec<PathBuf>,
    /// Rule set to measure against. Default: the shipped rules, if they are here.
    #[arg(long, value_name = "RULESET")]
    against: Option<PathBuf>,
    /// Seconds to measure for.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
}

/// Measures.
///
/// # Errors
///
/// Fails if an input cannot be read, or the rule fails on a case.
pub(crate) fn run(options: &Options) -> anyhow::Result<Answer> {
    ensure!(options.seconds > 0.0 && options.seconds <= 600.0, "`--seconds` is more than 0 and at most 600");
    let module = Module::open(&options.module)?;
    let asked = asked(options, &module)?;
    let requests: Vec<Request> = asked.iter().map(|(_, request)| request.clone()).collect();
    let floor = floor::module()?;
    let mut subjects = vec![
        Subject::new(&module.inspected.manifest.name, &module.bytes, &asked)?,
        Subject::new("floor", &floor, &without_settings(&requests))?,
    ];
    let against = options.against.clone().or_else(shipped::rule_set);
    let rule_set = against.as_deref().map(RuleSet::load).transpose()?;
    if let Some(rule_set) = &rule_set {
        subjects.extend(others(rule_set, &requests)?);
    }
    let figures = measure::all(&subjects, Duration::from_secs_f64(options.seconds));
    let (Some(own), Some(floor)) = (figures.first(), figures.get(1)) else {
        bail!("nothing was measured");
    };
    let cheapest = figures.iter().skip(2).min_by_key(|figures| figures.p50);
    let table = Table { module: &module, figures: &figures, own, floor, cheapest, cases: asked.len() };
    Ok(Answer { page: table.page(), json: table.json(), ended: Ended::Well })
}

fn asked(options: &Options, module: &Module) -> anyhow::Result<Vec<(Value, Request)>> {
    let files = match (&options.cases, &module.project) {
        (files, _) if !files.is_empty() => files.clone(),
        (_, Some(project)) => project.cases()?,
        (_, None) => bail!("{} is a module: add `--cases FILE` for what to evaluate", module.path.display()),
    };
    let mut judge = Judge::of(&module.bytes);
    let otherwise = module.settings(None)?;
    let mut asked = Vec::new();
    for path in files {
        let file = CaseFile::read(&path, &input::text(&path)?)?;
        for case in &file.cases {
            let settings = file.settings_of(&case.value, &otherwise);
            let question = file.question_of(&path, case)?;
            let heard = judge.hear(&settings, &question)?;
            // A failure ends early, or at a limit: its time says nothing of the rule.
            if let Question::Resource(request) = question
                && heard.opinion().is_some()
                && heard.failure().is_none()
            {
                asked.push((settings, *request));
            }
        }
    }
    ensure!(!asked.is_empty(), "in no case does the rule give an opinion, so there is nothing to measure");
    Ok(asked)
}

fn without_settings(requests: &[Request]) -> Vec<(Value, Request)> {
    requests.iter().map(|request| (json!({}), request.clone())).collect()
}

/// The rules of another rule set that speak of one of these resources at least.
fn others(rule_set: &RuleSet, requests: &[Request]) -> anyhow::Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    for binding in rule_set.bindings().filter(|binding| binding.world() == World::Rule) {
        let bytes = module::read(binding.module_path())?;
        let asked: Vec<(Value, Request)> = requests
            .iter()
            .filter(|request| binding.speaks_of(&request.resource.resource_type))
            .map(|request| (binding.settings().clone(), request.clone()))
            .collect();
        if !asked.is_empty() {
            let subject = Subject::new(binding.id(), &bytes, &asked);
            subjects.push(subject.with_context(|| format!("rule `{}`", binding.id()))?);
        }
    }
    Ok(subjects)
}

struct Table<'a> {
    module: &'a Module,
    figures: &'a [Figures],
    own: &'a Figures,
    floor: &'a Figures,
    cheapest: Option<&'a Figures>,
    cases: usize,
}

impl Table<'_> {
    fn json(&self) -> Value {
        json!({
            "module": self.module.path,
            "digest": self.module.inspected.digest.to_string(),
            "cases": self.cases,
            "subjects": self.figures,
            "ratioToFloor": ratio(self.own, self.floor),
            "cheapestOther": self.cheapest.map(|cheapest| &cheapest.name),
            "ratioToCheapestOther": self.cheapest.map(|cheapest| ratio(self.own, cheapest)),
        })
    }

    fn page(&self) -> String {
        let mut page = String::new();
        let _ = writeln!(page, "{NAME}{}{NAME:#}  {}\n", self.module.title(), self.module.path.display());
        let _ = writeln!(
            page,
            "  {QUIET}{:26} {:>10} {:>10} {:>12} {:>11}{QUIET:#}",
            "", "p50 us", "p99 us", "most fuel", "to floor"
        );
        for figures in self.figures {
            let _ = writeln!(
                page,
                "  {:26} {:>10} {:>10} {:>12} {:>10.2}x",
                figures.name,
                micros(figures.p50),
                micros(figures.p99),
                count(figures.fuel),
                ratio(figures, self.floor)
            );
        }
        let evaluations = counted(self.own.evaluations, "evaluation");
        let cases = counted(self.cases, "case");
        let text = format!(
            "{evaluations} of {cases}, each in a fresh sandbox with every limit on; \
             `floor` is a rule that does nothing"
        );
        let _ = writeln!(page, "\n{}", wrapped(&text, 0));
        let _ = match self.cheapest {
            Some(cheapest) => {
                writeln!(
                    page,
                    "{:.2}x the cheapest of the others, {}",
                    ratio(self.own, cheapest),
                    cheapest.name
                )
            }
            None => {
                writeln!(page, "No shipped rules here to measure against; name a rule set with --against")
            }
        };
        page
    }
}

fn micros(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e6)
}

fn ratio(one: &Figures, other: &Figures) -> f64 {
    one.p50.as_secs_f64() / other.p50.as_secs_f64().max(f64::EPSILON)
}
