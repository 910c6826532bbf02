//! Backups: asked for or by schedule, from their job to the recovery point that they make.

pub(super) mod request;
pub(super) mod retention;
pub(super) mod schedule;
mod zone;

use jiff::Timestamp;
use serde_json::json;

use super::State;
use super::database::BackupType;
use super::effect::Effect;
use super::item::{Item, Last, Protection, found, found_mut};
use super::job::{self, Ending, Job, Step, Task};
use super::kind::Kind;
use super::point::{self, Point};
use super::trouble::Trouble;
use super::{database, machine, policy, share};
use crate::wire::json as body_json;
use crate::world::World;

/// How long the steps of a backup take (recorded).
const MACHINE: [Step; 2] = [
    Step { name: "Take Snapshot", begins: 0.0, ends: 450.0 },
    Step { name: "Transfer data to vault", begins: 630.0, ends: 2470.0 },
];
const SHARE: [Step; 1] = [Step { name: "Take Snapshot", begins: 0.0, ends: 3.5 }];

/// Begins a backup of `item`, whose point lives until `expires`; the name of its job.
pub(super) fn begin(world: &mut World, vault: &str, item: &Item, asked: bool, expires: Timestamp) -> String {
    if matches!(item.kind, Kind::Database(_)) {
        return database::backup::begin(world, vault, item, BackupType::Full, asked, expires);
    }
    let task = Job::begun(world, vault, item.kind, Task::Backup, &item.friendly_name, &item.id);
    let job = match item.kind {
        Kind::Machine => machine::job::of_backup(task, asked, expires),
        Kind::Share => share::job::of_backup(task, asked),
        Kind::Database(_) => task,
    };
    let job = Job { steps: steps(item.kind).to_vec(), ..job };
    let (name, item_key) = (job.name.clone(), item.key());
    let at = |steps: &[Step], index: usize| steps.get(index).map_or(0.0, |step| step.ends);
    let snapshot = world.after(at(steps(item.kind), 0));
    let end = world.after(steps(item.kind).last().map_or(0.0, |step| step.ends));
    if let Some(vault) = State::of_mut(world).vaults.get_mut(vault) {
        vault.backups.insert(name.clone(), Plan { expires, asked, point: None });
    }
    job::kept(world, vault, job);
    let (vault, job) = (vault.to_owned(), name.clone());
    world.schedule(
        snapshot,
        Effect::SnapshotTaken { vault: vault.clone(), item: item_key.clone(), job: job.clone() },
    );
    world.schedule(end, Effect::BackupEnds { vault, item: item_key, job });
    name
}

fn steps(kind: Kind) -> &'static [Step] {
    match kind {
        Kind::Machine => &MACHINE,
        Kind::Share => &SHARE,
        Kind::Database(_) => &[],
    }
}

/// What a backup that goes on will make.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    expires: Timestamp,
    asked: bool,
    /// The point, once its snapshot is there.
    point: Option<String>,
}

/// The snapshot is taken, or the backup fails for what stands in its way.
pub(super) fn snapshot_taken(world: &mut World, vault: &str, item: &str, job: &str, at: Timestamp) {
    if !job::goes_on(world, vault, job) {
        return;
    }
    let Some(found) = found(world, vault, item).cloned() else {
        return job::ends(world, vault, job, at, Ending::Failed(Trouble::named("BackUpOperationFailed")));
    };
    if let Some(trouble) = obstacle(world, vault, &found) {
        return failed(world, vault, item, job, at, trouble);
    }
    let plan = State::of(world).vaults.get(vault).and_then(|vault| vault.backups.get(job)).cloned();
    let Some(plan) = plan else { return };
    let began = job::found(world, vault, job).map_or(at, |job| job.started);
    let point = Point::taken(world, &found, began, plan.expires, plan.asked);
    let name = point.name.clone();
    let id = format!("{}/recoveryPoints/{name}", found.id);
    if let Some(item) = found_mut(world, vault, item) {
        item.points.push(point);
    }
    if let Some(plan) =
        State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.backups.get_mut(job))
    {
        plan.point = Some(name.clone());
    }
    point::age::next(world, vault, item, &name);
    world.touch(&id);
}

/// What stands in the way of a backup.
fn obstacle(world: &mut World, vault: &str, item: &Item) -> Option<Trouble> {
    if let Some(code) = found_mut(world, vault, &item.key()).and_then(|item| item.next_failure.take()) {
        return Some(Trouble::named(&code));
    }
    match item.kind {
        Kind::Machine => machine::readiness::obstacle(world, &item.source),
        Kind::Share => share::readiness::obstacle(world, item),
        Kind::Database(_) => database::readiness::obstacle(world, item, BackupType::Full),
    }
}

fn failed(world: &mut World, vault: &str, item: &str, job: &str, at: Timestamp, trouble: Trouble) {
    let began = job::found(world, vault, job).map_or(at, |job| job.started);
    if let Some(item) = found_mut(world, vault, item) {
        item.last_backup = Some(Last { began, trouble: Some(trouble.clone()) });
    }
    job::ends(world, vault, job, at, Ending::Failed(trouble));
    world.touch(item);
}

/// Everything is in the vault.
pub(super) fn ends(world: &mut World, vault: &str, item: &str, job: &str, at: Timestamp) {
    let plan = State::of_mut(world).vaults.get_mut(vault).and_then(|vault| vault.backups.remove(job));
    if !job::goes_on(world, vault, job) {
        return;
    }
    let Some(point) = plan.and_then(|plan| plan.point) else { return };
    let began = job::found(world, vault, job).map_or(at, |job| job.started);
    let into_vault = found(world, vault, item).is_some_and(|item| comes_into_the_vault(world, vault, item));
    if let Some(item) = found_mut(world, vault, item) {
        item.last_backup = Some(Last { began, trouble: None });
        if matches!(item.state, Protection::IrPending | Protection::Error) {
            item.state = Protection::Protected;
        }
        for point in item.points.iter_mut().filter(|one| one.name == point && into_vault) {
            point.is_in_vault();
        }
    }
    job::ends(world, vault, job, at, Ending::Completed);
    world.touch(item);
}

/// Whether the vault keeps a copy: of machines always, of shares where the policy has a retention for the vault (official).
fn comes_into_the_vault(world: &World, vault: &str, item: &Item) -> bool {
    let policy = item.policy.as_deref().and_then(|id| policy::named_by(world, vault, id));
    let vaulted = policy.and_then(|policy| body_json::reach(policy, &["properties", "vaultRetentionPolicy"]));
    item.kind == Kind::Machine || vaulted.is_some_and(|vaulted| !vaulted.is_null())
}

/// For how many days the policy of `item` keeps snapshots.
pub(super) fn snapshot_days(world: &World, vault: &str, item: &Item) -> i64 {
    let policy = item.policy.as_deref().and_then(|id| policy::named_by(world, vault, id));
    let asked =
        policy.and_then(|policy| body_json::reach(policy, &["properties", "instantRpRetentionRangeInDays"]));
    let enhanced =
        policy.and_then(|policy| body_json::text(policy, &["properties", "policyType"])) == Some("V2");
    asked.unwrap_or(&json!(if enhanced { 7 } else { 2 })).as_i64().unwrap_or(2)
}
