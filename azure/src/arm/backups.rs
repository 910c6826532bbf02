//! On-demand backups.

use holdfast_protection::operation::Started;
use holdfast_protection::{AzureError, ResourceId};
use serde_json::json;

use super::api_version::DATA_PROTECTION;
use super::operation;
use super::transport::ArmClient;

/// Starts an on-demand backup by the named rule of the instance's policy.
pub(super) async fn start(
    arm: &ArmClient,
    instance: &ResourceId,
    rule: &str,
    retention_tag: Option<&str>,
) -> Result<Started, AzureError> {
    let action = format!("back up instance `{}` by rule `{rule}`", instance.name());
    let trigger = retention_tag.map_or_else(|| json!({}), |tag| json!({ "retentionTagOverride": tag }));
    let body = json!({ "backupRuleOptions": { "ruleName": rule, "triggerOption": trigger } });
    let answer = arm.post(&action, arm.url_of(instance, "/backup", DATA_PROTECTION), &body).await?;
    operation::started(&action, &answer)
}
