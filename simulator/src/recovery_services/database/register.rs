//! Registering a virtual machine with database servers, which takes its twelve minutes (recorded).

use super::{Engine, guest, inquire};
use crate::authorization::permission;
use crate::recovery_services::State;
use crate::recovery_services::container::registration::{self, Asked};
use crate::recovery_services::container::{self, Container};
use crate::recovery_services::effect::Effect;
use crate::recovery_services::machine::readiness;
use crate::recovery_services::name::Holder;
use crate::recovery_services::operation;
use crate::recovery_services::refusal::{invalid_configuration, invalid_input};
use crate::recovery_services::trouble::Trouble;
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, json as body_json};
use crate::world::World;

const FIRST_SECONDS: f64 = 755.0;
const AGAIN_SECONDS: f64 = 480.0;

/// A registration that has begun.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Registration {
    vault: String,
    id: String,
    machine: String,
    engine: Engine,
    operation: String,
}

/// `PUT {fabric}/protectionContainers/{container}` of a virtual machine.
pub(in crate::recovery_services) fn put(world: &mut World, call: &Call) -> Answer {
    let asked = Asked::read(world, call)?;
    let (machine, engine) = admitted(world, call, &asked)?;
    let known = container::found(world, &asked.vault, &asked.name.key()).is_some();
    let seconds = match body_json::text(&asked.properties, &["operationType"]) {
        None | Some("" | "Register") => FIRST_SECONDS,
        Some("Reregister") if known => AGAIN_SECONDS,
        Some(_) => return Err(invalid_input()),
    };
    Ok(registration::begun(world, call, &asked, seconds, |id, operation| {
        let vault = asked.vault.clone();
        Effect::ServerRegistered(Box::new(Registration { vault, id, machine, engine, operation }))
    }))
}

/// The machine that is to be registered, and for what. One of another region or subscription, or registered with another vault,
/// is refused (documentation; the code is the general one).
fn admitted(world: &World, call: &Call, asked: &Asked) -> Result<(String, Engine), ArmError> {
    let Asked { vault, name, properties } = asked;
    let text = |name: &str| body_json::text(properties, &[name]).unwrap_or_default();
    let machine = text("sourceResourceId").trim_end_matches('/');
    let of_server = name.holder == Holder::Server
        && text("containerType").eq_ignore_ascii_case("VMAppContainer")
        && text("backupManagementType").eq_ignore_ascii_case("AzureWorkload");
    if !of_server || !name.is_of(machine) {
        return Err(invalid_configuration());
    }
    let engine = match text("workloadType") {
        "SQLDataBase" => Engine::Sql,
        "SAPHanaDatabase" => Engine::Hana,
        _ => return Err(invalid_input()),
    };
    permission::linked_to(world, call, machine, "write")?;
    readiness::admitted(world, vault, machine)?;
    if container::registered_in(world, Holder::Server, machine).is_some_and(|other| other != *vault) {
        return Err(invalid_input());
    }
    let found = world.arm.resources.get(&key(machine));
    let spelled = found.and_then(|body| body_json::text(body, &["id"]));
    Ok((spelled.unwrap_or(machine).to_owned(), engine))
}

/// The machine is registered, unless it is gone or off, and what is in it is known.
pub(in crate::recovery_services) fn happens(world: &mut World, registration: Registration) {
    let Registration { vault, id, machine, engine, operation } = registration;
    let trouble = match world.arm.resources.get(&key(&machine)) {
        None => Some("UserErrorVmNotFoundV2"),
        Some(body) if !readiness::is_running(body) => Some("VMNotInRunningStateUserError"),
        Some(body) if !readiness::has_agent(body) => Some("UserErrorGuestAgentStatusUnavailable"),
        Some(_) => None,
    };
    if let Some(code) = trouble {
        return operation::fails(world, &operation, Trouble::named(code));
    }
    let host = guest::of(world, &machine).host;
    let name = crate::wire::path::name_of(&id).to_ascii_lowercase();
    let Some(found) = State::of_mut(world).vaults.get_mut(&vault) else { return };
    let made = || Container::new(id, Holder::Server, &machine);
    let container = found.containers.entry(name.clone()).or_insert_with(made);
    container.found.host = host;
    if !container.found.engines.contains(&engine) {
        container.found.engines.push(engine);
    }
    inquire::happens(world, &vault, &name);
}
