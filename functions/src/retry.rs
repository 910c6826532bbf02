//! `Retry`: sees to backups that failed, each by its cause.

use axum::Json;
use holdfast_protection::retry::{Limits, Retried, Retrier};

use crate::clock;
use crate::envelope::Answer;
use crate::problem::Problem;
use crate::setup::ForWork;

/// `POST /Retry`.
///
/// Two at once do no harm: what takes a backup again is named by the failure.
pub(crate) async fn retry(ForWork(app): ForWork) -> Result<Json<Answer<()>>, Problem> {
    let (operations, now) = (app.operations(), clock::now());
    let retrier = Retrier {
        pages: app.job_pages.as_ref(),
        operations: &operations,
        queue: app.queue.as_ref(),
        subscriptions: app.subscriptions()?,
        limits: Limits::default(),
        budget: app.retry_budget,
        now,
        azures_now: app.azures_time(now),
    };
    let Retried { seen, retried, not_possible, permissions, reported, waiting, failed } =
        retrier.run().await?;
    for problem in &failed {
        tracing::warn!(problem, "a backup could not be taken again; the next run tries again");
    }
    let failed = failed.len();
    tracing::info!(
        seen,
        retried,
        not_possible,
        permissions,
        reported,
        waiting,
        failed,
        "saw to failed backups"
    );
    let counts = format!(
        "{seen} failed backups seen: {retried} taken again, {waiting} to be taken again later, {permissions} for missing \
         permissions, {} for a person",
        reported + not_possible
    );
    if failed > 0 {
        let message =
            format!("{counts}, {failed} not dealt with; the log says why, and the next run tries again");
        return Err(Problem::unavailable("FailuresLeft", message));
    }
    Ok(Answer::done(counts))
}
