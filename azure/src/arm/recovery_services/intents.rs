//! Intents: databases that Azure protects by itself as they come.

use azure_core::http::Method;
use holdfast_protection::AzureError;
use holdfast_protection::operation::Started;
use holdfast_protection::workload::in_machine::AutomaticProtection;
use serde_json::json;

use super::version::BACKUP;
use crate::arm::absence::or_absent;
use crate::arm::operation;
use crate::arm::transport::ArmClient;

/// Switches automatic protection on or off, with the fields that recorded calls have.
pub(super) async fn switch(arm: &ArmClient, wanted: &AutomaticProtection) -> Result<Started, AzureError> {
    let action = wanted.to_string();
    let url = arm.url_of(&wanted.intent, "", BACKUP);
    let Some(policy) = &wanted.policy else {
        // What another tool switched on has another name, and is left to it.
        return match or_absent(arm.call(&action, Method::Delete, url).await)? {
            Some(answer) => operation::started(&action, &answer),
            None => Ok(Started::Done),
        };
    };
    let body = json!({ "properties": {
        "backupManagementType": "AzureWorkload",
        "protectionIntentItemType": "RecoveryServiceVaultItem",
        "policyId": policy,
        "itemId": wanted.item,
    } });
    operation::started(&action, &arm.put(&action, url, &body).await?)
}
