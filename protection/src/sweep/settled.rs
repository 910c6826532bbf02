//! Targets about which nothing has to be done: what was decided is recorded, and no pass sees them.

use holdfast_evaluator::Outcome as Whether;

use super::judge::Case;
use super::{Judge, Line, Why};
use crate::Workload;
use crate::ledger::{self, Entry, LedgerRecord};

impl Judge<'_> {
    /// Whether the rules leave a target out that nothing protects, so that a pass would only record this.
    ///
    /// A pass over a resource also finds workloads of which another resource tells; where there may be one, it is taken.
    pub(super) fn is_settled(case: &Case, outcome: &Whether, line: &Line) -> bool {
        line.queued == Some(Why::Changed)
            && line.instance.is_none()
            && matches!(outcome, Whether::Exclude { .. } | Whether::NotCovered)
            && Workload::witnesses(&case.request.resource).is_empty()
    }

    /// The decision about a target with its whole input, as a pass would record it.
    pub(super) fn record(&self, case: &Case) -> Entry {
        let decision = Box::new(self.evaluator.decide(&case.request));
        let record = LedgerRecord::Decided { decision, request: Box::new(case.request.clone()) };
        ledger::about(case.target(), self.at, &record)
    }
}
