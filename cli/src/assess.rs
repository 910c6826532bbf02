//! `holdfast assess`: how an estate is protected and what is missing, with nothing deployed and nothing changed.

mod assigned;
mod export;
mod lines;
pub(crate) mod live;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use holdfast_report::Report;
use jiff::Timestamp;

use crate::code_cache::Caching;
use crate::exit::{self, Exit, Unusable};
use crate::rule::shipped;
use crate::{out, report, rule_sets};

const EXAMPLES: &str = "\
Examples:
  az graph query -q 'resources' --first 1000 > estate.json
  az graph query -q 'recoveryservicesresources' --first 1000 > protection.json
  az graph query -q \"policyresources | where type in~ ('microsoft.authorization/policyassignments', 'microsoft.authorization/policysetdefinitions')\" --first 1000 > policy.json
  holdfast assess --export estate.json --export protection.json --export policy.json
  holdfast assess --management-group contoso
  holdfast assess --subscription 5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10";

/// What is assessed, and by which rules.
#[derive(Args)]
#[command(after_help = format!("{}\n\n{EXAMPLES}", exit::HELP))]
pub(crate) struct Options {
    /// Rows of Resource Graph in a file, as JSON or JSON lines: `resources`, `recoveryservicesresources`,
    /// `policyresources` and, for what is assigned to management groups, `resourcecontainers`, in one file or in several. Without it, Azure is asked, which takes no more than Reader.
    #[arg(long, value_name = "FILE")]
    export: Vec<PathBuf>,
    /// The rules: a file, or a folder with ruleset.toml; without it, those that Holdfast ships.
    #[arg(long, value_name = "RULESET")]
    rules: Option<PathBuf>,
    /// Folder for assessment.html, assessment.json and, where Azure Policy protects something, azure-policy-rules.toml.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    out: PathBuf,
    #[command(flatten)]
    trusting: rule_sets::Trusting,
    #[command(flatten)]
    caching: Caching,
    #[command(flatten)]
    azure: live::Azure,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Assesses, writes both files, and prints the report; 1 if something of Azure could not be read.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    options.caching.begin();
    let trust = options.trusting.policy()?;
    let rules = options.rules.clone().or_else(shipped::rule_set);
    let rules = rules.ok_or_else(|| {
        Unusable::described("the shipped rules are not beside this program; name a rule set with --rules")
    })?;
    let evaluator = rule_sets::load(&rules, trust.as_ref())?;
    let report = match options.export.as_slice() {
        [] => live::assess(&options.azure, &evaluator).await?,
        files => export::assess(files, &evaluator)?,
    };
    write(&options, &report)?;
    if options.json {
        out::json(&report)?;
    } else {
        out::page(&report::in_words(&report, report::Seen::ByAssessment));
    }
    // An export never has everything; what Azure was asked for and did not tell may hide what fails.
    if !options.export.is_empty() || report.incomplete.is_empty() {
        return Ok(Exit::Done);
    }
    if options.json {
        for line in &report.incomplete {
            out::note(&format!("the assessment is not complete: {line}"));
        }
    }
    Ok(Exit::Failed)
}

fn write(options: &Options, report: &Report) -> Result<()> {
    let (html, json) = (options.out.join("assessment.html"), options.out.join("assessment.json"));
    std::fs::create_dir_all(&options.out).with_context(|| format!("make {}", options.out.display()))?;
    let page = holdfast_page::report_page(report, "Assessment of backup protection", Timestamp::now());
    std::fs::write(&html, page.html()).with_context(|| format!("write {}", html.display()))?;
    let text = serde_json::to_string_pretty(report)?;
    std::fs::write(&json, text + "\n").with_context(|| format!("write {}", json.display()))?;
    let mut written = format!("written: {} and {}\n", html.display(), json.display());
    let rules = options.out.join("azure-policy-rules.toml");
    if assigned::write(&report.azure_policy, &rules)? {
        written.push_str(&format!(
            "written: {}, the rules that do what Azure Policy does; add them to your ruleset.toml\n",
            rules.display()
        ));
    }
    out::note(&written);
    Ok(())
}
