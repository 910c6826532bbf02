//! `holdfast rule explain`: a whole rule set's decision about one resource, told for a person.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use holdfast_evaluator::{Decision, Evaluator, FactKey, Request, Round};
use serde_json::json;

use crate::rule_sets;

use super::answer::{Answer, Ended};
use super::decision;
use super::input;
use super::page::{NAME, QUIET};

/// What to explain.
#[derive(Args)]
pub(crate) struct Options {
    /// A rule set file, or a folder with ruleset.toml; its modules lie beside it.
    #[arg(value_name = "RULESET")]
    rule_set: PathBuf,
    #[command(flatten)]
    trusting: rule_sets::Trusting,
    /// The resource: an ARM body in JSON, as `az resource show` prints it, or a case's `resource` in YAML.
    #[arg(long, value_name = "FILE")]
    resource: PathBuf,
    /// Facts, in YAML or JSON: a list of kind, scope and value.
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// Judge as of this time, RFC 3339. Default: now.
    #[arg(long, value_name = "TIME")]
    event_time: Option<String>,
}

/// Decides and explains.
///
/// # Errors
///
/// Fails if an input cannot be read, or the rule set is not taken into force.
pub(crate) fn run(options: &Options) -> anyhow::Result<Answer> {
    let resource = input::resource(&options.resource)?;
    let facts = input::facts(options.facts.as_deref(), &resource)?;
    let event_time = input::time_or_now(options.event_time.as_deref())?;
    let evaluator = rule_sets::load(&options.rule_set, options.trusting.policy()?.as_ref())?;
    let request = Request { resource, facts, event_time, ..Request::default() };
    let decision = evaluator.decide(&request);
    let wanted = match evaluator.ask(&request) {
        Round::Wants(keys) => keys,
        Round::Decided(_) => Vec::new(),
    };
    let json = json!({
        "resource": request.resource.id,
        "eventTime": request.event_time,
        "decision": decision,
        "wants": wanted,
    });
    Ok(Answer { page: page(&evaluator, &request, &decision, &wanted), json, ended: Ended::Well })
}

fn page(evaluator: &Evaluator, request: &Request, decision: &Decision, wanted: &[FactKey]) -> String {
    let mut page = String::new();
    let resource = &request.resource;
    let revision = evaluator.rule_set().revision();
    let _ = writeln!(
        page,
        "{NAME}{}{NAME:#}  {} in {}",
        resource.name, resource.resource_type, resource.location
    );
    let _ = writeln!(page, "{QUIET}by revision {revision}, as of {}{QUIET:#}\n", request.event_time);
    let speaks = |binding: &&holdfast_evaluator::Binding| !binding.speaks_of(&resource.resource_type);
    let silent = evaluator.rule_set().bindings().filter(speaks);
    let silent: Vec<&str> = silent.map(holdfast_evaluator::Binding::id).collect();
    decision::body(&mut page, decision, wanted, &silent);
    page
}
