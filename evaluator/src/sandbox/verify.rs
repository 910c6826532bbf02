//! One verification: an instance as it was first, every limit on.

use wasmtime::{Engine, Store};

use crate::contract::VerifyParts;
use crate::engine::Limits;
use crate::opinion::Assessment;

use super::evaluation::{Answered, Compiled, Instances, gave_up};
use super::failure::RuleFailure;
use super::guard::Guard;
use super::opened::Opened;

/// What a rule said of a restore, and what it cost.
pub(crate) struct Verified {
    pub(crate) heard: Result<Assessment, RuleFailure>,
    /// Fuel burnt; exact for a module, an input and a version of Wasmtime.
    pub(crate) fuel: u64,
}

impl Compiled {
    /// Runs the rule in an instance that is as it was first. A failure, even a panic of the host, ends only this.
    pub(super) fn verify(&self, engine: &Engine, parts: &VerifyParts<'_>) -> Verified {
        let (heard, fuel) = self.guarded(engine, parts.bytes(), Instances::PutBack, |store, opened| {
            self.assess(store, opened, parts)
        });
        Verified { heard, fuel }
    }

    fn assess(
        &self,
        store: &mut Store<Guard>,
        opened: &Opened,
        parts: &VerifyParts<'_>,
    ) -> Answered<Assessment> {
        let limits = self.limits();
        let verify = opened
            .verify
            .of(store, opened.instance, self.judging_export())
            .map_err(|error| RuleFailure::of_contract(&error, limits))?;
        let called = verify.call(&mut *store, (parts.view(),));
        let (answer,) = called.map_err(|error| RuleFailure::of_call(&error, limits))?;
        Ok(answer.map_err(gave_up).and_then(|answer| accept(answer.into(), limits)))
    }
}

fn accept(assessment: Assessment, limits: &Limits) -> Result<Assessment, RuleFailure> {
    let found = assessment.reasons.len();
    if found > limits.reasons {
        return Err(RuleFailure::Reasons { limit: limits.reasons, found });
    }
    Ok(assessment)
}
