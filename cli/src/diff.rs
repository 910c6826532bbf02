//! `holdfast diff`: what another rule set would change, over recorded decisions or over the live estate.

mod json;
mod live;
mod recorded;
mod text;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use holdfast_evaluator::{Decision, Evaluator, Request};
use holdfast_replay::{Change, DiffReport, Kind, ResourceChange};

use crate::code_cache::Caching;
use crate::exit::{self, Exit, Unusable};
use crate::ledger::SpanOfTime;
use crate::ledger::source::Place;
use crate::out;
use crate::rule_sets;

/// Options of diff.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// The rule set that might be taken into force: a file, or a folder with ruleset.toml.
    #[arg(long, value_name = "RULESET")]
    candidate: PathBuf,
    /// The rule set in use; without it, recorded decisions are compared as they were recorded.
    #[arg(long, value_name = "RULESET")]
    current: Option<PathBuf>,
    #[command(flatten)]
    trusting: rule_sets::Trusting,
    #[command(flatten)]
    caching: Caching,
    #[command(flatten)]
    over: Over,
    #[command(flatten)]
    span: SpanOfTime,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    azure: live::Azure,
    /// Show so many resources of each kind of change.
    #[arg(long, default_value_t = 3, value_name = "COUNT")]
    limit: usize,
    /// Show every resource that changes.
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Print JSON, with every change.
    #[arg(long)]
    pub(crate) json: bool,
    /// Which change makes the command end with 4.
    #[arg(long, value_enum, default_value_t = FailOn::LosesProtection)]
    fail_on: FailOn,
}

/// What is decided about.
#[derive(Args)]
struct Over {
    /// Decide about every resource of the estate as Azure shows it now, instead of about what was recorded.
    #[arg(long, requires = "current", conflicts_with_all = ["since", "until", "ledger", "storage", "from"])]
    live: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// A resource would lose its protection.
    LosesProtection,
    /// Anything would change.
    Any,
    /// None does.
    Never,
}

/// The rule sets that are compared.
#[derive(Clone)]
struct Sets {
    /// None to take decisions as they were recorded.
    current: Option<Evaluator>,
    candidate: Evaluator,
}

impl Sets {
    fn load(options: &Options) -> Result<Self> {
        options.caching.begin();
        let trust = options.trusting.policy()?;
        let load = |path| rule_sets::load(path, trust.as_ref());
        let current = options.current.as_deref().map(load).transpose()?;
        Ok(Self { current, candidate: load(&options.candidate)? })
    }

    /// Says which rules may not be told all that they want to know.
    fn warn_of_facts(&self) {
        for binding in self.candidate.rule_set().bindings() {
            let kinds = binding.manifest().fact_kinds.join(", ");
            if !kinds.is_empty() {
                tracing::warn!("rule `{}` wants facts ({kinds}); it gets the recorded ones", binding.id());
            }
        }
    }

    /// What would change from `old` for this request.
    fn change(&self, old: &Decision, request: &Request) -> ResourceChange {
        Self::changed(old, &self.candidate.decide(request), request)
    }

    /// What changes from `old` to `new`.
    fn changed(old: &Decision, new: &Decision, request: &Request) -> ResourceChange {
        ResourceChange {
            resource: request.resource.id.clone(),
            location: request.resource.location.clone(),
            change: Change::between(old, new),
        }
    }
}

/// A diff and what it was made over.
struct Diff {
    report: DiffReport,
    /// Entries of the ledger that could not be read, with the reason.
    unreadable: Vec<(String, String)>,
}

/// Compares to the end; 1 if nothing of the named kind would change in what could be read, and some could not, and 5 if
/// there was nothing to compare.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    if !options.over.live && options.span.since.is_none() {
        return Err(Unusable::described(
            "say what to compare: --since TIME (recorded decisions) or --live (resources as they are now)",
        ));
    }
    let sets = Sets::load(&options)?;
    if !options.over.live {
        sets.warn_of_facts();
    }
    let examples = if options.all || options.json { usize::MAX } else { options.limit };
    let diff = if options.over.live {
        live::diff(&options.azure, &sets, examples).await?
    } else {
        recorded::diff(&options.place.open()?, &options.span.period(), &sets, examples).await?
    };
    if options.json {
        out::json(&json::of(&diff, &sets))?;
    } else {
        out::page(&text::of(&diff, &sets, options.all));
    }
    let is_failure = match options.fail_on {
        FailOn::LosesProtection => diff.report.count(Kind::LosesProtection) > 0,
        FailOn::Any => diff.report.changed() > 0,
        FailOn::Never => false,
    };
    // What could not be read may be what would lose its protection.
    Ok(match (is_failure, diff.unreadable.is_empty()) {
        (true, _) => Exit::Differs,
        (false, false) => Exit::Failed,
        (false, true) if diff.report.resources == 0 => Exit::ProvesNothing,
        (false, true) => Exit::Done,
    })
}

/// Threads that decide at the same time.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}
