//! Writing a vault: PUT, PATCH, and the end of a running write.

use axum::http::StatusCode;
use serde_json::Value;

use super::{PROVISIONING_SECONDS, Pending, TYPE, Vault, body, deletion, empty, named, settings};
use crate::data_protection::operation::{self, Action, Headers};
use crate::data_protection::user_error::UserError;
use crate::data_protection::{State, guard};
use crate::wire::call::normalised_location;
use crate::wire::path::key;
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

pub(super) fn put(world: &mut World, call: &Call) -> Answer {
    let id = format!("{}/providers/{TYPE}/{}", call.path.scope, call.path.segment(1).unwrap_or_default());
    let request = call.object()?;
    let location = call.required_location()?;
    let vault = key(&id);
    let existing = State::of(world).vaults.get(&vault).cloned();
    let id = existing.as_ref().map_or(id, |vault| vault.id.clone());
    if let Some(deleted) = call.header("x-ms-deleted-vault-id") {
        return deletion::restore(world, call, &id, deleted);
    }
    well_named(world, &id)?;
    if let Some(existing) = &existing {
        stays_in_region(existing, &location)?;
    }
    settings::check(world, call, existing.as_ref(), request)?;
    guarded(world, call, &vault, request)?;
    let wanted = body::shaped(world, &id, &location, request, existing.as_ref().map(|vault| &vault.body));
    let shown = match &existing {
        Some(existing) => body::updating(&existing.body, &wanted),
        None => body::in_state(body::before_identities(&wanted), "Provisioning"),
    };
    let entry = State::of_mut(world).vaults.entry(vault.clone()).or_insert_with(|| empty(&id));
    entry.body = shown.clone();
    entry.pending = Some(Pending { wanted, before: existing.map(|vault| vault.body) });
    world.touch(&id);
    let operation =
        operation::begin(world, &vault, PROVISIONING_SECONDS, PROVISIONING_SECONDS, Action::VaultWrite);
    Ok(operation::announced(
        world,
        call,
        &operation,
        Headers::StatusOnly,
        Reply::new(StatusCode::CREATED, shown),
    ))
}

/// A guarded vault is weakened only with the guard's consent.
fn guarded(world: &World, call: &Call, vault: &str, request: &Value) -> Result<(), ArmError> {
    let Some(found) = State::of(world).vaults.get(vault) else { return Ok(()) };
    let weakened = guard::weakened(&found.body, request);
    weakened.into_iter().try_for_each(|operation| guard::check(world, call, vault, operation))
}

fn well_named(world: &mut World, id: &str) -> Result<(), ArmError> {
    let name = crate::wire::path::name_of(id);
    let plain = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
    if plain && (2..=50).contains(&name.len()) {
        return Ok(());
    }
    let activity = world.guid();
    let detail = format!("the vault name '{name}' must have 2 to 50 letters, digits and hyphens");
    Err(UserError::invalid_input(detail).refusal(&activity))
}

fn stays_in_region(vault: &Vault, location: &str) -> Result<(), ArmError> {
    let known = normalised_location(&vault.location());
    if known == location {
        return Ok(());
    }
    let name = crate::wire::path::name_of(&vault.id);
    let message = format!(
        "The resource '{name}' already exists in location '{known}'. A resource with the same name cannot be created in location '{location}'."
    );
    Err(ArmError::conflict("InvalidResourceLocation", message))
}

pub(super) fn patch(world: &mut World, call: &Call) -> Answer {
    let vault = named(world, &call.path)?;
    let request = call.object()?;
    if body_json::reach(request, &["properties", "storageSettings"]).is_some() {
        let activity = world.guid();
        return Err(UserError::invalid_input("storageSettings cannot be patched").refusal(&activity));
    }
    let existing = State::of(world).vaults.get(&vault).cloned();
    settings::check(world, call, existing.as_ref(), request)?;
    guarded(world, call, &vault, request)?;
    let Some(existing) = existing else { return Err(ArmError::resource_not_found(TYPE, &vault)) };
    let mut wanted = existing.body.clone();
    body_json::merge(&mut wanted, request);
    let wanted = body::shaped(world, &existing.id, &existing.location(), &wanted, Some(&existing.body));
    let wanted = body::in_state(wanted, "Succeeded");
    if let Some(vault) = State::of_mut(world).vaults.get_mut(&vault) {
        vault.body = wanted.clone();
    }
    world.touch(&existing.id);
    Ok(Reply::ok(wanted))
}

/// The running write of `vault` has ended.
pub(crate) fn provisioned(world: &mut World, vault: &str) {
    let Some(vault) = State::of_mut(world).vaults.get_mut(vault) else { return };
    let written = vault.pending.take().map_or_else(|| vault.body.clone(), |pending| pending.wanted);
    vault.body = body::in_state(written, "Succeeded");
    let id = vault.id.clone();
    world.touch(&id);
}

/// The running write of `vault` has failed.
pub(crate) fn failed(world: &mut World, vault: &str) {
    let Some(vault) = State::of_mut(world).vaults.get_mut(vault) else { return };
    let before = vault.pending.take().and_then(|pending| pending.before);
    vault.body = body::in_state(before.unwrap_or_else(|| vault.body.clone()), "Failed");
    let id = vault.id.clone();
    world.touch(&id);
}
