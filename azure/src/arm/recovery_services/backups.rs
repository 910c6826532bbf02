//! On-demand backups.

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
    let expires = expires.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    let body = json!({ "properties": { "objectType": kind, "recoveryPointExpiryTimeInUTC": expires } });
    operation::started(&action, &arm.post(&action, arm.url_of(item, "/backup", BACKUP), &body).await?)
}
