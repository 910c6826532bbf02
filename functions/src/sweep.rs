//! `Sweep` and `SweepPage`: the timed pass that finds what events missed.
//!
//! The timer begins a run, or carries on one that was broken off; a queue of its own carries it from page to page, so that
//! no invocation takes long and none holds more than a page.

use std::num::NonZeroUsize;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use holdfast_notify::Coverage;
use holdfast_protection::ports::{Part, StorageError};
use holdfast_protection::sweep::{self, Begun, Carried, Carrier, Counts, Judge, Run, Step, Sweeper, Taken};
use holdfast_protection::{hold, ledger};
use jiff::Timestamp;

use crate::app::App;
use crate::clock;
use crate::envelope::{Answer, Invocation};
use crate::metrics::{self, Metric};
use crate::problem::Problem;
use crate::reports;
use crate::setup::{ForMessage, ForWork};

/// Runs that are removed at the end of one: a large estate has many pages.
const MOST_REMOVED: usize = 4;

/// `POST /Sweep`.
pub(crate) async fn sweep(ForWork(app): ForWork) -> Result<Json<Answer<()>>, Problem> {
    let begun = begin(&app).await?;
    // Who carried the last run to its end may have died before this was done.
    keep_days(&app).await;
    Ok(begun)
}

/// Begins a run, or carries on one that was broken off.
async fn begin(app: &App) -> Result<Json<Answer<()>>, Problem> {
    app.subscriptions()?;
    let (before, version) = app.sweep_shelf.run().await?.unzip();
    let (run, word) = match sweep::begin(before, clock::now(), clock::hours()) {
        Begun::New(run) => (run, "a run of the sweep began"),
        Begun::Resumed(run) => (run, "a run of the sweep that was broken off goes on"),
        Begun::UnderWay(step) => {
            return Ok(Answer::done(format!("run {} is under way, at page {}", step.run, step.counts.pages)));
        }
    };
    if !app.sweep_shelf.put_run(&run, version.as_ref()).await? {
        return Ok(Answer::done("a run was begun by somebody else at this moment".to_owned()));
    }
    if let Some(step) = &run.step {
        app.sweep_queue.put(step, Duration::ZERO).await?;
        tracing::info!(run = step.run, page = step.counts.pages, "{word}");
    }
    Ok(Answer::done(word.to_owned()))
}

/// `POST /SweepPage`.
pub(crate) async fn sweep_page(message: ForMessage, body: Bytes) -> Result<Json<Answer<()>>, Problem> {
    let body = &body;
    message.worked_on(|app| async move { carry(&app, body).await }).await
}

/// Carries out the step that a message names, unless that was done before.
async fn carry(app: &App, body: &Bytes) -> Result<Json<Answer<()>>, Problem> {
    let text = Invocation::parse(body)?.text("step")?;
    let step = match Step::read(&text) {
        Ok(step) => step,
        Err(problem) => {
            tracing::warn!(problem = %problem, "rejected a step of the sweep, which can never be carried out; the ledger keeps it below `rejected/`, and the next run finds what this one missed");
            app.ledger.append(&ledger::rejected("sweep", &text, &problem.to_string())).await?;
            return Ok(Answer::done(problem.to_string()));
        }
    };
    let carrier = Carrier {
        shelf: app.sweep_shelf.as_ref(),
        steps: app.sweep_queue.as_ref(),
        work: app.queue.as_ref(),
        ledger: app.ledger.as_ref(),
        now: clock::now(),
    };
    let carried = carrier.carry(step, async |run: &Run, step| take(app, run, step).await).await?;
    Ok(Answer::done(match carried {
        Carried::Past => "this step was taken before".to_owned(),
        Carried::Waits => "the sweep waits: there is work enough on the queue".to_owned(),
        Carried::Overtaken => "somebody else took this step at the same time".to_owned(),
        Carried::On(done) => in_words(&done.counts),
        Carried::Over { done, before, unseen } => {
            if let Some(error) = unseen {
                tracing::warn!(%error, "endings that wait for a person could not be listed, so none was looked at; the next run of the sweep tries again");
            }
            tracing::info!(run = done.run, counts = %in_words(&done.counts), "a run of the sweep ended");
            keep_days(app).await;
            if let Err(error) = thin(app, before).await {
                // The end of the next run tries again.
                tracing::warn!(%error, "runs of the sweep that are not kept could not be removed; the end of the next run tries again");
            }
            in_words(&done.counts)
        }
    }))
}

async fn take(app: &App, run: &Run, step: Step) -> Result<Taken, Problem> {
    let holds = hold::open(app.ledger.as_ref(), clock::now()).await?;
    let protector = app.reconciler();
    let sweeper = Sweeper {
        pages: app.sweep_pages.as_ref(),
        azure: protector.azure.as_ref(),
        shelf: app.sweep_shelf.as_ref(),
        judge: Judge {
            evaluator: &protector.evaluator,
            holds: &holds,
            turn: step.turn,
            at: sweep::day_of(clock::now()),
        },
        subscriptions: app.subscriptions()?,
        top: Part::TOP,
        threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
    };
    let taken = sweeper.take(run, step).await?;
    if let (None, Some(notices)) = (&taken.next, &app.notices) {
        // Before the run is over: a message that is offered again after a death says the same once more.
        notices.swept(&taken.done.run, &taken.done.counts).await?;
    }
    if taken.next.is_none() {
        reports::keep_arrivals(app.report_shelf.as_ref(), clock::now()).await?;
        measure(&taken.done.counts);
    }
    Ok(taken)
}

/// Keeps what the last finished run saw day by day, so that a report finds it whether anybody looked that day or not.
async fn keep_days(app: &App) {
    if let Err(error) = reports::keep_days(app).await {
        tracing::warn!(%error, "coverage by day could not be kept; the next run of the sweep tries again");
    }
}

/// Removes runs that are not kept, and ends of work that the run before the last one has seen.
async fn thin(app: &App, before: Option<Timestamp>) -> Result<(), StorageError> {
    let outdated = sweep::outdated(&app.sweep_shelf.finished().await?, app.sweep_runs);
    for run in outdated.iter().take(MOST_REMOVED) {
        app.sweep_shelf.remove(run).await?;
        tracing::info!(run, "removed a run of the sweep that is not kept");
    }
    match before {
        Some(before) => app.sweep_shelf.forget_ended(reports::may_go(before, clock::now())).await,
        None => Ok(()),
    }
}

/// What the last run saw, for those who watch.
fn measure(counts: &Counts) {
    let numbers = metrics::numbers();
    let targets = counts.outcomes.iter().map(|(outcome, count)| (outcome.as_str(), whole(*count)));
    numbers.set_all(Metric::Targets, targets);
    let Coverage { is, wanted } = Coverage::of(&counts.outcomes);
    if wanted > 0 {
        numbers.set(Metric::Coverage, &[], whole(is) / whole(wanted));
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 targets")]
fn whole(count: u64) -> f64 {
    count as f64
}

fn in_words(counts: &Counts) -> String {
    let queued: Vec<String> = counts.queued.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let queued = if queued.is_empty() { "nothing".to_owned() } else { queued.join(", ") };
    let refused: Vec<String> =
        counts.refused.iter().map(|(code, parts)| format!("{parts} by {code}")).collect();
    let refused =
        if refused.is_empty() { String::new() } else { format!("; parts refused: {}", refused.join(", ")) };
    format!("{} targets seen on {} pages; put to work: {queued}{refused}", counts.seen, counts.pages)
}
