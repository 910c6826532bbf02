//! Rows of an estate decided about, page by page, and counted.

use std::num::NonZeroUsize;

use holdfast_evaluator::{Evaluator, Ruled};
use holdfast_protection::hold::OpenHolds;
use holdfast_protection::sweep::{Beside, Case, Judge, Judged, Known, Row, Turn};
use holdfast_protection::target::Target;
use holdfast_report::{Drifts, Tally};
use jiff::Timestamp;

/// Decides and counts.
pub(super) struct Counting<'a> {
    evaluator: &'a Evaluator,
    at: Timestamp,
    /// How many threads may decide.
    pub(super) threads: NonZeroUsize,
    /// What was counted.
    pub(super) tally: Tally,
    /// What is protected otherwise than decided.
    pub(super) drifts: Drifts,
}

impl<'a> Counting<'a> {
    pub(super) fn new(evaluator: &'a Evaluator) -> Self {
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { evaluator, at: Timestamp::now(), threads, tally: Tally::default(), drifts: Drifts::default() }
    }

    /// A page of which nothing more is known than its rows.
    pub(super) fn rows(&mut self, rows: Vec<Row>, known: &Known) {
        let holds = OpenHolds::default();
        let judge = self.judge(&holds);
        let cases = judge.cases_without_facts(rows);
        let rulings = judge.decided(&cases, self.threads);
        self.cases(&cases, &rulings, known);
    }

    /// A page and what was decided about it.
    pub(super) fn cases(&mut self, cases: &[Case], rulings: &[Ruled], known: &Known) {
        let holds = OpenHolds::default();
        let judge = self.judge(&holds);
        let judged = judge.judge(cases, rulings, &Beside::default());
        let drifted = judge.drifted(cases, rulings, known);
        self.drifts.add(drifted);
        self.count(&judged);
    }

    /// What is gone, but for its protection.
    pub(super) fn gone(&mut self, targets: Vec<Target>) {
        let judged = self.judge(&OpenHolds::default()).gone(targets);
        self.count(&judged);
    }

    /// What a page goes by.
    pub(super) fn judge<'b>(&'b self, holds: &'b OpenHolds) -> Judge<'b> {
        Judge { evaluator: self.evaluator, holds, turn: Turn::of(1, 0), at: self.at }
    }

    fn count(&mut self, judged: &Judged) {
        self.tally.add(&judged.lines);
    }
}
