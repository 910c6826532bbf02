//! Reading recovery points: one, and the list, the newest first.

use axum::http::StatusCode;
use serde_json::Value;

use super::Point;
use crate::recovery_services::filter::Filter;
use crate::recovery_services::item::write::Place;
use crate::recovery_services::item::{Item, found};
use crate::recovery_services::job::list::instant;
use crate::recovery_services::kind::Kind;
use crate::recovery_services::refusal::{no_item, refusal};
use crate::recovery_services::{database, page};
use crate::wire::{Answer, ArmError, Call, Position, Reply};
use crate::world::World;

pub(in crate::recovery_services) const FILTERS: [&str; 4] =
    ["startDate", "endDate", "restorePointQueryType", "extendedInfo"];

/// What a list of points has.
enum Listed<'item> {
    Point(&'item Point),
    Logs(Value),
}

/// `GET {item}/recoveryPoints`.
pub(in crate::recovery_services) fn list(world: &World, call: &Call) -> Answer {
    let place = Place::of(world, call).map_err(|_| no_item())?;
    let item = found(world, &place.vault, &place.key()).ok_or_else(no_item)?;
    let filter = Filter::of(call, &FILTERS)?;
    let from = filter.get("startDate").map(instant).transpose()?;
    let until = filter.get("endDate").map(instant).transpose()?;
    let query = filter.get("restorePointQueryType");
    let kept = |point: &&Point| {
        let asked = match item.kind {
            Kind::Database(_) => database::point::is_asked(query, point.backup),
            Kind::Machine | Kind::Share => true,
        };
        asked && from.is_none_or(|from| point.time >= from) && until.is_none_or(|until| point.time <= until)
    };
    let extended = filter.get("extendedInfo").is_some_and(|word| word.eq_ignore_ascii_case("true"));
    let points = item.points.iter().filter(kept);
    let points = points.map(|point| (Position::newest_first(point.time, &point.name), Listed::Point(point)));
    let has_logs = matches!(item.kind, Kind::Database(_)) && database::point::is_asked(query, None);
    let logs = has_logs.then(|| database::point::logs(item, world.now())).flatten();
    let logs = logs.map(|logs| (Position::last(database::point::LOGS), Listed::Logs(logs)));
    Ok(page::asked(call)?.sorted(points.chain(logs), |listed| match listed {
        Listed::Point(point) if extended => point.extended(item, call.api_version()),
        Listed::Point(point) => point.body(item, call.api_version()),
        Listed::Logs(logs) => logs,
    }))
}

/// `GET {item}/recoveryPoints/{point}`.
pub(in crate::recovery_services) fn get(world: &World, call: &Call) -> Answer {
    let place = Place::of(world, call).map_err(|_| no_item())?;
    let item = found(world, &place.vault, &place.key()).ok_or_else(no_item)?;
    let of_logs = call.path.is(9, database::point::LOGS) && matches!(item.kind, Kind::Database(_));
    if let Some(logs) = database::point::logs(item, world.now()).filter(|_| of_logs) {
        return Ok(Reply::ok(logs));
    }
    let (_, item, point) = named(world, call)?;
    Ok(Reply::ok(point.extended(item, call.api_version())))
}

/// The item and the point that the path of `call` names.
pub(in crate::recovery_services) fn named<'world>(
    world: &'world World,
    call: &Call,
) -> Result<(Place, &'world Item, &'world Point), ArmError> {
    let place = Place::of(world, call).map_err(|_| no_item())?;
    let item = found(world, &place.vault, &place.key()).ok_or_else(no_item)?;
    let name = call.path.segment(9).unwrap_or_default();
    let point = item.points.iter().find(|point| point.name == name).ok_or_else(no_point)?;
    Ok((place, item, point))
}

/// There is no such point (documentation: the code).
pub(in crate::recovery_services) fn no_point() -> ArmError {
    let message = "The recovery point could not be found. It may have been deleted.";
    refusal(StatusCode::NOT_FOUND, "UserErrorInstantRpNotFound", message)
}
