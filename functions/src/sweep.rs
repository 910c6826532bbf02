//! `Sweep` and `SweepPage`: the timed pass that finds what events missed.
//!
//! The timer begins a run, or carries on one that was broken off; a queue of its own carries it from page to page, so that
//! no invocation takes long and none holds more than a page.

use std::num::NonZeroUsize;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use holdfast_protection::ports::Part;
use holdfast_protection::sweep::{self, Begun, Counts, Judge, Run, Step, Sweeper, Taken, Version};
use holdfast_protection::work::WorkItem;
use holdfast_protection::{hold, ledger};

use crate::app::App;
use crate::clock;
use crate::envelope::{Answer, Invocation};
use crate::problem::Problem;
use crate::setup::ForWork;

/// Messages put on the queue at the same time.
const AT_ONCE: usize = 16;
/// Items on the work queue above which a run waits: more would only be offered in vain until their turn has come.
const ENOUGH: u64 = 20_000;
/// How long it waits then.
const WAIT: Duration = Duration::from_secs(60);

/// `POST /Sweep`.
pub(crate) async fn sweep(ForWork(app): ForWork) -> Result<Json<Answer<()>>, Problem> {
    app.subscriptions()?;
    let (before, version) = app.sweep_shelf.run().await?.unzip();
    let (run, word) = match sweep::begin(before, clock::now(), clock::hours()) {
        Begun::New(run) => (run, "a run began"),
        Begun::Resumed(run) => (run, "a run that was broken off goes on"),
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
pub(crate) async fn sweep_page(ForWork(app): ForWork, body: Bytes) -> Result<Json<Answer<()>>, Problem> {
    let text = Invocation::parse(&body)?.text("step")?;
    let step = match Step::read(&text) {
        Ok(step) => step,
        Err(problem) => {
            tracing::warn!(problem = %problem, "rejected a step of the sweep");
            app.ledger.append(&ledger::rejected("sweep", &text, &problem.to_string())).await?;
            return Ok(Answer::done(problem.to_string()));
        }
    };
    let Some((run, version)) = app.sweep_shelf.run().await?.filter(|(run, _)| !run.is_past(&step)) else {
        return Ok(Answer::done("this step was taken before".to_owned()));
    };
    if app.queue.waiting().await? > ENOUGH {
        // Only a run that moves is not taken for one that was broken off.
        app.sweep_queue.put(&step, WAIT).await?;
        app.sweep_shelf.put_run(&Run { moved: clock::now(), ..run }, Some(&version)).await?;
        return Ok(Answer::done("the sweep waits: there is work enough on the queue".to_owned()));
    }
    let Taken { done, next, work } = take(&app, &run, step).await?;
    put_all(&app, work).await?;
    go_on(&app, run, &version, &done, next).await?;
    Ok(Answer::done(in_words(&done.counts)))
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
            // The clock of a sweep ticks once a day: the same decision is not recorded again at every run.
            at: clock::start_of_day(),
        },
        subscriptions: app.subscriptions()?,
        top: Part::TOP,
        threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
    };
    Ok(sweeper.take(run, step).await?)
}

async fn put_all(app: &App, work: Vec<WorkItem>) -> Result<(), Problem> {
    let put = |item: WorkItem| {
        let queue = app.queue.clone();
        async move { queue.put(&item, Duration::ZERO).await }
    };
    Ok(stream::iter(work).map(put).buffer_unordered(AT_ONCE).try_collect::<()>().await?)
}

/// The next step is on the queue before the run is said to have moved: a process that dies in between leaves a step that is
/// taken twice, and none that is lost.
async fn go_on(
    app: &App,
    run: Run,
    version: &Version,
    done: &Step,
    next: Option<Step>,
) -> Result<(), Problem> {
    match &next {
        Some(next) => app.sweep_queue.put(next, Duration::ZERO).await?,
        None => {
            let summary =
                serde_json::json!({ "run": done.run, "ended": clock::now(), "counts": done.counts });
            app.sweep_shelf.put_summary(&done.run, summary.to_string()).await?;
            tracing::info!(run = done.run, counts = %in_words(&done.counts), "a run ended");
        }
    }
    app.sweep_shelf.put_run(&run.after(done, next, clock::now()), Some(version)).await?;
    Ok(())
}

fn in_words(counts: &Counts) -> String {
    let queued: Vec<String> = counts.queued.iter().map(|(why, count)| format!("{count} {why}")).collect();
    let queued = if queued.is_empty() { "nothing".to_owned() } else { queued.join(", ") };
    format!("{} targets seen on {} pages; put to work: {queued}", counts.seen, counts.pages)
}
