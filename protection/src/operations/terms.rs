//! On which terms an operation is held: whether the rules decide otherwise, and until when.

use holdfast_evaluator::{Decision, EndingCause, Outcome as Whether, Protection, Request};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::history::History;
use super::subject::Subject;
use super::{Action, Ask, OperationError, OperationPlan, Operations, Stage};
use crate::decide::{self, Decided};
use crate::hold::Act;
use crate::instance::{BackupInstance, ProtectionState};
use crate::ledger::About;
use crate::outcome::Outcome;
use crate::plan::{self, Datasource};
use crate::vault::Immutability;
use crate::work::Occasion;
use crate::{AzureError, Location, ResourceId, Workload};

/// What an operation holds against the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldTerms {
    /// When the rules are followed again.
    pub until: Timestamp,
    /// What they decide, in one sentence.
    pub decided: String,
    /// The policy that is held, if the operation changes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<ResourceId>,
}

impl HoldTerms {
    /// What a person reads before and after the act.
    pub(super) fn note(&self) -> String {
        let Self { until, decided, .. } = self;
        format!("the rules decide otherwise ({decided}); this holds until {until}, or until it is resumed")
    }
}

impl Operations {
    /// What is held if the operation is carried out; none where the rules decide the same.
    pub(super) async fn terms(
        &self,
        ask: &Ask,
        plan: &OperationPlan,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Option<HoldTerms>, OperationError> {
        let Some(act) = ask.action.act() else { return Ok(None) };
        let until = self.hold_days.end(ask.until, now)?;
        // What only ends a hold holds nothing.
        if act == Act::Resume && plan.stages.is_empty() {
            return Ok(None);
        }
        let policy = policy_of(plan);
        let after = after(act, &subject.instance, policy.as_ref());
        let decided = self.otherwise(act, subject.target(), &after, now).await?;
        Ok(decided.map(|decided| HoldTerms { until, decided, policy }))
    }

    /// What the rules decide about a target, if it is not what an act makes of it; `after` is its instance after the act.
    async fn otherwise(
        &self,
        act: Act,
        target: About<'_>,
        after: &BackupInstance,
        now: Timestamp,
    ) -> Result<Option<String>, OperationError> {
        let decided = self.decided(target, now).await?;
        let allowances = self.evaluator.rule_set().allowances();
        let (cause, decided) = match &decided {
            Decided::NotAsked(Outcome::Gone) => (EndingCause::Deleted, "the resource is gone".to_owned()),
            Decided::NotAsked(_) | Decided::NotReady => return Ok(None),
            Decided::ByRules { decision, request, workload, .. } => {
                let summary = decision.record.summary.clone();
                match &decision.outcome {
                    Whether::Protect { protection } => {
                        let case = Protecting {
                            act,
                            resource: target.resource,
                            request,
                            decision,
                            protection,
                            workload: *workload,
                        };
                        return Ok(self.protects_otherwise(&case, after).await?);
                    }
                    Whether::Hold { .. } => return Ok(Some(summary)),
                    Whether::Exclude { kind, .. } => (EndingCause::Excluded(*kind), summary),
                    Whether::NotCovered => (EndingCause::NotCovered, summary),
                }
            }
        };
        let instances = std::slice::from_ref(after);
        let ending = plan::to_end(instances, allowances.ending.of(cause), allowances);
        Ok(ending.map(|ending| format!("{decided}; its protection ends by {}", ending.operation.name())))
    }

    async fn protects_otherwise(
        &self,
        case: &Protecting<'_>,
        after: &BackupInstance,
    ) -> Result<Option<String>, AzureError> {
        let Protecting { act, resource, request, decision, protection, workload } = *case;
        let is_left_out = workload.unsupported(&request.resource).is_some()
            || workload.left_out(&request.resource, protection).is_some();
        // What another tool protects is left as it is, unless it is deleted: then we protect it.
        let allowances = self.evaluator.rule_set().allowances();
        let is_kept = act == Act::StopAndDelete || plan::is_kept(after, allowances);
        if is_left_out || !is_kept {
            return Ok(None);
        }
        let location = Location::from(request.resource.location.as_str());
        let datasource = Datasource { id: resource, location: &location, workload };
        let policy = plan::decided_policy(workload, protection);
        let policy = policy.map(|name| format!("; policy {name}")).unwrap_or_default();
        let decided = format!("{}{policy}", decision.record.summary);
        match act {
            Act::StopAndRetain | Act::StopAndDelete | Act::Suspend | Act::Unknown => Ok(Some(decided)),
            Act::Resume => Ok(None),
            Act::ChangePolicy => {
                if plan::is_as_decided(datasource, protection, after).is_ok_and(|is_decided| is_decided) {
                    return Ok(None);
                }
                let policies = self.azure.backups_of(&after.vault)?.policies(&after.vault).await?;
                // Rules that cannot have their way now have it as soon as they, or the vault, change: one that is immutable
                // now need not be so when the hold is over.
                let there = (policies.as_slice(), Immutability::Disabled);
                let followed = plan::to_follow(datasource, protection, after, there, allowances);
                let agrees = followed.is_ok_and(|plan| plan.steps.is_empty());
                Ok((!agrees).then_some(decided))
            }
        }
    }

    /// The terms as they were shown when it was asked for. Where a person agreed later, the rules may have changed since.
    pub(super) async fn terms_now(
        &self,
        history: &History,
        act: Act,
        now: Timestamp,
    ) -> Result<Option<HoldTerms>, OperationError> {
        let asked = &history.asked;
        if asked.hold.is_some() || history.answer.is_none() {
            return Ok(asked.hold.clone());
        }
        let Some(instance) = self.azure.backups_of(&asked.instance)?.instance(&asked.instance).await? else {
            return Ok(None);
        };
        let policy = policy_of(&asked.plan);
        let after = after(act, &instance, policy.as_ref());
        match self.otherwise(act, asked.target(), &after, now).await? {
            Some(decided) => {
                Ok(Some(HoldTerms { until: self.hold_days.end(asked.until, now)?, decided, policy }))
            }
            None => Ok(None),
        }
    }

    /// What the rules decide about a target now.
    pub(super) async fn decided(&self, target: About<'_>, now: Timestamp) -> Result<Decided, AzureError> {
        let About { resource, workload } = target;
        let occasion = Occasion::question(now);
        decide::decide(self.azure.as_ref(), &self.evaluator, resource, workload, &occasion).await
    }
}

/// A target that the rules protect, and what a person does to it.
#[derive(Clone, Copy)]
struct Protecting<'a> {
    act: Act,
    resource: &'a ResourceId,
    request: &'a Request,
    decision: &'a Decision,
    protection: &'a Protection,
    workload: Workload,
}

/// The instance as the act leaves it.
fn after(act: Act, instance: &BackupInstance, policy: Option<&ResourceId>) -> BackupInstance {
    let state = match act {
        Act::StopAndRetain => ProtectionState::Stopped,
        Act::StopAndDelete => ProtectionState::SoftDeleted,
        Act::Suspend => ProtectionState::Suspended,
        Act::Resume => ProtectionState::Configured,
        Act::ChangePolicy | Act::Unknown => instance.state.clone(),
    };
    let policy = policy.or(instance.policy.as_ref()).cloned();
    BackupInstance { state, policy, ..instance.clone() }
}

fn policy_of(plan: &OperationPlan) -> Option<ResourceId> {
    plan.stages.iter().find_map(|stage| match stage {
        Stage::Move { change } => Some(change.policy.clone()),
        Stage::Grant { .. }
        | Stage::Prepare { .. }
        | Stage::ValidateRestore { .. }
        | Stage::Restore { .. }
        | Stage::Backup { .. }
        | Stage::ValidateMove { .. }
        | Stage::Alter { .. }
        | Stage::Undelete { .. }
        | Stage::MakePolicy { .. }
        | Stage::AwaitGuard { .. }
        | Stage::OpenFiles { .. }
        | Stage::CloseFiles { .. }
        | Stage::Archive { .. }
        | Stage::CancelJob { .. } => None,
    })
}

/// The parameters of an operation as rules see them, with the hold that it becomes.
pub(super) fn parameters(action: &Action, hold: Option<&HoldTerms>) -> String {
    let mut parameters: serde_json::Value = serde_json::from_str(&action.parameters()).unwrap_or_default();
    if let (Some(members), Some(hold)) = (parameters.as_object_mut(), hold) {
        let until = serde_json::json!({ "decided": hold.decided, "until": hold.until });
        members.insert("hold".to_owned(), until);
    }
    // Canonical JSON: keys sorted.
    super::action::sorted(parameters).to_string()
}
