//! Restores of protected items: validating and starting them.

mod databases;
#[cfg(test)]
mod tests;
mod write;

use azure_core::http::Method;
use holdfast_protection::operation::Started;
use holdfast_protection::restore::{RestoreFrom, RestoreInto, RestoreOrder, RestoreRegion};
use holdfast_protection::{AzureError, ResourceId};
use serde_json::json;

use super::secondary::{self, Abroad, Backed};
use super::unsendable;
use super::version::BACKUP;
use crate::arm::guards::{self, Guarded};
use crate::arm::operation;
use crate::arm::transport::ArmClient;

/// Starts the validation of a restore. Azure has one for machines alone, and none in the paired region.
pub(super) async fn validate(arm: &ArmClient, order: &RestoreOrder) -> Result<Started, AzureError> {
    let action = format!("validate the restore of protected item `{}`", order.instance.name());
    let point = point(order, &action)?;
    match (&order.request.into, &order.region) {
        (RestoreInto::Share(_) | RestoreInto::Database(_) | RestoreInto::DatabaseFiles(_), _)
        | (_, RestoreRegion::Secondary { .. }) => return Ok(Started::Done),
        (_, RestoreRegion::Primary) => {}
    }
    let vault = vault(order, &action)?;
    let body = json!({
        "id": point,
        "properties": {
            "objectType": "ValidateIaasVMRestoreOperationRequest",
            "restoreRequest": request(order, &action)?,
        },
    });
    let url = arm.url_of(&vault, "/backupTriggerValidateOperation", BACKUP);
    operation::started(&action, &arm.post(&action, url, &body).await?)
}

/// Starts a restore, in the region that is to do it.
pub(super) async fn start(arm: &ArmClient, order: &RestoreOrder) -> Result<Started, AzureError> {
    let action = format!("restore protected item `{}` to `{}`", order.instance.name(), order.target());
    let point = point(order, &action)?;
    let request = request(order, &action)?;
    match &order.region {
        RestoreRegion::Primary => {
            let to = (Method::Post, arm.url_of(&point, "/restore", BACKUP));
            let body = json!({ "properties": request });
            let vault = vault(order, &action)?;
            let guarded = Guarded { vault: &vault, critical: guards::ITEM_RESTORE };
            operation::started(&action, &guards::write(arm, &action, to, Some(body), guarded).await?)
        }
        RestoreRegion::Secondary { location, .. } => {
            let vault = vault(order, &action)?;
            let what = Backed::of(&order.request.into);
            let abroad = Abroad { vault: &vault, point: &point, region: location, what };
            secondary::restore(arm, &action, &abroad, request).await
        }
    }
}

fn request(order: &RestoreOrder, action: &str) -> Result<serde_json::Value, AzureError> {
    let Some(mut request) = write::request(&order.request) else {
        return Err(unsendable(action, "no Recovery Services vault restores to such a target"));
    };
    if let (RestoreRegion::Secondary { location, .. }, Some(request)) =
        (&order.region, request.as_object_mut())
    {
        if matches!(order.request.from, RestoreFrom::Archived { .. }) {
            return Err(unsendable(action, "the paired region brings nothing back from the archive"));
        }
        // Restores of shares and databases name no region otherwise.
        request.insert("region".to_owned(), json!(location));
    }
    Ok(request)
}

fn point(order: &RestoreOrder, action: &str) -> Result<ResourceId, AzureError> {
    let id = match &order.request.from {
        RestoreFrom::Point { id } | RestoreFrom::Archived { id, .. } => id,
        RestoreFrom::Moment { .. } if super::machines::is_item(&order.instance) => super::points::LOG_POINT,
        RestoreFrom::Moment { .. } => {
            return Err(unsendable(action, "machines and shares are restored from recovery points"));
        }
    };
    order.instance.child("recoveryPoints", id).map_err(|error| unsendable(action, &error.to_string()))
}

fn vault(order: &RestoreOrder, action: &str) -> Result<ResourceId, AzureError> {
    holdfast_protection::family::Family::vault_of(&order.instance)
        .ok_or_else(|| unsendable(action, "the item lies in no vault"))
}
