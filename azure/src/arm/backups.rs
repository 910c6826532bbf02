//! On-demand backups and recovery points.

use holdfast_protection::job::RecoveryPoint;
use holdfast_protection::ports::Started;
use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;
use serde_json::json;

use super::api_version::DATA_PROTECTION;
use super::operation;
use super::transport::ArmClient;
use super::wire::or_default;

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
    Ok(operation::started(&answer))
}

#[derive(Deserialize)]
struct RecoveryPointWire {
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    properties: PropertiesWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PropertiesWire {
    recovery_point_id: Option<String>,
    #[serde(deserialize_with = "or_default")]
    recovery_point_time: String,
    #[serde(deserialize_with = "or_default")]
    recovery_point_type: String,
    retention_tag_name: Option<String>,
}

/// Recovery points of a backup instance.
pub(super) async fn recovery_points(
    arm: &ArmClient,
    instance: &ResourceId,
) -> Result<Vec<RecoveryPoint>, AzureError> {
    let action = format!("list the recovery points of instance `{}`", instance.name());
    let url = arm.url_of(instance, "/recoveryPoints", DATA_PROTECTION);
    arm.list(&action, url, recovery_point).await
}

fn recovery_point(wire: RecoveryPointWire) -> Result<RecoveryPoint, &'static str> {
    let properties = wire.properties;
    if properties.recovery_point_time.is_empty() {
        return Err("it has no `recoveryPointTime`");
    }
    Ok(RecoveryPoint {
        id: properties.recovery_point_id.filter(|id| !id.is_empty()).unwrap_or(wire.name),
        time: properties.recovery_point_time,
        kind: properties.recovery_point_type,
        tag: properties.retention_tag_name.filter(|tag| !tag.is_empty()),
    })
}
