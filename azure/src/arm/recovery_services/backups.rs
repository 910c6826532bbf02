//! On-demand backups.

use holdfast_protection::backup::DatabaseBackup;
use holdfast_protection::operation::Started;
use holdfast_protection::{AzureError, ResourceId};
use jiff::Timestamp;
use serde_json::json;

use super::version::BACKUP;
use crate::arm::operation;
use crate::arm::transport::ArmClient;

/// Starts a backup whose recovery point is kept until a moment.
pub(super) async fn start(
    arm: &ArmClient,
    item: &ResourceId,
    expires: Timestamp,
) -> Result<Started, AzureError> {
    let action = format!("back up protected item `{}`", item.name());
    let is_share = item.name().get(..15).is_some_and(|start| start.eq_ignore_ascii_case("AzureFileShare;"));
    let kind = if is_share { "AzureFileShareBackupRequest" } else { "IaasVMBackupRequest" };
    let body =
        json!({ "properties": { "objectType": kind, "recoveryPointExpiryTimeInUTC": instant(expires) } });
    operation::started(&action, &arm.post(&action, arm.url_of(item, "/backup", BACKUP), &body).await?)
}

/// Starts a backup of a database.
pub(super) async fn of_database(arm: &ArmClient, order: &DatabaseBackup) -> Result<Started, AzureError> {
    let item = &order.instance;
    let action = format!("back up protected item `{}`", item.name());
    let mut properties = json!({
        "objectType": "AzureWorkloadBackupRequest",
        "backupType": order.backup.as_str(),
        "enableCompression": order.compressed,
    });
    if let (Some(expires), Some(properties)) = (order.expires, properties.as_object_mut()) {
        properties.insert("recoveryPointExpiryTimeInUTC".to_owned(), json!(instant(expires)));
    }
    let body = json!({ "properties": properties });
    operation::started(&action, &arm.post(&action, arm.url_of(item, "/backup", BACKUP), &body).await?)
}

/// A moment with the three digits that Azure's own tools write here.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
