//! `Protect`: one look at one resource, and the next message if it is not over.

use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Bytes;
use holdfast_protection::ledger::About;
use holdfast_protection::outcome::Outcome;
use holdfast_protection::protect::Next;
use holdfast_protection::sweep::{Arrival, Line};
use holdfast_protection::work::{Read, WorkItem};
use holdfast_protection::{Workload, ledger, retry};
use tracing::Instrument as _;

use crate::app::App;
use crate::clock;
use crate::envelope::{Answer, Invocation};
use crate::metrics::{self, Metric};
use crate::problem::Problem;
use crate::setup::ForMessage;
use crate::telemetry;

/// `POST /Protect`.
pub(crate) async fn protect(message: ForMessage, body: Bytes) -> Result<Json<Answer<()>>, Problem> {
    let body = &body;
    message.worked_on(|app| async move { pass(&app, body).await }).await
}

/// One pass. Whatever it did not get to keep, the next one does again.
async fn pass(app: &App, body: &Bytes) -> Result<Json<Answer<()>>, Problem> {
    let text = Invocation::parse(body)?.text("item")?;
    let item = match WorkItem::read(&text, clock::now()) {
        Ok(Read { item, left_out }) => {
            if !left_out.is_empty() {
                let left_out = left_out.join(", ");
                tracing::warn!(resource = %item.resource, left_out, "another version wrote this message; what of it is not understood is left out, and the resource is planned anew");
            }
            item
        }
        Err(problem) => {
            tracing::warn!(problem = %problem, "rejected a queue message, which can never be worked on; the ledger keeps it below `rejected/`");
            app.ledger.append(&ledger::rejected("message", &text, &problem.to_string())).await?;
            return Ok(Answer::done(problem.to_string()));
        }
    };
    let (resource, workload, new) = (item.resource.clone(), item.workload, item.setting_up.clone());
    let failed = item.failed_backup.clone();
    let begun = Instant::now();
    let span = telemetry::pass(&item);
    let item = WorkItem { trace: item.trace.clone().or_else(|| telemetry::trace(&span)), ..item };
    let (next, others) = app.reconciler().reconcile(item).instrument(span).await?;
    metrics::numbers().add(Metric::PassTime, &[], begun.elapsed().as_secs_f64());
    let result = if matches!(next, Next::Done(_)) { "ended" } else { "later" };
    metrics::count(Metric::Passes, &[result]);
    // Durable before it is acknowledged; twice does no harm.
    for other in &others {
        app.queue.put(other, Duration::ZERO).await?;
    }
    match next {
        Next::Done(outcome) => {
            tracing::info!(resource = %resource, outcome = outcome.as_str(), "work on the resource ended");
            if let (Outcome::Protected { .. }, Some(failed)) = (&outcome, &failed) {
                let (operations, target) = (app.operations(), About { resource: &resource, workload });
                let again = retry::after_grant(&operations, target, failed, clock::now()).await?;
                if let Some(again) = again {
                    tracing::info!(resource = %resource, job = %failed.job, %again, "a backup failed for lack of a permission, which counts now");
                }
            }
            // Lists and reports read this between two sweeps.
            if let Some(workload) = workload.or_else(|| Workload::of_id(&resource)) {
                let line = Line::ended(&resource, workload, &outcome);
                let now = clock::now();
                app.sweep_shelf.put_ended(now, &line).await?;
                if let (Some(new), Outcome::Protected { .. }) = (&new, &outcome) {
                    let arrival = Arrival::of(&resource, workload, new.seconds_until(now));
                    app.report_shelf.put_arrival(now, &arrival).await?;
                }
            }
            Ok(Answer::done(format!("{} {}", resource.name(), outcome.as_str())))
        }
        Next::Later { item, after } => {
            // Durable before it is acknowledged.
            app.queue.put(&item, after).await?;
            Ok(Answer::done(format!("{} again in {} s", resource.name(), after.as_secs())))
        }
    }
}
