//! `Sweeps`: the last runs of the sweep, and the one under way.

use axum::Json;
use holdfast_protection::sweep::{Counts, RunState, Step, Summary, SweepShelf};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::here::Here;
use super::page::{Cut, Page, Part};
use super::query::Query;
use super::refusals::Refusals;
use super::unread::Readable;
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

/// Runs of the sweep, the newest first: what each saw, decided and put to work. One that cannot be read is named in
/// `unread`.
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
    let runs = shown(app.sweep_shelf.as_ref(), items, under_way.as_ref()).await;
    let Readable { items, unread, .. } = runs;
    Ok(Json(Page::of(Part { items, rest }, &here, "/api/sweeps", &cut.again()).without(unread)))
}

/// The runs of these names: the one under way, and those that have ended, as far as their summaries can be read.
async fn shown(shelf: &dyn SweepShelf, names: Vec<String>, under_way: Option<&Step>) -> Readable<SweepView> {
    let mut runs = Readable::lacking(Vec::new());
    for name in names {
        let running = under_way.filter(|step| step.run == name).map(|step| SweepView {
            run: name.clone(),
            state: RunState::Running,
            ended: None,
            counts: step.counts.clone(),
        });
        match running {
            Some(run) => runs.add([run]),
            None => {
                let read = summary(shelf, &name).await.map(|read| [SweepView::from(read)]);
                runs.take(format!("run {name} of the sweep"), &name, read);
            }
        }
    }
    runs
}

/// The summary of a run that has ended.
async fn summary(shelf: &dyn SweepShelf, run: &str) -> Result<Summary, Problem> {
    shelf.summary(run).await?.ok_or_else(|| {
        let message = "its summary is gone, or another version of Holdfast wrote it";
        Problem::not_found("SummaryNotFound", message)
    })
}

impl From<Summary> for SweepView {
    fn from(Summary { run, ended, counts }: Summary) -> Self {
        Self { run, state: RunState::Finished, ended: Some(ended), counts }
    }
}

#[tokio::test]
async fn a_run_whose_summary_cannot_be_read_is_named() {
    let shelf = crate::report_cache::shelf::Shelf::default();
    let Readable { items, mut unread, .. } = shown(&shelf, vec!["20260114T030000Z".to_owned()], None).await;
    assert!(items.is_empty());
    let text = unread.pop().map(|part| part.to_string()).unwrap_or_default();
    assert!(
        text.starts_with("run 20260114T030000Z of the sweep could not be read: its summary is gone"),
        "{text}"
    );
}
