//! One step of a run: a page is read, decided about, and written down.

use std::num::NonZeroUsize;

use super::{
    Beside, Judge, Judged, Place, Row, RowPage, Run, Section, Step, SweepPage, SweepPages, SweepShelf, beside,
};
use crate::ledger::{Entry, TargetId};
use crate::ports::{Azure, PageOf, Part, StorageError};
use crate::work::{Cause, WorkItem};
use crate::{AzureError, Workload};

/// How often a run begins anew because of a refusal: what is refused once more is no matter of Azure's token.
const MOST_RESTARTS: u32 = 3;

/// Everything that a step needs.
pub struct Sweeper<'a> {
    /// The estate, page by page.
    pub pages: &'a dyn SweepPages,
    /// Azure, for the facts that rules want.
    pub azure: &'a dyn Azure,
    /// Where pages are written.
    pub shelf: &'a dyn SweepShelf,
    /// What a run goes by.
    pub judge: Judge<'a>,
    /// The subscriptions that are swept.
    pub subscriptions: &'a [String],
    /// Rows of a page, at most [`Part::TOP`].
    pub top: usize,
    /// How many threads may decide.
    pub threads: NonZeroUsize,
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The step itself, with its page counted.
    pub done: Step,
    /// The step after it; none at the end of the run.
    pub next: Option<Step>,
    /// The reconcile passes that are asked for.
    pub work: Vec<WorkItem>,
    /// Decisions that no pass will record.
    pub records: Vec<Entry>,
}

/// Why a step could not be taken. The run is where it was: the step is taken again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SweepError {
    /// Azure could not be asked.
    #[error(transparent)]
    Azure(#[from] AzureError),
    /// A page could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A page of a run.
#[derive(Default)]
struct Page {
    judged: Judged,
    records: Vec<Entry>,
    last: String,
    /// Azure's token of the next one.
    next: Option<String>,
    /// The page of the last run beside which the next one is.
    beside: u32,
}

impl Sweeper<'_> {
    /// Takes a step of a run: asks for one page of the graph, and writes one page of the run.
    ///
    /// Taking it twice gives the same page and asks for the same passes.
    ///
    /// # Errors
    ///
    /// When Azure or the store cannot be asked.
    pub async fn take(&self, run: &Run, mut step: Step) -> Result<Taken, SweepError> {
        let sorted = in_order(self.subscriptions);
        let mut chunks = sorted.chunks(Part::SUBSCRIPTIONS);
        let (chunk_count, subscriptions) = (chunks.len(), chunks.nth(step.place.chunk));
        let after = step.place.after.clone();
        let part =
            Part { subscriptions: subscriptions.unwrap_or_default(), top: self.top, after: after.as_deref() };
        let page = match subscriptions {
            None => Ok(Page { beside: step.place.beside, ..Page::default() }),
            Some(_) => self.page(run, &mut step, &part, chunk_count).await,
        };
        let Page { judged, records, last, next, beside } = match page {
            Ok(page) => page,
            Err(SweepError::Azure(AzureError::Refused { refusal, .. })) => {
                if after.is_some() && step.counts.restarts < MOST_RESTARTS {
                    // Azure's token is good for some time only: nothing but a new one leads on.
                    let next = step.clone().restarted();
                    return Ok(Taken { done: step, next: Some(next), work: Vec::new(), records: Vec::new() });
                }
                // What is refused must hide no other part.
                *step.counts.refused.entry(refusal.code).or_default() += 1;
                Page { beside: step.place.beside, ..Page::default() }
            }
            Err(error) => return Err(error),
        };
        let Judged { lines, mut work, .. } = judged;
        let is_gone = step.place.section == Section::Gone;
        let number = step.counts.pages;
        step.counts.add(&lines);
        self.shelf.put_page(&step.run, number, SweepPage { last, is_gone, lines }.text()).await?;
        let place = next_place(&step.place, next, chunk_count).map(|place| Place { beside, ..place });
        if place.is_none() {
            work.extend(self.released(&mut step));
        }
        let next = place.map(|place| step.clone().then(place));
        Ok(Taken { done: step, next, work, records })
    }

    /// Reads a page of the graph, and decides about it.
    async fn page(
        &self,
        run: &Run,
        step: &mut Step,
        part: &Part<'_>,
        chunk_count: usize,
    ) -> Result<Page, SweepError> {
        match step.place.section {
            Section::Estate => {
                let RowPage { rows, last, next } = self.pages.rows(part, &self.types()).await?;
                if step.number == 0 && next.is_none() && chunk_count == 1 {
                    step.turn = step.turn.among(rows.len() as u64);
                }
                let last = last.map(|last| last.key()).unwrap_or_default();
                let beside = beside(self.shelf, run.last.as_ref(), step.place.beside, &last).await?;
                let (judged, records) = self.judged(rows, &beside, step).await?;
                Ok(Page { judged, records, last, next, beside: beside.next })
            }
            Section::Gone => {
                let PageOf { rows, next } = self.pages.gone(part).await?;
                let judged = self.judge.gone(rows);
                Ok(Page { judged, next, beside: step.place.beside, ..Page::default() })
            }
        }
    }

    /// The types that a workload covers and a rule speaks of.
    fn types(&self) -> Vec<&'static str> {
        let types = Workload::resource_types().into_iter();
        types.filter(|name| self.judge.evaluator.covers(name)).collect()
    }

    async fn judged(
        &self,
        rows: Vec<Row>,
        beside: &Beside,
        step: &Step,
    ) -> Result<(Judged, Vec<Entry>), AzureError> {
        let judge = Judge { turn: step.turn, ..self.judge };
        let mut cases = judge.cases(self.azure, rows).await?;
        let outcomes = judge.outcomes((self.azure, self.pages), &mut cases, self.threads).await?;
        let judged = judge.judge(&cases, &outcomes, beside);
        let settled: Vec<_> = judged.settled.iter().filter_map(|at| cases.get(*at)).collect();
        let records = judge.records(&settled).await;
        Ok((judged, records))
    }

    /// Targets whose hold is over: the rules are followed again.
    fn released(&self, step: &mut Step) -> Vec<WorkItem> {
        let over = &self.judge.holds.over;
        step.counts.queue(super::Why::HoldOver, over.len());
        let item = |target: &TargetId| WorkItem {
            workload: target.workload,
            after_hold: true,
            ..WorkItem::new(target.resource.clone(), Cause::Sweep, self.judge.at)
        };
        over.iter().map(item).collect()
    }
}

/// Subscriptions in the order of the ids below them: chunk then follows chunk as page follows page, and two runs can be
/// read beside each other.
fn in_order(subscriptions: &[String]) -> Vec<String> {
    let mut sorted = subscriptions.to_vec();
    sorted.sort_by_cached_key(|id| id.to_ascii_lowercase());
    sorted
}

/// Where a run goes on behind a page: on the next page, in the next chunk of subscriptions, in the next section.
fn next_place(place: &Place, token: Option<String>, chunks: usize) -> Option<Place> {
    let here = |chunk, after| Place { chunk, after, ..place.clone() };
    match (token, place.section) {
        (Some(token), _) => Some(here(place.chunk, Some(token))),
        (None, _) if place.chunk + 1 < chunks => Some(here(place.chunk + 1, None)),
        (None, Section::Estate) => Some(Place { section: Section::Gone, ..here(0, None) }),
        (None, Section::Gone) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_swept_in_the_order_of_the_ids_below_them() {
        let configured = ["b", "C", "a"].map(str::to_owned);
        assert_eq!(in_order(&configured), ["a", "b", "C"]);
    }

    #[test]
    fn a_run_goes_through_pages_chunks_and_sections() {
        let mut place = Some(Place::first());
        let mut tokens = [Some("t"), None, None, Some("u"), None, None].into_iter();
        let mut way = Vec::new();
        while let Some(here) = place {
            way.push((here.section, here.chunk, here.after.clone()));
            place = next_place(&here, tokens.next().flatten().map(str::to_owned), 2);
        }
        let (estate, gone) = (Section::Estate, Section::Gone);
        let expected = [
            (estate, 0, None),
            (estate, 0, Some("t".to_owned())),
            (estate, 1, None),
            (gone, 0, None),
            (gone, 0, Some("u".to_owned())),
            (gone, 1, None),
        ];
        assert_eq!(way, expected);
    }
}
