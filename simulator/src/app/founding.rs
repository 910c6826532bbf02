//! Putting an estate into the world.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use crate::authorization::role;
use crate::backup::identity;
use crate::estate::{Estate, EstateAssignment, EstatePolicy, EstateResource, EstateVault};
use crate::event_grid::EventGrid;
use crate::wire::path::{group_id_of, key, name_of};
use crate::wire::{ArmPath, json as body_json};
use crate::world::World;
use crate::{authorization, event_grid, resource_graph, resources};

/// Places everything of `estate`, in an order in which each part finds what it refers to.
pub(crate) fn apply(world: &mut World, estate: &Estate) -> anyhow::Result<()> {
    world.settings.subscriptions.clone_from(&estate.subscriptions);
    world.settings.denials.clone_from(&estate.deny_role_assignments);
    set(world, estate);
    for (subscription, tags) in &estate.subscription_tags {
        let id = key(&format!("/subscriptions/{subscription}"));
        *world.arm.subscription_tags(&id) = json!({ "tags": tags });
    }
    for group in &estate.resource_groups {
        resources::create_group(world, &group.id, &group.location, Some(json!(group.tags)));
    }
    for vault in &estate.vaults {
        place_vault(world, vault)?;
    }
    for policy in &estate.policies {
        place_policy(world, policy)?;
    }
    for resource in &estate.resources {
        place_resource(world, resource)?;
    }
    for resource in &estate.resources {
        resources::attach(world, &resource.id);
    }
    place_databases(world, estate)?;
    for assignment in &estate.role_assignments {
        place_assignment(world, assignment)?;
    }
    for subscription in &estate.event_subscriptions {
        let id = format!(
            "{}/providers/Microsoft.EventGrid/eventSubscriptions/{}",
            subscription.scope, subscription.name
        );
        event_grid::place(world, &id, &json!({ "properties": subscription.properties }))
            .map_err(|error| anyhow::anyhow!("{}: {}", error.code, error.message))
            .with_context(|| format!("event subscription '{}' of the estate", subscription.name))?;
    }
    if let Some(knobs) = estate.delivery {
        EventGrid::of_mut(world).knobs = knobs;
    }
    // Set last, so that the graph knows at once what is there from the start.
    resource_graph::refresh(world, jiff::Timestamp::MAX);
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
    settings.management_groups.clone_from(&estate.management_groups);
    settings.azure_policy.clone_from(&estate.azure_policy);
    settings.action_denials.clone_from(&estate.deny_actions);
    settings.policy_denials.clone_from(&estate.policy_denials);
    settings.propagation_seconds = estate.propagation_seconds.unwrap_or(settings.propagation_seconds);
    settings.recheck_seconds = estate.recheck_seconds.unwrap_or(settings.recheck_seconds);
    settings.scheduled_backups = estate.scheduled_backups;
    settings.odd_casing = estate.odd_casing;
    settings.numbered_disks.clone_from(&estate.numbered_disks);
    settings.instance_limit = estate.instance_limit.unwrap_or(settings.instance_limit);
    settings.policy_limit = estate.policy_limit.unwrap_or(settings.policy_limit);
    settings.machines_of_other_subscriptions = estate.machines_of_other_subscriptions;
    settings.role_assignment_limit = estate.role_assignment_limit.unwrap_or(settings.role_assignment_limit);
}

fn require_group(world: &World, id: &str) -> anyhow::Result<()> {
    let Some(group) = group_id_of(id) else { bail!("'{id}' lies in no resource group") };
    if !world.arm.groups.contains_key(&key(&group)) {
        bail!("'{id}' lies in the resource group '{group}', which the estate does not list");
    }
    Ok(())
}

fn place_vault(world: &mut World, vault: &EstateVault) -> anyhow::Result<()> {
    require_group(world, &vault.id)?;
    let path = ArmPath::parse(&vault.id).with_context(|| format!("'{}' is not an ARM id", vault.id))?;
    let mut providers = world.providers().iter();
    let Some(provider) = providers.find(|provider| path.namespace_is(provider.namespace())) else {
        bail!("'{}' is not a vault", vault.id);
    };
    if let Some(limit) = vault.instance_limit {
        world.settings.instance_limits.insert(key(&vault.id), limit);
    }
    provider.place_vault(world, vault)
}

fn place_policy(world: &mut World, policy: &EstatePolicy) -> anyhow::Result<()> {
    let body = vault_named(world, &policy.vault)?;
    let vault = key(body_json::text(body, &["id"]).unwrap_or_default());
    let mut providers = world.providers().iter();
    match providers.find(|provider| provider.body(world, &vault).is_some()) {
        Some(provider) => provider.place_policy(world, &vault, policy),
        None => bail!("'{vault}' takes no policies"),
    }
}

/// The body of the vault with this id or name, whatever its family.
fn vault_named<'world>(world: &'world World, vault: &str) -> anyhow::Result<&'world Value> {
    let id = |body: &Value| body_json::text(body, &["id"]).unwrap_or_default().to_owned();
    let mut matching = world
        .tracked()
        .filter(|body| key(&id(body)) == key(vault) || name_of(&id(body)).eq_ignore_ascii_case(vault));
    let found = matching.next().with_context(|| format!("the estate lists no vault '{vault}'"))?;
    if matching.next().is_some() {
        bail!("the estate lists several vaults named '{vault}'; refer to it by its id");
    }
    Ok(found)
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

fn place_databases(world: &mut World, estate: &Estate) -> anyhow::Result<()> {
    for guest in &estate.guests {
        if !world.providers().iter().any(|one| one.place_guest(world, guest)) {
            bail!("the estate lists no virtual machine '{}'", guest.machine);
        }
    }
    for group in &estate.availability_groups {
        if !world.providers().iter().any(|one| one.place_availability_group(world, group)) {
            bail!("a node of the availability group '{}' is not a virtual machine of the estate", group.name);
        }
    }
    Ok(())
}

/// The object id that `text` means.
fn principal(world: &World, text: &str) -> anyhow::Result<String> {
    if let Some(vault) = text.strip_prefix("vault:") {
        let body = vault_named(world, vault)?;
        return identity::principal(body).with_context(|| format!("the vault '{vault}' has no identity"));
    }
    let Some(id) = text.strip_prefix("resource:") else { return Ok(text.to_owned()) };
    let body =
        world.arm.resources.get(&key(id)).with_context(|| format!("the estate lists no resource '{id}'"))?;
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
