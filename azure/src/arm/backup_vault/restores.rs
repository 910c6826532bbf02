//! Restores: validating and starting them, here or in the paired region.

mod write;

use azure_core::http::{Method, Url};
use holdfast_protection::family::Family;
use holdfast_protection::operation::Started;
use holdfast_protection::restore::{Criterion, RestoreInto, RestoreOrder, RestoreRegion, RestoreRequest};
use holdfast_protection::{AzureError, Location, ResourceId};
use serde_json::{Value, json};

use crate::arm::api_version::{DATA_PROTECTION, DATA_PROTECTION_ITEMS};
use crate::arm::guards::{self, Guarded};
use crate::arm::operation;
use crate::arm::transport::ArmClient;

/// Starts the validation of a restore, in the region that is to do it.
pub(super) async fn validate(arm: &ArmClient, order: &RestoreOrder) -> Result<Started, AzureError> {
    let action = format!("validate the restore of instance `{}`", order.instance.name());
    let body = |request| json!({ "restoreRequestObject": request });
    send(arm, &action, order, "validateRestore", "validateCrossRegionRestore", body).await
}

/// Starts a restore, in the region that is to do it.
pub(super) async fn start(arm: &ArmClient, order: &RestoreOrder) -> Result<Started, AzureError> {
    let action = format!("restore instance `{}` to `{}`", order.instance.name(), order.target());
    send(arm, &action, order, "restore", "crossRegionRestore", |request| request).await
}

/// Sends an order to the region that is to carry it out.
async fn send(
    arm: &ArmClient,
    action: &str,
    order: &RestoreOrder,
    primary: &str,
    secondary: &str,
    primary_body: impl Fn(Value) -> Value,
) -> Result<Started, AzureError> {
    let Some(request) = write::request(&order.request) else {
        return Err(AzureError::Unsendable {
            action: action.to_owned(),
            detail: "no Backup vault restores to such a target".to_owned(),
        });
    };
    let version = api_version(&order.request);
    let (url, body) = match &order.region {
        RestoreRegion::Primary => {
            (arm.url_of(&order.instance, &format!("/{primary}"), version), primary_body(request))
        }
        RestoreRegion::Secondary { location, source } => (
            in_region(arm, action, &order.instance, location, secondary)?,
            json!({
                "restoreRequestObject": request,
                "crossRegionRestoreDetails": {
                    "sourceRegion": source,
                    "sourceBackupInstanceId": order.instance,
                },
            }),
        ),
    };
    let Some(vault) = Family::vault_of(&order.instance) else {
        return operation::started(action, &arm.post(action, url, &body).await?);
    };
    let guarded = Guarded { vault: &vault, critical: guards::INSTANCE_RESTORE };
    let answer = guards::write(arm, action, (Method::Post, url), Some(body), guarded).await?;
    operation::started(action, &answer)
}

fn api_version(request: &RestoreRequest) -> &'static str {
    let RestoreInto::Items { target, criteria } = &request.into else { return DATA_PROTECTION };
    let renames = |one: &Criterion| matches!(one, Criterion::Container(items) if items.rename_to.is_some());
    let is_data_lake = target.datasource_type.to_ascii_lowercase().ends_with("/adlsblobservices");
    if is_data_lake || criteria.iter().any(renames) { DATA_PROTECTION_ITEMS } else { DATA_PROTECTION }
}

/// The URL of a call to the paired region; it lies in the resource group of the vault.
pub(super) fn in_region(
    arm: &ArmClient,
    action: &str,
    within: &ResourceId,
    region: &Location,
    call: &str,
) -> Result<Url, AzureError> {
    let group = within.resource_group_id().ok_or_else(|| AzureError::Unsendable {
        action: action.to_owned(),
        detail: format!("`{within}` lies in no resource group"),
    })?;
    let path = format!("{group}/providers/Microsoft.DataProtection/locations/{region}/{call}");
    Ok(arm.url(&path, &format!("api-version={DATA_PROTECTION}")))
}
