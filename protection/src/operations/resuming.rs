//! Resuming: the calls that bring back backups, and the policy that they then follow.

use holdfast_evaluator::Outcome as Whether;
use jiff::Timestamp;

use super::advance::Step;
use super::history::History;
use super::plan::{already, in_state};
use super::refusal::failed;
use super::subject::Subject;
use super::{OperationError, Operations, Stage};
use crate::decide::{self, Decided};
use crate::family::Family;
use crate::impossible::Impossible;
use crate::instance::{BackupInstance, ProtectionState};
use crate::lifecycle::{LifecycleChange, PolicyMove};
use crate::plan;
use crate::policy::PolicySpec;
use crate::work::Occasion;
use crate::{AzureError, ResourceId, observe};

impl Operations {
    /// The calls that bring back backups. What lost its policy follows the one that the rules decide now.
    pub(super) async fn stages_to_resume(
        &self,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Result<Vec<Stage>, Impossible>, OperationError> {
        let instance = &subject.instance;
        let comes_back = instance.state == ProtectionState::SoftDeleted;
        if !loses_policy(instance) {
            return Ok(resume(instance));
        }
        Ok(match self.decided_policy(subject, now).await? {
            Ok((policy, spec)) => {
                let undelete = comes_back.then(|| Stage::Undelete { instance: instance.id.clone() });
                let make = spec.map(|spec| Stage::MakePolicy { id: policy.clone(), spec: Box::new(spec) });
                let follow = Stage::Move { change: PolicyMove::to(instance.id.clone(), policy) };
                Ok(undelete.into_iter().chain(make).chain([follow]).collect())
            }
            // It can come back all the same; which policy it follows is for a person to say.
            Err(_) if comes_back => Ok(vec![Stage::Undelete { instance: instance.id.clone() }]),
            Err(reason) => Err(without_policy(instance, &reason)),
        })
    }

    /// The policy that the rules decide about the subject, and what it does where the vault has none; why they decide none.
    async fn decided_policy(
        &self,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Result<(ResourceId, Option<PolicySpec>), String>, OperationError> {
        let Subject { instance, workload, .. } = subject;
        let (azure, occasion) = (self.azure.as_ref(), Occasion::question(now));
        let decided =
            decide::decide(azure, &self.evaluator, &instance.datasource, *workload, &occasion).await?;
        let Decided::ByRules { decision, workload, .. } = decided else {
            return Ok(Err("the rules say nothing of it".to_owned()));
        };
        let Whether::Protect { protection } = &decision.outcome else {
            return Ok(Err(format!("the rules do not protect it: {}", decision.record.summary)));
        };
        let vault = &instance.vault;
        let policies = azure.backups_of(vault)?.policies(vault).await?;
        let allowances = self.evaluator.rule_set().allowances();
        let has_copies = observe::has_copies(azure, workload, instance).await?;
        let chosen = plan::policy_in(workload, protection, (vault, &policies), has_copies, allowances);
        Ok(chosen.map_err(|impossible| impossible.to_string()))
    }

    /// Makes a policy; made twice, it is one policy.
    pub(super) async fn make_policy(
        &self,
        history: &History,
        at: usize,
        id: &ResourceId,
        spec: &PolicySpec,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        match self.azure.backups_of(id)?.put_policy(id, spec).await {
            Ok(()) => self.done(history, at, None, now).await,
            Err(AzureError::Refused { refusal, .. }) => Ok(Step::Over(failed(&refusal, None))),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether it follows no policy now, or will not once it has come back.
fn loses_policy(instance: &BackupInstance) -> bool {
    let keeps = Family::of(&instance.vault).is_none_or(Family::keeps_policy);
    match &instance.state {
        ProtectionState::Stopped | ProtectionState::Suspended => instance.policy.is_none(),
        ProtectionState::SoftDeleted => !keeps,
        ProtectionState::Configured
        | ProtectionState::Configuring
        | ProtectionState::Error
        | ProtectionState::Other(_) => false,
    }
}

/// The calls that bring back backups of what has its policy still, by what was done before.
fn resume(instance: &BackupInstance) -> Result<Vec<Stage>, Impossible> {
    let id = || instance.id.clone();
    let alter = |lifecycle| Stage::Alter { instance: id(), lifecycle };
    match &instance.state {
        ProtectionState::Stopped => Ok(vec![alter(LifecycleChange::ResumeProtection)]),
        ProtectionState::Suspended => Ok(vec![alter(LifecycleChange::ResumeBackups)]),
        // What comes back from deletion comes back stopped.
        ProtectionState::SoftDeleted => {
            Ok(vec![Stage::Undelete { instance: id() }, alter(LifecycleChange::ResumeProtection)])
        }
        ProtectionState::Configured => Err(already("protected", instance)),
        ProtectionState::Configuring | ProtectionState::Error | ProtectionState::Other(_) => {
            Err(in_state(instance))
        }
    }
}

fn without_policy(instance: &BackupInstance, reason: &str) -> Impossible {
    Impossible::new(
        "PolicyMissing",
        format!(
            "`{}` follows no policy since its protection was stopped, and none is decided ({reason})",
            instance.datasource.name()
        ),
        "move it to a policy, which resumes it: `holdfast change-policy RESOURCE POLICY`, or `POST /api/protection/change-policy`",
    )
}
