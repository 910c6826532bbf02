//! Storage accounts: kinds that can be protected, what forbids configuring them, and which containers are copied.

use serde_json::Value;

use super::Subject;
use super::snapshot_group::by_policy;
use crate::authorization::{lock, policy};
use crate::data_protection::user_error::UserError;
use crate::wire::json as body_json;
use crate::wire::path::{key, name_of};
use crate::world::World;

pub(super) fn check(world: &World, subject: &Subject<'_>, source: &Value) -> Result<(), UserError> {
    if !subject.is_blob() && !subject.is_adls() {
        return Ok(());
    }
    supported(subject, source)?;
    changeable(world, subject)?;
    if subject.is_vaulted() {
        replicable(subject, source)?;
        containers(world, subject)?;
    }
    Ok(())
}

fn flag(source: &Value, name: &str) -> bool {
    body_json::reach(source, &["properties", name]).and_then(Value::as_bool) == Some(true)
}

fn supported(subject: &Subject<'_>, source: &Value) -> Result<(), UserError> {
    let kind = body_json::text(source, &["kind"]).unwrap_or("StorageV2");
    let sku = body_json::text(source, &["sku", "name"]).unwrap_or("Standard_LRS");
    let hierarchical = flag(source, "isHnsEnabled");
    let fits = kind.eq_ignore_ascii_case("StorageV2")
        && sku.starts_with("Standard")
        && hierarchical == subject.is_adls()
        && !flag(source, "isNfsV3Enabled");
    if fits {
        return Ok(());
    }
    let space = if hierarchical { "with" } else { "without" };
    let message = format!(
        "The storage account {} of kind {kind} and sku {sku}, {space} a hierarchical namespace, is not supported.",
        name_of(&subject.id)
    );
    let action = "Use a general-purpose v2 account of the standard tier; only Data Lake Storage backup takes a hierarchical namespace.";
    Err(UserError::new("UserErrorUnsupportedStorageAccountType", message, action))
}

/// The service may change the account: no read-only lock, no policy against it.
fn changeable(world: &World, subject: &Subject<'_>) -> Result<(), UserError> {
    if lock::is_read_only(world, &subject.id) {
        let message = format!("The storage account {} has a read-only lock.", name_of(&subject.id));
        let action = "Remove the read-only lock and try again.";
        return Err(UserError::new("UserErrorStorageAccountInLockedState", message, action));
    }
    let written = ["Microsoft.Storage/storageAccounts/blobServices", "Microsoft.Authorization/locks"];
    match written.iter().find_map(|kind| policy::denied(world, &subject.id, kind)) {
        Some(denial) => Err(by_policy(&denial.assignment, &subject.id)),
        None => Ok(()),
    }
}

/// Copies to the vault go by object replication across tenants.
fn replicable(subject: &Subject<'_>, source: &Value) -> Result<(), UserError> {
    let allowed = body_json::reach(source, &["properties", "allowCrossTenantReplication"]);
    if allowed.and_then(Value::as_bool) != Some(false) {
        return Ok(());
    }
    let message =
        format!("The storage account {} does not allow cross-tenant replication.", name_of(&subject.id));
    let action = "Allow cross-tenant replication on the storage account and try again.";
    Err(UserError::new("UserErrorCrossTenantOrsPolicyDisabled", message, action))
}

/// A policy that copies blobs to the vault needs to know which containers, and they must be there.
fn containers(world: &World, subject: &Subject<'_>) -> Result<(), UserError> {
    let parameters = subject.parameters();
    rules_known(parameters)?;
    let listed: Vec<&str> = parameters
        .iter()
        .flat_map(|parameter| body_json::list(parameter, &["containersList"]))
        .filter_map(Value::as_str)
        .collect();
    if listed.is_empty() && !parameters.iter().any(is_automatic) {
        let message = format!("No containers of the storage account {} were selected.", name_of(&subject.id));
        let action = "Select at least one container, or switch automatic protection of containers on.";
        return Err(UserError::new("UserErrorNoContainersSelectedForOperation", message, action));
    }
    let gone = listed.iter().find(|name| {
        let id = format!("{}/blobServices/default/containers/{name}", subject.id);
        !world.arm.resources.contains_key(&key(&id))
    });
    let Some(gone) = gone else { return Ok(()) };
    let message = format!("The container '{gone}' of {} does not exist.", name_of(&subject.id));
    let action = "Select containers that exist and try again.";
    Err(UserError::new("UserErrorIncorrectContainersSelectedForOperation", message, action))
}

fn is_automatic(parameter: &Value) -> bool {
    body_json::reach(parameter, &["autoProtectionSettings", "enabled"]).and_then(Value::as_bool) == Some(true)
}

fn rules(parameter: &Value) -> &[Value] {
    body_json::list(parameter, &["autoProtectionSettings", "rules"])
}

/// The only rule there is leaves out the containers whose names begin with a text.
fn rules_known(parameters: &[Value]) -> Result<(), UserError> {
    let word = |rule: &Value, name: &str| body_json::text(rule, &[name]).unwrap_or_default().to_owned();
    let odd = parameters.iter().flat_map(rules).find(|rule| {
        word(rule, "mode") != "Exclude" || word(rule, "type") != "Prefix" || word(rule, "pattern").is_empty()
    });
    match odd {
        None => Ok(()),
        Some(rule) => Err(UserError::invalid_input(format!(
            "autoProtectionSettings.rules knows mode Exclude and type Prefix, not {} and {}",
            word(rule, "mode"),
            word(rule, "type")
        ))),
    }
}

/// Whether automatic protection, as `parameters` have it, leaves `container` out; `None` when it is not switched on.
pub(crate) fn excluded(parameters: &[Value], container: &str) -> Option<bool> {
    let automatic = parameters.iter().find(|parameter| is_automatic(parameter))?;
    let mut patterns = rules(automatic).iter().filter_map(|rule| body_json::text(rule, &["pattern"]));
    Some(patterns.any(|pattern| container.starts_with(pattern)))
}
