//! `holdfast rule build`: tools, commands, component, gate.

mod tools;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use holdfast_evaluator::{Inspected, LoadError, RuleSet, inspect};
use serde_json::json;

use crate::{progress, written};

use super::answer::{Answer, Ended};
use super::component;
use super::judge;
use super::new::SDK;
use super::page::{BAD, GOOD, NAME, QUIET, size, wrapped};
use super::project::Project;
use super::shipped;

use tools::Tool;

/// What to build.
#[derive(Args)]
pub(crate) struct Options {
    /// The project's folder, with its `holdfast-rule.toml`.
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
}

/// Builds the project.
///
/// # Errors
///
/// Fails if the project cannot be read.
pub(crate) fn run(options: &Options) -> anyhow::Result<Answer> {
    let project = Project::open(&options.dir)?;
    let tools = tools::look(&project);
    let missing: Vec<&Tool> = tools.iter().filter(|tool| tool.found.is_none()).collect();
    if !missing.is_empty() {
        return Ok(without(&project, &tools));
    }
    let started = Instant::now();
    let built =
        commands(&project).and_then(|()| component_of(&project)).and_then(|bytes| admit(&project, &bytes));
    let seconds = started.elapsed().as_secs_f64();
    Ok(match built {
        Ok(inspected) => {
            let json = json!({
                "built": true,
                "name": inspected.manifest.name,
                "version": inspected.manifest.version,
                "module": project.output(),
                "size": inspected.size,
                "world": inspected.world_name(),
                "digest": inspected.digest.to_string(),
                "tools": tools,
                "seconds": seconds,
            });
            Answer { page: page(&project, &inspected, &tools, seconds), json, ended: Ended::Well }
        }
        Err(error) => {
            let error = format!("{error:#}");
            let json = json!({ "built": false, "error": error, "tools": tools });
            let page = format!("{BAD}Not built{BAD:#}: {}\n", wrapped(&error, 0));
            Answer { page, json, ended: Ended::Failed }
        }
    })
}

/// Runs the project's commands; what they print goes to standard error, so that the answer stays readable.
fn commands(project: &Project) -> anyhow::Result<()> {
    for words in &project.build().command {
        let Some((program, arguments)) = words.split_first() else { continue };
        let shown = words.join(" ");
        let status = Command::new(program)
            .args(arguments)
            .current_dir(project.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::from(std::io::stderr()))
            .status()
            .with_context(|| format!("could not run `{shown}`"))?;
        if !status.success() {
            bail!("`{shown}` failed ({status}); its messages are above{}", sdk_hint(project));
        }
    }
    Ok(())
}

/// The way out where the SDK's repository cannot be reached, for a project that takes it from there.
fn sdk_hint(project: &Project) -> &'static str {
    let manifest = fs::read_to_string(project.folder().join("Cargo.toml")).unwrap_or_default();
    if !manifest.contains(SDK) {
        return "";
    }
    "; if the SDK's repository could not be reached, start the project with `holdfast rule new --sdk PATH`, \
     or write `holdfast-rule-sdk = { path = \"PATH\" }` in Cargo.toml: PATH is rules/sdk of a copy of Holdfast"
}

/// Turns what the commands wrote into the component, or takes the shipped one.
fn component_of(project: &Project) -> anyhow::Result<Vec<u8>> {
    let output = project.output();
    if let Some(name) = &project.build().shipped {
        let bytes = shipped::module(name)?;
        write(&output, &bytes)?;
        return Ok(bytes);
    }
    let written =
        project.build().core.as_ref().map_or_else(|| output.clone(), |core| project.folder().join(core));
    let bytes = fs::read(&written)
        .with_context(|| format!("the commands ran, but {} is not there", written.display()))?;
    let made = component::of(bytes.clone()).with_context(|| written.display().to_string())?;
    if made != bytes || written != output {
        write(&output, &made)?;
    }
    Ok(made)
}

/// Takes the component through the gate, and has it accept the settings that the project states.
fn admit(project: &Project, bytes: &[u8]) -> anyhow::Result<Inspected> {
    let _progress = progress::of(format!("checking {}", project.output().display()));
    let inspected = inspect(bytes).with_context(|| project.output().display().to_string())?;
    if let Some(settings) = project.settings()? {
        match RuleSet::of_module(bytes, settings, judge::limits()) {
            Ok(_) => {}
            Err(LoadError::Settings { issues, .. }) => {
                let issues: Vec<String> = issues.iter().map(ToString::to_string).collect();
                bail!("the project's settings do not fit: {}", issues.join("; "));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(inspected)
}

/// Replaces a file as a whole: a build tool may hold links to the old one.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    written::whole(path, bytes).with_context(|| format!("could not write {}", path.display()))
}

fn without(project: &Project, tools: &[Tool]) -> Answer {
    let about = project.about();
    let mut page =
        format!("{BAD}Not built{BAD:#}: tools are missing for {} ({})\n\n", about.name, about.lang);
    for tool in tools {
        match &tool.found {
            Some(version) => {
                let _ = writeln!(page, "  {GOOD}ok{GOOD:#}       {:12} {QUIET}{version}{QUIET:#}", tool.tool);
            }
            None => {
                let _ =
                    writeln!(page, "  {BAD}missing{BAD:#}  {:12} {}", tool.tool, wrapped(&tool.install, 24));
            }
        }
    }
    let json = json!({ "built": false, "error": "tools are missing", "tools": tools });
    Answer { page, json, ended: Ended::Failed }
}

fn page(project: &Project, inspected: &Inspected, tools: &[Tool], seconds: f64) -> String {
    let mut page = String::new();
    let manifest = &inspected.manifest;
    let _ = writeln!(
        page,
        "{GOOD}Built{GOOD:#} {NAME}{} {}{NAME:#} {QUIET}in {seconds:.1} s{QUIET:#}\n",
        manifest.name, manifest.version
    );
    let _ = writeln!(page, "  module  {}", project.output().display());
    let _ = writeln!(page, "  size    {}", size(inspected.size));
    let _ = writeln!(page, "  world   {} of {}", inspected.world_name(), inspected.contract);
    let _ = writeln!(page, "  digest  {}", inspected.digest);
    for tool in tools {
        let found = tool.found.as_deref().unwrap_or_default();
        let _ = writeln!(page, "  {QUIET}with    {}: {found}{QUIET:#}", tool.tool);
    }
    let folder = project.folder();
    let place = if folder == Path::new(".") { String::new() } else { format!(" {}", folder.display()) };
    let _ = writeln!(page, "\nNext: holdfast rule test{place}");
    page
}
