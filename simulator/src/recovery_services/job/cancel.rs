//! Cancelling a job: it is cancelling at once, and cancelled a little later (recorded: the headers; the words are official).

use jiff::Timestamp;

use super::list::not_found;
use super::{Ending, JobStatus, Task, ends, found};
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::{Last, found_mut};
use crate::recovery_services::operation::{self, Operation, Subject};
use crate::recovery_services::refusal::bad_request;
use crate::recovery_services::{State, vault};
use crate::wire::path::key;
use crate::wire::{Answer, Call};
use crate::world::World;

const SECONDS: f64 = 30.0;

/// `POST {vault}/backupJobs/{job}/cancel`.
pub(in crate::recovery_services) fn cancel(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(3).unwrap_or_default().to_ascii_lowercase();
    let job = found(world, &vault, &name).filter(|job| job.task != Task::CrossRegionRestore);
    let job = job.ok_or_else(|| not_found(&name))?;
    if !job.may_be_cancelled(world.now(), world.clock.speed()) {
        // Documentation: only what goes on is cancelled, and of shares what offers it (recorded); the code is not written down.
        return Err(bad_request(
            "BMSUserErrorJobNotCancellable",
            "The job cannot be cancelled in its present state.",
        ));
    }
    let id = job.id.clone();
    let operation = Operation::begun(world, Subject::Job, &id, SECONDS);
    if operation.does_its_work() {
        let found = State::of_mut(world).vaults.get_mut(&vault).and_then(|vault| vault.jobs.get_mut(&name));
        if let Some(job) = found {
            job.status = JobStatus::Cancelling;
        }
        world.schedule(operation.ends, Effect::JobCancelled { vault, job: name });
        world.touch(&id);
    }
    Ok(operation::announced(world, call, operation))
}

/// A job is cancelled; that of a restore counts as one that went well (recorded).
pub(in crate::recovery_services) fn happens(world: &mut World, vault: &str, name: &str, at: Timestamp) {
    ends(world, vault, name, at, Ending::Cancelled);
    let Some(job) = found(world, vault, name).filter(|job| job.task == Task::Restore) else { return };
    let (item, began) = (key(&job.item), job.started);
    if let Some(item) = found_mut(world, vault, &item) {
        item.last_restore = Some(Last { began, trouble: None });
    }
}
