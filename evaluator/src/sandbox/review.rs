//! One review: an instance as it was first, every limit on.

use wasmtime::{Engine, Store};

use crate::contract::{ContractVersion, ReviewParts};
use crate::engine::Limits;
use crate::opinion::{Judgement, ReviewVerdict};

use super::evaluation::{Answered, Compiled, Instances, gave_up};
use super::failure::RuleFailure;
use super::guard::Guard;
use super::opened::Opened;

/// Longest time that a rule may grant for an approval: 30 days.
const MOST_HOURS: u32 = 720;

/// What a rule said of an operation, and what it cost.
pub(crate) struct Reviewed {
    pub(crate) heard: Result<Judgement, RuleFailure>,
    /// Fuel burnt; exact for a module, an input and a version of Wasmtime.
    pub(crate) fuel: u64,
}

impl Compiled {
    /// Runs the rule in an instance that is as it was first. A failure, even a panic of the host, ends only this.
    pub(super) fn review(&self, engine: &Engine, parts: &ReviewParts<'_>) -> Reviewed {
        let (heard, fuel) = self.guarded(engine, parts.bytes(), Instances::PutBack, |store, opened| {
            self.judge(store, opened, parts)
        });
        Reviewed { heard, fuel }
    }

    fn judge(
        &self,
        store: &mut Store<Guard>,
        opened: &Opened,
        parts: &ReviewParts<'_>,
    ) -> Answered<Judgement> {
        let limits = self.limits();
        let contract = |error: wasmtime::Error| RuleFailure::of_contract(&error, limits);
        let export = self.judging_export();
        let called = match self.version() {
            ContractVersion::V1_0 => {
                let review = opened.review.of(store, opened.instance, export).map_err(contract)?;
                review.call(&mut *store, (parts.view(),))
            }
            ContractVersion::V1_1 => {
                let review = opened.review_1_1.of(store, opened.instance, export).map_err(contract)?;
                review.call(&mut *store, (parts.view_1_1(),))
            }
        };
        let (answer,) = called.map_err(|error| RuleFailure::of_call(&error, limits))?;
        Ok(answer.map_err(gave_up).and_then(|answer| accept(answer.into(), limits)))
    }
}

fn accept(judgement: Judgement, limits: &Limits) -> Result<Judgement, RuleFailure> {
    let found = judgement.reasons.len();
    if found > limits.reasons {
        return Err(RuleFailure::Reasons { limit: limits.reasons, found });
    }
    match judgement.verdict {
        ReviewVerdict::NeedsApproval { within_hours, .. } if !(1..=MOST_HOURS).contains(&within_hours) => {
            Err(RuleFailure::ApprovalTime { limit: MOST_HOURS, found: within_hours })
        }
        _ => Ok(judgement),
    }
}
