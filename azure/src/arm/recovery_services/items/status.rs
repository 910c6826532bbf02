//! Whether any vault protects a datasource, and whether Azure would take it: asked of the region, not of a vault.

use holdfast_protection::instance::{BackupInstance, InstanceSpec};
use holdfast_protection::operation::Started;
use holdfast_protection::policy::VmPolicy;
use holdfast_protection::{AzureError, Location, ResourceId, Retry};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{BACKUP, get, taken};
use crate::arm::refusal::sorted;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{or_default, read};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StatusWire {
    #[serde(deserialize_with = "or_default")]
    protection_status: String,
    #[serde(deserialize_with = "or_default")]
    vault_id: String,
    #[serde(deserialize_with = "or_default")]
    fabric_name: String,
    #[serde(deserialize_with = "or_default")]
    container_name: String,
    #[serde(deserialize_with = "or_default")]
    protected_item_name: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ValidationWire {
    #[serde(deserialize_with = "or_default")]
    status: String,
    #[serde(deserialize_with = "or_default")]
    error_code: String,
    #[serde(deserialize_with = "or_default")]
    error_message: String,
    #[serde(deserialize_with = "or_default")]
    recommendation: String,
}

/// The item that protects a datasource, in whatever vault of whatever subscription.
pub(in crate::arm::recovery_services) async fn of_datasource(
    arm: &ArmClient,
    datasource: &ResourceId,
    location: &Location,
) -> Result<Vec<BackupInstance>, AzureError> {
    let action = format!("ask which vault protects {} `{}`", datasource.resource_type(), datasource.name());
    let url = in_region(arm, datasource, location, "backupStatus");
    let wire: StatusWire = read(&action, &arm.post(&action, url, &asked(datasource)).await?)?;
    let Some(item) = wire.item() else { return Ok(Vec::new()) };
    let found = get(arm, &item).await?;
    // Names of items hold no subscription: the item may be that of a namesake.
    Ok(found.into_iter().filter(|item| item.datasource == *datasource).collect())
}

impl StatusWire {
    fn item(&self) -> Option<ResourceId> {
        if self.protection_status.eq_ignore_ascii_case("NotProtected") || self.protected_item_name.is_empty()
        {
            return None;
        }
        let Self { vault_id, fabric_name, container_name, protected_item_name, .. } = self;
        let fabric = if fabric_name.is_empty() { "Azure" } else { fabric_name };
        format!(
            "{vault_id}/backupFabrics/{fabric}/protectionContainers/{container_name}/protectedItems/{protected_item_name}"
        )
        .parse()
        .ok()
    }
}

/// Asks Azure whether it would protect a machine in this vault under this policy. Of shares, it cannot be asked.
pub(in crate::arm::recovery_services) async fn validate(
    arm: &ArmClient,
    spec: &InstanceSpec,
) -> Result<Started, AzureError> {
    if !spec.datasource.resource_type().eq_ignore_ascii_case(VmPolicy::DATASOURCE_TYPE) {
        return Ok(Started::Done);
    }
    let action = format!("validate the backup of {} `{}`", spec.workload.noun(), spec.datasource.name());
    let url = in_region(arm, &spec.datasource, &spec.location, "backupPreValidateProtection");
    let mut body = asked(&spec.datasource);
    if let Some(body) = body.as_object_mut() {
        body.insert("vaultId".to_owned(), json!(spec.vault));
        // A text that holds JSON, as Azure's own tools send it.
        body.insert("properties".to_owned(), json!(json!({ "policyId": spec.policy }).to_string()));
    }
    let wire: ValidationWire = read(&action, &arm.post(&action, url, &body).await?)?;
    if !wire.status.eq_ignore_ascii_case("Failed") {
        return Ok(Started::Done);
    }
    let code = if wire.error_code.is_empty() { "ValidationFailed".to_owned() } else { wire.error_code };
    let recommended = Some(wire.recommendation).filter(|text| !text.is_empty()).into_iter().collect();
    let refusal = sorted(200, code, wire.error_message, recommended, Retry::Never);
    Err(taken::explained(arm, spec, AzureError::Refused { action, refusal }).await)
}

fn in_region(
    arm: &ArmClient,
    datasource: &ResourceId,
    location: &Location,
    call: &str,
) -> azure_core::http::Url {
    let subscription = datasource.subscription_id();
    let path = format!("{subscription}/providers/Microsoft.RecoveryServices/locations/{location}/{call}");
    arm.url(&path, &format!("api-version={BACKUP}"))
}

/// A machine by its id; a share by that of its account, and its name.
fn asked(datasource: &ResourceId) -> Value {
    let account = datasource.parent().and_then(|service| service.parent());
    match account {
        Some(account) if !datasource.resource_type().eq_ignore_ascii_case(VmPolicy::DATASOURCE_TYPE) => {
            json!({ "resourceType": "AzureFileShare", "resourceId": account, "poLogicalName": datasource.name() })
        }
        Some(_) | None => json!({ "resourceType": "VM", "resourceId": datasource }),
    }
}
