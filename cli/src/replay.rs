//! `holdfast replay`: recorded decisions, made again and compared bit for bit.

mod text;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use futures::TryStreamExt;
use holdfast_replay::{ReplayReport, Replayer};

use crate::code_cache::Caching;
use crate::exit::{self, Exit};
use crate::ledger::SpanOfTime;
use crate::ledger::source::{Place, READS, Source};
use crate::out;
use crate::rule_sets;

/// Options of replay.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    span: SpanOfTime,
    /// Rule set file, or a folder of revisions; each decision is replayed with the one whose digest it records.
    #[arg(long, value_name = "RULESET", env = "HOLDFAST_RULES", required = true, num_args = 1..)]
    rules: Vec<PathBuf>,
    #[command(flatten)]
    trusting: rule_sets::Trusting,
    #[command(flatten)]
    caching: Caching,
    /// Show so many of what differs or cannot be read.
    #[arg(long, default_value_t = 5, value_name = "COUNT")]
    limit: usize,
    /// Show all of it.
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Print JSON, with all that differs.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Decisions that a thread replays at a time.
const BATCH: usize = 256;

/// Replays to the end of the period.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let source = options.place.open()?;
    options.caching.begin();
    let evaluators = rule_sets::load_all(&options.rules, options.trusting.policy()?.as_ref())?;
    let names: Vec<String> = evaluators.iter().map(rule_sets::name).collect();
    let examples = if options.all || options.json { usize::MAX } else { options.limit };
    let report = replay(&source, &options.span, Replayer::new(evaluators), examples).await?;
    if options.json {
        out::json(&report)?;
    } else {
        out::page(&text::of(&report, &names));
    }
    Ok(if !report.nothing_differs() {
        Exit::Differs
    } else if report.proves_nothing() {
        Exit::ProvesNothing
    } else {
        Exit::Done
    })
}

async fn replay(
    source: &Source,
    span: &SpanOfTime,
    replayer: Replayer,
    examples: usize,
) -> Result<ReplayReport> {
    let period = span.period();
    let replayer = Arc::new(replayer);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let paths = source.paths().try_filter(|path| std::future::ready(period.has_decision(path)));
    let read = paths.map_ok(async |path| Ok((source.read(&path).await?, path))).try_buffered(READS);
    let batches = read.try_chunks(BATCH).map_err(|error| error.1);
    let replayed = batches.map_ok(|batch| {
        let replayer = Arc::clone(&replayer);
        async move { Ok(tokio::task::spawn_blocking(move || of_batch(&replayer, &batch, examples)).await?) }
    });
    replayed
        .try_buffered(threads + 1)
        .try_fold(ReplayReport::default(), async |mut all, part| {
            all.merge(part, examples);
            Ok(all)
        })
        .await
}

fn of_batch(replayer: &Replayer, batch: &[(Option<Vec<u8>>, String)], examples: usize) -> ReplayReport {
    let mut report = ReplayReport::default();
    for (document, path) in batch {
        match document {
            Some(document) => report.add(path, replayer.replay(path, document), examples),
            None => {
                report.add_unfetched(path, "it was listed, but is not there any more".to_owned(), examples)
            }
        }
    }
    report
}
