//! Claims: what must not be done twice is done by whoever wrote the claim first.
//!
//! A crash between claim and call, or a lost answer, leaves a claim that nobody knows the end of. After a while
//! the jobs of the vault tell whether Azure took the call.

use std::time::Duration;

use jiff::Timestamp;

use super::validation::since;
use super::{OperationError, OperationId, Operations, Stage, papers};
use crate::ResourceId;
use crate::job::{Job, JobFilter};
use crate::plan::Impossible;
use crate::ports::Written;
use crate::restore::{RestoreOrder, RestoreRegion};

/// After this, a claim without a call is taken for one whose holder died: a call takes at most half a minute.
pub(super) const CLAIM_HOLDS: Duration = Duration::from_secs(120);

/// A clock of Azure that goes a little behind ours.
const SKEW: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

impl Operations {
    /// The job that a call of this stage started at or after `claimed`, if Azure took it.
    pub(super) async fn adopted(
        &self,
        instance: &ResourceId,
        stage: &Stage,
        claimed: Timestamp,
    ) -> Result<Option<ResourceId>, OperationError> {
        let Some(vault) = instance.parent() else { return Ok(None) };
        let (operation, jobs) = match stage {
            Stage::Backup { .. } => ("Backup", self.azure.jobs(&vault).await?),
            Stage::Restore { order } => ("Restore", self.restore_jobs(order, &vault).await?),
            Stage::Grant { .. }
            | Stage::ValidateRestore { .. }
            | Stage::ValidateMove { .. }
            | Stage::Move { .. }
            | Stage::Alter { .. }
            | Stage::Undelete { .. } => return Ok(None),
        };
        let since = claimed.checked_sub(SKEW).unwrap_or(claimed);
        let filter =
            JobFilter { instance: Some(instance.clone()), since: Some(since), ..JobFilter::default() };
        let of_kind = |job: &&Job| {
            job.on_demand && job.operation.to_ascii_lowercase().contains(&operation.to_ascii_lowercase())
        };
        Ok(filter.of(jobs).iter().rfind(of_kind).map(|job| job.id.clone()))
    }

    async fn restore_jobs(
        &self,
        order: &RestoreOrder,
        vault: &ResourceId,
    ) -> Result<Vec<Job>, OperationError> {
        Ok(match &order.region {
            RestoreRegion::Primary => self.azure.jobs(vault).await?,
            RestoreRegion::Secondary { location, source } => {
                self.restores.secondary_jobs(vault, location, source).await?
            }
        })
    }

    /// Takes the place of the one restore that may run to a target; refused while another holds it.
    pub(super) async fn take_slot(
        &self,
        id: OperationId,
        target: &ResourceId,
        now: Timestamp,
    ) -> Result<Result<(), Impossible>, OperationError> {
        let slots = papers::slots(target);
        // Whoever is quicker takes the next number; then its operation is looked at like any other.
        loop {
            let held = self.ledger.list(&slots).await?;
            if let Some(path) = held.last() {
                let holder = self.holder(path).await?;
                if holder == Some(id) {
                    return Ok(Ok(()));
                }
                if let Some(holder) = holder
                    && !self.is_over(holder, now).await?
                {
                    return Ok(Err(Impossible::new(
                        "UserErrorAnotherRestoreInProgressOnSameTarget",
                        format!("operation `{holder}` is restoring to `{target}`"),
                        "wait until it has ended, or restore to another target",
                    )));
                }
            }
            let path = format!("{slots}{:06}-slot.json", held.len());
            if self.ledger.append(&papers::pointer(path, id)).await? == Written::New {
                return Ok(Ok(()));
            }
        }
    }

    async fn holder(&self, path: &str) -> Result<Option<OperationId>, OperationError> {
        #[derive(serde::Deserialize)]
        struct Pointer {
            operation: OperationId,
        }
        Ok(self.read::<Pointer>(path).await?.map(|pointer| pointer.operation))
    }

    /// Whether the operation is over, gone on with once if nobody has looked at it of late.
    async fn is_over(&self, id: OperationId, now: Timestamp) -> Result<bool, OperationError> {
        match Box::pin(self.advance(id, now)).await {
            Ok(operation) => Ok(operation.standing.is_over()),
            Err(OperationError::Unknown(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Whether a claim may still be followed by its call.
    pub(super) fn holds(claimed: Timestamp, now: Timestamp) -> bool {
        since(claimed, now) < CLAIM_HOLDS
    }
}
