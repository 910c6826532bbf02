//! The hold that an operation takes where the rules decide otherwise, and those that it ends.

use jiff::Timestamp;

use super::held::HOLDFAST;
use super::history::History;
use super::records::StageRecord;
use super::refusal::{failure, impossible};
use super::subject::{Subject, not_protected};
use super::{Action, Asked, OperationError, OperationPlan, OperationStatus, Operations, Stage};
use crate::ResourceId;
use crate::hold::{self, Act, End, Hold, Numbered, Phase};
use crate::instance::{BackupInstance, ProtectionState};
use crate::ledger::{self, About, LedgerRecord};
use crate::lifecycle::LifecycleChange;
use crate::outcome::Outcome;

impl Operations {
    /// The calls that bring back backups; none of them where only a hold has to end.
    pub(super) async fn plan_resume(
        &self,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<OperationPlan, OperationError> {
        let instance = &subject.instance;
        let planned = match subject.is_missing {
            true => Err(None),
            false => self.stages_to_resume(subject, now).await?.map_err(Some),
        };
        let nothing = match planned {
            Ok(stages) => return Ok(OperationPlan { notes: comes_back(&stages), stages }),
            Err(nothing) => nothing,
        };
        let is_configured = instance.state == ProtectionState::Configured;
        let hold = self.hold(subject.target(), now).await?.filter(|_| subject.is_missing || is_configured);
        match (hold, nothing) {
            (Some(hold), _) => {
                let note = format!("the hold ends ({hold}); the next pass or sweep does what the rules say");
                Ok(OperationPlan { stages: Vec::new(), notes: vec![note] })
            }
            (None, Some(impossible)) => Err(impossible.into()),
            (None, None) => Err(not_protected(&instance.datasource).into()),
        }
    }

    /// The hold of a target that is in force.
    pub async fn hold<'a>(
        &self,
        target: impl Into<About<'a>>,
        now: Timestamp,
    ) -> Result<Option<Hold>, OperationError> {
        let found = hold::find(self.ledger.as_ref(), target.into(), now).await?;
        Ok(found.filter(|found| found.phase == Phase::InForce).map(|found| found.hold))
    }

    /// Makes the word of a person durable before the first write to Azure. How it ends if that is not possible.
    pub(super) async fn before_the_first_write(
        &self,
        history: &History,
        stage: &Stage,
        now: Timestamp,
    ) -> Result<Option<OperationStatus>, OperationError> {
        if stage.only_asks() {
            return Ok(None);
        }
        if history.asked.by.id == HOLDFAST {
            self.held_against_us(history, now).await
        } else {
            self.take_hold(history, now).await
        }
    }

    /// How an operation of Holdfast's own ends that is against the hold of a person; none for what people ask for.
    pub(super) async fn held_against_us(
        &self,
        history: &History,
        now: Timestamp,
    ) -> Result<Option<OperationStatus>, OperationError> {
        let Asked { by, operation, .. } = &history.asked;
        // A backup is against no hold.
        if by.id != HOLDFAST || operation.act().is_none() {
            return Ok(None);
        }
        let hold = self.hold(history.asked.target(), now).await?;
        Ok(hold.map(|hold| against(&hold, operation)))
    }

    /// The same for an operation that asks Azure for nothing, as things were already what the person wants.
    pub(super) async fn hold_without_a_call(
        &self,
        history: &History,
        now: Timestamp,
    ) -> Result<Option<OperationStatus>, OperationError> {
        let Asked { plan, dry_run, operation, .. } = &history.asked;
        let holds = matches!(operation, Action::StopAndRetain | Action::Suspend);
        if *dry_run || !plan.stages.is_empty() || !holds {
            return Ok(None);
        }
        self.take_hold(history, now).await
    }

    async fn take_hold(
        &self,
        history: &History,
        now: Timestamp,
    ) -> Result<Option<OperationStatus>, OperationError> {
        let Some(act) = history.asked.operation.act() else { return Ok(None) };
        let terms = match self.terms_now(history, act, now).await {
            Ok(Some(terms)) => terms,
            Ok(None) => return Ok(None),
            Err(OperationError::Impossible(refused)) => return Ok(Some(impossible(refused))),
            Err(error) => return Err(error),
        };
        if terms.until <= now {
            let message = format!("it was to hold until {}, which has passed", terms.until);
            return Ok(Some(failure("HoldIsOver", message, "ask again with a later `until`")));
        }
        let Asked { resource, workload, instance, why, id, by, .. } = &history.asked;
        let hold = Hold {
            resource: resource.clone(),
            workload: *workload,
            instance: instance.clone(),
            act,
            policy: terms.policy,
            by: by.clone(),
            why: why.clone(),
            since: now,
            until: terms.until,
            operation: *id,
            decided: terms.decided,
        };
        hold::take(self.ledger.as_ref(), &hold).await?;
        Ok(None)
    }

    /// The act is done: it replaces what was held before it, and what it keeps from happening is recorded.
    pub(super) async fn replace_holds(
        &self,
        history: &History,
        now: Timestamp,
    ) -> Result<(), OperationError> {
        let Asked { id, at, by, operation, .. } = &history.asked;
        if history.asked.dry_run || operation.act().is_none() {
            return Ok(());
        }
        let ledger = self.ledger.as_ref();
        let begun = history.answer.as_ref().map_or(*at, |answer| answer.at);
        if by.id == HOLDFAST {
            return self.record_ending(history, (begun, now)).await;
        }
        let end = End { at: now, operation: *id, by: by.clone() };
        hold::end_all_before(ledger, history.asked.target(), begun, &end).await?;
        if let Some(Numbered { hold, .. }) = hold::taken_by(ledger, history.asked.target(), *id).await? {
            let outcome = hold.outcome(&hold.decided);
            ledger.record(history.asked.target(), hold.since, &LedgerRecord::Ended { outcome }).await?;
        }
        Ok(())
    }

    /// An ending of ours that a person agreed to is recorded as those are that nobody has to agree to, and so is that it was
    /// taken back.
    ///
    /// An ending is recorded once: between a death and whoever goes on, it may have been taken back, and that came last.
    async fn record_ending(
        &self,
        history: &History,
        times: (Timestamp, Timestamp),
    ) -> Result<(), OperationError> {
        let target = history.asked.target();
        for outcome in history.asked.plan.stages.iter().filter_map(came_to) {
            let record = LedgerRecord::Ended { outcome };
            let paths = self.ledger.list(&ledger::prefix_since(target.resource, times)).await?;
            let ends = history.asked.operation.ends_protection();
            if ends && ledger::is_recorded_since(&paths, target, times.0, &record) {
                continue;
            }
            let at = ledger::moment(&paths, target, times, &record);
            self.ledger.record(target, at, &record).await?;
        }
        Ok(())
    }

    /// Ends an operation that came to nothing, then releases its hold.
    ///
    /// In this order: whoever finds an operation without an end goes on with it, and what it then does has to be held. A
    /// hold that is left behind by a death is released by [`Self::advance_all`].
    pub(super) async fn give_up(
        &self,
        history: &History,
        status: OperationStatus,
        now: Timestamp,
    ) -> Result<OperationStatus, OperationError> {
        let status = self.end(history, status).await?;
        self.release_hold(history, &status, now).await?;
        Ok(status)
    }

    /// The hold of an operation that failed ends, unless Azure shows that the act was done all the same; and so is an ending
    /// of ours settled.
    pub(super) async fn release_hold(
        &self,
        history: &History,
        status: &OperationStatus,
        now: Timestamp,
    ) -> Result<(), OperationError> {
        let Asked { id, by, operation, .. } = &history.asked;
        let has_failed = matches!(status, OperationStatus::Failed { .. });
        if !has_failed || history.asked.dry_run || operation.act().is_none() {
            return Ok(());
        }
        if by.id == HOLDFAST {
            return self.settle_ending(history, now).await;
        }
        let Some(own) = hold::taken_by(self.ledger.as_ref(), history.asked.target(), *id).await? else {
            return Ok(());
        };
        let shown = self.azure.backups_of(&own.hold.instance)?.instance(&own.hold.instance).await?;
        if is_done(&own.hold, shown.as_ref()) {
            return self.replace_holds(history, now).await;
        }
        let end = End { at: now, operation: *id, by: by.clone() };
        Ok(hold::end(self.ledger.as_ref(), &own, &end).await?)
    }

    /// An ending of ours that failed, and that Azure took and shows as done all the same, is recorded like one that did
    /// not: else it would be taken for a person's, and never be undone.
    async fn settle_ending(&self, history: &History, now: Timestamp) -> Result<(), OperationError> {
        let Asked { operation, plan, .. } = &history.asked;
        for (at, stage) in plan.stages.iter().enumerate() {
            if operation.ends_protection() && was_taken(history, at) && self.shows(stage).await? {
                self.replace_holds(history, now).await?;
                return Box::pin(self.take_back(history, now)).await;
            }
        }
        Ok(())
    }
}

/// Whether Azure has taken a call of a stage.
fn was_taken(history: &History, at: usize) -> bool {
    let attempts = history.stage(at).attempts;
    history.done(at).is_some() || attempts.iter().any(|one| matches!(one, StageRecord::Begun { .. }))
}

/// What a stage of ours leaves of the protection of its instance, once it is done.
fn came_to(stage: &Stage) -> Option<Outcome> {
    let protected = |instance: &ResourceId| Outcome::Protected { instance: instance.clone(), note: None };
    match stage {
        Stage::Alter { instance, lifecycle } => Some(match lifecycle {
            LifecycleChange::ResumeProtection | LifecycleChange::ResumeBackups => protected(instance),
            LifecycleChange::StopProtection | LifecycleChange::SuspendBackups | LifecycleChange::Delete => {
                Outcome::Unprotected { instance: instance.clone(), by: *lifecycle }
            }
        }),
        Stage::Move { change } => Some(protected(&change.instance)),
        Stage::Grant { .. }
        | Stage::Prepare { .. }
        | Stage::ValidateRestore { .. }
        | Stage::Restore { .. }
        | Stage::Backup { .. }
        | Stage::ValidateMove { .. }
        | Stage::Undelete { .. }
        | Stage::MakePolicy { .. }
        | Stage::AwaitGuard { .. }
        | Stage::OpenFiles { .. }
        | Stage::CloseFiles { .. }
        | Stage::Archive { .. }
        | Stage::CancelJob { .. } => None,
    }
}

/// What a person should know of what comes back and is not resumed by the same operation.
fn comes_back(stages: &[Stage]) -> Vec<String> {
    match stages {
        [Stage::Undelete { .. }] => vec![
            "it comes back stopped and without a policy: move it to one with `holdfast change-policy RESOURCE POLICY`, which resumes it"
                .to_owned(),
        ],
        _ => Vec::new(),
    }
}

/// Whether Azure shows what a hold is about.
fn is_done(hold: &Hold, shown: Option<&BackupInstance>) -> bool {
    let Some(shown) = shown else { return hold.act == Act::StopAndDelete };
    match hold.act {
        Act::StopAndRetain => shown.state == ProtectionState::Stopped,
        Act::StopAndDelete => shown.state == ProtectionState::SoftDeleted,
        Act::Suspend => shown.state == ProtectionState::Suspended,
        Act::Resume => shown.state == ProtectionState::Configured,
        Act::ChangePolicy => hold.policy == shown.policy,
        Act::Unknown => true,
    }
}

/// An ending of ours that a person agreed to, or what takes one back, while another person holds the target.
fn against(hold: &Hold, operation: &Action) -> OperationStatus {
    let (what, way_out) = if operation.ends_protection() {
        (
            "ended",
            "resume it with `POST /api/protection/resume`, which ends the hold, or ask for the end with \
             `POST /api/protection/stop`",
        )
    } else {
        (
            "resumed",
            "resume it with `POST /api/protection/resume`, which ends the hold, or wait until it is over",
        )
    };
    failure("HeldByPerson", format!("its protection was not {what}: {hold}"), way_out)
}
