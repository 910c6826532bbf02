//! Putting an estate into the world.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::authorization::role;
use crate::estate::{Estate, EstateAssignment, EstateResource, EstateVault};
use crate::wire::path::{group_id_of, key, name_of};
use crate::wire::{ArmError, json as body_json};
use crate::world::World;
use crate::{authorization, data_protection, event_grid, resources};

/// Places everything of `estate`, in an order in which each part finds what it refers to.
pub(crate) fn apply(world: &mut World, estate: &Estate) -> anyhow::Result<()> {
    world.settings.subscriptions.clone_from(&estate.subscriptions);
    world.settings.denials.clone_from(&estate.deny_role_assignments);
    set(world, estate);
    for (subscription, tags) in &estate.subscription_tags {
        let id = key(&format!("/subscriptions/{subscription}"));
        world.subscription_tags.insert(id, json!({ "tags": tags }));
    }
    for group in &estate.resource_groups {
        resources::create_group(world, &group.id, &group.location, Some(json!(group.tags)));
    }
    for vault in &estate.vaults {
        place_vault(world, vault)?;
    }
    for policy in &estate.policies {
        let vault = vault_named(world, &policy.vault)?;
        let request = json!({ "properties": policy.properties });
        data_protection::create_policy(world, &vault, &policy.name, &request)
            .map_err(|error| refused(&error))
            .with_context(|| format!("policy '{}' of the estate", policy.name))?;
    }
    for resource in &estate.resources {
        place_resource(world, resource)?;
    }
    for assignment in &estate.role_assignments {
        place_assignment(world, assignment)?;
    }
    for subscription in &estate.event_subscriptions {
        let id = format!(
            "{}/providers/Microsoft.EventGrid/eventSubscriptions/{}",
            subscription.scope, subscription.name
        );
        event_grid::place(world, &id, &json!({ "properties": subscription.properties }))
            .map_err(|error| refused(&error))
            .with_context(|| format!("event subscription '{}' of the estate", subscription.name))?;
    }
    if let Some(knobs) = estate.delivery {
        world.events.knobs = knobs;
    }
    // Set last, so that the graph knows at once what is there from the start.
    crate::resource_graph::refresh(world, jiff::Timestamp::MAX);
    if let Some(seconds) = estate.paired_job_lag_seconds {
        world.settings.paired_job_lag_seconds = seconds;
    }
    if let Some(seconds) = estate.graph_lag_seconds {
        world.settings.graph_lag_seconds = seconds;
    }
    Ok(())
}

/// Takes over the settings that an estate gives.
fn set(world: &mut World, estate: &Estate) {
    let settings = &mut world.settings;
    settings.action_denials.clone_from(&estate.deny_actions);
    settings.policy_denials.clone_from(&estate.policy_denials);
    settings.propagation_seconds = estate.propagation_seconds.unwrap_or(settings.propagation_seconds);
    settings.recheck_seconds = estate.recheck_seconds.unwrap_or(settings.recheck_seconds);
    settings.scheduled_backups = estate.scheduled_backups;
    settings.odd_casing = estate.odd_casing;
    settings.instance_limit = estate.instance_limit.unwrap_or(settings.instance_limit);
    settings.policy_limit = estate.policy_limit.unwrap_or(settings.policy_limit);
    settings.role_assignment_limit = estate.role_assignment_limit.unwrap_or(settings.role_assignment_limit);
}

fn refused(error: &ArmError) -> anyhow::Error {
    let detail = error
        .envelope
        .as_ref()
        .and_then(|envelope| {
            envelope.pointer("/additionalInfo/0/info/innerError/additionalInfo/DetailedNonLocalisedMessage")
        })
        .and_then(Value::as_str);
    anyhow::anyhow!("{}: {}", error.code, detail.unwrap_or(&error.message))
}

fn require_group(world: &World, id: &str) -> anyhow::Result<()> {
    let Some(group) = group_id_of(id) else { bail!("'{id}' lies in no resource group") };
    if !world.groups.contains_key(&key(&group)) {
        bail!("'{id}' lies in the resource group '{group}', which the estate does not list");
    }
    Ok(())
}

fn place_vault(world: &mut World, vault: &EstateVault) -> anyhow::Result<()> {
    require_group(world, &vault.id)?;
    let mut request = json!({
        "properties": {
            "storageSettings": [{ "datastoreType": "VaultStore", "type": vault.redundancy }],
            "securitySettings": { "softDeleteSettings": { "state": vault.soft_delete, "retentionDurationInDays": 14.0 } },
        },
    });
    if !vault.tags.is_empty() {
        body_json::set(&mut request, &["tags"], json!(vault.tags));
    }
    if let Some(state) = &vault.immutability {
        let path = ["properties", "securitySettings", "immutabilitySettings", "state"];
        body_json::set(&mut request, &path, json!(state));
    }
    if vault.cross_region_restore {
        let path = ["properties", "featureSettings", "crossRegionRestoreSettings", "state"];
        body_json::set(&mut request, &path, json!("Enabled"));
    }
    if vault.identity {
        body_json::set(&mut request, &["identity"], json!({ "type": "SystemAssigned" }));
    }
    data_protection::create_vault(world, &vault.id, &vault.location, &request);
    Ok(())
}

/// The key of the vault with this id or name.
fn vault_named(world: &World, vault: &str) -> anyhow::Result<String> {
    let mut matching = world
        .vaults
        .iter()
        .filter(|(id, found)| **id == key(vault) || name_of(&found.id).eq_ignore_ascii_case(vault));
    let found = matching.next().with_context(|| format!("the estate lists no vault '{vault}'"))?;
    if matching.next().is_some() {
        bail!("the estate lists several vaults named '{vault}'; refer to it by its id");
    }
    Ok(found.0.clone())
}

fn place_resource(world: &mut World, resource: &EstateResource) -> anyhow::Result<()> {
    require_group(world, &resource.id)?;
    let mut request = json!({ "properties": resource.properties.clone().unwrap_or_else(|| json!({})) });
    let parts = [
        ("location", resource.location.as_ref().map(|location| json!(location))),
        ("kind", resource.kind.as_ref().map(|kind| json!(kind))),
        ("sku", resource.sku.clone()),
        ("identity", resource.identity.clone()),
        ("tags", (!resource.tags.is_empty()).then(|| json!(resource.tags))),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            body_json::set(&mut request, &[name], part);
        }
    }
    resources::place(world, &resource.id, request);
    Ok(())
}

/// The object id that `text` means.
fn principal(world: &World, text: &str) -> anyhow::Result<String> {
    if let Some(vault) = text.strip_prefix("vault:") {
        let vault = vault_named(world, vault)?;
        let principal = world.vaults.get(&vault).and_then(data_protection::Vault::principal);
        return principal.with_context(|| format!("the vault '{}' has no identity", name_of(&vault)));
    }
    let Some(id) = text.strip_prefix("resource:") else { return Ok(text.to_owned()) };
    let body =
        world.resources.get(&key(id)).with_context(|| format!("the estate lists no resource '{id}'"))?;
    let own = body_json::text(body, &["identity", "principalId"]);
    let of_extension = || body_json::text(body, &["properties", "aksAssignedIdentity", "principalId"]);
    let principal = own.or_else(of_extension).map(str::to_owned);
    principal.with_context(|| format!("the resource '{id}' has no identity"))
}

fn place_assignment(world: &mut World, assignment: &EstateAssignment) -> anyhow::Result<()> {
    let role = role::named(&assignment.role)
        .with_context(|| format!("the role '{}' is unknown", assignment.role))?;
    let principal = principal(world, &assignment.principal)?;
    let kind = assignment.principal_type.as_deref().unwrap_or("ServicePrincipal");
    authorization::grant(world, &assignment.scope, &principal, kind, role);
    Ok(())
}
