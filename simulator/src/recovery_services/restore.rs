//! Restores, in the region of the vault or in its pair: what a kind of item admits is its own affair, how a restore begins is not.

use serde_json::Value;

use super::database::Address;
use super::effect::Effect;
use super::guard::{self, Guarded};
use super::item::write::Place;
use super::item::{Item, found};
use super::job::{self, Job, Task};
use super::kind::Kind;
use super::operation::{self, Operation, Subject};
use super::point::Point;
use super::point::read::named;
use super::refusal::{invalid_input, no_item};
use super::{database, machine, share};
use crate::wire::{Answer, ArmError, Call, json as body_json};
use crate::world::World;

/// A restore as it is asked for.
pub(super) struct Asked<'a> {
    pub(super) place: Place,
    pub(super) item: &'a Item,
    /// The name of the point.
    pub(super) point: &'a str,
    /// The properties of the request.
    pub(super) wanted: &'a Value,
    /// The paired region, of a restore there.
    pub(super) paired: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// The point that is named.
    pub(super) fn point(&self) -> Result<&'a Point, ArmError> {
        self.item.points.iter().find(|point| point.name == self.point).ok_or_else(invalid_input)
    }
}

/// What an admitted restore makes of its job: what the job tells, how many seconds it takes, and what happens then.
pub(super) type Admitted = Box<dyn FnOnce(Job) -> (Job, f64, Effect)>;

/// `POST {point}/restore`.
pub(super) fn begin(world: &mut World, call: &Call) -> Answer {
    let place = Place::of(world, call).map_err(|_| no_item())?;
    if !matches!(place.kind, Kind::Database(_)) {
        // The logs of a database are a point without being one.
        named(world, call)?;
    }
    guard::check(world, call, &place.vault, Guarded::Restore)?;
    let item = found(world, &place.vault, &place.key()).cloned().ok_or_else(no_item)?;
    item.brought_back()?;
    let wanted = body_json::member(call.object()?, "properties").ok_or_else(invalid_input)?;
    let point = call.path.segment(9).unwrap_or_default();
    let (vault, called) = (place.vault.clone(), place.called.clone());
    let admitted = admitted(world, call, Asked { place, item: &item, point, wanted, paired: None })?;
    let operation = Operation::begun(world, Subject::Item, &called, 1.0);
    let entity = item.address.as_ref().map_or(item.friendly_name.clone(), Address::entity);
    let job = Job::begun(world, &vault, item.kind, Task::Restore, &entity, &item.id);
    let operation = operation.of_restore(&job);
    runs(world, &vault, &operation, job, admitted);
    Ok(operation::announced(world, call, operation))
}

/// Refuses a restore that its kind of item does not admit.
pub(super) fn admitted(world: &World, call: &Call, asked: Asked<'_>) -> Result<Admitted, ArmError> {
    match asked.item.kind {
        Kind::Machine => machine::restore::admitted(world, call, asked),
        Kind::Share => share::restore::admitted(world, call, asked),
        Kind::Database(_) => database::restore::admitted(world, call, asked),
    }
}

/// Runs an admitted restore in `job`, if `operation` ever does its work.
pub(super) fn runs(world: &mut World, vault: &str, operation: &Operation, job: Job, admitted: Admitted) {
    if operation.does_its_work() {
        let (job, seconds, effect) = admitted(job);
        job::runs(world, vault, job, seconds, effect);
    }
}
