//! Targets about which nothing has to be done: what was decided is recorded, and no pass sees them.

use holdfast_evaluator::{Decision, Evaluator, Outcome as Whether, Request};

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

    /// The decisions about targets with their whole input, as passes would record them.
    pub(super) async fn records(&self, settled: &[&Case]) -> Vec<Entry> {
        if settled.is_empty() {
            return Vec::new();
        }
        let requests: Vec<Request> = settled.iter().map(|case| case.request.clone()).collect();
        // All of a page at once: each leave of the reactor costs more than a decision.
        let decide = move |rules: &Evaluator| -> Vec<(Decision, Request)> {
            requests.into_iter().map(|request| (rules.decide(&request), request)).collect()
        };
        let decided = self.evaluator.beside(decide).await;
        let records = settled.iter().zip(decided).map(|(case, (decision, request))| {
            let (decision, request) = (Box::new(decision), Box::new(request));
            ledger::about(case.target(), self.at, &LedgerRecord::Decided { decision, request })
        });
        records.collect()
    }
}
