//! Calls below a region: name availability, feature support, operations.

use serde_json::json;

use super::restore::cross_region;
use super::{NAMESPACE, State, policy, vault};
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// `POST .../locations/{location}/{action}`.
pub(crate) fn act(world: &mut World, call: &Call, action: &str) -> Answer {
    match action.to_ascii_lowercase().as_str() {
        "checknameavailability" => name_availability(world, call),
        "checkfeaturesupport" => feature_support(call),
        "fetchsecondaryrecoverypoints" => cross_region::points(world, call),
        "validatecrossregionrestore" => cross_region::restore(world, call, true),
        "crossregionrestore" => cross_region::restore(world, call, false),
        "fetchcrossregionrestorejobs" => cross_region::jobs(world, call, false),
        "fetchcrossregionrestorejob" => cross_region::jobs(world, call, true),
        _ => Err(ArmError::unknown_type(NAMESPACE, &format!("locations/{action}"))),
    }
}

fn feature_support(call: &Call) -> Answer {
    let request = call.object()?;
    let asked = body_json::text(request, &["featureName"]);
    // Without a name, every kind of datasource is told of.
    let names: Vec<&str> =
        asked.map_or_else(|| policy::rule::datasource_types().collect(), |name| vec![name]);
    let feature = |name: &str| json!({ "featureName": name, "supportStatus": "GenerallyAvailable", "exposureControlledFeatures": [] });
    Ok(Reply::ok(json!({
        "objectType": "FeatureValidationResponse",
        "featureType": body_json::text(request, &["featureType"]).unwrap_or("DataSourceType"),
        "features": names.into_iter().map(feature).collect::<Vec<_>>(),
    })))
}

/// `checkNameAvailability` of a region.
fn name_availability(world: &World, call: &Call) -> Answer {
    let name = body_json::text(call.object()?, &["name"]).unwrap_or_default();
    let id = format!("{}/providers/{}/{name}", call.path.scope, vault::TYPE);
    let taken = State::of(world).vaults.contains_key(&key(&id));
    Ok(Reply::ok(if taken {
        json!({ "nameAvailable": false, "reason": "AlreadyExists", "message": format!("A Backup vault named '{name}' already exists.") })
    } else {
        json!({ "nameAvailable": true, "reason": null, "message": null })
    }))
}
