//! Which backup policy a decision leads to: one that exists, or one to make.

use holdfast_evaluator::Protection;

use super::{Impossible, Step, unusable_name};
use crate::policy::{Policy, PolicyWish};
use crate::{ResourceId, Workload};

/// The policy, and the step that makes it if it is not there.
pub(super) fn choose_policy(
    workload: Workload,
    how: &Protection,
    vault: &ResourceId,
    policies: &[Policy],
) -> Result<(ResourceId, Option<Step>), Impossible> {
    let id = |name: &str| vault.child("backupPolicies", name).map_err(|error| unusable_name(&error));
    if let Some(name) = &how.policy {
        return match policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(name)) {
            Some(policy) => Ok((id(&policy.name)?, None)),
            None => Err(Impossible::new(
                "PolicyNotFound",
                format!(
                    "the rules choose backup policy `{name}`, which vault `{}` does not have",
                    vault.name()
                ),
                "create it, or let the rules state retention and schedule instead",
            )),
        };
    }
    let wish = PolicyWish::decided(workload, how)?;
    if let Some(policy) = wish.choose(policies) {
        return Ok((id(&policy.name)?, None));
    }
    let own_name = wish.spec.name();
    if policies.iter().any(|policy| policy.name.eq_ignore_ascii_case(&own_name)) {
        return Err(Impossible::new(
            "PolicyChanged",
            format!(
                "backup policy `{own_name}` of vault `{}` no longer does what its name says",
                vault.name()
            ),
            "delete it or restore its rules; Holdfast will then use it again",
        ));
    }
    let policy = id(&own_name)?;
    Ok((policy.clone(), Some(Step::CreatePolicy { id: policy, spec: wish.spec })))
}
