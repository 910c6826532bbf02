//! On-demand backups.

use holdfast_protection::AzureError;
use holdfast_protection::backup::BackupOrder;
use holdfast_protection::operation::Started;
use serde_json::json;

use crate::arm::api_version::DATA_PROTECTION;
use crate::arm::operation;
use crate::arm::transport::ArmClient;

/// Starts an on-demand backup by the named rule of the instance's policy.
pub(super) async fn start(arm: &ArmClient, order: &BackupOrder) -> Result<Started, AzureError> {
    let (instance, rule, retention) = match order {
        BackupOrder::ByRule { instance, rule, retention } => (instance, rule, retention),
        BackupOrder::Until { .. } | BackupOrder::OfDatabase(_) => {
            let instance = order.instance();
            return Err(AzureError::Unsendable {
                action: format!("back up instance `{}`", instance.name()),
                detail: "a Backup vault takes backups by a rule of the policy; name the rule".to_owned(),
            });
        }
    };
    let action = format!("back up instance `{}` by rule `{rule}`", instance.name());
    let trigger = retention.as_ref().map_or_else(|| json!({}), |tag| json!({ "retentionTagOverride": tag }));
    let body = json!({ "backupRuleOptions": { "ruleName": rule, "triggerOption": trigger } });
    let answer = arm.post(&action, arm.url_of(instance, "/backup", DATA_PROTECTION), &body).await?;
    operation::started(&action, &answer)
}
