//! `holdfast rule dev`: build, test and explain, again at each save.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use holdfast_evaluator::Request;
use serde_json::{Value, json};

use super::answer::{Answer, Ended};
use super::cases::Question;
use super::judge::{Heard, Judge};
use super::module::Module;
use super::page::{NAME, QUIET};
use super::project::Project;
use super::test::{self, Asked, Wanted};
use super::watch::Watched;
use super::{build, decision, input, opinion};

/// What to work on.
#[derive(Args)]
pub(crate) struct Options {
    /// The project's folder, with its `holdfast-rule.toml`.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// File of cases; may be given more than once. Default: those of the project.
    #[arg(long, value_name = "FILE")]
    cases: Vec<PathBuf>,
    /// Explain the first case whose name has this text. Default: the first case.
    #[arg(long, value_name = "TEXT", conflicts_with = "resource")]
    case: Option<String>,
    /// Explain this resource: an ARM body in JSON, as `az resource show` prints it, or a case's `resource` in YAML.
    #[arg(long, value_name = "FILE")]
    resource: Option<PathBuf>,
    /// Settings for that resource, in JSON, YAML or TOML. Default: those of the project.
    #[arg(long, value_name = "FILE", requires = "resource")]
    settings: Option<PathBuf>,
    /// Facts about that resource, in YAML or JSON: a list of kind, scope and value.
    #[arg(long, value_name = "FILE", requires = "resource")]
    facts: Option<PathBuf>,
    /// Explain as of this time, RFC 3339. Default: now.
    #[arg(long, value_name = "TIME", requires = "resource")]
    event_time: Option<String>,
}

/// What is explained.
struct Subject {
    title: String,
    settings: Value,
    question: Question,
}

/// What a save may change.
///
/// # Errors
///
/// Fails if the folder has no project.
pub(crate) fn watched(options: &Options) -> anyhow::Result<Watched> {
    let project = Project::open(&options.dir)?;
    let given = [&options.resource, &options.settings, &options.facts].into_iter().flatten();
    let core = project.build().core.as_ref().map(|core| project.folder().join(core));
    Ok(Watched {
        folder: Some(options.dir.clone()),
        files: options.cases.iter().chain(given).cloned().collect(),
        apart: core.into_iter().chain([project.output()]).collect(),
    })
}

/// Builds, tests and explains once.
///
/// # Errors
///
/// Fails if the project, the cases or the resource cannot be read.
pub(crate) fn run(options: &Options) -> anyhow::Result<Answer> {
    let wanted = Wanted { module: options.dir.clone(), cases: options.cases.clone(), only: None };
    // What is wrong with a file is said before anything is built.
    let asked = Asked::read(&wanted)?;
    let built = build::run(&build::Options { dir: options.dir.clone() })?;
    if built.ended == Ended::Failed {
        return Ok(Answer { json: json!({ "build": built.json }), ..built });
    }
    let module = Module::at(asked.place)?;
    let subject = options.subject(&asked.files, &module)?;
    let started = Instant::now();
    let mut judge = Judge::of(&module.bytes);
    let sheets = test::sheets(&module, asked.files, &mut judge)?;
    let tested = test::answer(&module, &sheets, started.elapsed(), false, 0);
    let mut page = built.page;
    page.truncate(page.find('\n').map_or(page.len(), |end| end + 1));
    page.push_str(&tested.page);
    let explained = subject.map(|subject| explained(&mut page, &subject, &mut judge)).transpose()?;
    let json = json!({ "build": built.json, "test": tested.json, "explain": explained });
    Ok(Answer { page, json, ended: tested.ended })
}

impl Options {
    fn subject(&self, files: &[test::CaseText], module: &Module) -> anyhow::Result<Option<Subject>> {
        let Some(path) = &self.resource else {
            let chosen = test::chosen(files, self.case.as_deref());
            if let Some(text) = &self.case {
                chosen.as_ref().with_context(|| format!("no case has the text `{text}` in its name"))?;
            }
            let Some(chosen) = chosen else { return Ok(None) };
            let settings = chosen.settings.map_or_else(|| module.settings(None), Ok)?;
            return Ok(Some(Subject { title: chosen.name, settings, question: chosen.question }));
        };
        let resource = input::resource(path)?;
        let facts = input::facts(self.facts.as_deref(), &resource)?;
        let event_time = input::time_or_now(self.event_time.as_deref())?;
        let title = format!("{}, as of {event_time}", path.display());
        let settings = module.settings(self.settings.as_deref())?;
        let request = Request { resource, facts, event_time, ..Request::default() };
        Ok(Some(Subject { title, settings, question: Question::Resource(Box::new(request)) }))
    }
}

/// Adds what the rule alone leads to, and why; the same for programs.
fn explained(page: &mut String, subject: &Subject, judge: &mut Judge<'_>) -> anyhow::Result<Value> {
    let Subject { title, settings, question } = subject;
    let resource = question.resource();
    let _ = writeln!(page, "\n{NAME}{}{NAME:#}  {}", resource.name, resource.resource_type);
    let _ = writeln!(page, "{QUIET}{title}{QUIET:#}\n");
    let heard = judge.hear(settings, question)?;
    if let (Question::Resource(request), Heard::Opinion(_) | Heard::Wants { .. }) = (question, &heard)
        && let Some((decision, wanted)) = judge.decide(settings, request)?
    {
        decision::body(page, &decision, &wanted, &[]);
        return Ok(json!({ "subject": title, "decision": decision, "wants": wanted }));
    }
    opinion::told(page, &heard, 2);
    Ok(json!({ "subject": title, "opinion": opinion::json(&heard) }))
}
