//! `Sweep`: the timed pass that finds what events missed.

use std::time::Duration;

use axum::Json;
use futures::{StreamExt, TryStreamExt, stream};
use holdfast_protection::work::{Cause, WorkItem};
use holdfast_protection::{ResourceId, sweep};

use crate::clock;
use crate::envelope::Answer;
use crate::problem::Problem;
use crate::setup::Ready;

/// Messages put on the queue at the same time.
const AT_ONCE: usize = 16;

/// `POST /Sweep`.
pub(crate) async fn sweep(Ready(app): Ready) -> Result<Json<Answer<()>>, Problem> {
    let missed = sweep::unprotected(app.azure.as_ref(), app.subscriptions()?).await?;
    // The clock of a sweep ticks once a day: the same decision is not recorded anew at every sweep.
    let at = clock::start_of_day();
    let work = |id: ResourceId| WorkItem::new(id, Cause::Sweep, at);
    let covered = missed.into_iter().filter(|id| app.rules.current().covers(id.resource_type()));
    let items: Vec<WorkItem> = covered.map(work).collect();
    let unprotected = items.len();
    let put = |item: WorkItem| {
        let queue = app.queue.clone();
        async move { queue.put(&item, Duration::ZERO).await }
    };
    stream::iter(items).map(put).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    tracing::info!(unprotected, "swept");
    Ok(Answer::done(format!("{unprotected} unprotected resources put to work")))
}
