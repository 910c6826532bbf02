//! Asking: is it possible as things are, what do the rules say, write it down, begin.

use holdfast_evaluator::{Review, Ruling};
use jiff::{SignedDuration, Timestamp};

use super::papers::{self, Mark, pointer};
use super::stage::{OperationPlan, Stage};
use super::subject::Subject;
use super::{Action, Ask, Asked, HoldTerms, Judgement, Operation, OperationError, OperationId, Operations};
use crate::ResourceId;
use crate::alteration::{Alteration, PolicyMove};
use crate::backup;
use crate::impossible::Impossible;
use crate::instance::{BackupInstance, ProtectionState};
use crate::ports::Written;
use crate::restore::{self, RestoreWish};
use crate::vault::Immutability;

impl Operations {
    /// Takes an operation: judged, recorded, and begun if nobody has to agree first.
    ///
    /// Asked twice under one id, it is one operation. What is impossible as things are is refused and not recorded.
    pub async fn ask(&self, ask: Ask, now: Timestamp) -> Result<Operation, OperationError> {
        if let Some(known) = self.read::<Asked>(&papers::asked(ask.id)).await? {
            return self.same(known, &ask, now).await;
        }
        let subject = self.subject(&ask.resource, &ask.action, now).await?;
        let mut plan = self.plan(&ask.action, &subject, now).await?;
        let hold = self.terms(&ask, &plan, &subject.instance, now).await?;
        plan.notes.extend(hold.as_ref().map(HoldTerms::note));
        let Review { ruling, record } = self.review(&ask, &subject, hold.as_ref(), now).await?;
        let asked = Asked {
            id: ask.id,
            at: now,
            resource: ask.resource.clone(),
            instance: subject.instance.id.clone(),
            operation: ask.action.clone(),
            why: ask.why.clone(),
            until: ask.until,
            dry_run: ask.dry_run,
            by: ask.caller.clone(),
            judgement: Judgement { ruling, record },
            plan,
            hold,
        };
        // Pointers first: a pointer to nothing is passed over, but an operation without one would not be found.
        self.point_to(&asked).await?;
        match self.write(papers::asked(ask.id), &asked).await? {
            Written::New => self.advance(ask.id, now).await,
            Written::AlreadyThere => match self.read::<Asked>(&papers::asked(ask.id)).await? {
                Some(known) => self.same(known, &ask, now).await,
                None => Err(OperationError::Unknown(ask.id.to_string())),
            },
        }
    }

    /// The operation that is known under this id, if it is the one that is asked for.
    async fn same(&self, known: Asked, ask: &Ask, now: Timestamp) -> Result<Operation, OperationError> {
        let is_same = known.resource == ask.resource
            && known.operation == ask.action
            && known.until == ask.until
            && known.dry_run == ask.dry_run
            && known.by.id == ask.caller.id;
        if !is_same {
            return Err(OperationError::KeyReused(ask.id.to_string()));
        }
        self.advance(known.id, now).await
    }

    async fn point_to(&self, asked: &Asked) -> Result<(), OperationError> {
        let Asked { id, at, .. } = asked;
        self.ledger.append(&pointer(Mark::Asked.path(*id, *at), *id)).await?;
        if let Some((_, until)) = approval(asked) {
            self.ledger.append(&pointer(papers::awaited(*id, until), *id)).await?;
        }
        Ok(())
    }

    /// What it takes, or why it cannot be done as things are.
    async fn plan(
        &self,
        action: &Action,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<OperationPlan, OperationError> {
        let instance = &subject.instance;
        let plain = |stage| OperationPlan { stages: vec![stage], notes: Vec::new() };
        let alter = |alteration| Stage::Alter { instance: instance.id.clone(), alteration };
        Ok(match action {
            Action::Backup { rule, retention } => {
                must_be(instance, &[ProtectionState::Configured])?;
                let Some(policy) = self.azure.policy(&instance.policy).await? else {
                    return Err(no_policy(&instance.policy).into());
                };
                let (rule, retention) = backup::choose(&policy, rule.as_deref(), retention.as_deref())?;
                plain(Stage::Backup { instance: instance.id.clone(), rule, retention })
            }
            Action::Restore(wish) => self.plan_restore(wish, &instance.id, now).await?,
            Action::StopAndRetain => {
                must_be(
                    instance,
                    &[ProtectionState::Configured, ProtectionState::Suspended, ProtectionState::Error],
                )?;
                self.refuse_continuous(instance).await?;
                plain(alter(Alteration::StopProtection))
            }
            Action::Suspend => {
                must_be(instance, &[ProtectionState::Configured])?;
                self.refuse_continuous(instance).await?;
                plain(alter(Alteration::SuspendBackups))
            }
            Action::StopAndDelete => {
                if instance.state == ProtectionState::SoftDeleted {
                    return Err(already("deleted", instance).into());
                }
                self.refuse_immutable(&instance.id).await?;
                plain(alter(Alteration::Delete))
            }
            Action::Resume => self.plan_resume(subject, now).await?,
            Action::ChangePolicy(change) => {
                must_be(instance, &[ProtectionState::Configured])?;
                let change = self.policy_move(instance, &change.policy).await?;
                let stages = vec![Stage::ValidateMove { change: change.clone() }, Stage::Move { change }];
                OperationPlan { stages, notes: Vec::new() }
            }
        })
    }

    async fn plan_restore(
        &self,
        wish: &RestoreWish,
        instance: &ResourceId,
        now: Timestamp,
    ) -> Result<OperationPlan, OperationError> {
        let Some(source) = self.restores.source(instance).await? else {
            return Err(Impossible::new(
                "NotProtected",
                format!("backup instance `{}` is not there any more", instance.name()),
                "look for the recovery points again",
            )
            .into());
        };
        restore::suits(wish, &source)?;
        let (azure, restores) = (self.azure.as_ref(), self.restores.as_ref());
        let ground = restore::observe(azure, restores, source, wish).await??;
        let plan = restore::to_restore(wish, &ground, now)?;
        self.must_be_free(plan.order.target(), now).await?;
        let order = Box::new(plan.order);
        let grants = (!plan.grants.is_empty()).then_some(Stage::Grant { roles: plan.grants });
        let rest = [Stage::ValidateRestore { order: order.clone() }, Stage::Restore { order }];
        Ok(OperationPlan { stages: grants.into_iter().chain(rest).collect(), notes: plan.notes })
    }

    /// Continuous backup of blobs has no schedule that could be stopped.
    async fn refuse_continuous(&self, instance: &BackupInstance) -> Result<(), OperationError> {
        let is_account =
            instance.datasource.resource_type().eq_ignore_ascii_case("Microsoft.Storage/storageAccounts");
        let scheduled = !is_account
            || self.azure.policy(&instance.policy).await?.is_none_or(|policy| !policy.backup.is_empty());
        if scheduled {
            return Ok(());
        }
        Err(Impossible::new(
            "UserErrorStopProtectionNotSupportedForBlobOperationalBackup",
            format!(
                "operational backup of `{}` can be neither stopped nor suspended",
                instance.datasource.name()
            ),
            "stop and delete it, or leave it as it is",
        )
        .into())
    }

    async fn refuse_immutable(&self, instance: &ResourceId) -> Result<(), OperationError> {
        let Some(vault) = instance.parent() else { return Ok(()) };
        match self.azure.vault(&vault).await?.map(|vault| vault.immutability) {
            Some(Immutability::Locked | Immutability::Unlocked) => Err(Impossible::new(
                "VaultImmutable",
                format!(
                    "Backup vault `{}` is immutable and deletes no recovery point before its time",
                    vault.name()
                ),
                "stop and retain, or suspend so that recovery points expire by their policy",
            )
            .into()),
            Some(Immutability::Disabled) | None => Ok(()),
        }
    }

    async fn policy_move(&self, instance: &BackupInstance, name: &str) -> Result<PolicyMove, OperationError> {
        if instance.policy.name().eq_ignore_ascii_case(name) {
            return Err(already("under this policy", instance).into());
        }
        let Some(vault) = instance.id.parent() else { return Err(already("gone", instance).into()) };
        let policies = self.azure.policies(&vault).await?;
        let old = policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(instance.policy.name()));
        let fits = |types: &[String]| {
            old.is_none_or(|old| {
                old.datasource_types
                    .iter()
                    .all(|one| types.iter().any(|other| one.eq_ignore_ascii_case(other)))
            })
        };
        let wanted = policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(name));
        let others: Vec<&str> = policies
            .iter()
            .filter(|policy| fits(&policy.datasource_types) && policy.name != instance.policy.name())
            .map(|policy| policy.name.as_str())
            .collect();
        let way_out = match others.is_empty() {
            true => "create one in the vault".to_owned(),
            false => format!("choose {}", others.join(", ")),
        };
        match wanted {
            Some(policy) if fits(&policy.datasource_types) => {
                let policy = instance.policy.sibling(&policy.name);
                let policy =
                    policy.map_err(|error| Impossible::new("NameNotUsable", error.to_string(), way_out))?;
                Ok(PolicyMove::to(instance.id.clone(), policy))
            }
            Some(policy) => Err(Impossible::new(
                "PolicyOfAnotherDatasource",
                format!("backup policy `{name}` is for {}", policy.datasource_types.join(", ")),
                way_out,
            )
            .into()),
            None => Err(Impossible::new(
                "PolicyNotFound",
                format!("vault `{}` has no backup policy `{name}`", vault.name()),
                way_out,
            )
            .into()),
        }
    }
}

/// Roles of which an approver must have one, and until when, if approval is needed.
pub(super) fn approval(asked: &Asked) -> Option<(&[String], Timestamp)> {
    match &asked.judgement.ruling {
        Ruling::NeedsApproval { roles, within_hours } => {
            let time = SignedDuration::from_hours(i64::from(*within_hours));
            Some((roles, asked.at.checked_add(time).unwrap_or(Timestamp::MAX)))
        }
        Ruling::Allow | Ruling::Deny { .. } => None,
    }
}

/// The calls that bring back backups, by what was done before.
pub(super) fn resume(instance: &BackupInstance) -> Result<Vec<Stage>, Impossible> {
    let id = || instance.id.clone();
    let alter = |alteration| Stage::Alter { instance: id(), alteration };
    match &instance.state {
        ProtectionState::Stopped => Ok(vec![alter(Alteration::ResumeProtection)]),
        ProtectionState::Suspended => Ok(vec![alter(Alteration::ResumeBackups)]),
        // What comes back from deletion comes back stopped.
        ProtectionState::SoftDeleted => {
            Ok(vec![Stage::Undelete { instance: id() }, alter(Alteration::ResumeProtection)])
        }
        ProtectionState::Configured => Err(already("protected", instance)),
        ProtectionState::Configuring | ProtectionState::Error | ProtectionState::Other(_) => {
            Err(in_state(instance))
        }
    }
}

fn must_be(instance: &BackupInstance, states: &[ProtectionState]) -> Result<(), Impossible> {
    if states.contains(&instance.state) { Ok(()) } else { Err(in_state(instance)) }
}

fn no_policy(id: &ResourceId) -> Impossible {
    Impossible::new(
        "PolicyNotFound",
        format!("backup policy `{}` is not there", id.name()),
        "move the instance to another policy",
    )
}

fn already(what: &str, instance: &BackupInstance) -> Impossible {
    Impossible::new(
        "NothingToDo",
        format!("`{}` is {what} already", instance.datasource.name()),
        "see its backup instance",
    )
}

fn in_state(instance: &BackupInstance) -> Impossible {
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

impl OperationId {
    /// The last part of a pointer's path.
    pub(super) fn of_pointer(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?.strip_suffix(".json")?;
        let at = name.len().checked_sub(36)?;
        name.get(at..)?.parse().ok()
    }
}
