//! `holdfast rule run`: what one rule says of one resource.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Args;
use holdfast_evaluator::{Limits, Request, World};
use serde_json::json;

use crate::page::count;

use super::answer::{Answer, Ended};
use super::cases::Question;
use super::input;
use super::judge::{Heard, Judge};
use super::module::Module;
use super::opinion;
use super::page::{NAME, QUIET};

/// What to ask.
#[derive(Args)]
pub(crate) struct Options {
    /// A project's folder, or a module file.
    #[arg(default_value = ".", value_name = "DIR|MODULE")]
    module: PathBuf,
    /// The resource: an ARM body in JSON, as `az resource show` prints it, or a case's `resource` in YAML.
    #[arg(long, value_name = "FILE")]
    resource: PathBuf,
    /// Settings, in JSON, YAML or TOML.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Facts, in YAML or JSON: a list of kind, scope and value.
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// Ask as of this time, RFC 3339. Default: now.
    #[arg(long, value_name = "TIME")]
    event_time: Option<String>,
}

/// Asks the rule.
///
/// # Errors
///
/// Fails if an input cannot be read, or the module cannot be made ready.
pub(crate) fn run(options: &Options) -> anyhow::Result<Answer> {
    // What is wrong with a file is said before a module is compiled, which may take half a minute.
    let resource = input::resource(&options.resource)?;
    let facts = input::facts(options.facts.as_deref(), &resource)?;
    let event_time = input::time_or_now(options.event_time.as_deref())?;
    let stated = options.settings.as_deref().map(|path| input::settings(Some(path))).transpose()?;
    let module = Module::open(&options.module)?;
    let settings = stated.map_or_else(|| module.settings(None), Ok)?;
    ensure!(
        module.inspected.world == World::Rule,
        "{} does not judge resources; try it with `holdfast rule test` and cases that state `operation` or `restore`",
        module.title()
    );
    let request = Request { resource, facts, event_time, ..Request::default() };
    let question = Question::Resource(Box::new(request.clone()));
    let mut judge = Judge::of(&module.bytes);
    judge.prepare(&settings)?;
    // The first evaluation pays for pages that later ones find in place.
    let heard = judge.hear(&settings, &question)?;
    let started = Instant::now();
    judge.hear(&settings, &question)?;
    let took = started.elapsed();
    let mut json = opinion::json(&heard);
    if let Some(fields) = json.as_object_mut() {
        fields.insert("module".into(), json!(module.title()));
        fields.insert("resource".into(), json!(request.resource.id));
        fields.insert("eventTime".into(), json!(request.event_time));
        fields.insert("microseconds".into(), json!(took.as_secs_f64() * 1e6));
    }
    let ended = Ended::well_if(
        heard.opinion().is_some_and(|_| heard.failure().is_none()) || heard == Heard::NotAsked,
    );
    Ok(Answer { page: page(&module, &request, &heard, took), json, ended })
}

fn page(module: &Module, request: &Request, heard: &Heard, took: Duration) -> String {
    let mut page = String::new();
    let Request { resource, event_time, .. } = request;
    let _ =
        writeln!(page, "{NAME}{}{NAME:#} on {} {}", module.title(), resource.resource_type, resource.name);
    let _ = writeln!(page, "{QUIET}as of {event_time}{QUIET:#}\n");
    opinion::told(&mut page, heard, 2);
    match heard {
        Heard::Opinion(said) => {
            let limit = count(Limits::default().fuel);
            opinion::row(&mut page, "fuel", &format!("{} of {limit}", count(said.fuel)), 2);
            let micros = took.as_secs_f64() * 1e6;
            opinion::styled_row(
                &mut page,
                "time",
                &format!("{micros:.1} us {QUIET}decided and recorded{QUIET:#}"),
                2,
            );
        }
        Heard::NotAsked => {
            let types = &module.inspected.manifest.resource_types;
            let _ = writeln!(page, "  the manifest speaks of {}", types.join(", "));
        }
        Heard::Wants { .. } | Heard::Refused(_) => {}
    }
    page
}
