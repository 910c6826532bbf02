//! `Sweep`: the timed pass that finds what events missed.

use std::time::Duration;

use axum::Json;
use futures::{StreamExt, TryStreamExt, stream};
use holdfast_evaluator::{End, EndingCause};
use holdfast_protection::ResourceId;
use holdfast_protection::hold;
use holdfast_protection::sweep::{self, Found};
use holdfast_protection::work::{Cause, WorkItem};

use crate::clock;
use crate::envelope::Answer;
use crate::problem::Problem;
use crate::setup::ForWork;

/// Messages put on the queue at the same time.
const AT_ONCE: usize = 16;

/// `POST /Sweep`.
pub(crate) async fn sweep(ForWork(app): ForWork) -> Result<Json<Answer<()>>, Problem> {
    let found = sweep::find(app.azure.as_ref(), app.subscriptions()?, clock::hours()).await?;
    let found = found.heeding(hold::open(app.ledger.as_ref(), clock::now()).await?);
    let rules = app.rules.current();
    let Found { unprotected, mut gone, in_turn, released } = found;
    if rules.rule_set().conduct().ending.of(EndingCause::Deleted) == End::Leave {
        gone.clear();
    }
    let counts = (unprotected.len(), gone.len(), in_turn.len(), released.len());
    // The clock of a sweep ticks once a day: the same decision is not recorded anew at every sweep.
    let at = clock::start_of_day();
    let work = |id: ResourceId| {
        let urgent = rules.is_important(id.resource_type(), None);
        WorkItem { urgent, ..WorkItem::new(id, Cause::Sweep, at) }
    };
    let covered = unprotected.into_iter().chain(in_turn).filter(|id| rules.covers(id.resource_type()));
    let released = released.into_iter().map(|id| WorkItem { after_hold: true, ..work(id) });
    let items: Vec<WorkItem> = covered.chain(gone).map(work).chain(released).collect();
    let put = |item: WorkItem| {
        let queue = app.queue.clone();
        async move { queue.put(&item, Duration::ZERO).await }
    };
    stream::iter(items).map(put).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    let (unprotected, gone, in_turn, released) = counts;
    tracing::info!(unprotected, gone, in_turn, released, "swept");
    Ok(Answer::done(format!(
        "put to work: {unprotected} unprotected, {gone} gone, {in_turn} protected resources in turn, and {released} whose hold \
         is over"
    )))
}
