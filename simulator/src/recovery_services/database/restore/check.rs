//! What a restore of a database is refused for at once: a point or an instant that is not there, a target that is not registered.

use jiff::Timestamp;

use super::is_of_logs;
use super::request::{Request, To};
use crate::recovery_services::State;
use crate::recovery_services::container;
use crate::recovery_services::database::group;
use crate::recovery_services::item::Item;
use crate::recovery_services::kind::{Form, Kind};
use crate::recovery_services::point::read::no_point;
use crate::recovery_services::point::{Point, Tier, TierStatus};
use crate::recovery_services::refusal::invalid_input;
use crate::wire::ArmError;
use crate::wire::path::key;
use crate::world::World;

/// The point that the restore begins with: the one that is named, or the newest that precedes the instant.
pub(super) fn point(world: &World, item: &Item, named: &str, request: &Request) -> Result<Point, ArmError> {
    let Some(moment) = request.moment else {
        let point = item.points.iter().find(|point| point.name == named).ok_or_else(no_point)?;
        return rehydrated(point, request).cloned();
    };
    // Ranges are told in whole seconds.
    let second = |at: Timestamp| at.as_second();
    let within = |(from, to): &(Timestamp, Timestamp)| second(*from) <= second(moment) && moment <= *to;
    let covered = item.chain.ranges(world.now()).iter().any(within);
    if !covered {
        return Err(invalid_input());
    }
    let before = |point: &&Point| second(point.time) <= second(moment) && point.backup.is_some();
    let found = match is_of_logs(named) {
        true => item.points.iter().filter(before).max_by_key(|point| point.time),
        // Files can be made from a chosen full backup on (azure-cli).
        false if matches!(request.to, To::Files { .. }) => {
            item.points.iter().filter(before).find(|point| point.name == named)
        }
        false => None,
    };
    rehydrated(found.ok_or_else(invalid_input)?, request).cloned()
}

/// What lies in the archive alone must be asked for as such, and nothing else may be.
fn rehydrated<'point>(point: &'point Point, request: &Request) -> Result<&'point Point, ArmError> {
    let archived = point.status(Tier::Archived) == Some(TierStatus::Valid);
    match archived == request.rehydrates {
        true => Ok(point),
        false => Err(invalid_input()),
    }
}

/// The virtual machine that a restore writes to.
pub(super) fn target(world: &World, vault: &str, item: &Item, request: &Request) -> Result<String, ArmError> {
    let container = match &request.to {
        To::Original { .. } => return original(world, vault, item),
        To::Database { container, .. } | To::Files { container, .. } => container,
    };
    let found = container::found(world, vault, container).ok_or_else(invalid_input)?;
    let Kind::Database(form) = item.kind else { return Err(invalid_input()) };
    if !found.found.engines.contains(&form.engine()) {
        return Err(invalid_input());
    }
    let machine = match group::of_container(world, container) {
        Some(group) => group.nodes.first().cloned().unwrap_or_default(),
        None => found.source.clone(),
    };
    let same = request.machine().is_none_or(|named| key(named) == key(&machine));
    if same { Ok(machine) } else { Err(invalid_input()) }
}

/// Snapshots of a HANA system never go back to where they came from (documentation).
fn original(world: &World, vault: &str, item: &Item) -> Result<String, ArmError> {
    let snapshots = item.kind == Kind::Database(Form::HanaInstance);
    let known = State::of(world)
        .vaults
        .get(vault)
        .is_some_and(|vault| vault.containers.contains_key(&item.container().to_ascii_lowercase()));
    if snapshots || !known { Err(invalid_input()) } else { Ok(item.source.clone()) }
}
