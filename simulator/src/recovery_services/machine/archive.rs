//! Moving points to the archive, and which of them are worth it (official; documentation: half a year more to live).

use jiff::Timestamp;
use serde_json::json;

use crate::recovery_services::effect::Effect;
use crate::recovery_services::item::found;
use crate::recovery_services::item::found_mut;
use crate::recovery_services::item::write::Place;
use crate::recovery_services::job::{self, Ending, Job, Task};
use crate::recovery_services::operation::{self, Operation, Outcome, Subject};
use crate::recovery_services::page;
use crate::recovery_services::point::read::named;
use crate::recovery_services::point::{Tier, TierStatus};
use crate::recovery_services::refusal::{bad_request, invalid_input, no_item};
use crate::recovery_services::trouble::Trouble;
use crate::wire::{Answer, Call, Position, json as body_json};
use crate::world::World;

/// A move takes hours.
const SECONDS: f64 = 4.0 * 3600.0;

/// A point that moves.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Move {
    place: Place,
    point: String,
    job: String,
}

/// `POST {point}/move`.
pub(in crate::recovery_services) fn begin(world: &mut World, call: &Call) -> Answer {
    let (place, item, point) = named(world, call)?;
    item.brought_back()?;
    let body = call.object()?;
    let text = |name: &str| body_json::text(body, &[name]).unwrap_or_default();
    if text("sourceTierType") != "HardenedRP" || text("targetTierType") != "ArchivedRP" {
        return Err(invalid_input());
    }
    if !point.is_archivable() {
        let message = "Recovery point cannot be moved to Archive tier due to insufficient retention duration specified in policy.";
        return Err(bad_request("UserErrorRecoveryPointNotReadyForMove", message));
    }
    let (kind, entity, id, name) =
        (item.kind, item.friendly_name.clone(), item.id.clone(), point.name.clone());
    let operation = Operation::begun(world, Subject::Item, &place.called, 1.0);
    let job = Job::begun(world, &place.vault, kind, Task::Move, &entity, &id);
    let operation = operation.with(Outcome::Job(job.name.clone()));
    if operation.does_its_work() {
        let vault = place.vault.clone();
        let moved = Move { place, point: name, job: job.name.clone() };
        job::runs(world, &vault, job, SECONDS, Effect::PointMoved(Box::new(moved)));
    }
    Ok(operation::announced(world, call, operation))
}

/// The point is in the archive and nowhere else, unless it has expired meanwhile or has gone with its item.
pub(in crate::recovery_services) fn happens(world: &mut World, moved: Move, at: Timestamp) {
    if !job::goes_on(world, &moved.place.vault, &moved.job) {
        return;
    }
    let item = found_mut(world, &moved.place.vault, &moved.place.key());
    let point = item.and_then(|item| item.points.iter_mut().find(|one| one.name == moved.point));
    let ending = match point {
        Some(point) => {
            point.tiers = vec![(Tier::Archived, TierStatus::Valid)];
            Ending::Completed
        }
        None => Ending::Failed(Trouble::named("UserErrorGenericResourceNotFound")),
    };
    job::ends(world, &moved.place.vault, &moved.job, at, ending);
}

/// `POST {item}/recoveryPointsRecommendedForMove`.
pub(in crate::recovery_services) fn recommended(world: &World, call: &Call) -> Answer {
    let place = Place::of(world, call).map_err(|_| no_item())?;
    let item = found(world, &place.vault, &place.key()).ok_or_else(no_item)?;
    let body = call.object()?;
    if body_json::text(body, &["objectType"]) != Some("ListRecoveryPointsRecommendedForMoveRequest") {
        return Err(invalid_input());
    }
    let excluded = body_json::list(body, &["excludedRPList"]);
    let worth =
        item.points.iter().filter(|point| point.is_archivable() && !excluded.contains(&json!(point.name)));
    let worth = worth.map(|point| (Position::oldest_first(point.time, &point.name), point));
    Ok(page::asked(call)?.sorted(worth, |point| point.body(item, call.api_version())))
}
