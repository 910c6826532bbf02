//! The report: made when somebody looks, kept while it is fresh, made anew behind whoever looks.
//!
//! Making it reads the pages of the last finished run once, one after the other, and asks every vault. So it is never made more
//! often than a tenth of the time, and nobody who looks waits for it unless there is none yet.

mod arrivals;
mod gather;
mod list;
mod stops;

use std::sync::Arc;
use std::time::Instant;

use holdfast_protection::ports::StorageError;

use crate::app::App;
use crate::problem::Problem;
use crate::report_cache::{self, Counted, Made};

pub(crate) use arrivals::{keep as keep_arrivals, may_go};
pub(crate) use list::{Listed, list};
pub(crate) use stops::{Stopped, stopped};

/// Keeps coverage and the differences of rules in shadow by day, as the last finished run saw them.
///
/// # Errors
///
/// When it cannot be read or written. Doing it twice counts nothing twice.
pub(crate) async fn keep_days(app: &App) -> Result<(), StorageError> {
    let Some(run) = app.sweep_shelf.run().await?.and_then(|(run, _)| run.last) else { return Ok(()) };
    let shelves = (app.sweep_shelf.as_ref(), app.report_shelf.as_ref());
    report_cache::keep_days(shelves, &run, &gather::in_shadow(app)).await
}

/// The report as it is now, or was a moment ago.
pub(crate) async fn current(app: &Arc<App>) -> Result<Arc<Made>, Problem> {
    match app.reports.last() {
        Some(made) if made.is_fresh() => Ok(made),
        Some(made) if made.may_be_shown() => {
            let app = app.clone();
            tokio::spawn(async move {
                if let Err(problem) = behind(&app).await {
                    tracing::warn!(
                        "the report could not be made anew, and the last one is shown; the next look at it tries again: {}",
                        problem.message()
                    );
                }
            });
            Ok(made)
        }
        _ => renewed(app).await,
    }
}

/// Makes it, unless somebody is at it.
async fn behind(app: &Arc<App>) -> Result<(), Problem> {
    let Ok(mut counted) = app.reports.counted.try_lock() else { return Ok(()) };
    if app.reports.last().is_none_or(|made| !made.is_fresh()) {
        make(app, &mut counted).await?;
    }
    Ok(())
}

/// Makes it; whoever waited for another that made it takes that one.
async fn renewed(app: &Arc<App>) -> Result<Arc<Made>, Problem> {
    let mut counted = app.reports.counted.lock().await;
    match app.reports.last().filter(|made| made.is_fresh()) {
        Some(made) => Ok(made),
        None => make(app, &mut counted).await,
    }
}

async fn make(app: &Arc<App>, counted: &mut Counted) -> Result<Arc<Made>, Problem> {
    let begun = Instant::now();
    let gather::Gathered { report, run, marks, lacks } = gather::gather(app, counted).await?;
    let made = Arc::new(Made { report, run, marks, lacks, at: Instant::now(), took: begun.elapsed() });
    app.reports.put(made.clone());
    Ok(made)
}
