//! `holdfast rule check`: everything that can be known of a module without a case.

mod manifest;

pub(crate) use manifest::is_kebab;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use holdfast_evaluator::{
    InspectError, Inspected, LARGEST_MODULE, Limits, LoadError, RuleSet, SettingsIssue, Visible, World,
    inspect,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::page::count;
use crate::progress;

use super::answer::{Answer, Ended};
use super::input;
use super::module::Place;
use super::page::{BAD, GOOD, LOOK, NAME, QUIET, counted, wrapped};

/// What to check.
#[derive(Args)]
pub(crate) struct Options {
    /// A project's folder, or a module file.
    #[arg(default_value = ".", value_name = "DIR|MODULE")]
    module: PathBuf,
    /// Settings to check too, in JSON, YAML or TOML.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Finding {
    /// `gate`, `world`, `manifest`, `types`, `facts`, `schema`, `reasons` or `settings`.
    area: &'static str,
    level: Level,
    /// JSON pointer, where there is a document to point into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Level {
    Ok,
    /// Allowed, and likely a mistake.
    Look,
    Wrong,
}

impl Finding {
    fn new(area: &'static str, level: Level, message: impl Into<String>) -> Self {
        Self { area, level, pointer: None, message: message.into() }
    }

    fn ok(area: &'static str, message: impl Into<String>) -> Self {
        Self::new(area, Level::Ok, message)
    }

    fn look(area: &'static str, message: impl Into<String>) -> Self {
        Self::new(area, Level::Look, message)
    }

    fn wrong(area: &'static str, message: impl Into<String>) -> Self {
        Self::new(area, Level::Wrong, message)
    }

    fn issue(area: &'static str, issue: &SettingsIssue) -> Self {
        Self { pointer: Some(issue.pointer.clone()), ..Self::wrong(area, issue.message.clone()) }
    }
}

/// Checks the module.
///
/// # Errors
///
/// Fails if module or settings cannot be read.
pub(crate) fn run(options: &Options) -> anyhow::Result<Answer> {
    let place = Place::of(&options.module)?;
    let settings = match (&options.settings, &place.project) {
        (Some(path), _) => Some(input::settings(Some(path))?),
        (None, Some(project)) => project.settings()?,
        (None, None) => None,
    };
    let bytes = place.read()?;
    let path = place.path;
    let _progress = progress::of(format!("checking {}", path.display()));
    let inspected = inspect(&bytes);
    let findings = match &inspected {
        Ok(inspected) => findings(&bytes, inspected, settings.as_ref()),
        Err(InspectError::Gate(error)) => vec![Finding::wrong("gate", error.to_string())],
        Err(InspectError::Compile(error)) => {
            vec![gate(&bytes), Finding::wrong("compile", error.to_string())]
        }
        Err(InspectError::Describe(failure)) => {
            vec![gate(&bytes), Finding::wrong("describe", failure.to_string())]
        }
    };
    let wrong = findings.iter().filter(|finding| finding.level == Level::Wrong).count();
    let json = json!({
        "module": path,
        "name": inspected.as_ref().ok().map(|inspected| &inspected.manifest.name),
        "version": inspected.as_ref().ok().map(|inspected| &inspected.manifest.version),
        "world": inspected.as_ref().ok().map(Inspected::world_name),
        "digest": inspected.as_ref().ok().map(|inspected| inspected.digest.to_string()),
        "size": bytes.len(),
        "passed": wrong == 0,
        "findings": findings,
    });
    let page = page(&path, inspected.as_ref().ok(), &findings, wrong);
    Ok(Answer { page, json, ended: Ended::well_if(wrong == 0) })
}

fn findings(bytes: &[u8], inspected: &Inspected, settings: Option<&Value>) -> Vec<Finding> {
    let mut findings = vec![gate(bytes), world(inspected)];
    manifest::look(&inspected.manifest, &mut findings);
    let usable = !findings.iter().any(|finding| finding.area == "schema" && finding.level == Level::Wrong);
    if usable {
        self::settings(bytes, settings, &mut findings);
    }
    findings
}

fn gate(bytes: &[u8]) -> Finding {
    let (size, most) = (count(bytes.len() as u128), count(LARGEST_MODULE as u128));
    Finding::ok("gate", format!("a component that imports nothing; {size} bytes of {most}"))
}

fn world(inspected: &Inspected) -> Finding {
    let text = match (inspected.world, inspected.packed) {
        (World::Rule, false) => "judges resources; without the packed door, a sweep asks it one by one",
        (World::Rule, true) => "judges resources, many in one call if need be",
        (World::Review, _) => "judges operations",
        (World::Verify, _) => "judges restores",
    };
    Finding::ok("world", format!("{} of {}: {text}", inspected.world_name(), inspected.contract))
}

fn settings(bytes: &[u8], given: Option<&Value>, findings: &mut Vec<Finding>) {
    let settings = given.cloned().unwrap_or_else(|| json!({}));
    let made = RuleSet::of_module(bytes, settings, Limits::default());
    match (made, given) {
        (Ok(rule_set), _) => {
            let stated = if given.is_some() { "the settings fit" } else { "none are needed" };
            let snapshot = if rule_set.bindings().all(holdfast_evaluator::Binding::starts_configured) {
                "; an evaluation starts with them parsed"
            } else {
                "; they are parsed again in each evaluation, which costs time: its instance cannot be put back, and no \
                 snapshot of its state could be taken, because its memory has no page left to grow or it has globals \
                 of vectors; build it with a larger maximum of its memory, or none, and without globals of vectors"
            };
            findings.push(Finding::ok("settings", format!("{stated}{snapshot}")));
        }
        (Err(LoadError::Settings { .. }), None) => {
            let text = "the rule needs settings; check yours with `--settings FILE`";
            findings.push(Finding::look("settings", text));
        }
        (Err(LoadError::Settings { issues, .. }), Some(_)) => {
            findings.extend(issues.iter().map(|issue| Finding::issue("settings", issue)));
        }
        (Err(error), _) => {
            let error = anyhow::Error::from(error);
            findings.push(Finding::wrong("settings", format!("{error:#}")));
        }
    }
}

fn page(path: &Path, inspected: Option<&Inspected>, findings: &[Finding], wrong: usize) -> String {
    let mut page = String::new();
    let title = inspected.map_or_else(String::new, |seen| {
        let (name, version) = (Visible::of(&seen.manifest.name), Visible::of(&seen.manifest.version));
        format!("{NAME}{name} {version}{NAME:#}  ")
    });
    let _ = writeln!(page, "{title}{}", path.display());
    if let Some(inspected) = inspected {
        let _ = writeln!(page, "{QUIET}{}{QUIET:#}", inspected.digest);
    }
    page.push('\n');
    for finding in findings {
        let (style, word) = match finding.level {
            Level::Ok => (GOOD, "ok   "),
            Level::Look => (LOOK, "look "),
            Level::Wrong => (BAD, "WRONG"),
        };
        let pointer = match finding.pointer.as_deref() {
            None => String::new(),
            Some("") => "at the top: ".to_owned(),
            Some(pointer) => format!("at {pointer}: "),
        };
        let text = wrapped(&Visible::of(&format!("{pointer}{}", finding.message)).to_string(), 20);
        let _ = writeln!(page, "  {style}{word}{style:#}  {:9}  {text}", finding.area);
    }
    let looks = findings.iter().filter(|finding| finding.level == Level::Look).count();
    page.push('\n');
    let _ = match (wrong, looks) {
        (0, 0) => writeln!(page, "{GOOD}In order{GOOD:#}"),
        (0, looks) => writeln!(page, "{GOOD}In order{GOOD:#}, {} to look at", counted(looks, "thing")),
        (wrong, _) => writeln!(page, "{BAD}{} wrong{BAD:#}", counted(wrong, "thing")),
    };
    page
}
