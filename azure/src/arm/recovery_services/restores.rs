//! Restores of protected items: validating and starting them.

mod databases;
#[cfg(test)]
mod tests;
mod write;

use holdfast_protection::operation::Started;
use holdfast_protection::restore::{RestoreFrom, RestoreInto, RestoreOrder, RestoreRegion};
use holdfast_protection::{AzureError, ResourceId};
use serde_json::json;

use super::version::BACKUP;
use crate::arm::operation;
use crate::arm::transport::ArmClient;

/// Starts the validation of a restore. Azure has one for machines alone.
pub(super) async fn validate(arm: &ArmClient, order: &RestoreOrder) -> Result<Started, AzureError> {
    let action = format!("validate the restore of protected item `{}`", order.instance.name());
    let point = point(order, &action)?;
    if let RestoreInto::Share(_) | RestoreInto::Database(_) | RestoreInto::DatabaseFiles(_) =
        &order.request.into
    {
        return Ok(Started::Done);
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

/// Starts a restore.
pub(super) async fn start(arm: &ArmClient, order: &RestoreOrder) -> Result<Started, AzureError> {
    let action = format!("restore protected item `{}` to `{}`", order.instance.name(), order.target());
    let point = point(order, &action)?;
    let body = json!({ "properties": request(order, &action)? });
    let url = arm.url_of(&point, "/restore", BACKUP);
    operation::started(&action, &arm.post(&action, url, &body).await?)
}

fn request(order: &RestoreOrder, action: &str) -> Result<serde_json::Value, AzureError> {
    match (&order.region, write::request(&order.request)) {
        (RestoreRegion::Primary, Some(request)) => Ok(request),
        (RestoreRegion::Primary, None) => {
            Err(unsendable(action, "no Recovery Services vault restores to such a target"))
        }
        (RestoreRegion::Secondary { .. }, _) => Err(unsendable(action, super::NO_PAIR)),
    }
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

fn unsendable(action: &str, detail: &str) -> AzureError {
    AzureError::Unsendable { action: action.to_owned(), detail: detail.to_owned() }
}
