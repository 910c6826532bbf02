//! Claims: what must not be done twice is done by the process that wrote the claim first.
//!
//! A crash between claim and call, or a lost answer, leaves a claim that nobody knows the end of. After a while
//! the jobs of the vault tell whether Azure took the call.

use std::time::Duration;

use jiff::Timestamp;

use super::history::History;
use super::records::StageRecord;
use super::validation::since;
use super::{OperationError, OperationId, Operations, Stage, records};
use crate::family::Family;
use crate::impossible::Impossible;
use crate::job::{Job, JobFilter, JobKind};
use crate::operation::OperationState;
use crate::ports::Written;
use crate::restore::{RestoreInto, RestoreOrder, RestoreRegion};
use crate::{AzureError, ResourceId};

/// After this, a claim without a call is taken for one whose holder died: a call takes at most half a minute.
pub(super) const CLAIM_HOLDS: Duration = Duration::from_secs(120);

/// A clock of Azure that goes a little behind ours. More would take what somebody else began just before for ours;
/// ARCHITECTURE.md says why no lease is in place of clocks.
const SKEW: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

impl Operations {
    /// The job that a call of this stage started at or after `claimed`, if Azure took it.
    ///
    /// Several restores of one instance may run at once: theirs is told from ours by where it goes, or by its operation.
    pub(super) async fn adopted(
        &self,
        history: &History,
        stage: &Stage,
        claimed: Timestamp,
    ) -> Result<Option<ResourceId>, OperationError> {
        let instance = &history.asked.instance;
        let Some(vault) = Family::vault_of(instance) else { return Ok(None) };
        let (kind, jobs) = match stage {
            Stage::Backup { .. } => (JobKind::Backup, self.azure.backups_of(&vault)?.jobs(&vault).await?),
            Stage::Restore { order } => (JobKind::Restore, self.restore_jobs(order, &vault).await?),
            Stage::Grant { .. }
            | Stage::Prepare { .. }
            | Stage::ValidateRestore { .. }
            | Stage::ValidateMove { .. }
            | Stage::Move { .. }
            | Stage::Alter { .. }
            | Stage::Undelete { .. }
            | Stage::MakePolicy { .. }
            | Stage::AwaitGuard { .. }
            | Stage::OpenFiles { .. }
            | Stage::CloseFiles { .. }
            | Stage::Archive { .. }
            | Stage::CancelJob { .. } => return Ok(None),
        };
        let since = claimed.checked_sub(SKEW).unwrap_or(claimed);
        let by_instance = jobs.iter().any(|job| job.instance.as_ref() == Some(instance));
        let filter = JobFilter {
            instance: Some(instance.clone()),
            datasource: (!by_instance).then(|| history.asked.resource.clone()),
            since: Some(since),
            ..JobFilter::default()
        };
        let found = filter.of(jobs);
        let oldest_first = found.iter().rev().filter(|job| job.kind() == Some(kind));
        let Stage::Restore { order } = stage else {
            for job in oldest_first {
                if self.was_asked_for(job).await? {
                    return Ok(Some(job.id.clone()));
                }
            }
            return Ok(None);
        };
        let others = self.jobs_of_others(history.asked.id, order).await?;
        for job in oldest_first.filter(|job| !others.contains(&job.id)) {
            let whole = self.restore_job(order, &vault, &job.id).await?;
            if whole.is_some_and(|job| order.is_done_by(&job.details)) {
                return Ok(Some(job.id.clone()));
            }
        }
        Ok(None)
    }

    /// Whether somebody asked for a backup: lists do not say it of machines and shares (recorded).
    async fn was_asked_for(&self, job: &Job) -> Result<bool, AzureError> {
        if job.on_demand {
            return Ok(true);
        }
        Ok(self.azure.backups_of(&job.id)?.job(&job.id).await?.is_some_and(|whole| whole.on_demand))
    }

    /// Jobs of other operations that cannot be told from ours by what Azure shows of a job.
    async fn jobs_of_others(
        &self,
        own: OperationId,
        order: &RestoreOrder,
    ) -> Result<Vec<ResourceId>, OperationError> {
        let Some(likeness) = order.likeness() else { return Ok(Vec::new()) };
        let mut jobs = Vec::new();
        for path in self.ledger.list(&records::alike(&likeness)).await? {
            match OperationId::of_pointer(&path) {
                Some(other) if other != own => jobs.extend(self.job_known_of(other).await?),
                Some(_) | None => {}
            }
        }
        Ok(jobs)
    }

    /// The job of another operation, as far as the ledger or Azure's operation names it.
    async fn job_known_of(&self, id: OperationId) -> Result<Option<ResourceId>, OperationError> {
        let history = match self.history(id).await {
            Ok(history) => history,
            Err(OperationError::Unknown(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        if let Some((job, _)) = history.job() {
            return Ok(Some(job));
        }
        for at in 0..history.asked.plan.stages.len() {
            let is_restore = matches!(history.asked.plan.stages.get(at), Some(Stage::Restore { .. }));
            if let (true, Some(StageRecord::Begun { operation: Some(operation), .. })) =
                (is_restore, history.stage(at).attempts.last())
                && let OperationState::Succeeded { job: Some(job) } = self.azure.operation(operation).await?
            {
                return Ok(Family::vault_of(&history.asked.instance).and_then(|vault| job.in_vault(&vault)));
            }
        }
        Ok(None)
    }

    /// A job as a single read shows it; lists leave out where a restore goes.
    pub(super) async fn restore_job(
        &self,
        order: &RestoreOrder,
        vault: &ResourceId,
        job: &ResourceId,
    ) -> Result<Option<Job>, AzureError> {
        let backups = self.azure.backups_of(vault)?;
        match &order.region {
            RestoreRegion::Primary => backups.job(job).await,
            RestoreRegion::Secondary { location, source } => {
                backups.secondary_job(vault, location, source, job.name()).await
            }
        }
    }

    async fn restore_jobs(
        &self,
        order: &RestoreOrder,
        vault: &ResourceId,
    ) -> Result<Vec<Job>, OperationError> {
        let backups = self.azure.backups_of(vault)?;
        Ok(match &order.region {
            RestoreRegion::Primary => backups.jobs(vault).await?,
            RestoreRegion::Secondary { location, source } => {
                backups.secondary_jobs(vault, location, source).await?
            }
        })
    }

    /// Takes the place of the one restore that may run to it; refused while another holds it.
    pub(super) async fn take_slot(
        &self,
        id: OperationId,
        order: &RestoreOrder,
        now: Timestamp,
    ) -> Result<Result<(), Impossible>, OperationError> {
        if let Some(likeness) = order.likeness() {
            let path = format!("{}{id}.json", records::alike(&likeness));
            self.ledger.append(&records::pointer(path, id)).await?;
        }
        let slots = records::slots(&order.place());
        // The quicker one takes the next number; then its operation is looked at like any other.
        loop {
            let held = self.ledger.list(&slots).await?;
            match self.holder(&held, Some(id), now).await? {
                Some(holder) if holder == id => return Ok(Ok(())),
                Some(holder) => return Ok(Err(taken(holder, order))),
                None => {}
            }
            let path = format!("{slots}{:06}-slot.json", held.len());
            if self.ledger.append(&records::pointer(path, id)).await? == Written::New {
                return Ok(Ok(()));
            }
        }
    }

    /// Refuses what would restore to where another restore is under way.
    pub(super) async fn must_be_free(
        &self,
        order: &RestoreOrder,
        now: Timestamp,
    ) -> Result<(), OperationError> {
        let held = self.ledger.list(&records::slots(&order.place())).await?;
        match self.holder(&held, None, now).await? {
            Some(holder) => Err(taken(holder, order).into()),
            None => Ok(()),
        }
    }

    /// The operation that took the last of these slots, unless it is over; the one that asks is not.
    async fn holder(
        &self,
        slots: &[String],
        asking: Option<OperationId>,
        now: Timestamp,
    ) -> Result<Option<OperationId>, OperationError> {
        #[derive(serde::Deserialize)]
        struct Pointer {
            operation: OperationId,
        }
        let Some(path) = slots.last() else { return Ok(None) };
        let Some(Pointer { operation }) = self.read::<Pointer>(path).await? else { return Ok(None) };
        let held = Some(operation) == asking || !self.is_over(operation, now).await?;
        Ok(held.then_some(operation))
    }

    /// Whether the operation is over, gone on with once if nobody has looked at it of late.
    async fn is_over(&self, id: OperationId, now: Timestamp) -> Result<bool, OperationError> {
        match Box::pin(self.advance(id, now)).await {
            Ok(operation) => Ok(operation.status.is_over()),
            Err(OperationError::Unknown(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Whether a claim may still be followed by its call.
    pub(super) fn holds(claimed: Timestamp, now: Timestamp) -> bool {
        since(claimed, now) < CLAIM_HOLDS
    }
}

fn taken(holder: OperationId, order: &RestoreOrder) -> Impossible {
    let (under, other) = match &order.request.into {
        RestoreInto::Files { prefix, .. } => (format!(" under prefix `{prefix}`"), "under another prefix"),
        RestoreInto::Whole { .. }
        | RestoreInto::Items { .. }
        | RestoreInto::Disks { .. }
        | RestoreInto::Machine(_)
        | RestoreInto::MachineInPlace { .. }
        | RestoreInto::Share(_)
        | RestoreInto::Database(_)
        | RestoreInto::DatabaseFiles(_) => (String::new(), "to another target"),
    };
    Impossible::new(
        "UserErrorAnotherRestoreInProgressOnSameTarget",
        format!("operation `{holder}` is restoring to `{}`{under}", order.target()),
        format!("wait until it has ended, or restore {other}"),
    )
}
