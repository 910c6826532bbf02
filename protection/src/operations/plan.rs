//! What each operation takes, stage by stage, or why it cannot be done as things are.

use jiff::Timestamp;

use super::change_policy::refuse_fixed;
use super::stage::{OperationPlan, Stage};
use super::subject::Subject;
use super::{Action, OperationError, Operations};
use crate::backup;
use crate::family::Family;
use crate::impossible::Impossible;
use crate::instance::{BackupInstance, ProtectionState};
use crate::lifecycle::LifecycleChange;
use crate::observe;
use crate::policy::Policy;
use crate::restore::{self, DesiredRestore};
use crate::vault::Immutability;
use crate::{AzureError, ResourceId, Workload};

impl Operations {
    /// What it takes, or why it cannot be done as things are.
    pub(super) async fn plan(
        &self,
        action: &Action,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<OperationPlan, OperationError> {
        let instance = &subject.instance;
        let plain = |stage| OperationPlan { stages: vec![stage], notes: Vec::new() };
        let alter = |lifecycle| Stage::Alter { instance: instance.id.clone(), lifecycle };
        let plan = match action {
            Action::Backup { rule, retention } => {
                must_be(instance, &[ProtectionState::Configured])?;
                let Some(policy) = self.policy_of(instance).await? else {
                    return Err(no_policy(instance).into());
                };
                let order =
                    backup::choose(&instance.id, &policy, rule.as_deref(), retention.as_deref(), now)?;
                plain(Stage::Backup { order })
            }
            Action::Restore(desired) => self.plan_restore(desired, &instance.id, now).await?,
            Action::StopAndRetain if instance.state == ProtectionState::Stopped => only_to_hold("stopped"),
            Action::Suspend if instance.state == ProtectionState::Suspended => only_to_hold("suspended"),
            Action::StopAndRetain => {
                must_be(
                    instance,
                    &[ProtectionState::Configured, ProtectionState::Suspended, ProtectionState::Error],
                )?;
                self.refuse_continuous(instance).await?;
                plain(alter(LifecycleChange::StopProtection))
            }
            Action::Suspend => {
                must_be(instance, &[ProtectionState::Configured])?;
                self.refuse_continuous(instance).await?;
                self.refuse_suspending(&instance.vault).await?;
                plain(alter(LifecycleChange::SuspendBackups))
            }
            Action::StopAndDelete => {
                if instance.state == ProtectionState::SoftDeleted {
                    return Err(already("deleted", instance).into());
                }
                self.refuse_immutable(instance, now).await?;
                plain(alter(LifecycleChange::Delete))
            }
            Action::Registration { registration } => self.plan_registration(*registration, subject).await?,
            Action::Resume => self.plan_resume(subject, now).await?,
            Action::ChangePolicy(change) => {
                // What was stopped and follows no policy is resumed by one.
                if instance.state != ProtectionState::Stopped || instance.policy.is_some() {
                    must_be(instance, &[ProtectionState::Configured])?;
                }
                refuse_fixed(instance)?;
                let change = self.policy_move(subject, &change.policy, now).await?;
                let stages = vec![Stage::ValidateMove { change: change.clone() }, Stage::Move { change }];
                OperationPlan { stages, notes: Vec::new() }
            }
            Action::OpenFiles { point } => self.plan_open_files(subject, point, now).await?,
            Action::CloseFiles { point } => self.plan_close_files(subject, point, now).await?,
            Action::Archive { point } => plain(self.plan_archive(subject, point, now).await?),
            Action::CancelJob { job, .. } => plain(self.plan_cancel(job, subject).await?),
        };
        self.behind_guard(plan, instance).await
    }

    async fn plan_restore(
        &self,
        desired: &DesiredRestore,
        instance: &ResourceId,
        now: Timestamp,
    ) -> Result<OperationPlan, OperationError> {
        let Some(source) = self.azure.backups_of(instance)?.instance(instance).await? else {
            return Err(Impossible::new(
                "NotProtected",
                format!("backup instance `{}` is not there any more", instance.name()),
                "look for the recovery points again",
            )
            .into());
        };
        restore::suits(desired, &source)?;
        let ground = observe::restore(self.azure.as_ref(), source, desired).await??;
        let plan = restore::to_restore(desired, &ground, now)?;
        self.must_be_free(&plan.order, now).await?;
        let order = Box::new(plan.order);
        let (roles, holders) = (plan.grants, plan.holders);
        let grants = (!roles.is_empty()).then_some(Stage::Grant { roles, holders });
        let prepare = plan.preparation.map(|preparation| Stage::Prepare { preparation });
        let rest = [Stage::ValidateRestore { order: order.clone() }, Stage::Restore { order }];
        let stages = grants.into_iter().chain(prepare).chain(rest).collect();
        Ok(OperationPlan { stages, notes: plan.notes })
    }

    /// Continuous backup has no schedule that could be stopped.
    async fn refuse_continuous(&self, instance: &BackupInstance) -> Result<(), OperationError> {
        let Some(code) = instance.workload().and_then(Workload::continuous_backup) else { return Ok(()) };
        if self.policy_of(instance).await?.is_none_or(|policy| policy.takes_backups()) {
            return Ok(());
        }
        Err(Impossible::new(
            code,
            format!(
                "operational backup of `{}` can be neither stopped nor suspended",
                instance.datasource.name()
            ),
            "stop and delete it, or leave it as it is",
        )
        .into())
    }

    /// The policy of an instance, if it has one and that is there.
    async fn policy_of(&self, instance: &BackupInstance) -> Result<Option<Policy>, AzureError> {
        match &instance.policy {
            Some(policy) => self.azure.backups_of(policy)?.policy(policy).await,
            None => Ok(None),
        }
    }

    /// Some vaults suspend only where they are immutable, and then say the opposite of what is wrong (field).
    async fn refuse_suspending(&self, vault: &ResourceId) -> Result<(), OperationError> {
        if !Family::of(vault).is_some_and(Family::suspends_only_immutable) {
            return Ok(());
        }
        match self.azure.backups_of(vault)?.vault(vault).await?.map(|vault| vault.immutability) {
            Some(Immutability::Disabled) => Err(Impossible::new(
                "VaultNotImmutable",
                format!("{} is not immutable, and suspends no backups", Family::vault_in_words(vault)),
                "stop and retain: that keeps every recovery point, and is resumed in the same way",
            )
            .into()),
            Some(Immutability::Locked | Immutability::Unlocked) | None => Ok(()),
        }
    }

    /// An immutable vault deletes nothing that lies in it before its time.
    async fn refuse_immutable(
        &self,
        instance: &BackupInstance,
        now: Timestamp,
    ) -> Result<(), OperationError> {
        if observe::kept_by_vault(self.azure.as_ref(), instance, now).await?.is_none() {
            return Ok(());
        }
        Err(Impossible::new(
            "VaultImmutable",
            format!(
                "{} is immutable and deletes no recovery point before its time",
                Family::vault_in_words(&instance.vault)
            ),
            "stop and retain, or suspend so that recovery points expire by their policy",
        )
        .into())
    }
}

/// Nothing to ask Azure for; the word of the person may hold all the same.
fn only_to_hold(what: &str) -> OperationPlan {
    let note = format!("it is {what} already, so Azure is asked for nothing");
    OperationPlan { stages: Vec::new(), notes: vec![note] }
}

/// Where the rules agree with what is there already, there is nothing to hold either.
pub(super) fn refuse_nothing(action: &Action, instance: &BackupInstance) -> Result<(), Impossible> {
    match action {
        Action::StopAndRetain => Err(already("stopped", instance)),
        Action::Suspend => Err(already("suspended", instance)),
        _ => Ok(()),
    }
}

fn must_be(instance: &BackupInstance, states: &[ProtectionState]) -> Result<(), Impossible> {
    if states.contains(&instance.state) { Ok(()) } else { Err(in_state(instance)) }
}

fn no_policy(instance: &BackupInstance) -> Impossible {
    Impossible::new(
        "PolicyNotFound",
        format!("backup policy `{}` is not there", instance.policy_name()),
        "move the instance to another policy",
    )
}

pub(super) fn already(what: &str, instance: &BackupInstance) -> Impossible {
    Impossible::new(
        "NothingToDo",
        format!("`{}` is {what} already", instance.datasource.name()),
        "see its backup instance",
    )
}

pub(super) fn in_state(instance: &BackupInstance) -> Impossible {
    let state = String::from(instance.state.clone());
    let way_out = match &instance.state {
        ProtectionState::Configuring => "wait until Azure is done with it",
        ProtectionState::Stopped | ProtectionState::Suspended => "resume its protection first",
        ProtectionState::SoftDeleted => "resume its protection first: that undeletes it",
        ProtectionState::Error => "see why in the backup instance; the sweep repairs what can be repaired",
        ProtectionState::Configured | ProtectionState::Other(_) => "see its backup instance",
    };
    Impossible::new(
        "NotInThisState",
        format!("the backup instance of `{}` is in state {state}", instance.datasource.name()),
        way_out,
    )
}
