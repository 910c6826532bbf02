//! Restores in the paired region of a vault: what lies there, the token that opens it, the restore, and its job, which is told of
//! there alone (official; azure-cli: that a job is not found for its first ten seconds).

use std::convert::identity;

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::filter::Filter;
use super::item::write::Place;
use super::item::{Item, found};
use super::job::{Job, Task};
use super::kind::Kind;
use super::machine::job::american;
use super::operation::{self, Operation, Outcome, Subject};
use super::point::read::{FILTERS, named, no_point};
use super::point::{Point, Tier, TierStatus};
use super::refusal::{bad_request, invalid_input, no_item, refusal};
use super::restore::{self, Asked};
use super::{State, database, page};
use crate::backup::region::paired;
use crate::identity::TENANT;
use crate::wire::call::normalised_location;
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, Call, Position, Reply, json as body_json, version};
use crate::world::World;

/// The api-versions of the paired region's own interface.
const VERSIONS: [&str; 3] = ["2018-12-20", "2021-11-15", "2023-01-15"];

/// For so long after its beginning a job is not found.
const HIDDEN_SECONDS: f64 = 10.0;

/// Whether a call is about the paired region.
pub(super) fn is_meant(call: &Call) -> bool {
    VERSIONS.contains(&call.api_version()) && call.raw_path.ends_with('/')
}

/// The region that a vault is restored in besides its own.
fn region(world: &World, vault: &str) -> Result<&'static str, ArmError> {
    let found = State::of(world).vaults.get(vault).ok_or_else(no_item)?;
    let on = body_json::text(&found.body, &["properties", "redundancySettings", "crossRegionRestore"])
        == Some("Enabled");
    let location = body_json::text(&found.body, &["location"]).map(normalised_location).unwrap_or_default();
    paired(&location).filter(|_| on).ok_or_else(|| {
        let message = "Cross Region Restore is not enabled in this vault.";
        bad_request("BMSUserErrorCrossRegionRestoreNotEnabledInThisVault", message)
    })
}

/// `GET {item}/recoveryPoints/`: what is in the vault of the paired region, which has no snapshots.
pub(super) fn points(world: &World, call: &Call) -> Answer {
    let place = Place::of(world, call).map_err(|_| no_item())?;
    region(world, &place.vault)?;
    let item = found(world, &place.vault, &place.key()).ok_or_else(no_item)?;
    let there = item.points.iter().filter(|point| point.status(Tier::Hardened) == Some(TierStatus::Valid));
    let shown = there.map(|point| {
        let mut point = point.clone();
        point.tiers.retain(|(tier, _)| *tier == Tier::Hardened);
        (Position::oldest_first(point.time, &point.name), point.body(item, call.api_version()))
    });
    let query = Filter::of(call, &FILTERS)?;
    let query = query.get("restorePointQueryType");
    if !matches!(item.kind, Kind::Database(_)) {
        return Ok(page::asked(call)?.sorted(shown, identity));
    }
    let logs = database::point::logs(item, world.now()).filter(|_| database::point::is_asked(query, None));
    let logs = logs.map(|logs| (Position::last(database::point::LOGS), logs));
    let backups = shown.filter(|_| query != Some("Log"));
    Ok(page::asked(call)?.sorted(backups.chain(logs), identity))
}

/// `POST {point}/accessToken`, whose answer is a secret.
pub(super) fn token(world: &mut World, call: &Call) -> Answer {
    version::check(call, Some(&VERSIONS))?;
    let (place, item, point) = opened(world, call)?;
    region(world, &place.vault)?;
    let principal = body_json::text(call.object()?, &["properties", "servicePrincipalObjectId"]);
    principal.filter(|principal| !principal.is_empty()).ok_or_else(invalid_input)?;
    let vault = State::of(world).vaults.get(&place.vault).ok_or_else(no_item)?;
    let mut body = point.body(item, call.api_version());
    let properties = json!({
        "objectType": match item.kind {
            Kind::Database(_) => "WorkloadCrrAccessToken",
            Kind::Machine | Kind::Share => "CrrAccessToken",
        },
        "subscriptionId": crate::wire::path::subscription_of(&vault.id),
        "resourceGroupName": crate::wire::path::group_of(&vault.id),
        "resourceName": name_of(&vault.id),
        "resourceId": item.data_id.to_string(),
        "recoveryPointId": point.name,
        "recoveryPointTime": american(point.time),
        "containerName": item.container_shown(),
        "containerType": match item.kind {
            Kind::Machine => "IaasVMContainer",
            Kind::Share => "StorageContainer",
            Kind::Database(_) => "VMAppContainer",
        },
        "backupManagementType": item.kind.management(),
        "datasourceType": item.kind.workload(),
        "datasourceName": item.friendly_name,
        "datasourceId": item.data_id.to_string(),
        "datasourceContainerName": item.container_shown(),
        "protectionContainerId": item.container(),
        "coordinatorServiceStampUri": "https://pod01-coord1.backup.windowsazure.com",
        "protectionServiceStampUri": "https://pod01-prot1.backup.windowsazure.com",
        "tokenExtendedInformation": "<IaaSVMRecoveryPointMetadataBase/>",
        "rpTierInformation": { "HardenedRP": "Valid" },
    });
    let tied = format!("{}|{}", item.key(), call.path.segment(9).unwrap_or_default());
    body_json::set(&mut body, &["properties"], properties);
    let text = format!("{}{}", world.guid(), world.guid());
    body_json::set(&mut body, &["properties", "accessTokenString"], json!(text));
    State::of_mut(world).tokens.insert(text, tied);
    Ok(Reply::ok(body))
}

/// The point that a token opens; the newest one for that of the logs, which begins a chain of them.
fn opened<'world>(
    world: &'world World,
    call: &Call,
) -> Result<(Place, &'world Item, &'world Point), ArmError> {
    if !call.path.is(9, database::point::LOGS) {
        return named(world, call);
    }
    let place = Place::of(world, call).map_err(|_| no_item())?;
    let item = found(world, &place.vault, &place.key()).ok_or_else(no_item)?;
    let newest = item.points.iter().max_by_key(|point| point.time).ok_or_else(no_point)?;
    Ok((place, item, newest))
}

/// Calls below the paired region.
pub(super) fn act(world: &mut World, call: &Call) -> Answer {
    version::check(call, Some(&VERSIONS))?;
    let noun = call.path.segment(2).unwrap_or_default().to_ascii_lowercase();
    match (&call.method, noun.as_str(), call.path.rest.len()) {
        (&Method::GET, "backupaadproperties", 3) => Ok(properties(call)),
        (&Method::POST, "backupcrossregionrestore", 3) => begin(world, call),
        (&Method::GET, "backupcrroperationsstatus", 4) => operation::status(world, call),
        (&Method::GET, "backupcrroperationresults", 4) => operation::result(world, call),
        (&Method::POST, "backupcrrjobs", 3) => jobs(world, call, None),
        (&Method::POST, "backupcrrjob", 3) => {
            let name = body_json::text(call.object()?, &["jobName"]).ok_or_else(invalid_input)?.to_owned();
            jobs(world, call, Some(&name))
        }
        _ => Err(ArmError::unknown_type(super::NAMESPACE, &format!("locations/{noun}"))),
    }
}

/// Whom the token is for.
fn properties(call: &Call) -> Reply {
    let region = call.path.segment(1).unwrap_or_default();
    Reply::ok(json!({
        "id": call.path.scope,
        "properties": {
            "tenantId": TENANT,
            "audience": format!("https://RecoveryServices/IaasCoord/aadmgmt/{region}"),
            "servicePrincipalObjectId": "5ecd8123-cf74-4037-83e9-9246b227b351",
        },
    }))
}

/// `POST .../backupCrossRegionRestore`.
fn begin(world: &mut World, call: &Call) -> Answer {
    let body = call.object()?;
    let access = body_json::member(body, "crossRegionRestoreAccessDetails").ok_or_else(invalid_input)?;
    let token = body_json::text(access, &["accessTokenString"]).unwrap_or_default();
    let tied = State::of(world).tokens.get(token).cloned().ok_or_else(invalid_input)?;
    let (item, point) = tied.split_once('|').ok_or_else(invalid_input)?;
    let vault = item.split("/backupfabrics/").next().unwrap_or_default().to_owned();
    let there = region(world, &vault)?;
    let asked = normalised_location(call.path.segment(1).unwrap_or_default());
    let wanted = body_json::member(body, "restoreRequest").ok_or_else(invalid_input)?;
    let item = found(world, &vault, item).cloned().ok_or_else(no_item)?;
    if asked != there {
        return Err(invalid_input());
    }
    let place = Place::at(&vault, &item.id).ok_or_else(invalid_input)?;
    let admitted =
        restore::admitted(world, call, Asked { place, item: &item, point, wanted, paired: Some(there) })?;
    let below = format!("{}/providers/{}/locations/{asked}", call.path.scope, super::NAMESPACE);
    let operation = Operation::begun(world, Subject::Abroad, &below, 20.0);
    let name = BASE64_STANDARD.encode(format!("{};{}", item.data_id, operation.name));
    let job = Job::begun(world, &vault, item.kind, Task::CrossRegionRestore, &item.friendly_name, &item.id);
    let operation = operation.named(&padded(&name)).with(Outcome::Job(job.name.clone()));
    restore::runs(world, &vault, &operation, job, admitted);
    Ok(operation::announced(world, call, operation))
}

/// Operations there have names that end in two marks, which a client must not lose.
fn padded(name: &str) -> String {
    format!("{}==", name.trim_end_matches('='))
}

/// The jobs of a vault that run there.
fn jobs(world: &World, call: &Call, name: Option<&str>) -> Answer {
    let vault = key(body_json::text(call.object()?, &["resourceId"]).ok_or_else(invalid_input)?);
    let (now, speed) = (world.now(), world.clock.speed());
    let is_known = |job: &Job| {
        job.task == Task::CrossRegionRestore
            && now.duration_since(job.started).as_secs_f64() * speed >= HIDDEN_SECONDS
    };
    let found = State::of(world).vaults.get(&vault).into_iter();
    match name {
        None => {
            let page = page::asked(call)?;
            let jobs = found.flat_map(|vault| page.rest(&vault.jobs)).filter(|(_, job)| is_known(job));
            Ok(page.of(jobs, |job| job.listed(now, speed, call.api_version())))
        }
        Some(name) => {
            let mut known = found.flat_map(|vault| vault.jobs.values()).filter(|job| is_known(job));
            let job = known.find(|job| job.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
                refusal(StatusCode::NOT_FOUND, "ResourceNotFound", "The job could not be found.")
            })?;
            Ok(Reply::ok(job.body(now, speed, call.api_version())))
        }
    }
}
