//! Backups of databases: asked for or by schedule, with a job and a point at their end. Log backups by schedule have no job
//! (documentation), and their points are one.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{BackupType, readiness};
use crate::clock::days_after;
use crate::recovery_services::State;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::write::Place;
use crate::recovery_services::item::{Item, Last, Protection, found, found_mut};
use crate::recovery_services::job::{self, Ending, Job, Step, Task};
use crate::recovery_services::kind::{Form, Kind};
use crate::recovery_services::operation::{self, Operation, Outcome, Subject};
use crate::recovery_services::point::{self, Point};
use crate::recovery_services::policy;
use crate::recovery_services::refusal::{bad_request, invalid_input};
use crate::recovery_services::trouble::Trouble;
use crate::wire::{Answer, ArmError, Call, json as body_json};
use crate::world::World;

/// The job is there within moments (recorded).
const SECONDS: f64 = 1.0;

/// For so many days a point is kept when the request does not say (azure-cli).
const FULL_DAYS: i64 = 45;
const COPY_DAYS: i64 = 30;

/// Everything is transferred in one step, which ends with the job.
const TRANSFER: Step = Step { name: "Transfer data to vault", begins: 0.0, ends: f64::INFINITY };

/// A backup that has begun.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Backup {
    pub(super) vault: String,
    /// The key of the item.
    pub(super) item: String,
    pub(super) wanted: BackupType,
    pub(super) expires: Timestamp,
    asked: bool,
    job: String,
}

/// `POST {item}/backup` of a database.
pub(in crate::recovery_services) fn asked(
    world: &mut World,
    call: &Call,
    place: &Place,
    item: &Item,
    request: &Value,
) -> Answer {
    let Kind::Database(form) = item.kind else { return Err(invalid_input()) };
    let wanted = body_json::text(request, &["backupType"]).and_then(BackupType::parse);
    let wanted = wanted.filter(|wanted| wanted.can_be_asked(form)).ok_or_else(invalid_input)?;
    if body_json::member(request, "enableCompression").is_some_and(|flag| !flag.is_boolean()) {
        return Err(invalid_input());
    }
    if !item.state.is_on() || item.deleted.is_some() {
        // Documentation: a stopped item is not backed up; the code is the general one.
        return Err(invalid_input());
    }
    let expires = expiry(world, place, item, request, wanted)?;
    idle(world, place)?;
    let operation = Operation::begun(world, Subject::Item, &place.called, SECONDS);
    if !operation.does_its_work() {
        return Ok(operation::announced(world, call, operation));
    }
    let job = begin(world, &place.vault, item, wanted, true, expires);
    Ok(operation::announced(world, call, operation.with(Outcome::Job(job))))
}

/// Until when the point is kept: as asked of full backups, as the policy says of others (azure-cli).
fn expiry(
    world: &World,
    place: &Place,
    item: &Item,
    request: &Value,
    wanted: BackupType,
) -> Result<Timestamp, ArmError> {
    let days = match wanted {
        BackupType::Full => FULL_DAYS,
        BackupType::CopyOnlyFull => COPY_DAYS,
        other => {
            let policy = item.policy.as_deref().and_then(|id| policy::named_by(world, &place.vault, id));
            let days = policy.and_then(|policy| super::schedule::days(policy, other));
            let days = days.unwrap_or(COPY_DAYS);
            return Ok(days_after(world.now(), days));
        }
    };
    match body_json::text(request, &["recoveryPointExpiryTimeInUTC"]).map(str::parse::<Timestamp>) {
        None => Ok(days_after(world.now(), days)),
        Some(Ok(at)) if at > world.now() => Ok(at),
        Some(_) => Err(invalid_input()),
    }
}

/// One backup at a time (documentation: code and text).
fn idle(world: &World, place: &Place) -> Result<(), ArmError> {
    match is_busy(world, &place.vault, &place.id) {
        false => Ok(()),
        true => {
            let message = "Backup failed as a backup operation is currently in progress.";
            Err(bad_request("UserErrorBackupOperationInProgress", message))
        }
    }
}

/// Whether a backup of the item goes on.
pub(super) fn is_busy(world: &World, vault: &str, item: &str) -> bool {
    State::of(world).vaults.get(vault).is_some_and(|vault| vault.jobs.backs_up(item))
}

/// Begins a backup with a job: the name of that.
pub(in crate::recovery_services) fn begin(
    world: &mut World,
    vault: &str,
    item: &Item,
    wanted: BackupType,
    asked: bool,
    expires: Timestamp,
) -> String {
    let Kind::Database(form) = item.kind else { return String::new() };
    let entity = item.address.as_ref().map_or(item.friendly_name.clone(), super::Address::entity);
    let job = Job::begun(world, vault, item.kind, Task::Backup, &entity, &item.id);
    let mut job = Job { steps: vec![TRANSFER], detail: Some(wanted.word()), asked, ..job };
    let megabytes = if form == Form::Sql { "28.1147" } else { "1186.4766" };
    job.bag_at_end.insert("Data Transferred (in MB)".to_owned(), json!(megabytes));
    let name = job.name.clone();
    let backup =
        Backup { vault: vault.to_owned(), item: item.key(), wanted, expires, asked, job: name.clone() };
    let seconds = wanted.seconds(form.engine());
    job::runs(world, vault, job, seconds, Effect::DatabaseBackedUp(Box::new(backup)));
    name
}

/// The time of a backup has come.
pub(in crate::recovery_services) fn happens(world: &mut World, backup: Backup, at: Timestamp) {
    if !job::goes_on(world, &backup.vault, &backup.job) {
        return;
    }
    let began = job::found(world, &backup.vault, &backup.job).map_or(at, |job| job.started);
    let outcome =
        carried_out(world, &backup.vault, &backup.item, backup.wanted, backup.expires, backup.asked, began);
    let ending = match outcome {
        Ok(()) => Ending::Completed,
        Err(trouble) => Ending::Failed(trouble),
    };
    job::ends(world, &backup.vault, &backup.job, at, ending);
}

/// A scheduled log backup: done or failed at once.
pub(super) fn log(world: &mut World, vault: &str, item: &str, expires: Timestamp) {
    let began = world.now();
    carried_out(world, vault, item, BackupType::Log, expires, false, began).ok();
}

/// Makes the point, or says what stood in the way; the item tells of both.
fn carried_out(
    world: &mut World,
    vault: &str,
    key: &str,
    wanted: BackupType,
    expires: Timestamp,
    asked: bool,
    began: Timestamp,
) -> Result<(), Trouble> {
    let item = found(world, vault, key).cloned();
    let Some(item) = item else { return Err(Trouble::named("BackUpOperationFailed")) };
    let told = found_mut(world, vault, key).and_then(|item| item.next_failure.take());
    let trouble = match told {
        Some(code) => Some(Trouble::named(&code)),
        None => readiness::obstacle(world, &item, wanted),
    };
    if let Some(trouble) = trouble {
        if let Some(item) = found_mut(world, vault, key) {
            item.last_backup = Some(Last { began, trouble: Some(trouble.clone()) });
            if wanted == BackupType::Log {
                item.chain.failed(&trouble.code);
            }
        }
        world.touch(key);
        return Err(trouble);
    }
    let point =
        (wanted != BackupType::Log).then(|| Point::of_database(world, &item, wanted, began, expires, asked));
    let now = world.now();
    let Some(item) = found_mut(world, vault, key) else { return Ok(()) };
    item.last_backup = Some(Last { began, trouble: None });
    if matches!(item.state, Protection::IrPending | Protection::Error) {
        item.state = Protection::Protected;
    }
    match point {
        None => item.chain.log(now, expires),
        Some(point) => {
            if wanted == BackupType::Full {
                item.chain.full(point.time);
            }
            let (name, id) = (point.name.clone(), format!("{}/recoveryPoints/{}", item.id, point.name));
            item.points.push(point);
            point::age::next(world, vault, key, &name);
            world.touch(&id);
        }
    }
    world.touch(key);
    Ok(())
}
