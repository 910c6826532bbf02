//! `Sweeps`: the last runs of the sweep, and the one under way.

use axum::Json;
use holdfast_protection::sweep::{Counts, RunState, Summary};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::here::Here;
use super::page::{Cut, Page, Part};
use super::query::Query;
use super::refusals::Refusals;
use crate::callers::Role;
use crate::problem::Problem;
use crate::setup::{Ready, Who};

/// A run of the sweep.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Sweep)]
pub(crate) struct SweepView {
    /// The run, by the moment at which it began.
    run: String,
    /// `running` or `finished`.
    state: RunState,
    /// When it ended; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<Timestamp>,
    /// What it has seen, decided and asked for so far.
    counts: Counts,
}

/// Runs of the sweep, the newest first: what each saw, decided and put to work.
#[utoipa::path(get, path = "/api/sweeps", operation_id = "listSweeps", tag = "operations", params(Cut),
    responses((status = 200, description = "The runs", body = Page<SweepView>), Refusals))]
pub(crate) async fn list(
    Ready(app): Ready,
    Who(caller): Who,
    here: Here,
    Query(cut): Query<Cut>,
) -> Result<Json<Page<SweepView>>, Problem> {
    caller.must_be(Role::Reader)?;
    let under_way = app.sweep_shelf.run().await?.and_then(|(run, _)| run.step);
    let mut names = app.sweep_shelf.finished().await?;
    names.extend(under_way.as_ref().map(|step| step.run.clone()));
    names.sort_unstable_by(|a, b| b.cmp(a));
    names.dedup();
    let Part { items, rest } = cut.take("sweeps", names, String::clone)?;
    let mut runs = Vec::new();
    for name in items {
        match &under_way {
            Some(step) if step.run == name => runs.push(SweepView {
                run: name,
                state: RunState::Running,
                ended: None,
                counts: step.counts.clone(),
            }),
            _ => runs.extend(app.sweep_shelf.summary(&name).await?.map(SweepView::from)),
        }
    }
    Ok(Json(Page::of(Part { items: runs, rest }, &here, "/api/sweeps", &cut.again())))
}

impl From<Summary> for SweepView {
    fn from(Summary { run, ended, counts }: Summary) -> Self {
        Self { run, state: RunState::Finished, ended: Some(ended), counts }
    }
}
